; SVM: what can be intercepted, one intercept at a time; each guest must stop at the instruction, with nothing done, and without the
; intercept run on.
; features: svm
; qemu differs: invd|wbinvd: it takes one for the other
; qemu differs: address size: it does not tell
%include "svm.inc"
bits 16

; exits "what", vector of intercepts, bit, instruction
%macro exits 4+
        call reset_vmcb
  %if (%2) != 8
        or dword I_EXC, -1
  %endif
        or dword V(%2), 1 << (%3)
        mov eax, %%guest
        say {%1}
        call run_guest
        call report_exit
        jmp %%over
%%guest:
        %4
        vmmcall
%%over:
%endmacro

; The same for ring 3.
%macro exits3 4+
        call reset_vmcb
        call ring3_vmcb
        or dword V(%2), 1 << (%3)
        mov eax, %%guest
        say {"ring 3, ", %1}
        call run_guest
        call report_exit
        jmp %%over
%%guest:
        %4
        vmmcall
%%over:
%endmacro

main:
        enter_protected
        call enable_svm
        mov ebx, 0x11
        exits "mov from cr0", 0, 0, mov ebx, cr0
        exits "mov from cr2", 0, 2, mov ebx, cr2
        exits "mov from cr3", 0, 3, mov ebx, cr3
        exits "mov from cr4", 0, 4, mov ebx, cr4
        exits "mov from cr4, but cr3 is asked for", 0, 3, mov ebx, cr4
        exits "smsw", 0, 0, smsw bx
        exits "mov to cr0", 0, 16, mov cr0, ebx
        exits "mov to cr2", 0, 18, mov cr2, ebx
        exits "mov to cr3", 0, 19, mov cr3, ebx
        exits "mov to cr4", 0, 20, mov cr4, ebx
        exits "clts", 0, 16, clts
        exits "lmsw", 0, 16, lmsw bx
        show "ebx: ", ebx
        mov ebx, 0x19
        exits "selective, TS", 0xc, 5, mov cr0, ebx
        mov ebx, 0x20000011 | (1 << 30)
        exits "selective, CD", 0xc, 5, mov cr0, ebx
        exits "selective, clts", 0xc, 5, clts
%assign n 0
%rep 8
  %if n != 4 && n != 5
        exits "mov from dr", 4, n, mov ebx, dr %+ n
        exits "mov to dr", 4, 16 + n, mov dr %+ n, ebx
  %endif
%assign n n + 1
%endrep
        mov edi, SPARE
        exits "sidt", 0xc, 6, sidt [edi]
        exits "sgdt", 0xc, 7, sgdt [edi]
        exits "sldt", 0xc, 8, sldt bx
        exits "str", 0xc, 9, str bx
        exits "lidt", 0xc, 10, lidt [idtr]
        exits "lgdt", 0xc, 11, lgdt [gdtr]
        mov bx, 0
        exits "lldt", 0xc, 12, lldt bx
        exits "ltr", 0xc, 13, ltr bx
        exits "rdtsc", 0xc, 14, rdtsc
        exits "rdpmc", 0xc, 15, rdpmc
        exits "pushfd", 0xc, 16, pushfd
        exits "pushfw", 0xc, 16, pushfw
        exits "popfd", 0xc, 17, popfd
        exits "popfw", 0xc, 17, popfw
        exits "cpuid", 0xc, 18, cpuid
        exits "iret", 0xc, 20, iretd
        exits "int 80h", 0xc, 21, int 0x80
        exits "invd", 0xc, 22, invd
        exits "pause", 0xc, 23, pause
        exits "hlt", 0xc, 24, hlt
        exits "invlpg", 0xc, 25, invlpg [edi]
        exits "invlpga", 0xc, 26, invlpga
        exits "vmrun", 0x10, 0, vmrun
        exits "vmload", 0x10, 2, vmload
        exits "vmsave", 0x10, 3, vmsave
        exits "stgi", 0x10, 4, stgi
        exits "clgi", 0x10, 5, clgi
        exits "skinit", 0x10, 6, skinit
        exits "wbinvd", 0x10, 9, wbinvd
        exits "none", 0x10, 1, wbinvd
        exits3 "cpuid", 0xc, 18, cpuid
        exits3 "hlt, #GP asked for", 8, 13, hlt
        exits3 "pushfd", 0xc, 16, pushfd
        exits3 "int 80h", 0xc, 21, int 0x80
        exits3 "rdtsc", 0xc, 14, rdtsc

        ; exceptions
        exits "#DE", 8, 0, call do_divide
        exits "#UD", 8, 6, ud2
        exits "#GP with a code", 8, 13, call do_segment
        exits "#BR", 8, 5, bound ebx, [bounds]
        exits "#NP", 8, 11, call do_absent
        exits "#DB", 8, 1, call do_step
        show "dr6: ", S_DR6

        ; ports
