; SVM: event injection, EXITINTINFO, interrupts and NMIs from outside, GIF, virtual interrupts, shadows, shutdown.
; features: svm
; qemu differs: no such gate: it leaves EXT clear in error codes
; qemu differs: only #DF|shutdown: it looks at no intercept of #DF, and lets EXITINTINFO stand from before
; qemu differs: priority too low: it looks at no priority
; qemu differs: in a shadow: it forgets the shadow
%include "svm.inc"
bits 16
%define ICR 0xfee00300
%define EOI 0xfee000b0
%define VECTOR 0x51
%define INTERRUPT 0x44000 | VECTOR
%define NMI 0x44400

main:
        enter_protected
        mov dword [0xfee000f0], 0x1ff
        mov dword [0xfee00080], 0
        call enable_svm
        set_vector VECTOR, CODE0, host_interrupt, 0x8e
        set_vector 2, CODE0, host_nmi, 0x8e
        set_vector 0x61, CODE0, guest_interrupt, 0x8e
        set_vector 0x62, CODE0, guest_trap, 0x8f

        ; ------------------------------------------------------------------------------------------ injection
%macro inject 4
        call events_vmcb
        mov dword EVENTINJ, %2
        mov dword V(0xac), %3
        mov eax, %4
        mov NRIP, eax
        guest %1, %4
%endmacro
        inject "external interrupt", 0x80000061, 0, g_done
        inject "with IF clear all the same", 0x80000061, 0, g_done
        inject "int n", 0x80000462, 0, g_done
        inject "NMI", 0x80000202, 0, g_done
        call events_vmcb
        mov dword I_EXC, 0
        mov dword V(0x484), 256 * 8 - 1
        mov dword V(0x488), idt2
        mov dword EVENTINJ, 0x80000b0d
        mov dword V(0xac), 0x1234
        guest "exception with a code", g_done
        mov dword V(0x488), idt2
        mov dword EVENTINJ, 0x80000306
        guest "exception without", g_done

        ; delivery of what was injected fails
        inject "injected, no such gate", 0x80000070, 0, g_done
        call events_vmcb
        mov dword V(0x484), 0
        mov dword EVENTINJ, 0x80000b0d
        mov dword V(0xac), 0x44
        guest "injected #GP, no such gate", g_done
        call events_vmcb
        mov dword V(0x484), 0
        mov dword I_EXC, 1 << 8
        mov dword EVENTINJ, 0x80000b0d
        guest "injected #GP, no IDT, only #DF asked for", g_done
        call events_vmcb
        mov dword V(0x484), 0
        mov dword I_EXC, 0
        or dword I_3, 1 << 31
        guest "shutdown", g_ud

        ; a guest's own event is cut off
        call events_vmcb
        guest "int n, no such gate", g_int70
        call events_vmcb
        mov dword V(0x484), 0
        guest "#UD, no such gate", g_ud_alone

        ; ------------------------------------------------------------------------------------------ from outside
        call events_vmcb
        or dword I_3, 1
        mov dword S_RFLAGS, 0x202
        guest "interrupt asked for", g_interrupt_wait
        call take_interrupt
        call events_vmcb
        or dword I_3, 1
        guest "interrupt asked for, IF clear", g_interrupt
        call take_interrupt
        call events_vmcb
        or dword I_3, 1
        mov dword V_INTR, 1 << 24
        guest "masking, the host's IF is clear", g_interrupt_sti
        call take_interrupt
        call events_vmcb
        or dword I_3, 1
        mov dword V_INTR, 1 << 24
        say "masking, the host's IF is set"
        mov eax, g_interrupt_wait
        call run_with_interrupts
        call report_exit
        call take_interrupt
        call events_vmcb
        or dword I_3, 2
        guest "NMI asked for", g_nmi_wait
        call take_nmi
        call events_vmcb
        guest "NMI not asked for", g_nmi
        call events_vmcb
        guest "interrupt not asked for", g_interrupt_sti_halt

        ; ------------------------------------------------------------------------------------------ GIF
        clgi
        mov dword [ICR], INTERRUPT
        sti
        nop
        say {"GIF clear", 10}
        stgi
        nop
        cli
        say {"GIF set", 10}
        clgi
        mov dword [ICR], NMI
        nop
        say {"GIF clear", 10}
        stgi
        nop

        ; ------------------------------------------------------------------------------------------ virtual interrupts
        call events_vmcb
        mov dword V_INTR, (1 << 24) | (1 << 20) | (1 << 8)
        mov dword V_VECTOR, 0x61
        guest "virtual, IF clear", g_done
        show "V_INTR: ", V_INTR
        mov dword S_RFLAGS, 0x202
        guest "virtual", g_done
        show "V_INTR: ", V_INTR
        call events_vmcb
        mov dword V_INTR, (1 << 24) | (1 << 20) | (1 << 8)
        mov dword V_VECTOR, 0x61
        guest "virtual, after sti", g_sti
        call events_vmcb
        mov dword V_INTR, (1 << 24) | (1 << 20) | (1 << 8)
        mov dword V_VECTOR, 0x61
        guest "virtual, after popf", g_popf
        call events_vmcb
        mov dword V_INTR, (1 << 24) | (5 << 16) | (1 << 8) | 5
        mov dword V_VECTOR, 0x61
        mov dword S_RFLAGS, 0x202
        guest "virtual, priority too low", g_done
        call events_vmcb
        mov dword V_INTR, (1 << 24) | (6 << 16) | (1 << 8) | 5
        mov dword V_VECTOR, 0x61
        mov dword S_RFLAGS, 0x202
        guest "virtual, priority high enough", g_done
        call events_vmcb
        mov dword V_INTR, (1 << 24) | (1 << 20) | (1 << 8)
        mov dword S_RFLAGS, 0x202
        or dword I_3, 1 << 4
        guest "window", g_done
        show "V_INTR: ", V_INTR
        call events_vmcb
        mov dword V_INTR, (1 << 24) | (1 << 20) | (1 << 8)
        or dword I_3, 1 << 4
        guest "window, after sti", g_sti
        call events_vmcb
        mov dword V_INTR, (1 << 24) | (1 << 20) | (1 << 8)
        or dword I_3, 1 << 4
        mov dword INT_SHADOW, 1
        mov dword S_RFLAGS, 0x202
        guest "window, in a shadow", g_nop
        call events_vmcb
        or dword I_3, 1 << 18
        guest "shadow kept", g_sti_cpuid
        mov eax, INT_SHADOW
        and eax, 1
        show "shadow: ", eax

        ; a halted guest
        call events_vmcb
        mov dword V_INTR, (1 << 24) | (1 << 20) | (1 << 8)
        mov dword V_VECTOR, 0x61
        guest "halted, virtual", g_sti_halt
        call events_vmcb
        or dword I_3, 1
        guest "halted, interrupt", g_interrupt_sti_halt
        call take_interrupt

        jmp quit

