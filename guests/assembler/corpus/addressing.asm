; every register as base and as index, every scale, every displacement size, in all three modes
%macro bases 1-*
%rep %0
 mov ecx,[%1]
 mov ecx,[%1+5]
 mov ecx,[%1-128]
 mov ecx,[%1+127]
 mov ecx,[%1+128]
 mov ecx,[%1-129]
 mov ecx,[%1+0x12345678]
 mov ecx,[dword %1+1]
 mov ecx,[byte %1+0]
 mov [%1+label],ecx
 lea edx,[label+%1]
%rotate 1
%endrep
%endmacro
%macro pairs 2-*
%rep %0-2
%rotate 1
 mov ecx,[%1+%2]
 mov ecx,[%2+%1]
 mov ecx,[%1+%2*1]
 mov ecx,[%2*1+%1]
 mov ecx,[%1+%2*2]
 mov ecx,[%1+%2*4+16]
 mov ecx,[%2*8+%1-1000]
 mov ecx,[%2*2]
 mov ecx,[%2*4]
 mov ecx,[%2*3]
 mov ecx,[%2*5+7]
 mov ecx,[%2*9]
 mov ecx,[nosplit %2*2]
 mov ecx,[%2+%2]
 mov ecx,[%2*4+label]
%endrep
%endmacro
%macro sixteen 1-*
%rep %0
 mov cx,[%1]
 mov cx,[%1+5]
 mov cx,[%1-128]
 mov cx,[%1+128]
 mov cx,[%1+0x1234]
 mov cx,[byte %1]
 mov cx,[word %1+3]
 mov cx,[ds:%1]
 mov cx,[fs:%1+1]
%rotate 1
%endrep
%endmacro
bits 32
label:
 bases eax,ecx,edx,ebx,esp,ebp,esi,edi
 pairs esp,eax,ecx,edx,ebx,ebp,esi,edi
 sixteen bx,bp,si,di,bx+si,bx+di,bp+si,bp+di,si+bx,di+bp
bits 16
 bases eax,ecx,edx,ebx,esp,ebp,esi,edi
 pairs esp,eax,ecx,edx,ebx,ebp,esi,edi
 sixteen bx,bp,si,di,bx+si,bx+di,bp+si,bp+di,si+bx,di+bp
 mov ax,[0x1234]
 mov ax,[label]
 mov [label],al
 mov ax,[dword label]
 mov ax,[es:label]
 a32 mov ax,[label]
bits 64
 bases rax,rcx,rdx,rbx,rsp,rbp,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15,eax,r12d,r13d
 pairs rsp,rax,rcx,rdx,rbx,rbp,rsi,rdi,r8,r9,r10,r11,r12,r13,r14,r15
 mov ecx,[label]
 mov ecx,[rel label]
 mov ecx,[abs label]
 mov eax,[abs label]
 mov rax,[qword label]
 mov [qword 0x123456789a],al
 mov rax,[gs:8]
 mov rax,[rsp+r12*2]
 mov rax,[rax+rsp]