%macro port 3+
        call reset_vmcb
        or dword I_3, 1 << 27
        or byte [IOPM + ((%2) >> 3)], 1 << ((%2) & 7)
        mov eax, %%guest
        say {%1}
        call run_guest
        push dword INFO1
        and dword INFO1, ~0x380
        call report_exit
        and dword [esp], 0x380
        say "address size: "
        pop eax
        call hex
        call newline
        call maps_done
        jmp %%over
%%guest:
        %3
        xor eax, eax
        vmmcall
%%over:
%endmacro
        mov dx, 0x80
        port "in al", 0x80, in al, 0x80
        port "in ax", 0x81, in ax, 0x80
        port "in eax", 0x83, in eax, 0x80
        port "in eax, the next port", 0x84, in eax, 0x80
        port "in al, another port", 0x81, in al, 0x80
        port "in al, dx", 0x80, in al, dx
        port "in eax, dx", 0x80, in eax, dx
        port "out al", 0x80, out 0x80, al
        port "out dx, ax", 0x80, out dx, ax
        port "out dx, eax", 0x80, out dx, eax
        mov ecx, 3
        mov esi, SPARE
        mov edi, SPARE
        port "insb", 0x80, insb
        port "rep insd", 0x80, rep insd
        port "outsw", 0x80, outsw
        port "rep outsb", 0x80, rep outsb
        port "a16 rep outsb", 0x80, a16 rep outsb
        show "ecx: ", ecx

        ; model-specific registers
%macro msr 5+
        call reset_vmcb
        or dword I_3, 1 << 28
        or byte [MSRPM + ((%3) >> 3)], 1 << ((%3) & 7)
        mov ecx, %2
        mov eax, %%guest
        say {%1}
        call run_guest
        call report_exit
        call maps_done
        jmp %%over
%%guest:
        %5
        vmmcall
%%over:
%endmacro
        msr "rdmsr 174h", 0x174, 0x174 * 2, 0, rdmsr
        msr "rdmsr 174h, writing asked for", 0x174, 0x174 * 2 + 1, 0, rdmsr
        xor edx, edx
        msr "wrmsr 174h", 0x174, 0x174 * 2 + 1, 0, wrmsr
        msr "rdmsr efer", 0xc0000080, 0x800 * 8 + 0x80 * 2, 0, rdmsr
        msr "rdmsr vm_cr", 0xc0010114, 0x1000 * 8 + 0x114 * 2, 0, rdmsr
        msr "rdmsr, in no range", 0x40000000, 0, 0, rdmsr
        msr "rdmsr 2000h", 0x2000, 0, 0, rdmsr
        jmp quit

ring3_vmcb:
        mov byte S_CPL, 3
        vmcb_segment 0x410, CODE3, 0xcfb, 0xffffffff
        vmcb_segment 0x420, DATA3, 0xcf3, 0xffffffff
        ret
maps_done:
        pushad
        mov edi, IOPM
        xor eax, eax
        mov ecx, 0x5000 / 4
        rep stosd
        popad
        ret
do_divide:
        xor ecx, ecx
        div ecx
        vmmcall
do_segment:
        mov ecx, 0x7f8
        mov ds, cx
        vmmcall
do_absent:
        set_descriptor FREE, 0, 0xfffff, 0x13, 12
        mov ecx, FREE
        mov fs, cx
        vmmcall
do_step:
        push dword 0x102
        popfd
        nop
        vmmcall
bounds: dd 0x100, 0x200
