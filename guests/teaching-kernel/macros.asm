; Shorthand. None of these changes a register, apart from flags.

; print "text", 10: put a string where strings belong, and print it here.
%macro print 1+
        [section .rodata]
%%text: db %1, 0
        __?SECT?__
        push esi
        mov esi, %%text
        call print_text
        pop esi
%endmacro

; print_hex what: eight hexadecimal digits.
%macro print_hex 1
        push eax
        mov eax, %1
        call print_hex32
        pop eax
%endmacro

; print_short what: four hexadecimal digits.
%macro print_short 1
        push eax
        mov eax, %1
        call print_hex16
        pop eax
%endmacro

; print_number what: decimal.
%macro print_number 1
        push eax
        mov eax, %1
        call print_decimal
        pop eax
%endmacro
