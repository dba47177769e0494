org 0x100
section .data
d1: db 'data1'
section .text
bits 16
start: mov ax,d1
 mov bx,b1
 jmp fin
 times 200 nop
section .bss
b1: resb 10
b2: resw 1
section .data
d2: dw d1,d2,b1,b2,start
section .text
fin: jmp start
 mov [b2],ax
section other align=16
o1: dd o1
section .rodata progbits align=8 
r1: db 'ro'
 dw r1
