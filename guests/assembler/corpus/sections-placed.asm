org 0x7c00
section .text start=0x7c00
 bits 16
 jmp main
main: mov si,msg
 mov di,hi
 call high_code
 hlt
msg: db 'x',0
section high start=0x7e00 vstart=0x8000
high_code:
 mov ax,hi
 ret
hi: dw hi
section last follows=high align=64
l: dw l
section v follows=last vfollows=high
vv: dw vv
section nb nobits
n1: resb 4
section .text
 dw n1, vv
