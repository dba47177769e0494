bits 64
default rel
org 0x400000
start: mov rax,[var]
 mov rbx,[abs var]
 mov [var],al
 lea rsi,[var]
 cmp byte [var],5
 cmp dword [var],500
 add qword [var],byte 5
 jmp [var]
 call [var]
 mov rax,[fs:var]
 mov rax,[rax+var]
 mov rax,var
 mov eax,var
 movaps xmm0,[var]
 pshufd xmm0,[var],5
 vaddps zmm0,zmm1,[var]
 default abs
 mov rax,[var]
 mov rax,[rel var]
 mov eax,[rel start]
 lock add [rel var],eax
 rep movsq
 push var
 jmp start
 times 130 nop
 jz start
 call start
var: dq var
