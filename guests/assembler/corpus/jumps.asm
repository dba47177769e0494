bits 32
a: jmp b
 times 120 nop
b: jmp a
 jz c
 times 127 nop
c: jz d
 times 128 nop
d: jmp d
 jmp short e
 nop
e: jmp near f
f: call a
 call f
 loop f
 jecxz f
 jmp g
 times 124 db 0
 jmp h
g: times 122 db 0
h: jnz a
 add eax, h-g
 add eax, k-j
 push k-j
 push j
 mov [ebx+k-j],eax
 mov [ebx+j],eax
 mov eax,[j+ebx*4]
 imul eax,ebx,k-j
j: nop
k:
 align 4
 jmp l
 times 125 nop
 align 4
l:
 times 3 jmp l
 times 2 jmp $
 times 2 call a
m:
bits 16
 jmp l
 jz l
 jmp 0x1234
 call 0x1234
 jmp 0x10:m
 jmp dword 0x10:l
 mov ax,[m]
 mov eax,[dword l]
 a32 mov eax,[l]
