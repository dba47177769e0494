; SVM: what AMD's manual says and QEMU does not do: nRIP, intercepts of INT3, INTO and INT1, task switches, injected traps, #DB of a VMRUN.
; features: svm
; qemu: none of this is there
%include "svm.inc"
bits 16

; The guest's exit, and nRIP relative to its start.
%macro exits 4+
        call own_vmcb
        or dword V(%2), 1 << (%3)
        mov eax, %%guest
        say {%1}
        call run_guest
        call report_exit
        mov eax, NRIP
        sub eax, [guest_start]
        show "  next: ", eax
        jmp %%over
%%guest:
        %4
        vmmcall
%%over:
%endmacro

main:
        enter_protected
        call enable_svm
        exits "vmmcall", 0x10, 1, nop
        exits "cpuid", 0xc, 18, cpuid
        exits "mov from cr0, with prefixes", 0, 0, es mov ebx, cr0
        exits "int3", 8, 3, int3
        exits "int3, int n asked for", 0xc, 21, int3
        exits "into", 8, 4, call do_overflow
        exits "into, without overflow", 8, 4, call do_no_overflow
        exits "int1, #DB asked for", 8, 1, int1
        exits "int1", 0x10, 8, int1
        exits "int n", 0xc, 21, int 0x33
        exits "#UD", 8, 6, ud2
        exits "hlt", 0xc, 24, hlt

        ; injected INT n and #BP return to nRIP
        call own_vmcb
        set_vector 0x62, CODE0, at_stack, 0x8e
        mov dword EVENTINJ, 0x80000462
        mov dword NRIP, 0x12345678
        guest "injected int n", g_done
        call own_vmcb
        mov dword I_EXC, 0
        set_vector 3, CODE0, at_stack, 0x8e
        mov dword EVENTINJ, 0x80000303
        mov dword NRIP, 0x12345678
        guest "injected #BP", g_done

        ; task switches
        set_descriptor FREE, at(task), 0x67, 0x89, 0
        set_gate FREE + 8, FREE, 0, 0xe5, 0
        call own_vmcb
        or dword I_3, 1 << 29
        guest "jmp to a TSS", g_jmp_task
        guest "call of a task gate", g_call_gate
        guest "iret with NT", g_iret_task
        set_vector 0x63, FREE, 0, 0xe5
        guest "int to a task gate", g_int_task
        set_vector 13, FREE, 0, 0x85
        mov dword I_EXC, 0
        guest "#GP by a task gate", g_fault_task

        ; a trap that the host's TF would give is not the guest's
        call own_vmcb
        mov dword [resume], .stepped
        mov [resume_esp], esp
        mov dword [site], 0
        mov eax, g_done
        mov S_RIP, eax
        mov [guest_start], eax
        mov eax, VMCB_PAGE
        clgi
        push dword 0x102
        popfd
        vmrun
        push dword 2
        popfd
.stepped:
        call report_exit

        ; the registers that turn SVM on and off
%macro write_msr 3
        mov ecx, %2
        mov eax, %3
        xor edx, edx
        attempt %1, wrmsr
%endmacro
%macro read_msr 2
        mov ecx, %2
        rdmsr
        show %1, eax
%endmacro
        set_vector 13, CODE0, stub13, 0x8e
        write_msr "VM_HSAVE_PA, not aligned", 0xc0010117, 0x123
        write_msr "VM_CR, SVMDIS while SVME", 0xc0010114, 0x10
        write_msr "VM_CR, reserved bit", 0xc0010114, 0x20
        write_msr "EFER without SVME", 0xc0000080, 0
        write_msr "VM_CR, SVMDIS and LOCK", 0xc0010114, 0x18
        write_msr "EFER with SVME", 0xc0000080, 0x1000
        write_msr "VM_CR, unlock", 0xc0010114, 2
        read_msr "VM_CR: ", 0xc0010114
        jmp quit

own_vmcb:
        call reset_vmcb
        mov dword I_EXC, -1
        vmcb_segment 0x490, TSS0, 0x08b, tss_end - tss - 1
        mov dword V(0x498), tss
        ret
do_overflow:
        mov al, 0x7f
        add al, 1
        into
        vmmcall
do_no_overflow:
        xor eax, eax
        into
        vmmcall
at_stack:
        mov eax, [esp]
        vmmcall
g_done: vmmcall
g_jmp_task:
        jmp FREE:0
g_call_gate:
        call FREE + 8:0
g_iret_task:
        mov word [tss], FREE
        or byte [gdt + FREE + 5], 2
        push dword 0x4002
        popfd
        iretd
g_int_task:
        and byte [gdt + FREE + 5], ~2
        int 0x63
g_fault_task:
        mov ecx, 0x7f8
        mov ds, cx
align 8
task:   times 26 dd 0
