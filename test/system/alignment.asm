; #AC: only in ring 3, with CR0.AM and EFLAGS.AC.
; qemu: its translator does not check alignment

main:
        enter_protected
        mov esi, SPARE + 1
        attempt "ring 3, AC without AM", ring3 r3_ac
        mov eax, cr0
        or eax, 0x40000
        mov cr0, eax
        attempt "ring 3, AM without AC", ring3 r3_plain
        attempt "ring 3, dword", ring3 r3_ac
        attempt "ring 3, dword write", ring3 r3_write
        attempt "ring 3, word", ring3 r3_word
        attempt "ring 3, aligned word", ring3 r3_word2
        attempt "ring 3, byte", ring3 r3_byte
        attempt "ring 3, push", ring3 r3_push, DATA3, STACK3 - 2
        attempt "ring 3, read-modify-write", ring3 r3_modify
        attempt "ring 3, segment load through the GDT", ring3 r3_segment
        attempt "ring 3, into ring 0 and back", ring3 r3_call, DATA3, STACK3 - 2
        push dword 0x40002
        popfd
        attempt "ring 0, AC and AM", mov eax, [SPARE + 1]
        jmp quit

%macro with_ac 0
        push dword 0x40002
        popfd
%endmacro
r3_ac:  with_ac
        mov eax, [esi]
        hlt
r3_plain:
        mov eax, [esi]
        hlt
r3_write:
        with_ac
        mov [esi], eax
        hlt
r3_word:
        with_ac
        mov ax, [esi]
        hlt
r3_word2:
        with_ac
        mov ax, [esi + 1]
        hlt
r3_byte:
        with_ac
        mov al, [esi]
        hlt
r3_push:
        push word 4
        push word 2
        popfd
        mov esp, STACK3
        with_ac
        mov esp, STACK3 - 2
        push eax
        hlt
r3_modify:
        with_ac
        inc dword [esi]
        hlt
r3_segment:
        with_ac
        mov eax, DATA3
        mov ds, ax
        hlt
r3_call:
        mov esp, STACK3
        with_ac
        in al, 0x80
