bits 32
struc point
.x: resd 1
.y: resd 1
.name: resb 5
endstruc
struc other, 8
o_a: resw 1
o_b: resb 1
endstruc
 db point_size, point.x, point.y, point.name, other_size, o_a, o_b
p1: istruc point
 at point.x, dd 5
 at point.name, db 'ab'
iend
absolute 0x500
v1: resb 4
v2: resw 2
section .text
 mov eax,[v1]
 mov eax,[v2]
 mov eax,[ebx+point.y]
 dd p1
use16
 mov ax,[bx+point.y]
[bits 32]
 mov eax,1
[section .data]
 db 1
__SECT__
 db 2