; All exceptions are intercepted.
events_vmcb:
        call reset_vmcb
        mov dword I_EXC, -1
        vmcb_segment 0x490, TSS0, 0x08b, tss_end - tss - 1
        mov dword V(0x498), tss
        ret

; The host takes what has ended the guest, if it is still there.
take_interrupt:
        sti
        nop
        cli
        say {"host goes on", 10}
        ret
take_nmi:
        nop
        say {"host goes on", 10}
        ret

run_with_interrupts:
        mov S_RIP, eax
        mov [guest_start], eax
        mov eax, VMCB_PAGE
        vmload
        clgi
        sti
        vmrun
        cli
        vmsave
        ret

host_interrupt:
        mov dword [EOI], 0
        say {" [interrupt] "}
        iretd
host_nmi:
        say {" [NMI] "}
        iretd
guest_interrupt:
        inc eax
        iretd
guest_trap:
        add eax, 0x100
        iretd
handler_code:
        pop eax
        vmmcall
handler:
        mov eax, [esp]
        vmmcall

g_done: vmmcall
g_nop:  nop
        nop
        vmmcall
g_ud:   ud2
        vmmcall
g_ud_alone:
        ud2
g_int70:
        int 0x70
g_interrupt:
        mov dword [ICR], INTERRUPT
        nop
        nop
        vmmcall
g_interrupt_wait:
        mov dword [ICR], INTERRUPT
        jmp $
g_nmi_wait:
        mov dword [ICR], NMI
        jmp $
g_interrupt_sti:
        sti
        nop
        mov dword [ICR], INTERRUPT
        nop
        nop
        vmmcall
g_nmi:  mov dword [ICR], NMI
        nop
        nop
        vmmcall
g_sti:  sti
        nop
        nop
        vmmcall
g_popf: push dword 0x202
        popfd
        nop
        vmmcall
g_sti_cpuid:
        sti
        cpuid
        vmmcall
g_sti_halt:
        sti
        hlt
        vmmcall
g_interrupt_sti_halt:
        mov dword [ICR], INTERRUPT
        sti
        hlt
        vmmcall
align 8
idt2:
%assign n 0
%rep 32
  %if n == 13
        gate CODE0, at(handler_code), 0x8e, 0
  %else
        gate CODE0, at(handler), 0x8e, 0
  %endif
%assign n n + 1
%endrep
