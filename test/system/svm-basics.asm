; SVM: enabling it, VMRUN and #VMEXIT, what is saved and loaded, consistency checks, GIF.
; features: svm
; qemu differs: CR4, upper|DR6, upper|DR7, upper: it does not look there
; qemu differs: event without V: it copies EVENTINJ to EXITINTINFO at every #VMEXIT
%include "svm.inc"
bits 16
main:
        enter_protected
        mov eax, VMCB_PAGE
        attempt "vmrun before SVME", vmrun
        attempt "stgi before SVME", stgi
        attempt "vmmcall before SVME", vmmcall
        call enable_svm
        mov ecx, 0xc0000080
        rdmsr
        show "EFER: ", eax
        mov eax, 0x80000000
        cpuid
        push ecx
        show "vendor: ", ebx
        show "vendor: ", edx
        pop ecx
        show "vendor: ", ecx
        mov eax, 0x80000001
        cpuid
        and ecx, 4
        show "has SVM: ", ecx
        mov eax, 0x8000000a
        cpuid
        and edx, 1
        show "has NP: ", edx
        attempt "vmmcall", vmmcall
        mov eax, 0x123
        attempt "vmrun, address not aligned", vmrun
        mov eax, 0x123
        attempt "vmload, address not aligned", vmload
        attempt "skinit", skinit
        mov eax, VMCB_PAGE
        attempt "vmrun in ring 3", ring3 r3_vmrun
        attempt "stgi in ring 3", ring3 r3_stgi

        call reset_vmcb
        guest "vmmcall", g_vmmcall
        mov ebx, 0x11111111
        mov esi, 0x22222222
        guest "registers", g_registers
        show "ebx: ", ebx
        show "esi: ", esi
        mov eax, cr0
        show "host's cr0: ", eax
        pushfd
        pop eax
        and eax, 0x200
        show "host's IF: ", eax

        ; the guest's own descriptor tables, control and debug registers
        call reset_vmcb
        mov dword S_CR2, 0x12345678
        mov dword S_RFLAGS, 0x46
        guest "state", g_state
        show "cr0: ", S_CR0
        show "cr2: ", S_CR2
        show "cr3: ", S_CR3
        show "cr4: ", S_CR4
        show "dr7: ", S_DR7
        show "gdtr limit: ", V(0x464)
        show "gdtr base: ", V(0x468)
        show "idtr limit: ", V(0x484)
        show "idtr base: ", V(0x488)
        show "ds: ", V(0x430)
        show "ds limit: ", V(0x434)
        show "es: ", V(0x400)
        show "ss: ", V(0x420)
        show "cs: ", V(0x410)
        show "cs limit: ", V(0x414)
        show "fs: ", V(0x440)
        show "rflags: ", S_RFLAGS
        sub dword S_RSP, GUEST_STACK
        show "rsp: ", S_RSP
        mov eax, cr2
        show "host's cr2 is the guest's: ", eax
        sgdt [SPARE]
        mov eax, [SPARE + 2]
        sub eax, gdt
        show "host's gdt: ", eax
        mov ax, ds
        movzx eax, ax
        show "host's ds: ", eax
        mov eax, dr7
        show "host's dr7: ", eax

        ; privilege
        call reset_vmcb
        mov byte S_CPL, 3
        vmcb_segment 0x410, CODE3, 0xcfb, 0xffffffff
        vmcb_segment 0x420, DATA3, 0xcf3, 0xffffffff
        guest "ring 3, vmmcall", g_vmmcall
        mov dword I_EXC, 1 << 13
        guest "ring 3, hlt", g_hlt
        call reset_vmcb
        mov dword S_CR0, 0x10
        mov dword I_3, 1 << 24
        vmcb_segment 0x410, 0x100, 0x09b, 0xffff
        mov dword V(0x418), 0x1000
        say "real mode"
        mov eax, g_real - 0x1000
        call run_guest
        call report_exit
        show "cs base: ", V(0x418)
        show "ds base: ", V(0x438)

        ; what VMRUN refuses
%macro refuse 2+
        call reset_vmcb
        %2
        mov eax, g_vmmcall
        call run_guest
        stgi
        say {%1, ": exit "}
        mov eax, EXITCODE
        call hex
        call newline
%endmacro
        refuse "no SVME", mov dword S_EFER, 0
        refuse "vmrun not intercepted", mov dword I_4, 2
        refuse "ASID 0", mov dword ASID, 0
        refuse "NW without CD", mov dword S_CR0, 0x20000011
        refuse "CR0, upper half", mov dword V(0x55c), 1
        refuse "CR4, upper half", mov dword V(0x54c), 1
        refuse "CR4, bit 31", mov dword S_CR4, 0x80000000
        refuse "DR6, upper half", mov dword V(0x56c), 1
        refuse "DR7, upper half", mov dword V(0x564), 1
        refuse "EFER, bit 30", mov dword S_EFER, 0x40001000
        refuse "event of type 1", mov dword EVENTINJ, 0x80000120
        refuse "event of type 7", mov dword EVENTINJ, 0x80000720
        refuse "exception 2", mov dword EVENTINJ, 0x80000302
        refuse "exception 32", mov dword EVENTINJ, 0x80000320
        refuse "event without V", mov dword EVENTINJ, 0x120
        jmp quit

g_vmmcall:
        vmmcall
g_hlt:  hlt
g_registers:
        mov eax, ebx
        inc ebx
        dec esi
        vmmcall
g_state:
        mov ecx, cr2
        add ecx, 1
        mov cr2, ecx
        mov ecx, 0x300000
        mov cr3, ecx
        mov ecx, 0x10
        mov cr4, ecx
        mov ecx, 0x403
        mov dr7, ecx
        mov ecx, cr0
        or ecx, 8
        mov cr0, ecx
        lidt [g_idtr]
        lgdt [g_gdtr]
        push dword DATA3
        pop ds
        mov cx, DATA3
        mov fs, cx
        xor ecx, ecx
        mov es, cx
        sub ecx, 1
        vmmcall
g_idtr: dw 0x123
        dd 0x87654321
g_gdtr: dw gdt_end - gdt - 1
        dd gdt
r3_vmrun: vmrun
r3_stgi: stgi
bits 16
g_real:
        mov ax, 0x1234
        mov ds, ax
        hlt
bits 32
