; The command line: words, of which two kinds mean something.
;
;   /N       do only every Nth iteration: for slow roads
;   -NAME    leave out the loop of that name

MULTIBOOT_LOADED        equ 0x2BADB002          ; in EAX at entry, with EBX -> information
INFO_HAS_COMMAND_LINE   equ 1 << 2
INFO_COMMAND_LINE       equ 16
COMMAND_LINE_MOST       equ 511

        section .text
; EAX, EBX as at entry.
%ifndef PARAVIRTUAL
options_load:
        mov esi, no_options
        cmp eax, MULTIBOOT_LOADED
        jne options_parse
        test dword [ebx], INFO_HAS_COMMAND_LINE
        jz options_parse
        mov esi, [ebx + INFO_COMMAND_LINE]
%endif
; ESI -> the command line: it may lie where nothing is mapped once we have tables of our own.
options_parse:
        mov edi, command_line
        mov ecx, COMMAND_LINE_MOST
.copy:  lodsb
        mov [edi], al
        inc edi
        test al, al
        loopnz .copy
        mov byte [edi], 0
        mov esi, command_line
        mov dword [divisor], 1
.next:  call word_begin
        je .end
        cmp byte [esi], '/'
        jne .other
        inc esi
        call number
        jz .other
        mov [divisor], eax
.other: call word_end
        jmp .next
.end:   ret

; ESI -> text: on to the beginning of the next word. Zero flag: there is none.
word_begin:
        cmp byte [esi], ' '
        jne .here
        inc esi
        jmp word_begin
.here:  cmp byte [esi], 0
        ret

; ESI -> somewhere in a word: on to what is behind it.
word_end:
        cmp byte [esi], ' '
        je .here
        cmp byte [esi], 0
        je .here
        inc esi
        jmp word_end
.here:  ret

; The decimal digits at ESI, in EAX. Zero flag: none, or zero.
number: xor eax, eax
.digit: movzx edx, byte [esi]
        sub edx, '0'
        cmp edx, 9
        ja .end
        imul eax, eax, 10
        add eax, edx
        inc esi
        jmp .digit
.end:   test eax, eax
        ret

; Carry if the loop at EBX is to be left out.
is_left_out:
        mov esi, command_line
.next:  call word_begin
        je .no
        cmp byte [esi], '-'
        jne .other
        inc esi
        mov edi, [ebx + loop_entry.name]
.compare:
        mov al, [edi]
        test al, al
        jz .whole
        cmp al, [esi]
        jne .other
        inc esi
        inc edi
        jmp .compare
.whole: cmp byte [esi], ' '
        je .yes
        cmp byte [esi], 0
        je .yes
.other: call word_end
        jmp .next
.no:    clc
        ret
.yes:   stc
        ret

; [turns] for the loop at EBX.
turns_load:
        mov eax, [ebx + loop_entry.iterations]
        xor edx, edx
        div dword [divisor]
        cmp eax, 1
        adc eax, 0                              ; one, if there would be none
        mov [turns], eax
        ret

        section .rodata
no_options:     db 0
