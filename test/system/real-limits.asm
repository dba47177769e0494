; Segment limits in real mode, of data, stack, code and the vector table; "unreal" mode lifts that of one segment alone.
; qemu: its translator checks no limits

main:
        vectors16
        attempt16 "word at the limit", mov ax, [0xffff]
        attempt16 "dword beyond 64 KiB", mov eax, [dword 0x10000]
        attempt16 "stack limit", jmp stack16
        attempt16 "jmp beyond 64 KiB", jmp dword 0:0x10000
        lidt [tiny_idt]
        attempt16 "vector beyond IDTR", int 0x80
        lidt [idtr16]

        cli
        o32 lgdt [gdtr]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        mov bx, DATA0
        mov fs, bx
        and al, ~1
        mov cr0, eax
        jmp 0:at(unreal)
unreal: xor ax, ax
        mov fs, ax
        mov dword [fs:dword 0x100000], 0x600df00d
        mov eax, [fs:dword 0x100000]
        attempt16 "but not through DS: 64 KiB", mov eax, [dword 0x100000]
        attempt16 "through FS", mov eax, [fs:dword 0x100000]
        jmp quit16

stack16:
        mov sp, 0xffff
        pop ax
        mov sp, [cs:sp16]
        jmp [cs:resume16]

tiny_idt: dw 0x80 * 4 + 2
        dd 0
