; A program for Linux: it makes a virtual machine of /dev/kvm whose guest, in real mode, prints, reads a port, prints what it read, and halts.
; Documentation/virt/kvm/api.rst in the kernel's sources. System calls are those of i386.
bits 32
org 0x08048000

elf:    db 0x7f, "ELF", 1, 1, 1, 0
        times 8 db 0
        dw 2, 3
        dd 1, start, program - elf, 0, 0
        dw 52, 32, 1, 0, 0, 0
program:
        dd 1, 0, elf, elf, end - elf, end - elf, 7, 0x1000

%define KVM_CREATE_VM 0xae01
%define KVM_GET_VCPU_MMAP_SIZE 0xae04
%define KVM_CREATE_VCPU 0xae41
%define KVM_SET_USER_MEMORY_REGION 0x4020ae46
%define KVM_RUN 0xae80
%define KVM_SET_REGS 0x4090ae82
%define KVM_GET_SREGS 0x8138ae83
%define KVM_SET_SREGS 0x4138ae84
%define KVM_EXIT_IO 2
%define KVM_EXIT_HLT 5

; call number, ebx, ecx, edx; the program ends if it fails.
%macro syscall 4
        mov ebx, %2
        mov ecx, %3
        mov edx, %4
        mov eax, %1
        int 0x80
        test eax, eax
        js near failed
%endmacro
%define ioctl syscall 54,

; mmap2 of %1 bytes: protection 3, flags %2, descriptor %3.
%macro map 3
        mov ecx, %1
        mov esi, %2
        mov edi, %3
        xor ebx, ebx
        xor ebp, ebp
        mov edx, 3
        mov eax, 192
        int 0x80
        cmp eax, 0xfffff000
        ja near failed
%endmacro

start:
        mov ebx, device
        mov ecx, 0x2180
        mov edx, (10 << 8) | 232
        mov eax, 14
        int 0x80
        syscall 5, device, 2, 0
        mov [kvm], eax
        ioctl [kvm], KVM_CREATE_VM, 0
        mov [vm], eax
        map 0x10000, 0x22, -1
        mov [region_at], eax
        lea edi, [eax + 0x1000]
        mov esi, guest
        mov ecx, guest_end - guest
        rep movsb
        ioctl [vm], KVM_SET_USER_MEMORY_REGION, region
        ioctl [vm], KVM_CREATE_VCPU, 0
        mov [vcpu], eax
        ioctl [kvm], KVM_GET_VCPU_MMAP_SIZE, 0
        map eax, 1, [vcpu]
        mov [run], eax
        ioctl [vcpu], KVM_GET_SREGS, segments
        mov dword [segments], 0
        mov word [segments + 12], 0
        ioctl [vcpu], KVM_SET_SREGS, segments
        ioctl [vcpu], KVM_SET_REGS, registers
again:
        ioctl [vcpu], KVM_RUN, 0
        mov esi, [run]
        mov eax, [esi + 8]
        cmp eax, KVM_EXIT_HLT
        je halted
        cmp eax, KVM_EXIT_IO
        jne failed
        mov ecx, [esi + 40]
        add ecx, esi
        cmp byte [esi + 32], 0
        je input
        syscall 4, 1, ecx, 1
        jmp again
input:  mov al, [esi + 34]
        mov [ecx], al
        jmp again
halted: syscall 4, 1, halt_text, halt_end - halt_text
        xor ebx, ebx
        jmp quit
failed: syscall 4, 1, fail_text, fail_end - fail_text
        mov ebx, 1
quit:   mov eax, 1
        int 0x80

device: db "/dev/kvm", 0
halt_text: db "guest halted", 10
halt_end:
fail_text: db "failed", 10
fail_end:

bits 16
guest:
        mov dx, 0xe9
        mov al, '<'
        out dx, al
        in al, 0x42
        out dx, al
        mov al, '>'
        out dx, al
        hlt
guest_end:
bits 32

align 8
kvm:    dd 0
vm:     dd 0
vcpu:   dd 0
run:    dd 0
region: dd 0, 0, 0, 0, 0x10000, 0
region_at:
        dd 0, 0
; RAX RBX RCX RDX RSI RDI RSP RBP R8-R15 RIP RFLAGS
registers:
        times 6 dq 0
        dq 0x8000
        times 9 dq 0
        dq 0x1000, 2
segments:
        times 312 db 0
end:
