bits 32
org 0x7c00
start:
 db 0x55
 db 0x55,0x56,0x57
 db 'a',0x55
 db 'hello',13,10,'$'
 dw 0x1234, 'a', 'ab', 'abc'
 dd 0x12345678, 1.234567e20, 'abcde'
 dq 0x123456789abcdef0, 1.234567e20, 1.0, 'x'
 dt 1.234567e20, 1.0, -0.1, 3.141592653589793238462
 dd 1.5, -1.5, +1.5, 0.1, 1e-45, 1e-40, 3.4028235e38, 1e39, 0x1.8p1, 1.e10, 1.e+10, 1.e-10
 dq 0.1, 1e308, 4.9e-324, 1e-320, 2.2250738585072014e-308, 123456789.123456789
 dw 1.0, 0.1, 65504.0
 dd __Infinity__, -__Infinity__, __NaN__, __QNaN__, __SNaN__
 dq __?Infinity?__
 mov eax,__?float32?__(1.5)
 dq __?float64?__(1.5)
 db 100, 100d, 0d100, 0b1010, 1010b, 0o17, 17o, 17q, 0x1f, 1fh, $1f, 0h1f, 1111_0000b
 db 'abc' + 1
 db `\n\t\x41\101\\\'\u263a\e`
 db "quote'in", 'dq"in', `bq`
 db -1, -128, 255
 dw -1, 65535, start, start-$$
 dd start, $, $$, $-$$, end-start
 dq start, -1
 db 5 dup (1,2), 2 dup (?)
 times 3 db 1,2
 times 4 dw $-start
 resb 3
 resw 2
 resd 1
 resq 1
 rest 1
 align 4
 db 1
 align 16
 db 1
 align 8, db 0xcc
 alignb 16
label: dd label
.local: dd .local, label.local
.two: jmp .local
other:
.local: dd .local, label.local, other.local
..@special: dd ..@special
.after: dd other.after
nocolon dd nocolon
val equ 5*3
 db val
str1 equ 'ab'
 dw str1
 db 7/2, 7 % 2, -7/2 & 0xff, (-7//2) & 0xff, (-7 %% 3) & 0xff
 dd 1<<4, 0x80000000>>4, ~5, !5, !0, -5, 5|8, 5&4, 5^1
 db 3==3, 3=3, 3!=4, 3<>4, 3<4, 3<=3, 4>3, 4>=4, 1&&0, 1||0, 1^^1
 db 2+3*4, (2+3)*4, 2<<1+1, 1|2&3, -2+5, 10-3-2, 100/10/5
 dd (1 << 31), 'abcd', 'a'*2
 dq -1 >> 60, -1 >>> 60
 db 1 ? 2 : 3, 0 ? 2 : 3, 2 <=> 1
 dd $ - label
 times 8-($-$$) & 7 db 0x90
 db 'end'
end:
 times 600-($-$$) db 0
 dw 0xaa55
