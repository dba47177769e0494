; one instruction a line: every form of the base instruction set and a sample of the vector extensions
bits 64
mov rax,5
mov rax,-1
mov rax,0x80000000
mov rax,0x123456789a
mov rax,$
mov rax,dword 5
mov rax,strict dword 5
mov rax,qword 5
mov rax,strict qword 5
mov eax,[0x10]
mov rax,[0x10]
mov rax,[qword 0x10]
push 5
push 0x1234
push rax
push word 5
push ax
pop fs
call [rax]
call rax
jmp [rax]
call far [rax]
o64 call far [rax]
iret
iretq
retf
o64 retf
ret
and rax,5
and rax,0x7fffffff
add rbx,0x12345678
xchg eax,eax
xchg rax,rax
xchg rax,r8
xchg r8,rax
mov r8b,5
mov sil,al
movsxd rax,ecx
movsx rax,ecx
movsx rax,dword [rbx]
movzx rax,ax
mov cr8,rax
mov rax,cr0
movq rax,xmm0
movq xmm0,rax
movq xmm0,[rax]
pushf
pushfq
pushfw
enter 1,2
leave
mov rax,[eax]
vaddps xmm0,xmm1,xmm2
vaddps ymm0,ymm1,[rax]
vmovaps xmm0,xmm8
vmovaps xmm8,xmm0
vaddps zmm0{k1}{z},zmm1,[rax]{1to16}
vaddps zmm0,zmm1,zmm2,{rn-sae}
vaddps xmm16,xmm1,xmm2
{evex} vaddps xmm0,xmm1,xmm2
{vex3} vaddps xmm0,xmm1,xmm2
vpdpbusd xmm0,xmm1,xmm2
lodsq
rep stosq
syscall
o64 sysret
swapgs
cmpxchg16b [rax]
fxsave64 [rax]
push qword [rax]
jmp qword [rax]
mov qword [rax],5
test rax,5
jrcxz $
jecxz $
loop $
a32 loop $
crc32 rax,bl
vgatherdps xmm0,[rax+xmm1*4],xmm2
vpgatherdd zmm0{k1},[rax+zmm1]
lea rax,[rax*8]
lea eax,[rax]
mov rax,[fs:0x28]
mov rax,fs
mov fs,eax
mov fs,rax
bswap rax
smsw rax
str rax
lar rax,ebx
lar rax,bx
sldt rax
tzcnt rax,rbx
vmovq xmm0,xmm1
vmovd xmm0,eax
kmovw k1,eax
wrfsbase rax
andn eax,ebx,ecx
monitor rax,ecx,edx
invlpga rax,ecx
xbegin $
pblendvb xmm0,xmm1
pblendvb xmm0,xmm1,xmm0
sha256rnds2 xmm0,xmm1,xmm0
cmpltpd xmm0,xmm1
vcmpneq_oqps xmm0,xmm1,xmm2
pclmulhqlqdq xmm0,xmm1
vpcmpnltud k3,xmm4,xmm5
lock cmpxchg [rax],rbx
xacquire lock add [rax],ebx
add [rbx+rsi*4],bl
add r11b,r8b
add bx,sp
add [rbx+rsi*4+0x40],sp
add [rbx+rsi*4],r12w
add [rbx+rsi*4],ebx
add r11d,r12d
add rbx,rsp
add [rbx+rsi*4+0x40],rsp
add [rbx+rsi*4],r12
add al,[rbx+rsi*4+0x40]
add bx,[rbx+rsi*4]
add r12w,[rbx+rsi*4]
add esp,[rbx+rsi*4+0x40]
add rbx,[rbx+rsi*4]
add r12,[rbx+rsi*4]
add ax,0x1234
add rax,0x12345678
or [rbx+rsi*4],bl
or r11b,r8b
or bx,sp
or [rbx+rsi*4+0x40],sp
or [rbx+rsi*4],r12w
or [rbx+rsi*4],ebx
or r11d,r12d
or rbx,rsp
or [rbx+rsi*4+0x40],rsp
or [rbx+rsi*4],r12
or al,[rbx+rsi*4+0x40]
or bx,[rbx+rsi*4]
or r12w,[rbx+rsi*4]
or esp,[rbx+rsi*4+0x40]
or rbx,[rbx+rsi*4]
or r12,[rbx+rsi*4]
or ax,0x1234
or rax,0x12345678
adc [rbx+rsi*4],bl
adc r11b,r8b
adc bx,sp
adc [rbx+rsi*4+0x40],sp
adc [rbx+rsi*4],r12w
adc [rbx+rsi*4],ebx
adc r11d,r12d
adc rbx,rsp
adc [rbx+rsi*4+0x40],rsp
adc [rbx+rsi*4],r12
adc al,[rbx+rsi*4+0x40]
adc bx,[rbx+rsi*4]
adc r12w,[rbx+rsi*4]
adc esp,[rbx+rsi*4+0x40]
adc rbx,[rbx+rsi*4]
adc r12,[rbx+rsi*4]
adc ax,0x1234
adc rax,0x12345678
sbb [rbx+rsi*4],bl
sbb r11b,r8b
sbb bx,sp
sbb [rbx+rsi*4+0x40],sp
sbb [rbx+rsi*4],r12w
sbb [rbx+rsi*4],ebx
sbb r11d,r12d
sbb rbx,rsp
sbb [rbx+rsi*4+0x40],rsp
sbb [rbx+rsi*4],r12
sbb al,[rbx+rsi*4+0x40]
sbb bx,[rbx+rsi*4]
sbb r12w,[rbx+rsi*4]
sbb esp,[rbx+rsi*4+0x40]
sbb rbx,[rbx+rsi*4]
sbb r12,[rbx+rsi*4]
sbb ax,0x1234
sbb rax,0x12345678
and [rbx+rsi*4],bl
and r11b,r8b
and bx,sp
and [rbx+rsi*4+0x40],sp
and [rbx+rsi*4],r12w
and [rbx+rsi*4],ebx
and r11d,r12d
and rbx,rsp
and [rbx+rsi*4+0x40],rsp
and [rbx+rsi*4],r12
and al,[rbx+rsi*4+0x40]
and bx,[rbx+rsi*4]
and r12w,[rbx+rsi*4]
and esp,[rbx+rsi*4+0x40]
and rbx,[rbx+rsi*4]
and r12,[rbx+rsi*4]
and ax,0x1234
and rax,0x12345678
sub [rbx+rsi*4],bl
sub r11b,r8b
sub bx,sp
sub [rbx+rsi*4+0x40],sp
sub [rbx+rsi*4],r12w
sub [rbx+rsi*4],ebx
sub r11d,r12d
sub rbx,rsp
sub [rbx+rsi*4+0x40],rsp
sub [rbx+rsi*4],r12
sub al,[rbx+rsi*4+0x40]
sub bx,[rbx+rsi*4]
sub r12w,[rbx+rsi*4]
sub esp,[rbx+rsi*4+0x40]
sub rbx,[rbx+rsi*4]
sub r12,[rbx+rsi*4]
sub ax,0x1234
sub rax,0x12345678
xor [rbx+rsi*4],bl
xor r11b,r8b
xor bx,sp
xor [rbx+rsi*4+0x40],sp
xor [rbx+rsi*4],r12w
xor [rbx+rsi*4],ebx
xor r11d,r12d
xor rbx,rsp
xor [rbx+rsi*4+0x40],rsp
xor [rbx+rsi*4],r12
xor al,[rbx+rsi*4+0x40]
xor bx,[rbx+rsi*4]
xor r12w,[rbx+rsi*4]
xor esp,[rbx+rsi*4+0x40]
xor rbx,[rbx+rsi*4]
xor r12,[rbx+rsi*4]
xor ax,0x1234
xor rax,0x12345678
cmp [rbx+rsi*4],bl
cmp r11b,r8b
cmp bx,sp
cmp [rbx+rsi*4+0x40],sp
cmp [rbx+rsi*4],r12w
cmp [rbx+rsi*4],ebx
cmp r11d,r12d
cmp rbx,rsp
cmp [rbx+rsi*4+0x40],rsp
cmp [rbx+rsi*4],r12
cmp al,[rbx+rsi*4+0x40]
cmp bx,[rbx+rsi*4]
cmp r12w,[rbx+rsi*4]
cmp esp,[rbx+rsi*4+0x40]
cmp rbx,[rbx+rsi*4]
cmp r12,[rbx+rsi*4]
cmp ax,0x1234
cmp rax,0x12345678
push sp
push r12w
push rsp
push r12
pop sp
pop r12w
pop rsp
pop r12
movsxd rbx,[rbx+rsi*4]
movsxd r11,r12d
push 0x12345678
imul bx,[rbx+rsi*4],0x1234
imul r11w,r12w,0x1234
imul ebx,esp,0x12345678
imul esp,[rbx+rsi*4+0x40],0x12345678
imul r12d,[rbx+rsi*4],0x12345678
imul rbx,[rbx+rsi*4],0x12345678
imul r11,r12,0x12345678
imul bx,[rbx+rsi*4],5
imul r11w,r12w,5
imul ebx,esp,5
imul esp,[rbx+rsi*4+0x40],5
imul r12d,[rbx+rsi*4],5
imul rbx,[rbx+rsi*4],5
imul r11,r12,5
insb
insd
outsw
add bl,5
add byte [rbx+rsi*4+0x40],5
or bl,5
or byte [rbx+rsi*4+0x40],5
adc bl,5
adc byte [rbx+rsi*4+0x40],5
sbb bl,5
sbb byte [rbx+rsi*4+0x40],5
and bl,5
and byte [rbx+rsi*4+0x40],5
sub bl,5
sub byte [rbx+rsi*4+0x40],5
xor bl,5
xor byte [rbx+rsi*4+0x40],5
cmp bl,5
cmp byte [rbx+rsi*4+0x40],5
add bx,0x1234
add word [rbx+rsi*4+0x40],0x1234
add ebx,0x12345678
add dword [rbx+rsi*4+0x40],0x12345678
add qword [rbx+rsi*4+0x40],0x12345678
or bx,0x1234
or word [rbx+rsi*4+0x40],0x1234
or ebx,0x12345678
or dword [rbx+rsi*4+0x40],0x12345678
or rbx,0x12345678
or qword [rbx+rsi*4+0x40],0x12345678
adc bx,0x1234
adc word [rbx+rsi*4+0x40],0x1234
adc ebx,0x12345678
adc dword [rbx+rsi*4+0x40],0x12345678
adc rbx,0x12345678
adc qword [rbx+rsi*4+0x40],0x12345678
sbb bx,0x1234
sbb word [rbx+rsi*4+0x40],0x1234
sbb ebx,0x12345678
sbb dword [rbx+rsi*4+0x40],0x12345678
sbb rbx,0x12345678
sbb qword [rbx+rsi*4+0x40],0x12345678
and bx,0x1234
and word [rbx+rsi*4+0x40],0x1234
and ebx,0x12345678
and dword [rbx+rsi*4+0x40],0x12345678
and rbx,0x12345678
and qword [rbx+rsi*4+0x40],0x12345678
sub bx,0x1234
sub word [rbx+rsi*4+0x40],0x1234
sub ebx,0x12345678
sub dword [rbx+rsi*4+0x40],0x12345678
sub rbx,0x12345678
sub qword [rbx+rsi*4+0x40],0x12345678
xor bx,0x1234
xor word [rbx+rsi*4+0x40],0x1234
xor ebx,0x12345678
xor dword [rbx+rsi*4+0x40],0x12345678
xor rbx,0x12345678
xor qword [rbx+rsi*4+0x40],0x12345678
cmp bx,0x1234
cmp word [rbx+rsi*4+0x40],0x1234
cmp ebx,0x12345678
cmp dword [rbx+rsi*4+0x40],0x12345678
cmp rbx,0x12345678
cmp qword [rbx+rsi*4+0x40],0x12345678
add bx,5
add word [rbx+rsi*4+0x40],5
add ebx,5
add dword [rbx+rsi*4+0x40],5
add rbx,5
add qword [rbx+rsi*4+0x40],5
or bx,5
or word [rbx+rsi*4+0x40],5
or ebx,5
or dword [rbx+rsi*4+0x40],5
or rbx,5
or qword [rbx+rsi*4+0x40],5
adc bx,5
adc word [rbx+rsi*4+0x40],5
adc ebx,5
adc dword [rbx+rsi*4+0x40],5
adc rbx,5
adc qword [rbx+rsi*4+0x40],5
sbb bx,5
sbb word [rbx+rsi*4+0x40],5
sbb ebx,5
sbb dword [rbx+rsi*4+0x40],5
sbb rbx,5
sbb qword [rbx+rsi*4+0x40],5
and bx,5
and word [rbx+rsi*4+0x40],5
and ebx,5
and dword [rbx+rsi*4+0x40],5
and rbx,5
and qword [rbx+rsi*4+0x40],5
sub bx,5
sub word [rbx+rsi*4+0x40],5
sub ebx,5
sub dword [rbx+rsi*4+0x40],5
sub rbx,5
sub qword [rbx+rsi*4+0x40],5
xor bx,5
xor word [rbx+rsi*4+0x40],5
xor ebx,5
xor dword [rbx+rsi*4+0x40],5
xor rbx,5
xor qword [rbx+rsi*4+0x40],5
cmp bx,5
cmp word [rbx+rsi*4+0x40],5
cmp ebx,5
cmp dword [rbx+rsi*4+0x40],5
cmp rbx,5
cmp qword [rbx+rsi*4+0x40],5
test bl,al
test [rbx+rsi*4+0x40],al
test [rbx+rsi*4],r8b
test [rbx+rsi*4],bx
test r11w,r12w
test ebx,esp
test [rbx+rsi*4+0x40],esp
test [rbx+rsi*4],r12d
test [rbx+rsi*4],rbx
test r11,r12
xchg al,bl
xchg al,[rbx+rsi*4+0x40]
xchg r8b,[rbx+rsi*4]
xchg bx,[rbx+rsi*4]
xchg r12w,r11w
xchg esp,ebx
xchg esp,[rbx+rsi*4+0x40]
xchg r12d,[rbx+rsi*4]
xchg rbx,[rbx+rsi*4]
xchg r12,r11
mov bl,al
mov [rbx+rsi*4+0x40],al
mov [rbx+rsi*4],r8b
mov [rbx+rsi*4],bx
mov r11w,r12w
mov ebx,esp
mov [rbx+rsi*4+0x40],esp
mov [rbx+rsi*4],r12d
mov [rbx+rsi*4],rbx
mov r11,r12
mov bl,[rbx+rsi*4]
mov r8b,[rbx+rsi*4]
mov sp,[rbx+rsi*4+0x40]
mov ebx,[rbx+rsi*4]
mov r12d,[rbx+rsi*4]
mov rsp,[rbx+rsi*4+0x40]
mov bx,ds
o16 mov [rbx+rsi*4+0x40],ds
mov ebx,ds
mov [rbx+rsi*4+0x40],ds
mov rbx,ds
o64 mov [rbx+rsi*4+0x40],ds
lea bx,[rbx+rsi*4]
lea r11w,[rbx+rsi*4]
lea ebx,[rbx+rsi*4]
lea r11d,[rbx+rsi*4]
lea rbx,[rbx+rsi*4]
lea r11,[rbx+rsi*4]
mov ds,sp
o16 mov ds,[rbx+rsi*4+0x40]
mov ds,esp
mov ds,[rbx+rsi*4+0x40]
mov ds,rsp
o64 mov ds,[rbx+rsi*4+0x40]
pop word [rbx+rsi*4]
pop qword [rbx+rsi*4]
xchg ax,ax
xchg sp,ax
xchg r12w,ax
xchg esp,eax
xchg r12d,eax
xchg rsp,rax
xchg r12,rax
cbw
cdqe
cdq
wait
popf
lahf
mov ax,[qword 0x1234]
mov rax,[qword 0x1234]
mov [qword 0x1234],ax
mov [qword 0x1234],rax
movsw
movsq
cmpsw
cmpsq
test ax,0x1234
test rax,0x12345678
stosw
stosq
lodsw
scasw
scasq
mov al,5
mov sp,0x1234
mov r12w,0x1234
mov esp,0x12345678
mov r12d,0x12345678
mov rsp,0x123456789ABCDEF0
mov r12,0x123456789ABCDEF0
rol byte [rbx+rsi*4],5
rol r11b,5
ror byte [rbx+rsi*4],5
ror r11b,5
rcl byte [rbx+rsi*4],5
rcl r11b,5
rcr byte [rbx+rsi*4],5
rcr r11b,5
shl byte [rbx+rsi*4],5
shl r11b,5
shr byte [rbx+rsi*4],5
shr r11b,5
sal byte [rbx+rsi*4],5
sal r11b,5
sar byte [rbx+rsi*4],5
sar r11b,5
rol word [rbx+rsi*4],5
rol r11w,5
rol dword [rbx+rsi*4],5
rol r11d,5
rol qword [rbx+rsi*4],5
rol r11,5
ror word [rbx+rsi*4],5
ror r11w,5
ror dword [rbx+rsi*4],5
ror r11d,5
ror qword [rbx+rsi*4],5
ror r11,5
rcl word [rbx+rsi*4],5
rcl r11w,5
rcl dword [rbx+rsi*4],5
rcl r11d,5
rcl qword [rbx+rsi*4],5
rcl r11,5
rcr word [rbx+rsi*4],5
rcr r11w,5
rcr dword [rbx+rsi*4],5
rcr r11d,5
rcr qword [rbx+rsi*4],5
rcr r11,5
shl word [rbx+rsi*4],5
shl r11w,5
shl dword [rbx+rsi*4],5
shl r11d,5
shl qword [rbx+rsi*4],5
shl r11,5
shr word [rbx+rsi*4],5
shr r11w,5
shr dword [rbx+rsi*4],5
shr r11d,5
shr qword [rbx+rsi*4],5
shr r11,5
sal word [rbx+rsi*4],5
sal r11w,5
sal dword [rbx+rsi*4],5
sal r11d,5
sal qword [rbx+rsi*4],5
sal r11,5
sar word [rbx+rsi*4],5
sar r11w,5
sar dword [rbx+rsi*4],5
sar r11d,5
sar qword [rbx+rsi*4],5
sar r11,5
mov byte [rbx+rsi*4+0x40],5
mov word [rbx+rsi*4],0x1234
mov dword [rbx+rsi*4],0x12345678
mov rbx,0x12345678
mov qword [rbx+rsi*4+0x40],0x12345678
o16 enter 0x1234,5
o16 leave
retfw 0x1234
retfq 0x1234
int3
iretw
rol byte [rbx+rsi*4],1
rol r11b,1
ror byte [rbx+rsi*4],1
ror r11b,1
rcl byte [rbx+rsi*4],1
rcl r11b,1
rcr byte [rbx+rsi*4],1
rcr r11b,1
shl byte [rbx+rsi*4],1
shl r11b,1
shr byte [rbx+rsi*4],1
shr r11b,1
sal byte [rbx+rsi*4],1
sal r11b,1
sar byte [rbx+rsi*4],1
sar r11b,1
rol word [rbx+rsi*4],1
rol r11w,1
rol dword [rbx+rsi*4],1
rol r11d,1
rol qword [rbx+rsi*4],1
rol r11,1
ror word [rbx+rsi*4],1
ror r11w,1
ror dword [rbx+rsi*4],1
ror r11d,1
ror qword [rbx+rsi*4],1
ror r11,1
rcl word [rbx+rsi*4],1
rcl r11w,1
rcl dword [rbx+rsi*4],1
rcl r11d,1
rcl qword [rbx+rsi*4],1
rcl r11,1
rcr word [rbx+rsi*4],1
rcr r11w,1
rcr dword [rbx+rsi*4],1
rcr r11d,1
rcr qword [rbx+rsi*4],1
rcr r11,1
shl word [rbx+rsi*4],1
shl r11w,1
shl dword [rbx+rsi*4],1
shl r11d,1
shl qword [rbx+rsi*4],1
shl r11,1
shr word [rbx+rsi*4],1
shr r11w,1
shr dword [rbx+rsi*4],1
shr r11d,1
shr qword [rbx+rsi*4],1
shr r11,1
sal word [rbx+rsi*4],1
sal r11w,1
sal dword [rbx+rsi*4],1
sal r11d,1
sal qword [rbx+rsi*4],1
sal r11,1
sar word [rbx+rsi*4],1
sar r11w,1
sar dword [rbx+rsi*4],1
sar r11d,1
sar qword [rbx+rsi*4],1
sar r11,1
rol byte [rbx+rsi*4],cl
rol r11b,cl
ror byte [rbx+rsi*4],cl
ror r11b,cl
rcl byte [rbx+rsi*4],cl
rcl r11b,cl
rcr byte [rbx+rsi*4],cl
rcr r11b,cl
shl byte [rbx+rsi*4],cl
shl r11b,cl
shr byte [rbx+rsi*4],cl
shr r11b,cl
sal byte [rbx+rsi*4],cl
sal r11b,cl
sar byte [rbx+rsi*4],cl
sar r11b,cl
rol word [rbx+rsi*4],cl
rol r11w,cl
rol dword [rbx+rsi*4],cl
rol r11d,cl
rol qword [rbx+rsi*4],cl
rol r11,cl
ror word [rbx+rsi*4],cl
ror r11w,cl
ror dword [rbx+rsi*4],cl
ror r11d,cl
ror qword [rbx+rsi*4],cl
ror r11,cl
rcl word [rbx+rsi*4],cl
rcl r11w,cl
rcl dword [rbx+rsi*4],cl
rcl r11d,cl
rcl qword [rbx+rsi*4],cl
rcl r11,cl
rcr word [rbx+rsi*4],cl
rcr r11w,cl
rcr dword [rbx+rsi*4],cl
rcr r11d,cl
rcr qword [rbx+rsi*4],cl
rcr r11,cl
shl word [rbx+rsi*4],cl
shl r11w,cl
shl dword [rbx+rsi*4],cl
shl r11d,cl
shl qword [rbx+rsi*4],cl
shl r11,cl
shr word [rbx+rsi*4],cl
shr r11w,cl
shr dword [rbx+rsi*4],cl
shr r11d,cl
shr qword [rbx+rsi*4],cl
shr r11,cl
sal word [rbx+rsi*4],cl
sal r11w,cl
sal dword [rbx+rsi*4],cl
sal r11d,cl
sal qword [rbx+rsi*4],cl
sal r11,cl
sar word [rbx+rsi*4],cl
sar r11w,cl
sar dword [rbx+rsi*4],cl
sar r11d,cl
sar qword [rbx+rsi*4],cl
sar r11,cl
fadd dword [rbx+rsi*4]
fmul dword [rbx+rsi*4]
fcom dword [rbx+rsi*4]
fcomp dword [rbx+rsi*4]
fsub dword [rbx+rsi*4]
fsubr dword [rbx+rsi*4]
fdiv dword [rbx+rsi*4]
fdivr dword [rbx+rsi*4]
fadd st3
fmul st3
fcom st3
fcomp st3
fsub st3
fsubr st3
fdiv st3
fdivr st3
fld dword [rbx+rsi*4]
fst dword [rbx+rsi*4]
fstp dword [rbx+rsi*4]
o16 fldenv [rbx+rsi*4]
fldenv [rbx+rsi*4]
fldcw [rbx+rsi*4]
o16 fnstenv [rbx+rsi*4]
fnstenv [rbx+rsi*4]
fnstcw [rbx+rsi*4]
fld st3
fxch st3
fnop
fabs
fxam
fldl2t
fldpi
fldln2
f2xm1
fptan
fxtract
fdecstp
fprem
fsqrt
frndint
fsin
fiadd dword [rbx+rsi*4]
fimul dword [rbx+rsi*4]
ficom dword [rbx+rsi*4]
ficomp dword [rbx+rsi*4]
fisub dword [rbx+rsi*4]
fisubr dword [rbx+rsi*4]
fidiv dword [rbx+rsi*4]
fidivr dword [rbx+rsi*4]
fcmovb st3
fcmove st3
fcmovbe st3
fcmovu st3
fucompp
fild dword [rbx+rsi*4+0x40]
fisttp dword [rbx+rsi*4+0x40]
fist dword [rbx+rsi*4+0x40]
fistp dword [rbx+rsi*4+0x40]
fld tword [rbx+rsi*4+0x40]
fstp tword [rbx+rsi*4+0x40]
fcmovnb st4
fcmovne st4
fcmovnbe st4
fcmovnu st4
fndisi
fninit
fucomi st3
fcomi st3
fadd qword [rbx+rsi*4]
fmul qword [rbx+rsi*4]
fcom qword [rbx+rsi*4]
fcomp qword [rbx+rsi*4]
fsub qword [rbx+rsi*4]
fsubr qword [rbx+rsi*4]
fdiv qword [rbx+rsi*4]
fdivr qword [rbx+rsi*4]
fadd to st3
fmul to st3
fsubr to st3
fsub to st3
fdivr to st3
fdiv to st3
fld qword [rbx+rsi*4]
fisttp qword [rbx+rsi*4]
fst qword [rbx+rsi*4]
fstp qword [rbx+rsi*4]
o16 frstor [rbx+rsi*4]
frstor [rbx+rsi*4]
o16 fnsave [rbx+rsi*4]
fnsave [rbx+rsi*4]
fnstsw [rbx+rsi*4]
ffree st3
fst st3
fstp st3
fucom st3
fucomp st3
fiadd word [rbx+rsi*4]
fimul word [rbx+rsi*4]
ficom word [rbx+rsi*4]
ficomp word [rbx+rsi*4]
fisub word [rbx+rsi*4]
fisubr word [rbx+rsi*4]
fidiv word [rbx+rsi*4]
fidivr word [rbx+rsi*4]
faddp st3
fmulp st3
fcompp
fsubrp st4
fsubp st4
fdivrp st4
fdivp st4
fild word [rbx+rsi*4+0x40]
fisttp word [rbx+rsi*4+0x40]
fist word [rbx+rsi*4+0x40]
fistp word [rbx+rsi*4+0x40]
fbld tword [rbx+rsi*4+0x40]
fild qword [rbx+rsi*4+0x40]
fbstp tword [rbx+rsi*4+0x40]
fistp qword [rbx+rsi*4+0x40]
ffreep st4
fucomip st3
fcomip st3
in al,5
in eax,5
out 5,ax
in al,dx
in eax,dx
out dx,ax
int1
cmc
test byte [rbx+rsi*4],5
test r11b,5
not byte [rbx+rsi*4]
not r11b
neg byte [rbx+rsi*4]
neg r11b
mul byte [rbx+rsi*4]
mul r11b
imul byte [rbx+rsi*4]
imul r11b
div byte [rbx+rsi*4]
div r11b
idiv byte [rbx+rsi*4]
idiv r11b
test word [rbx+rsi*4],0x1234
test r11w,0x1234
test dword [rbx+rsi*4],0x12345678
test r11d,0x12345678
test qword [rbx+rsi*4],0x12345678
test r11,0x12345678
not word [rbx+rsi*4]
not r11w
not dword [rbx+rsi*4]
not r11d
not qword [rbx+rsi*4]
not r11
neg word [rbx+rsi*4]
neg r11w
neg dword [rbx+rsi*4]
neg r11d
neg qword [rbx+rsi*4]
neg r11
mul word [rbx+rsi*4]
mul r11w
mul dword [rbx+rsi*4]
mul r11d
mul qword [rbx+rsi*4]
mul r11
imul word [rbx+rsi*4]
imul r11w
imul dword [rbx+rsi*4]
imul r11d
imul qword [rbx+rsi*4]
imul r11
div word [rbx+rsi*4]
div r11w
div dword [rbx+rsi*4]
div r11d
div qword [rbx+rsi*4]
div r11
idiv word [rbx+rsi*4]
idiv r11w
idiv dword [rbx+rsi*4]
idiv r11d
idiv qword [rbx+rsi*4]
idiv r11
stc
sti
std
inc byte [rbx+rsi*4]
inc r11b
dec byte [rbx+rsi*4]
dec r11b
inc word [rbx+rsi*4]
inc r11w
inc dword [rbx+rsi*4]
inc r11d
inc qword [rbx+rsi*4]
inc r11
dec word [rbx+rsi*4]
dec r11w
dec dword [rbx+rsi*4]
dec r11d
dec qword [rbx+rsi*4]
dec r11
call qword [rbx+rsi*4]
call r11
call word far [rbx+rsi*4+0x40]
call dword far [rbx+rsi*4+0x40]
call far [rbx+rsi*4+0x40]
jmp qword [rbx+rsi*4]
jmp r11
jmp word far [rbx+rsi*4+0x40]
jmp dword far [rbx+rsi*4+0x40]
jmp far [rbx+rsi*4+0x40]
push word [rbx+rsi*4+0x40]
push qword [rbx+rsi*4+0x40]
o16 sldt [rbx+rsi*4]
sldt r11w
sldt [rbx+rsi*4]
sldt r11d
o64 sldt [rbx+rsi*4]
sldt r11
o16 str [rbx+rsi*4]
str r11w
str [rbx+rsi*4]
str r11d
o64 str [rbx+rsi*4]
str r11
lldt [rbx+rsi*4]
lldt r11w
ltr [rbx+rsi*4]
ltr r11w
sgdt [rbx+rsi*4+0x40]
sidt [rbx+rsi*4+0x40]
lgdt [rbx+rsi*4+0x40]
lidt [rbx+rsi*4+0x40]
o16 smsw [rbx+rsi*4]
smsw r11w
smsw [rbx+rsi*4]
smsw r11d
o64 smsw [rbx+rsi*4]
smsw r11
rstorssp [rbx+rsi*4+0x40]
lmsw [rbx+rsi*4]
lmsw r11w
invlpg [rbx+rsi*4+0x40]
pconfig
monitor
clac
encls
xsetbv
xend
enclu
a32 vmload
a32 vmsave
stgi
skinit
saveprevssp
wrpkru
rdtscp
monitorx
mwaitx
clzero
lar bx,sp
lar sp,[rbx+rsi*4+0x40]
lar r12w,[rbx+rsi*4]
lar ebx,[rbx+rsi*4]
lar r11d,r12d
lar rbx,rsp
lar rsp,[rbx+rsi*4+0x40]
lar r12,[rbx+rsi*4]
lsl bx,[rbx+rsi*4]
lsl r11w,r12w
lsl ebx,esp
lsl esp,[rbx+rsi*4+0x40]
lsl r12d,[rbx+rsi*4]
lsl rbx,[rbx+rsi*4]
lsl r11,r12
sysret
invd
wbnoinvd
prefetch [rbx+rsi*4+0x40]
prefetch [rbx+rsi*4]
prefetchwt1 [rbx+rsi*4]
femms
movups xmm3,[rbx+rsi*4]
movups xmm11,xmm12
vmovups ymm4,[rbx+rsi*4+0x40]
vmovups zmm4,[rbx+rsi*4+0x40]
movupd xmm3,xmm4
movupd xmm4,[rbx+rsi*4+0x40]
movupd xmm12,[rbx+rsi*4]
vmovupd xmm3,xmm4
vmovupd xmm5{k3}{z},[rbx+rsi*4]
vmovupd zmm12,[rbx+rsi*4]
movss xmm3,[rbx+rsi*4]
movss xmm11,xmm12
vmovss xmm3,[rbx+rsi*4]
movsd xmm3,xmm4
movsd xmm4,[rbx+rsi*4+0x40]
movsd xmm12,[rbx+rsi*4]
vmovsd xmm12,[rbx+rsi*4]
movups [rbx+rsi*4+0x40],xmm4
vmovups [rbx+rsi*4+0x40],xmm4
movupd [rbx+rsi*4+0x40],xmm4
vmovupd [rbx+rsi*4],xmm3
movss [rbx+rsi*4+0x40],xmm4
movsd [rbx+rsi*4+0x40],xmm4
vmovsd [rbx+rsi*4],xmm3
movhlps xmm4,xmm5
movhlps xmm12,xmm13
movlps xmm4,[rbx+rsi*4+0x40]
movlps xmm12,[rbx+rsi*4]
vmovlps xmm12,xmm13,[rbx+rsi*4]
movlpd xmm4,[rbx+rsi*4+0x40]
movlpd xmm12,[rbx+rsi*4]
vmovlpd xmm19,xmm20,[rbx+rsi*4]
movsldup xmm3,xmm4
movsldup xmm4,[rbx+rsi*4+0x40]
movsldup xmm12,[rbx+rsi*4]
vmovsldup ymm3,ymm4
vmovsldup zmm3,zmm4
movddup xmm3,[rbx+rsi*4]
movddup xmm11,xmm12
vmovddup ymm12,[rbx+rsi*4]
vmovddup zmm5{k3}{z},[rbx+rsi*4]
movlps [rbx+rsi*4],xmm3
movlps [rbx+rsi*4],xmm11
vmovlps [rbx+rsi*4],xmm12
movlpd [rbx+rsi*4+0x40],xmm4
movlpd [rbx+rsi*4],xmm12
unpcklps xmm3,xmm4
unpcklps xmm4,[rbx+rsi*4+0x40]
unpcklps xmm12,[rbx+rsi*4]
vunpcklps ymm3,ymm4,[rbx+rsi*4]
vunpcklps zmm3,zmm4,[rbx+rsi*4]
unpcklpd xmm3,[rbx+rsi*4]
unpcklpd xmm11,xmm12
vunpcklpd xmm4{k3}{z},xmm5,xmm6
vunpcklpd zmm11,zmm12,zmm13
unpckhps xmm3,xmm4
unpckhps xmm4,[rbx+rsi*4+0x40]
unpckhps xmm12,[rbx+rsi*4]
vunpckhps xmm11,xmm12,xmm13
vunpckhps ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to8}
unpckhpd xmm3,[rbx+rsi*4]
unpckhpd xmm11,xmm12
vunpckhpd ymm4,ymm5,[rbx+rsi*4+0x40]
vunpckhpd zmm4,zmm5,[rbx+rsi*4+0x40]
movlhps xmm3,xmm4
movlhps xmm11,xmm12
vmovlhps xmm4,xmm5,xmm6
movhps xmm4,[rbx+rsi*4+0x40]
movhps xmm12,[rbx+rsi*4]
vmovhps xmm12,xmm13,[rbx+rsi*4]
movhpd xmm3,[rbx+rsi*4]
movhpd xmm11,[rbx+rsi*4]
movshdup xmm3,[rbx+rsi*4]
movshdup xmm11,xmm12
movhps [rbx+rsi*4],xmm3
movhps [rbx+rsi*4],xmm11
vmovhps [rbx+rsi*4],xmm11
movhpd [rbx+rsi*4+0x40],xmm4
movhpd [rbx+rsi*4],xmm12
vmovhpd [rbx+rsi*4],xmm19
prefetcht2 [rbx+rsi*4]
prefetchnta [rbx+rsi*4]
prefetcht0 [rbx+rsi*4]
prefetcht1 [rbx+rsi*4]
prefetcht2 [rbx+rsi*4+0x40]
cldemote [rbx+rsi*4]
rdsspq rbx
rdsspq r11
endbr64
nop bx
nop word [rbx+rsi*4+0x40]
nop ebx
nop dword [rbx+rsi*4+0x40]
nop rbx
nop qword [rbx+rsi*4+0x40]
mov rbx,cr0
mov r11,cr0
mov rbx,dr7
mov r11,dr7
mov cr4,rsp
mov cr4,r12
mov dr7,rsp
mov dr7,r12
movaps xmm3,xmm4
movaps xmm4,[rbx+rsi*4+0x40]
movaps xmm12,[rbx+rsi*4]
vmovaps ymm4,[rbx+rsi*4+0x40]
vmovaps zmm4,[rbx+rsi*4+0x40]
movapd xmm3,[rbx+rsi*4]
movapd xmm11,xmm12
vmovapd xmm3,xmm4
vmovapd xmm5{k3}{z},[rbx+rsi*4]
vmovapd zmm12,[rbx+rsi*4]
movaps [rbx+rsi*4],xmm3
movaps [rbx+rsi*4],xmm12
vmovaps [rbx+rsi*4],zmm3
movapd [rbx+rsi*4],xmm3
movapd [rbx+rsi*4],xmm12
vmovapd [rbx+rsi*4],ymm12
cvtpi2ps xmm3,mm4
cvtpi2ps xmm4,[rbx+rsi*4+0x40]
cvtpi2ps xmm12,[rbx+rsi*4]
cvtpi2pd xmm3,[rbx+rsi*4]
cvtpi2pd xmm11,mm4
cvtsi2ss xmm3,esp
cvtsi2ss xmm4,dword [rbx+rsi*4+0x40]
cvtsi2ss xmm12,dword [rbx+rsi*4]
cvtsi2ss xmm3,qword [rbx+rsi*4]
cvtsi2ss xmm11,r12
vcvtsi2ss xmm12,xmm13,qword [rbx+rsi*4]
cvtsi2sd xmm3,esp
cvtsi2sd xmm4,dword [rbx+rsi*4+0x40]
cvtsi2sd xmm12,dword [rbx+rsi*4]
cvtsi2sd xmm3,qword [rbx+rsi*4]
cvtsi2sd xmm11,r12
vcvtsi2sd xmm12,xmm13,qword [rbx+rsi*4]
movntps [rbx+rsi*4],xmm3
movntps [rbx+rsi*4],xmm11
vmovntps [rbx+rsi*4],ymm3
movntpd [rbx+rsi*4+0x40],xmm4
movntpd [rbx+rsi*4],xmm12
vmovntpd [rbx+rsi*4],ymm12
movntss [rbx+rsi*4],xmm3
movntss [rbx+rsi*4],xmm11
movntsd [rbx+rsi*4],xmm3
movntsd [rbx+rsi*4],xmm11
cvttps2pi mm3,xmm4
cvttps2pi mm4,[rbx+rsi*4+0x40]
cvttps2pi mm4,[rbx+rsi*4]
cvttpd2pi mm3,[rbx+rsi*4]
cvttpd2pi mm3,xmm12
cvttss2si ebx,xmm4
cvttss2si esp,[rbx+rsi*4+0x40]
cvttss2si r12d,[rbx+rsi*4]
cvttss2si rbx,[rbx+rsi*4]
cvttss2si r11,xmm12
vcvttss2si r11,xmm12
cvttsd2si ebx,xmm4
cvttsd2si esp,[rbx+rsi*4+0x40]
cvttsd2si r12d,[rbx+rsi*4]
cvttsd2si rbx,[rbx+rsi*4]
cvttsd2si r11,xmm12
vcvttsd2si r12d,[rbx+rsi*4]
vcvttsd2si r11,xmm20
cvtps2pi mm3,xmm4
cvtps2pi mm4,[rbx+rsi*4+0x40]
cvtps2pi mm4,[rbx+rsi*4]
cvtpd2pi mm3,[rbx+rsi*4]
cvtpd2pi mm3,xmm12
cvtss2si ebx,xmm4
cvtss2si esp,[rbx+rsi*4+0x40]
cvtss2si r12d,[rbx+rsi*4]
cvtss2si rbx,[rbx+rsi*4]
cvtss2si r11,xmm12
vcvtss2si ebx,[rbx+rsi*4]
cvtsd2si ebx,xmm4
cvtsd2si esp,[rbx+rsi*4+0x40]
cvtsd2si r12d,[rbx+rsi*4]
cvtsd2si rbx,[rbx+rsi*4]
cvtsd2si r11,xmm12
vcvtsd2si ebx,[rbx+rsi*4]
ucomiss xmm3,xmm4
ucomiss xmm4,[rbx+rsi*4+0x40]
ucomiss xmm12,[rbx+rsi*4]
vucomiss xmm5,[rbx+rsi*4]
ucomisd xmm3,[rbx+rsi*4]
ucomisd xmm11,xmm12
vucomisd xmm12,[rbx+rsi*4]
comiss xmm3,xmm4
comiss xmm4,[rbx+rsi*4+0x40]
comiss xmm12,[rbx+rsi*4]
comisd xmm3,[rbx+rsi*4]
comisd xmm11,xmm12
vcomisd xmm11,xmm12
wrmsr
rdmsr
sysenter
o64 sysexit
cmovo bx,sp
cmovo sp,[rbx+rsi*4+0x40]
cmovo r12w,[rbx+rsi*4]
cmovo ebx,[rbx+rsi*4]
cmovo r11d,r12d
cmovo rbx,rsp
cmovo rsp,[rbx+rsi*4+0x40]
cmovo r12,[rbx+rsi*4]
cmovno bx,[rbx+rsi*4]
cmovno r11w,r12w
cmovno ebx,esp
cmovno esp,[rbx+rsi*4+0x40]
cmovno r12d,[rbx+rsi*4]
cmovno rbx,[rbx+rsi*4]
cmovno r11,r12
cmovb bx,sp
cmovb sp,[rbx+rsi*4+0x40]
cmovb r12w,[rbx+rsi*4]
cmovb ebx,[rbx+rsi*4]
cmovb r11d,r12d
cmovb rbx,rsp
cmovb rsp,[rbx+rsi*4+0x40]
cmovb r12,[rbx+rsi*4]
cmovae bx,[rbx+rsi*4]
cmovae r11w,r12w
cmovae ebx,esp
cmovae esp,[rbx+rsi*4+0x40]
cmovae r12d,[rbx+rsi*4]
cmovae rbx,[rbx+rsi*4]
cmovae r11,r12
cmove bx,sp
cmove sp,[rbx+rsi*4+0x40]
cmove r12w,[rbx+rsi*4]
cmove ebx,[rbx+rsi*4]
cmove r11d,r12d
cmove rbx,rsp
cmove rsp,[rbx+rsi*4+0x40]
cmove r12,[rbx+rsi*4]
cmovne bx,[rbx+rsi*4]
cmovne r11w,r12w
cmovne ebx,esp
cmovne esp,[rbx+rsi*4+0x40]
cmovne r12d,[rbx+rsi*4]
cmovne rbx,[rbx+rsi*4]
cmovne r11,r12
cmovbe bx,sp
cmovbe sp,[rbx+rsi*4+0x40]
cmovbe r12w,[rbx+rsi*4]
cmovbe ebx,[rbx+rsi*4]
cmovbe r11d,r12d
cmovbe rbx,rsp
cmovbe rsp,[rbx+rsi*4+0x40]
cmovbe r12,[rbx+rsi*4]
cmova bx,[rbx+rsi*4]
cmova r11w,r12w
cmova ebx,esp
cmova esp,[rbx+rsi*4+0x40]
cmova r12d,[rbx+rsi*4]
cmova rbx,[rbx+rsi*4]
cmova r11,r12
cmovs bx,sp
cmovs sp,[rbx+rsi*4+0x40]
cmovs r12w,[rbx+rsi*4]
cmovs ebx,[rbx+rsi*4]
cmovs r11d,r12d
cmovs rbx,rsp
cmovs rsp,[rbx+rsi*4+0x40]
cmovs r12,[rbx+rsi*4]
cmovns bx,[rbx+rsi*4]
cmovns r11w,r12w
cmovns ebx,esp
cmovns esp,[rbx+rsi*4+0x40]
cmovns r12d,[rbx+rsi*4]
cmovns rbx,[rbx+rsi*4]
cmovns r11,r12
cmovp bx,sp
cmovp sp,[rbx+rsi*4+0x40]
cmovp r12w,[rbx+rsi*4]
cmovp ebx,[rbx+rsi*4]
cmovp r11d,r12d
cmovp rbx,rsp
cmovp rsp,[rbx+rsi*4+0x40]
cmovp r12,[rbx+rsi*4]
cmovnp bx,[rbx+rsi*4]
cmovnp r11w,r12w
cmovnp ebx,esp
cmovnp esp,[rbx+rsi*4+0x40]
cmovnp r12d,[rbx+rsi*4]
cmovnp rbx,[rbx+rsi*4]
cmovnp r11,r12
cmovl bx,sp
cmovl sp,[rbx+rsi*4+0x40]
cmovl r12w,[rbx+rsi*4]
cmovl ebx,[rbx+rsi*4]
cmovl r11d,r12d
cmovl rbx,rsp
cmovl rsp,[rbx+rsi*4+0x40]
cmovl r12,[rbx+rsi*4]
cmovge bx,[rbx+rsi*4]
cmovge r11w,r12w
cmovge ebx,esp
cmovge esp,[rbx+rsi*4+0x40]
cmovge r12d,[rbx+rsi*4]
cmovge rbx,[rbx+rsi*4]
cmovge r11,r12
cmovle bx,sp
cmovle sp,[rbx+rsi*4+0x40]
cmovle r12w,[rbx+rsi*4]
cmovle ebx,[rbx+rsi*4]
cmovle r11d,r12d
cmovle rbx,rsp
cmovle rsp,[rbx+rsi*4+0x40]
cmovle r12,[rbx+rsi*4]
cmovg bx,[rbx+rsi*4]
cmovg r11w,r12w
cmovg ebx,esp
cmovg esp,[rbx+rsi*4+0x40]
cmovg r12d,[rbx+rsi*4]
cmovg rbx,[rbx+rsi*4]
cmovg r11,r12
kandnw k3,k4,k5
knotq k4,k5
kord k3,k4,k5
kxorw k4,k5,k6
kaddb k3,k4,k5
movmskps ebx,xmm4
movmskps r11d,xmm12
movmskps rbx,xmm4
movmskps r11,xmm12
vmovmskps rbx,xmm4
vmovmskps r12,ymm13
movmskpd ebx,xmm4
movmskpd r11d,xmm12
movmskpd rbx,xmm4
movmskpd r11,xmm12
vmovmskpd r11d,xmm12
vmovmskpd rsp,ymm5
sqrtps xmm3,xmm4
sqrtps xmm4,[rbx+rsi*4+0x40]
sqrtps xmm12,[rbx+rsi*4]
vsqrtps xmm11,xmm12
vsqrtps ymm5{k3}{z},[rbx+rsi*4]{1to8}
sqrtpd xmm3,[rbx+rsi*4]
sqrtpd xmm11,xmm12
vsqrtpd ymm4,[rbx+rsi*4+0x40]
vsqrtpd zmm4,[rbx+rsi*4+0x40]
sqrtss xmm3,xmm4
sqrtss xmm4,[rbx+rsi*4+0x40]
sqrtss xmm12,[rbx+rsi*4]
vsqrtss xmm3,xmm4,xmm5
sqrtsd xmm3,[rbx+rsi*4]
sqrtsd xmm11,xmm12
rsqrtps xmm3,xmm4
rsqrtps xmm4,[rbx+rsi*4+0x40]
rsqrtps xmm12,[rbx+rsi*4]
vrsqrtps ymm4,[rbx+rsi*4+0x40]
rsqrtss xmm3,[rbx+rsi*4]
rsqrtss xmm11,xmm12
vrsqrtss xmm11,xmm12,xmm13
rcpps xmm3,[rbx+rsi*4]
rcpps xmm11,xmm12
vrcpps xmm12,[rbx+rsi*4]
rcpss xmm3,xmm4
rcpss xmm4,[rbx+rsi*4+0x40]
rcpss xmm12,[rbx+rsi*4]
vrcpss xmm3,xmm4,xmm5
andps xmm3,xmm4
andps xmm4,[rbx+rsi*4+0x40]
andps xmm12,[rbx+rsi*4]
vandps xmm3,xmm4,[rbx+rsi*4]
vandps xmm19,xmm20,xmm21
vandps zmm19,zmm20,zmm21
andpd xmm3,[rbx+rsi*4]
andpd xmm11,xmm12
vandpd ymm3,ymm4,ymm5
vandpd zmm3,zmm4,zmm5
andnps xmm3,xmm4
andnps xmm4,[rbx+rsi*4+0x40]
andnps xmm12,[rbx+rsi*4]
vandnps ymm12,ymm13,[rbx+rsi*4]
vandnps zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to16}
andnpd xmm3,[rbx+rsi*4]
andnpd xmm11,xmm12
vandnpd xmm4,xmm5,[rbx+rsi*4+0x40]
vandnpd ymm4{k3}{z},ymm5,ymm6
orps xmm3,xmm4
orps xmm4,[rbx+rsi*4+0x40]
orps xmm12,[rbx+rsi*4]
vorps ymm3,ymm4,[rbx+rsi*4]
vorps zmm3,zmm4,[rbx+rsi*4]
orpd xmm3,[rbx+rsi*4]
orpd xmm11,xmm12
vorpd xmm4{k3}{z},xmm5,xmm6
vorpd zmm11,zmm12,zmm13
xorps xmm3,xmm4
xorps xmm4,[rbx+rsi*4+0x40]
xorps xmm12,[rbx+rsi*4]
vxorps xmm11,xmm12,xmm13
vxorps ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to8}
xorpd xmm3,[rbx+rsi*4]
xorpd xmm11,xmm12
vxorpd ymm4,ymm5,[rbx+rsi*4+0x40]
vxorpd zmm4,zmm5,[rbx+rsi*4+0x40]
addps xmm3,xmm4
addps xmm4,[rbx+rsi*4+0x40]
addps xmm12,[rbx+rsi*4]
vaddps xmm3,xmm4,xmm5
vaddps xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to4}
vaddps zmm12,zmm13,[rbx+rsi*4]
addpd xmm3,[rbx+rsi*4]
addpd xmm11,xmm12
vaddpd xmm12,xmm13,[rbx+rsi*4]
vaddpd ymm19,ymm20,ymm21
addss xmm3,xmm4
addss xmm4,[rbx+rsi*4+0x40]
addss xmm12,[rbx+rsi*4]
addsd xmm3,[rbx+rsi*4]
addsd xmm11,xmm12
vaddsd xmm5{k3}{z},xmm6,[rbx+rsi*4]
mulps xmm3,xmm4
mulps xmm4,[rbx+rsi*4+0x40]
mulps xmm12,[rbx+rsi*4]
vmulps xmm12,xmm13,[rbx+rsi*4]
vmulps ymm19,ymm20,ymm21
mulpd xmm3,[rbx+rsi*4]
mulpd xmm11,xmm12
vmulpd ymm11,ymm12,ymm13
vmulpd zmm4{k3}{z},zmm5,zmm6,{rd-sae}
mulss xmm3,xmm4
mulss xmm4,[rbx+rsi*4+0x40]
mulss xmm12,[rbx+rsi*4]
vmulss xmm3,xmm4,[rbx+rsi*4]
mulsd xmm3,[rbx+rsi*4]
mulsd xmm11,xmm12
cvtps2pd xmm3,xmm4
cvtps2pd xmm4,[rbx+rsi*4+0x40]
cvtps2pd xmm12,[rbx+rsi*4]
vcvtps2pd ymm11,xmm12
vcvtps2pd zmm4{k3}{z},ymm5,{sae}
cvtpd2ps xmm3,[rbx+rsi*4]
cvtpd2ps xmm11,xmm12
vcvtpd2ps xmm3,oword [rbx+rsi*4]
vcvtpd2ps xmm19,xmm20
vcvtpd2ps ymm19,zmm20
cvtss2sd xmm3,xmm4
cvtss2sd xmm4,[rbx+rsi*4+0x40]
cvtss2sd xmm12,[rbx+rsi*4]
vcvtss2sd xmm4{k3}{z},xmm5,xmm6,{sae}
cvtsd2ss xmm3,[rbx+rsi*4]
cvtsd2ss xmm11,xmm12
vcvtsd2ss xmm11,xmm12,xmm13
cvtdq2ps xmm3,xmm4
cvtdq2ps xmm4,[rbx+rsi*4+0x40]
cvtdq2ps xmm12,[rbx+rsi*4]
vcvtdq2ps xmm3,[rbx+rsi*4]
vcvtdq2ps xmm19,xmm20
vcvtdq2ps zmm19,zmm20
vcvtqq2ps xmm4,yword [rbx+rsi*4+0x40]
vcvtqq2ps ymm11,zmm12
cvtps2dq xmm3,[rbx+rsi*4]
cvtps2dq xmm11,xmm12
vcvtps2dq xmm11,xmm12
vcvtps2dq ymm5{k3}{z},[rbx+rsi*4]{1to8}
cvttps2dq xmm3,xmm4
cvttps2dq xmm4,[rbx+rsi*4+0x40]
cvttps2dq xmm12,[rbx+rsi*4]
vcvttps2dq ymm4,[rbx+rsi*4+0x40]
vcvttps2dq zmm4,[rbx+rsi*4+0x40]
subps xmm3,[rbx+rsi*4]
subps xmm11,xmm12
vsubps xmm3,xmm4,xmm5
vsubps xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to4}
vsubps zmm12,zmm13,[rbx+rsi*4]
subpd xmm3,xmm4
subpd xmm4,[rbx+rsi*4+0x40]
subpd xmm12,[rbx+rsi*4]
vsubpd xmm12,xmm13,[rbx+rsi*4]
vsubpd ymm19,ymm20,ymm21
subss xmm3,[rbx+rsi*4]
subss xmm11,xmm12
subsd xmm3,xmm4
subsd xmm4,[rbx+rsi*4+0x40]
subsd xmm12,[rbx+rsi*4]
vsubsd xmm5{k3}{z},xmm6,[rbx+rsi*4]
minps xmm3,[rbx+rsi*4]
minps xmm11,xmm12
vminps xmm12,xmm13,[rbx+rsi*4]
vminps ymm19,ymm20,ymm21
minpd xmm3,xmm4
minpd xmm4,[rbx+rsi*4+0x40]
minpd xmm12,[rbx+rsi*4]
vminpd ymm11,ymm12,ymm13
vminpd zmm4{k3}{z},zmm5,zmm6,{sae}
minss xmm3,[rbx+rsi*4]
minss xmm11,xmm12
vminss xmm3,xmm4,[rbx+rsi*4]
minsd xmm3,xmm4
minsd xmm4,[rbx+rsi*4+0x40]
minsd xmm12,[rbx+rsi*4]
divps xmm3,[rbx+rsi*4]
divps xmm11,xmm12
vdivps ymm11,ymm12,ymm13
vdivps zmm4{k3}{z},zmm5,zmm6,{rd-sae}
divpd xmm3,xmm4
divpd xmm4,[rbx+rsi*4+0x40]
divpd xmm12,[rbx+rsi*4]
vdivpd xmm3,xmm4,[rbx+rsi*4]
vdivpd xmm19,xmm20,xmm21
vdivpd zmm19,zmm20,zmm21
divss xmm3,[rbx+rsi*4]
divss xmm11,xmm12
vdivss xmm4{k3}{z},xmm5,xmm6,{rd-sae}
divsd xmm3,xmm4
divsd xmm4,[rbx+rsi*4+0x40]
divsd xmm12,[rbx+rsi*4]
vdivsd xmm11,xmm12,xmm13
maxps xmm3,[rbx+rsi*4]
maxps xmm11,xmm12
vmaxps xmm3,xmm4,[rbx+rsi*4]
vmaxps xmm19,xmm20,xmm21
vmaxps zmm19,zmm20,zmm21
maxpd xmm3,xmm4
maxpd xmm4,[rbx+rsi*4+0x40]
maxpd xmm12,[rbx+rsi*4]
vmaxpd ymm3,ymm4,ymm5
vmaxpd zmm3,zmm4,zmm5
maxss xmm3,[rbx+rsi*4]
maxss xmm11,xmm12
maxsd xmm3,xmm4
maxsd xmm4,[rbx+rsi*4+0x40]
maxsd xmm12,[rbx+rsi*4]
vmaxsd xmm19,xmm20,xmm21
punpcklbw mm3,[rbx+rsi*4]
punpcklbw mm4,[rbx+rsi*4]
punpcklbw xmm3,[rbx+rsi*4]
punpcklbw xmm11,xmm12
vpunpcklbw xmm3,xmm4,[rbx+rsi*4]
vpunpcklbw xmm19,xmm20,xmm21
vpunpcklbw zmm19,zmm20,zmm21
punpcklwd mm3,mm4
punpcklwd mm4,[rbx+rsi*4+0x40]
punpcklwd xmm3,xmm4
punpcklwd xmm4,[rbx+rsi*4+0x40]
punpcklwd xmm12,[rbx+rsi*4]
vpunpcklwd xmm3,xmm4,[rbx+rsi*4]
vpunpcklwd xmm19,xmm20,xmm21
vpunpcklwd zmm19,zmm20,zmm21
punpckldq mm3,[rbx+rsi*4]
punpckldq mm4,[rbx+rsi*4]
punpckldq xmm3,[rbx+rsi*4]
punpckldq xmm11,xmm12
vpunpckldq xmm3,xmm4,[rbx+rsi*4]
vpunpckldq xmm19,xmm20,xmm21
vpunpckldq zmm19,zmm20,zmm21
packsswb mm3,mm4
packsswb mm4,[rbx+rsi*4+0x40]
packsswb xmm3,xmm4
packsswb xmm4,[rbx+rsi*4+0x40]
packsswb xmm12,[rbx+rsi*4]
vpacksswb xmm3,xmm4,[rbx+rsi*4]
vpacksswb xmm19,xmm20,xmm21
vpacksswb zmm19,zmm20,zmm21
pcmpgtb mm3,[rbx+rsi*4]
pcmpgtb mm4,[rbx+rsi*4]
pcmpgtb xmm3,[rbx+rsi*4]
pcmpgtb xmm11,xmm12
vpcmpgtb xmm3,xmm4,[rbx+rsi*4]
vpcmpgtb k4,xmm5,[rbx+rsi*4+0x40]
vpcmpgtb k3,ymm12,ymm13
pcmpgtw mm3,mm4
pcmpgtw mm4,[rbx+rsi*4+0x40]
pcmpgtw xmm3,xmm4
pcmpgtw xmm4,[rbx+rsi*4+0x40]
pcmpgtw xmm12,[rbx+rsi*4]
vpcmpgtw xmm4,xmm5,[rbx+rsi*4+0x40]
vpcmpgtw k4{k3},xmm5,xmm6
vpcmpgtw k4,ymm13,[rbx+rsi*4]
pcmpgtd mm3,[rbx+rsi*4]
pcmpgtd mm4,[rbx+rsi*4]
pcmpgtd xmm3,[rbx+rsi*4]
pcmpgtd xmm11,xmm12
vpcmpgtd xmm11,xmm12,xmm13
vpcmpgtd k5{k3},xmm6,[rbx+rsi*4]{1to4}
vpcmpgtd k3,ymm20,ymm21
packuswb mm3,mm4
packuswb mm4,[rbx+rsi*4+0x40]
packuswb xmm3,xmm4
packuswb xmm4,[rbx+rsi*4+0x40]
packuswb xmm12,[rbx+rsi*4]
vpackuswb xmm12,xmm13,[rbx+rsi*4]
vpackuswb ymm19,ymm20,ymm21
punpckhbw mm3,[rbx+rsi*4]
punpckhbw mm4,[rbx+rsi*4]
punpckhbw xmm3,[rbx+rsi*4]
punpckhbw xmm11,xmm12
vpunpckhbw xmm12,xmm13,[rbx+rsi*4]
vpunpckhbw ymm19,ymm20,ymm21
punpckhwd mm3,mm4
punpckhwd mm4,[rbx+rsi*4+0x40]
punpckhwd xmm3,xmm4
punpckhwd xmm4,[rbx+rsi*4+0x40]
punpckhwd xmm12,[rbx+rsi*4]
vpunpckhwd xmm12,xmm13,[rbx+rsi*4]
vpunpckhwd ymm19,ymm20,ymm21
punpckhdq mm3,[rbx+rsi*4]
punpckhdq mm4,[rbx+rsi*4]
punpckhdq xmm3,[rbx+rsi*4]
punpckhdq xmm11,xmm12
vpunpckhdq xmm12,xmm13,[rbx+rsi*4]
vpunpckhdq ymm19,ymm20,ymm21
packssdw mm3,mm4
packssdw mm4,[rbx+rsi*4+0x40]
packssdw xmm3,xmm4
packssdw xmm4,[rbx+rsi*4+0x40]
packssdw xmm12,[rbx+rsi*4]
vpackssdw xmm12,xmm13,[rbx+rsi*4]
vpackssdw ymm19,ymm20,ymm21
punpcklqdq xmm3,[rbx+rsi*4]
punpcklqdq xmm11,xmm12
vpunpcklqdq ymm11,ymm12,ymm13
vpunpcklqdq zmm4{k3}{z},zmm5,zmm6
punpckhqdq xmm3,xmm4
punpckhqdq xmm4,[rbx+rsi*4+0x40]
punpckhqdq xmm12,[rbx+rsi*4]
vpunpckhqdq xmm3,xmm4,[rbx+rsi*4]
vpunpckhqdq xmm19,xmm20,xmm21
vpunpckhqdq zmm19,zmm20,zmm21
movd mm3,[rbx+rsi*4]
movd mm3,r12d
movq mm3,rsp
movq mm4,[rbx+rsi*4+0x40]
movq mm4,[rbx+rsi*4]
movd xmm3,[rbx+rsi*4]
movd xmm11,r12d
movq xmm3,rsp
movq xmm4,[rbx+rsi*4+0x40]
movq xmm12,[rbx+rsi*4]
vmovd xmm3,[rbx+rsi*4]
movdqa xmm3,xmm4
movdqa xmm4,[rbx+rsi*4+0x40]
movdqa xmm12,[rbx+rsi*4]
vmovdqa ymm3,ymm4
vmovdqa32 xmm12,[rbx+rsi*4]
vmovdqa32 zmm3,[rbx+rsi*4]
vmovdqa64 xmm5{k3}{z},[rbx+rsi*4]
vmovdqa64 ymm19,ymm20
movdqu xmm3,[rbx+rsi*4]
movdqu xmm11,xmm12
vmovdqu ymm11,ymm12
vmovdqu32 ymm3,[rbx+rsi*4]
vmovdqu32 zmm5{k3}{z},[rbx+rsi*4]
vmovdqu64 xmm19,xmm20
vmovdqu64 zmm4,[rbx+rsi*4+0x40]
vmovdqu8 xmm11,xmm12
vmovdqu8 zmm3,zmm4
vmovdqu16 xmm4{k3}{z},xmm5
vmovdqu16 ymm12,[rbx+rsi*4]
pshufw mm3,mm4,5
pshufw mm4,[rbx+rsi*4+0x40],5
pshufd xmm3,xmm4,5
pshufd xmm4,[rbx+rsi*4+0x40],5
pshufd xmm12,[rbx+rsi*4],5
pshufhw xmm3,[rbx+rsi*4],5
pshufhw xmm11,xmm12,5
pshuflw xmm3,xmm4,5
pshuflw xmm4,[rbx+rsi*4+0x40],5
pshuflw xmm12,[rbx+rsi*4],5
psrlw mm4,5
psrlw xmm4,5
psrlw xmm12,5
vpsrlw xmm4,[rbx+rsi*4+0x40],5
vpsrlw zmm3,zmm4,5
psraw mm4,5
psraw xmm4,5
psraw xmm12,5
vpsraw xmm3,[rbx+rsi*4],5
vpsraw ymm19,ymm20,5
psllw mm4,5
psllw xmm4,5
psllw xmm12,5
vpsllw ymm12,ymm13,5
vpsllw ymm12,[rbx+rsi*4],5
vprord xmm3,[rbx+rsi*4],5
vprord ymm5{k3}{z},[rbx+rsi*4]{1to8},5
vprord zmm19,zmm20,5
vprorq ymm4,[rbx+rsi*4+0x40],5
vprorq zmm11,zmm12,5
vprold ymm3,ymm4,5
vprold zmm4{k3}{z},zmm5,5
vprolq xmm12,[rbx+rsi*4],5
vprolq zmm3,[rbx+rsi*4],5
psrld mm4,5
psrld xmm4,5
psrld xmm12,5
vpsrld xmm4,[rbx+rsi*4+0x40],5
vpsrld zmm3,zmm4,5
psrad mm4,5
psrad xmm4,5
psrad xmm12,5
vpsrad xmm3,[rbx+rsi*4],5
vpsrad ymm19,ymm20,5
vpsraq xmm4,[rbx+rsi*4+0x40],5
vpsraq ymm11,ymm12,5
pslld mm4,5
pslld xmm4,5
pslld xmm12,5
vpslld ymm4,ymm5,5
vpslld ymm4{k3}{z},ymm5,5
vpslld zmm19,zmm20,5
psrlq mm4,5
psrlq xmm4,5
psrlq xmm12,5
vpsrlq ymm3,ymm4,5
vpsrlq ymm4,[rbx+rsi*4+0x40],5
vpsrlq zmm12,[rbx+rsi*4],5
psrldq xmm4,5
psrldq xmm12,5
vpsrldq ymm4,ymm5,5
vpsrldq zmm3,zmm4,5
psllq mm4,5
psllq xmm4,5
psllq xmm12,5
vpsllq xmm4{k3}{z},xmm5,5
vpsllq zmm3,[rbx+rsi*4],5
pslldq xmm4,5
pslldq xmm12,5
vpslldq xmm3,xmm4,5
vpslldq xmm19,xmm20,5
pcmpeqb mm3,[rbx+rsi*4]
pcmpeqb mm4,[rbx+rsi*4]
pcmpeqb xmm3,[rbx+rsi*4]
pcmpeqb xmm11,xmm12
vpcmpeqb xmm4,xmm5,[rbx+rsi*4+0x40]
vpcmpeqb k4{k3},xmm5,xmm6
vpcmpeqb k4,ymm13,[rbx+rsi*4]
pcmpeqw mm3,mm4
pcmpeqw mm4,[rbx+rsi*4+0x40]
pcmpeqw xmm3,xmm4
pcmpeqw xmm4,[rbx+rsi*4+0x40]
pcmpeqw xmm12,[rbx+rsi*4]
vpcmpeqw xmm11,xmm12,xmm13
vpcmpeqw k5{k3},xmm6,[rbx+rsi*4]
vpcmpeqw k3,ymm20,ymm21
pcmpeqd mm3,[rbx+rsi*4]
pcmpeqd mm4,[rbx+rsi*4]
pcmpeqd xmm3,[rbx+rsi*4]
pcmpeqd xmm11,xmm12
vpcmpeqd xmm12,xmm13,[rbx+rsi*4]
vpcmpeqd k3,xmm12,xmm13
vpcmpeqd k3,zmm4,zmm5
emms
vmread rbx,rsp
vcvttps2udq xmm12,[rbx+rsi*4]
vcvttps2udq zmm3,[rbx+rsi*4]
vcvttpd2udq xmm5{k3}{z},[rbx+rsi*4]{1to2}
vcvttpd2udq xmm19,ymm20
extrq xmm3,5,5
extrq xmm11,5,5
vcvttps2uqq ymm3,[rbx+rsi*4]
vcvttps2uqq zmm5{k3}{z},[rbx+rsi*4]{1to8}
vcvttpd2uqq xmm19,xmm20
vcvttpd2uqq zmm4,[rbx+rsi*4+0x40]
vcvttss2usi r11d,xmm12
insertq xmm3,xmm4,5,5
insertq xmm11,xmm12,5,5
vcvttsd2usi r11d,xmm20
vmwrite rsp,[rbx+rsi*4+0x40]
vcvtps2udq ymm3,ymm4
vcvtps2udq zmm4{k3}{z},zmm5,{rd-sae}
vcvtpd2udq xmm12,oword [rbx+rsi*4]
vcvtpd2udq ymm3,[rbx+rsi*4]
extrq xmm4,xmm5
extrq xmm12,xmm13
vcvtps2uqq xmm3,xmm4
vcvtps2uqq ymm4{k3}{z},xmm5
vcvtps2uqq zmm12,[rbx+rsi*4]
vcvtpd2uqq ymm3,[rbx+rsi*4]
vcvtpd2uqq zmm5{k3}{z},[rbx+rsi*4]{1to8}
vcvtss2usi rbx,[rbx+rsi*4]
insertq xmm4,xmm5
insertq xmm12,xmm13
vcvtsd2usi esp,[rbx+rsi*4+0x40]
vcvttps2qq xmm3,[rbx+rsi*4]
vcvttps2qq ymm5{k3}{z},[rbx+rsi*4]{1to4}
vcvttps2qq zmm19,ymm20
vcvttpd2qq ymm4,[rbx+rsi*4+0x40]
vcvttpd2qq zmm11,zmm12
vcvtudq2pd ymm3,xmm4
vcvtudq2pd zmm4{k3}{z},ymm5
vcvtuqq2pd xmm12,[rbx+rsi*4]
vcvtuqq2pd zmm3,[rbx+rsi*4]
vcvtudq2ps xmm5{k3}{z},[rbx+rsi*4]{1to4}
vcvtudq2ps ymm19,ymm20
vcvtuqq2ps xmm4,oword [rbx+rsi*4+0x40]
vcvtuqq2ps xmm11,ymm12
vcvtps2qq xmm3,xmm4
vcvtps2qq ymm4{k3}{z},xmm5
vcvtps2qq zmm12,[rbx+rsi*4]
vcvtpd2qq ymm3,[rbx+rsi*4]
vcvtpd2qq zmm5{k3}{z},[rbx+rsi*4]{1to8}
vcvtusi2ss xmm3,xmm4,qword [rbx+rsi*4]
vcvtusi2sd xmm3,xmm4,rbp
haddpd xmm3,[rbx+rsi*4]
haddpd xmm11,xmm12
vhaddpd xmm3,xmm4,xmm5
haddps xmm3,xmm4
haddps xmm4,[rbx+rsi*4+0x40]
haddps xmm12,[rbx+rsi*4]
vhaddps ymm4,ymm5,[rbx+rsi*4+0x40]
hsubpd xmm3,[rbx+rsi*4]
hsubpd xmm11,xmm12
vhsubpd xmm11,xmm12,xmm13
hsubps xmm3,xmm4
hsubps xmm4,[rbx+rsi*4+0x40]
hsubps xmm12,[rbx+rsi*4]
movd [rbx+rsi*4],mm3
movd r11d,mm4
movq rbx,mm4
movq [rbx+rsi*4+0x40],mm4
movq [rbx+rsi*4],mm4
movd [rbx+rsi*4],xmm3
movd r11d,xmm12
movq rbx,xmm4
movq [rbx+rsi*4+0x40],xmm4
movq [rbx+rsi*4],xmm12
vmovd [rbx+rsi*4+0x40],xmm4
movq xmm11,xmm12
movdqa [rbx+rsi*4],xmm3
movdqa [rbx+rsi*4],xmm12
vmovdqa [rbx+rsi*4+0x40],ymm4
vmovdqa64 [rbx+rsi*4],xmm3
movdqu [rbx+rsi*4+0x40],xmm4
vmovdqu32 [rbx+rsi*4+0x40],ymm4
vmovdqu64 [rbx+rsi*4],zmm3
vmovdqu8 [rbx+rsi*4],zmm12
seto bl
seto [rbx+rsi*4+0x40]
setno bl
setno [rbx+rsi*4+0x40]
setb bl
setb [rbx+rsi*4+0x40]
setae bl
setae [rbx+rsi*4+0x40]
sete bl
sete [rbx+rsi*4+0x40]
setne bl
setne [rbx+rsi*4+0x40]
setbe bl
setbe [rbx+rsi*4+0x40]
seta bl
seta [rbx+rsi*4+0x40]
sets bl
sets [rbx+rsi*4+0x40]
setns bl
setns [rbx+rsi*4+0x40]
setp bl
setp [rbx+rsi*4+0x40]
setnp bl
setnp [rbx+rsi*4+0x40]
setl bl
setl [rbx+rsi*4+0x40]
setge bl
setge [rbx+rsi*4+0x40]
setle bl
setle [rbx+rsi*4+0x40]
setg bl
setg [rbx+rsi*4+0x40]
kmovw k4,[rbx+rsi*4]
kmovd k4,[rbx+rsi*4+0x40]
kmovd [rbx+rsi*4],k3
kmovd k3,esp
kmovw r12d,k5
kmovq r11,k4
ktestw k4,k5
push fs
bt bx,sp
bt [rbx+rsi*4+0x40],sp
bt [rbx+rsi*4],r12w
bt [rbx+rsi*4],ebx
bt r11d,r12d
bt rbx,rsp
bt [rbx+rsi*4+0x40],rsp
bt [rbx+rsi*4],r12
shld [rbx+rsi*4],bx,5
shld r11w,r12w,5
shld ebx,esp,5
shld [rbx+rsi*4+0x40],esp,5
shld [rbx+rsi*4],r12d,5
shld [rbx+rsi*4],rbx,5
shld r11,r12,5
shld bx,sp,cl
shld [rbx+rsi*4+0x40],sp,cl
shld [rbx+rsi*4],r12w,cl
shld [rbx+rsi*4],ebx,cl
shld r11d,r12d,cl
shld rbx,rsp,cl
shld [rbx+rsi*4+0x40],rsp,cl
shld [rbx+rsi*4],r12,cl
a32 rep xsha1
a32 rep xsha256
a32 xstore
a32 rep xcryptecb
a32 rep xcryptcbc
a32 rep xcryptctr
a32 rep xcryptcfb
a32 rep xcryptofb
push gs
pop gs
bts bx,sp
bts [rbx+rsi*4+0x40],sp
bts [rbx+rsi*4],r12w
bts [rbx+rsi*4],ebx
bts r11d,r12d
bts rbx,rsp
bts [rbx+rsi*4+0x40],rsp
bts [rbx+rsi*4],r12
shrd [rbx+rsi*4],bx,5
shrd r11w,r12w,5
shrd ebx,esp,5
shrd [rbx+rsi*4+0x40],esp,5
shrd [rbx+rsi*4],r12d,5
shrd [rbx+rsi*4],rbx,5
shrd r11,r12,5
shrd bx,sp,cl
shrd [rbx+rsi*4+0x40],sp,cl
shrd [rbx+rsi*4],r12w,cl
shrd [rbx+rsi*4],ebx,cl
shrd r11d,r12d,cl
shrd rbx,rsp,cl
shrd [rbx+rsi*4+0x40],rsp,cl
shrd [rbx+rsi*4],r12,cl
fxsave [rbx+rsi*4+0x40]
fxsave64 [rbx+rsi*4+0x40]
rdfsbase esp
rdfsbase r12d
rdfsbase rsp
rdfsbase r12
fxrstor [rbx+rsi*4+0x40]
fxrstor64 [rbx+rsi*4+0x40]
rdgsbase esp
rdgsbase r12d
rdgsbase rsp
rdgsbase r12
ldmxcsr [rbx+rsi*4+0x40]
wrfsbase esp
wrfsbase r12d
wrfsbase rsp
wrfsbase r12
stmxcsr [rbx+rsi*4+0x40]
wrgsbase esp
wrgsbase r12d
wrgsbase rsp
wrgsbase r12
xsave [rbx+rsi*4+0x40]
xsave64 [rbx+rsi*4+0x40]
xrstor [rbx+rsi*4+0x40]
xrstor64 [rbx+rsi*4+0x40]
incsspq rsp
incsspq r12
xsaveopt [rbx+rsi*4+0x40]
xsaveopt64 [rbx+rsi*4+0x40]
clwb [rbx+rsi*4+0x40]
tpause esp
tpause r12d
clrssbsy [rbx+rsi*4+0x40]
umonitor esp
umonitor r12d
umonitor rsp
umonitor r12
umwait esp
umwait r12d
clflush [rbx+rsi*4+0x40]
clflushopt [rbx+rsi*4+0x40]
mfence
imul bx,sp
imul sp,[rbx+rsi*4+0x40]
imul r12w,[rbx+rsi*4]
imul ebx,[rbx+rsi*4]
imul r11d,r12d
imul rbx,rsp
imul rsp,[rbx+rsi*4+0x40]
imul r12,[rbx+rsi*4]
cmpxchg [rbx+rsi*4],bl
cmpxchg r11b,r8b
cmpxchg bx,sp
cmpxchg [rbx+rsi*4+0x40],sp
cmpxchg [rbx+rsi*4],r12w
cmpxchg [rbx+rsi*4],ebx
cmpxchg r11d,r12d
cmpxchg rbx,rsp
cmpxchg [rbx+rsi*4+0x40],rsp
cmpxchg [rbx+rsi*4],r12
lss sp,[rbx+rsi*4+0x40]
lss r12w,[rbx+rsi*4]
lss esp,[rbx+rsi*4+0x40]
lss r12d,[rbx+rsi*4]
lss rsp,[rbx+rsi*4+0x40]
lss r12,[rbx+rsi*4]
btr [rbx+rsi*4],bx
btr r11w,r12w
btr ebx,esp
btr [rbx+rsi*4+0x40],esp
btr [rbx+rsi*4],r12d
btr [rbx+rsi*4],rbx
btr r11,r12
lfs bx,[rbx+rsi*4]
lfs r11w,[rbx+rsi*4]
lfs ebx,[rbx+rsi*4]
lfs r11d,[rbx+rsi*4]
lfs rbx,[rbx+rsi*4]
lfs r11,[rbx+rsi*4]
lgs bx,[rbx+rsi*4]
lgs r11w,[rbx+rsi*4]
lgs ebx,[rbx+rsi*4]
lgs r11d,[rbx+rsi*4]
lgs rbx,[rbx+rsi*4]
lgs r11,[rbx+rsi*4]
movzx bx,al
movzx sp,byte [rbx+rsi*4+0x40]
movzx r12w,byte [rbx+rsi*4]
movzx ebx,byte [rbx+rsi*4]
movzx r11d,r8b
movzx rbx,al
movzx rsp,byte [rbx+rsi*4+0x40]
movzx r12,byte [rbx+rsi*4]
movzx ebx,sp
movzx esp,word [rbx+rsi*4+0x40]
movzx r12d,word [rbx+rsi*4]
movzx rbx,word [rbx+rsi*4]
movzx r11,r12w
popcnt bx,sp
popcnt sp,[rbx+rsi*4+0x40]
popcnt r12w,[rbx+rsi*4]
popcnt ebx,[rbx+rsi*4]
popcnt r11d,r12d
popcnt rbx,rsp
popcnt rsp,[rbx+rsi*4+0x40]
popcnt r12,[rbx+rsi*4]
ud1 bx,[rbx+rsi*4]
ud1 r11w,r12w
ud1 ebx,esp
ud1 esp,[rbx+rsi*4+0x40]
ud1 r12d,[rbx+rsi*4]
ud1 rbx,[rbx+rsi*4]
ud1 r11,r12
bt bx,5
bt word [rbx+rsi*4+0x40],5
bt ebx,5
bt dword [rbx+rsi*4+0x40],5
bt rbx,5
bt qword [rbx+rsi*4+0x40],5
bts bx,5
bts word [rbx+rsi*4+0x40],5
bts ebx,5
bts dword [rbx+rsi*4+0x40],5
bts rbx,5
bts qword [rbx+rsi*4+0x40],5
btr bx,5
btr word [rbx+rsi*4+0x40],5
btr ebx,5
btr dword [rbx+rsi*4+0x40],5
btr rbx,5
btr qword [rbx+rsi*4+0x40],5
btc bx,5
btc word [rbx+rsi*4+0x40],5
btc ebx,5
btc dword [rbx+rsi*4+0x40],5
btc rbx,5
btc qword [rbx+rsi*4+0x40],5
btc bx,sp
btc [rbx+rsi*4+0x40],sp
btc [rbx+rsi*4],r12w
btc [rbx+rsi*4],ebx
btc r11d,r12d
btc rbx,rsp
btc [rbx+rsi*4+0x40],rsp
btc [rbx+rsi*4],r12
bsf bx,[rbx+rsi*4]
bsf r11w,r12w
bsf ebx,esp
bsf esp,[rbx+rsi*4+0x40]
bsf r12d,[rbx+rsi*4]
bsf rbx,[rbx+rsi*4]
bsf r11,r12
tzcnt bx,sp
tzcnt sp,[rbx+rsi*4+0x40]
tzcnt r12w,[rbx+rsi*4]
tzcnt ebx,[rbx+rsi*4]
tzcnt r11d,r12d
tzcnt rbx,rsp
tzcnt rsp,[rbx+rsi*4+0x40]
tzcnt r12,[rbx+rsi*4]
bsr bx,[rbx+rsi*4]
bsr r11w,r12w
bsr ebx,esp
bsr esp,[rbx+rsi*4+0x40]
bsr r12d,[rbx+rsi*4]
bsr rbx,[rbx+rsi*4]
bsr r11,r12
lzcnt bx,sp
lzcnt sp,[rbx+rsi*4+0x40]
lzcnt r12w,[rbx+rsi*4]
lzcnt ebx,[rbx+rsi*4]
lzcnt r11d,r12d
lzcnt rbx,rsp
lzcnt rsp,[rbx+rsi*4+0x40]
lzcnt r12,[rbx+rsi*4]
movsx bx,byte [rbx+rsi*4]
movsx r11w,r8b
movsx ebx,al
movsx esp,byte [rbx+rsi*4+0x40]
movsx r12d,byte [rbx+rsi*4]
movsx rbx,byte [rbx+rsi*4]
movsx r11,r8b
movsx ebx,word [rbx+rsi*4]
movsx r11d,r12w
movsx rbx,sp
movsx rsp,word [rbx+rsi*4+0x40]
movsx r12,word [rbx+rsi*4]
xadd [rbx+rsi*4],bl
xadd r11b,r8b
xadd bx,sp
xadd [rbx+rsi*4+0x40],sp
xadd [rbx+rsi*4],r12w
xadd [rbx+rsi*4],ebx
xadd r11d,r12d
xadd rbx,rsp
xadd [rbx+rsi*4+0x40],rsp
xadd [rbx+rsi*4],r12
cmpnltps xmm3,[rbx+rsi*4]
cmpnltps xmm11,xmm12
vcmpnltps xmm4,xmm5,[rbx+rsi*4+0x40]
vcmpnltps k4{k3},xmm5,xmm6
vcmpnltps k4,ymm13,[rbx+rsi*4]
cmpnltpd xmm3,xmm4
cmpnltpd xmm4,[rbx+rsi*4+0x40]
cmpnltpd xmm12,[rbx+rsi*4]
vcmpnltpd ymm4,ymm5,[rbx+rsi*4+0x40]
vcmpnltpd k3,ymm4,ymm5
vcmpnltpd k4{k3},zmm5,zmm6,{sae}
cmpnltss xmm3,[rbx+rsi*4]
cmpnltss xmm11,xmm12
vcmpnltss xmm3,xmm4,[rbx+rsi*4]
vcmpnltss k3,xmm20,xmm21
cmpnltsd xmm3,[rbx+rsi*4]
cmpnltsd xmm11,xmm12
vcmpnltsd k3,xmm4,xmm5
movnti [rbx+rsi*4+0x40],esp
movnti [rbx+rsi*4],r12d
movnti [rbx+rsi*4+0x40],rsp
movnti [rbx+rsi*4],r12
pinsrw mm3,[rbx+rsi*4],5
pinsrw mm3,r12d,5
pinsrw xmm3,esp,5
pinsrw xmm4,[rbx+rsi*4+0x40],5
pinsrw xmm12,[rbx+rsi*4],5
pinsrw xmm11,r12,5
vpinsrw xmm19,xmm20,r13d,5
pextrw esp,mm5,5
pextrw r12d,mm5,5
pextrw esp,xmm5,5
pextrw r12d,xmm13,5
pextrw rsp,xmm5,5
pextrw r12,xmm13,5
shufps xmm3,[rbx+rsi*4],5
shufps xmm11,xmm12,5
shufpd xmm3,xmm4,5
shufpd xmm4,[rbx+rsi*4+0x40],5
shufpd xmm12,[rbx+rsi*4],5
cmpxchg8b [rbx+rsi*4+0x40]
cmpxchg16b [rbx+rsi*4+0x40]
xrstors [rbx+rsi*4+0x40]
xrstors64 [rbx+rsi*4+0x40]
xsavec [rbx+rsi*4+0x40]
xsavec64 [rbx+rsi*4+0x40]
xsaves [rbx+rsi*4+0x40]
xsaves64 [rbx+rsi*4+0x40]
rdrand sp
rdrand r12w
rdrand esp
rdrand r12d
rdrand rsp
rdrand r12
vmptrst [rbx+rsi*4+0x40]
rdseed sp
rdseed r12w
rdseed esp
rdseed r12d
rdseed rsp
rdseed r12
rdpid rsp
rdpid r12
bswap esp
bswap r12d
bswap rsp
bswap r12
addsubpd xmm3,[rbx+rsi*4]
addsubpd xmm11,xmm12
addsubps xmm3,xmm4
addsubps xmm4,[rbx+rsi*4+0x40]
addsubps xmm12,[rbx+rsi*4]
vaddsubps ymm3,ymm4,[rbx+rsi*4]
psrlw mm3,[rbx+rsi*4]
psrlw mm4,[rbx+rsi*4]
psrlw xmm3,[rbx+rsi*4]
psrlw xmm11,xmm12
vpsrlw ymm12,ymm13,[rbx+rsi*4]
vpsrlw zmm5{k3}{z},zmm6,[rbx+rsi*4]
psrld mm3,mm4
psrld mm4,[rbx+rsi*4+0x40]
psrld xmm3,xmm4
psrld xmm4,[rbx+rsi*4+0x40]
psrld xmm12,[rbx+rsi*4]
vpsrld ymm12,ymm13,[rbx+rsi*4]
vpsrld zmm5{k3}{z},zmm6,[rbx+rsi*4]
psrlq mm3,[rbx+rsi*4]
psrlq mm4,[rbx+rsi*4]
psrlq xmm3,[rbx+rsi*4]
psrlq xmm11,xmm12
vpsrlq ymm12,ymm13,[rbx+rsi*4]
vpsrlq zmm5{k3}{z},zmm6,[rbx+rsi*4]
paddq mm3,mm4
paddq mm4,[rbx+rsi*4+0x40]
paddq xmm3,xmm4
paddq xmm4,[rbx+rsi*4+0x40]
paddq xmm12,[rbx+rsi*4]
vpaddq ymm12,ymm13,[rbx+rsi*4]
vpaddq zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to8}
pmullw mm3,[rbx+rsi*4]
pmullw mm4,[rbx+rsi*4]
pmullw xmm3,[rbx+rsi*4]
pmullw xmm11,xmm12
vpmullw ymm12,ymm13,[rbx+rsi*4]
vpmullw zmm5{k3}{z},zmm6,[rbx+rsi*4]
movq2dq xmm3,mm4
movq2dq xmm11,mm4
movdq2q mm3,xmm4
movdq2q mm3,xmm12
pmovmskb ebx,mm4
pmovmskb r11d,mm4
pmovmskb ebx,xmm4
pmovmskb r11d,xmm12
vpmovmskb r11d,xmm12
vpmovmskb rsp,ymm5
psubusb mm3,mm4
psubusb mm4,[rbx+rsi*4+0x40]
psubusb xmm3,xmm4
psubusb xmm4,[rbx+rsi*4+0x40]
psubusb xmm12,[rbx+rsi*4]
vpsubusb xmm4{k3}{z},xmm5,xmm6
vpsubusb zmm11,zmm12,zmm13
psubusw mm3,[rbx+rsi*4]
psubusw mm4,[rbx+rsi*4]
psubusw xmm3,[rbx+rsi*4]
psubusw xmm11,xmm12
vpsubusw xmm4{k3}{z},xmm5,xmm6
vpsubusw zmm11,zmm12,zmm13
pminub mm3,mm4
pminub mm4,[rbx+rsi*4+0x40]
pminub xmm3,xmm4
pminub xmm4,[rbx+rsi*4+0x40]
pminub xmm12,[rbx+rsi*4]
vpminub xmm4{k3}{z},xmm5,xmm6
vpminub zmm11,zmm12,zmm13
pand mm3,[rbx+rsi*4]
pand mm4,[rbx+rsi*4]
pand xmm3,[rbx+rsi*4]
pand xmm11,xmm12
vpandd xmm3,xmm4,xmm5
vpandd ymm4{k3}{z},ymm5,ymm6
vpandd zmm12,zmm13,[rbx+rsi*4]
vpandq ymm3,ymm4,[rbx+rsi*4]
vpandq zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to8}
paddusb mm3,mm4
paddusb mm4,[rbx+rsi*4+0x40]
paddusb xmm3,xmm4
paddusb xmm4,[rbx+rsi*4+0x40]
paddusb xmm12,[rbx+rsi*4]
vpaddusb ymm12,ymm13,[rbx+rsi*4]
vpaddusb zmm5{k3}{z},zmm6,[rbx+rsi*4]
paddusw mm3,[rbx+rsi*4]
paddusw mm4,[rbx+rsi*4]
paddusw xmm3,[rbx+rsi*4]
paddusw xmm11,xmm12
vpaddusw ymm12,ymm13,[rbx+rsi*4]
vpaddusw zmm5{k3}{z},zmm6,[rbx+rsi*4]
pmaxub mm3,mm4
pmaxub mm4,[rbx+rsi*4+0x40]
pmaxub xmm3,xmm4
pmaxub xmm4,[rbx+rsi*4+0x40]
pmaxub xmm12,[rbx+rsi*4]
vpmaxub ymm12,ymm13,[rbx+rsi*4]
vpmaxub zmm5{k3}{z},zmm6,[rbx+rsi*4]
pandn mm3,[rbx+rsi*4]
pandn mm4,[rbx+rsi*4]
pandn xmm3,[rbx+rsi*4]
pandn xmm11,xmm12
vpandn ymm12,ymm13,[rbx+rsi*4]
vpandnd ymm4,ymm5,[rbx+rsi*4+0x40]
vpandnd zmm11,zmm12,zmm13
vpandnq ymm3,ymm4,ymm5
vpandnq zmm4{k3}{z},zmm5,zmm6
pavgb mm3,mm4
pavgb mm4,[rbx+rsi*4+0x40]
pavgb xmm3,xmm4
pavgb xmm4,[rbx+rsi*4+0x40]
pavgb xmm12,[rbx+rsi*4]
vpavgb ymm11,ymm12,ymm13
vpavgb zmm4{k3}{z},zmm5,zmm6
psraw mm3,[rbx+rsi*4]
psraw mm4,[rbx+rsi*4]
psraw xmm3,[rbx+rsi*4]
psraw xmm11,xmm12
vpsraw ymm11,ymm12,xmm13
vpsraw zmm4{k3}{z},zmm5,xmm6
psrad mm3,mm4
psrad mm4,[rbx+rsi*4+0x40]
psrad xmm3,xmm4
psrad xmm4,[rbx+rsi*4+0x40]
psrad xmm12,[rbx+rsi*4]
vpsrad ymm11,ymm12,xmm13
vpsrad zmm4{k3}{z},zmm5,xmm6
vpsraq xmm12,xmm13,[rbx+rsi*4]
vpsraq zmm3,zmm4,[rbx+rsi*4]
pavgw mm3,[rbx+rsi*4]
pavgw mm4,[rbx+rsi*4]
pavgw xmm3,[rbx+rsi*4]
pavgw xmm11,xmm12
vpavgw ymm3,ymm4,[rbx+rsi*4]
vpavgw zmm3,zmm4,[rbx+rsi*4]
pmulhuw mm3,mm4
pmulhuw mm4,[rbx+rsi*4+0x40]
pmulhuw xmm3,xmm4
pmulhuw xmm4,[rbx+rsi*4+0x40]
pmulhuw xmm12,[rbx+rsi*4]
vpmulhuw ymm3,ymm4,[rbx+rsi*4]
vpmulhuw zmm3,zmm4,[rbx+rsi*4]
pmulhw mm3,[rbx+rsi*4]
pmulhw mm4,[rbx+rsi*4]
pmulhw xmm3,[rbx+rsi*4]
pmulhw xmm11,xmm12
vpmulhw ymm3,ymm4,[rbx+rsi*4]
vpmulhw zmm3,zmm4,[rbx+rsi*4]
cvttpd2dq xmm3,xmm4
cvttpd2dq xmm4,[rbx+rsi*4+0x40]
cvttpd2dq xmm12,[rbx+rsi*4]
vcvttpd2dq xmm4{k3}{z},xmm5
vcvttpd2dq ymm11,zmm12
cvtdq2pd xmm3,[rbx+rsi*4]
cvtdq2pd xmm11,xmm12
vcvtdq2pd xmm11,xmm12
vcvtdq2pd ymm5{k3}{z},[rbx+rsi*4]{1to4}
vcvtqq2pd xmm3,[rbx+rsi*4]
vcvtqq2pd ymm5{k3}{z},[rbx+rsi*4]{1to4}
vcvtqq2pd zmm19,zmm20
cvtpd2dq xmm3,xmm4
cvtpd2dq xmm4,[rbx+rsi*4+0x40]
cvtpd2dq xmm12,[rbx+rsi*4]
vcvtpd2dq xmm3,ymm4
vcvtpd2dq ymm3,zmm4
movntq [rbx+rsi*4+0x40],mm4
movntdq [rbx+rsi*4],xmm3
movntdq [rbx+rsi*4],xmm11
vmovntdq [rbx+rsi*4],ymm12
psubsb mm3,[rbx+rsi*4]
psubsb mm4,[rbx+rsi*4]
psubsb xmm3,[rbx+rsi*4]
psubsb xmm11,xmm12
vpsubsb ymm3,ymm4,ymm5
vpsubsb zmm3,zmm4,zmm5
psubsw mm3,mm4
psubsw mm4,[rbx+rsi*4+0x40]
psubsw xmm3,xmm4
psubsw xmm4,[rbx+rsi*4+0x40]
psubsw xmm12,[rbx+rsi*4]
vpsubsw ymm3,ymm4,ymm5
vpsubsw zmm3,zmm4,zmm5
pminsw mm3,[rbx+rsi*4]
pminsw mm4,[rbx+rsi*4]
pminsw xmm3,[rbx+rsi*4]
pminsw xmm11,xmm12
vpminsw ymm3,ymm4,ymm5
vpminsw zmm3,zmm4,zmm5
por mm3,mm4
por mm4,[rbx+rsi*4+0x40]
por xmm3,xmm4
por xmm4,[rbx+rsi*4+0x40]
por xmm12,[rbx+rsi*4]
vpor ymm3,ymm4,ymm5
vpord xmm12,xmm13,[rbx+rsi*4]
vpord zmm3,zmm4,[rbx+rsi*4]
vporq xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to2}
vporq ymm19,ymm20,ymm21
paddsb mm3,[rbx+rsi*4]
paddsb mm4,[rbx+rsi*4]
paddsb xmm3,[rbx+rsi*4]
paddsb xmm11,xmm12
vpaddsb xmm12,xmm13,[rbx+rsi*4]
vpaddsb ymm19,ymm20,ymm21
paddsw mm3,mm4
paddsw mm4,[rbx+rsi*4+0x40]
paddsw xmm3,xmm4
paddsw xmm4,[rbx+rsi*4+0x40]
paddsw xmm12,[rbx+rsi*4]
vpaddsw xmm12,xmm13,[rbx+rsi*4]
vpaddsw ymm19,ymm20,ymm21
pmaxsw mm3,[rbx+rsi*4]
pmaxsw mm4,[rbx+rsi*4]
pmaxsw xmm3,[rbx+rsi*4]
pmaxsw xmm11,xmm12
vpmaxsw xmm12,xmm13,[rbx+rsi*4]
vpmaxsw ymm19,ymm20,ymm21
pxor mm3,mm4
pxor mm4,[rbx+rsi*4+0x40]
pxor xmm3,xmm4
pxor xmm4,[rbx+rsi*4+0x40]
pxor xmm12,[rbx+rsi*4]
vpxor xmm12,xmm13,[rbx+rsi*4]
vpxord xmm11,xmm12,xmm13
vpxord zmm3,zmm4,zmm5
vpxorq xmm4{k3}{z},xmm5,xmm6
vpxorq ymm12,ymm13,[rbx+rsi*4]
lddqu xmm4,[rbx+rsi*4+0x40]
lddqu xmm12,[rbx+rsi*4]
psllw mm3,[rbx+rsi*4]
psllw mm4,[rbx+rsi*4]
psllw xmm3,[rbx+rsi*4]
psllw xmm11,xmm12
vpsllw xmm4,xmm5,[rbx+rsi*4+0x40]
vpsllw ymm4{k3}{z},ymm5,xmm6
pslld mm3,mm4
pslld mm4,[rbx+rsi*4+0x40]
pslld xmm3,xmm4
pslld xmm4,[rbx+rsi*4+0x40]
pslld xmm12,[rbx+rsi*4]
vpslld xmm4,xmm5,[rbx+rsi*4+0x40]
vpslld ymm4{k3}{z},ymm5,xmm6
psllq mm3,[rbx+rsi*4]
psllq mm4,[rbx+rsi*4]
psllq xmm3,[rbx+rsi*4]
psllq xmm11,xmm12
vpsllq xmm4,xmm5,[rbx+rsi*4+0x40]
vpsllq ymm4{k3}{z},ymm5,xmm6
pmuludq mm3,mm4
pmuludq mm4,[rbx+rsi*4+0x40]
pmuludq xmm3,xmm4
pmuludq xmm4,[rbx+rsi*4+0x40]
pmuludq xmm12,[rbx+rsi*4]
vpmuludq xmm4,xmm5,[rbx+rsi*4+0x40]
vpmuludq ymm4{k3}{z},ymm5,ymm6
pmaddwd mm3,[rbx+rsi*4]
pmaddwd mm4,[rbx+rsi*4]
pmaddwd xmm3,[rbx+rsi*4]
pmaddwd xmm11,xmm12
vpmaddwd xmm4,xmm5,[rbx+rsi*4+0x40]
vpmaddwd ymm4{k3}{z},ymm5,ymm6
psadbw mm3,mm4
psadbw mm4,[rbx+rsi*4+0x40]
psadbw xmm3,xmm4
psadbw xmm4,[rbx+rsi*4+0x40]
psadbw xmm12,[rbx+rsi*4]
vpsadbw xmm4,xmm5,[rbx+rsi*4+0x40]
vpsadbw zmm3,zmm4,[rbx+rsi*4]
maskmovq mm4,mm5
maskmovdqu xmm4,xmm5
maskmovdqu xmm12,xmm13
vmaskmovdqu xmm3,xmm4
psubb mm3,[rbx+rsi*4]
psubb mm4,[rbx+rsi*4]
psubb xmm3,[rbx+rsi*4]
psubb xmm11,xmm12
vpsubb ymm12,ymm13,[rbx+rsi*4]
vpsubb zmm5{k3}{z},zmm6,[rbx+rsi*4]
psubw mm3,mm4
psubw mm4,[rbx+rsi*4+0x40]
psubw xmm3,xmm4
psubw xmm4,[rbx+rsi*4+0x40]
psubw xmm12,[rbx+rsi*4]
vpsubw ymm12,ymm13,[rbx+rsi*4]
vpsubw zmm5{k3}{z},zmm6,[rbx+rsi*4]
psubd mm3,[rbx+rsi*4]
psubd mm4,[rbx+rsi*4]
psubd xmm3,[rbx+rsi*4]
psubd xmm11,xmm12
vpsubd ymm12,ymm13,[rbx+rsi*4]
vpsubd zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to16}
psubq mm3,mm4
psubq mm4,[rbx+rsi*4+0x40]
psubq xmm3,xmm4
psubq xmm4,[rbx+rsi*4+0x40]
psubq xmm12,[rbx+rsi*4]
vpsubq ymm12,ymm13,[rbx+rsi*4]
vpsubq zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to8}
paddb mm3,[rbx+rsi*4]
paddb mm4,[rbx+rsi*4]
paddb xmm3,[rbx+rsi*4]
paddb xmm11,xmm12
vpaddb ymm12,ymm13,[rbx+rsi*4]
vpaddb zmm5{k3}{z},zmm6,[rbx+rsi*4]
paddw mm3,mm4
paddw mm4,[rbx+rsi*4+0x40]
paddw xmm3,xmm4
paddw xmm4,[rbx+rsi*4+0x40]
paddw xmm12,[rbx+rsi*4]
vpaddw ymm12,ymm13,[rbx+rsi*4]
vpaddw zmm5{k3}{z},zmm6,[rbx+rsi*4]
paddd mm3,[rbx+rsi*4]
paddd mm4,[rbx+rsi*4]
paddd xmm3,[rbx+rsi*4]
paddd xmm11,xmm12
vpaddd ymm12,ymm13,[rbx+rsi*4]
vpaddd zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to16}
ud0 bx,sp
ud0 sp,[rbx+rsi*4+0x40]
ud0 r12w,[rbx+rsi*4]
ud0 ebx,[rbx+rsi*4]
ud0 r11d,r12d
ud0 rbx,rsp
ud0 rsp,[rbx+rsi*4+0x40]
ud0 r12,[rbx+rsi*4]
pshufb mm3,[rbx+rsi*4]
pshufb mm4,[rbx+rsi*4]
pshufb xmm3,[rbx+rsi*4]
pshufb xmm11,xmm12
phaddw mm3,mm4
phaddw mm4,[rbx+rsi*4+0x40]
phaddw xmm3,xmm4
phaddw xmm4,[rbx+rsi*4+0x40]
phaddw xmm12,[rbx+rsi*4]
phaddd mm3,[rbx+rsi*4]
phaddd mm4,[rbx+rsi*4]
phaddd xmm3,[rbx+rsi*4]
phaddd xmm11,xmm12
phaddsw mm3,mm4
phaddsw mm4,[rbx+rsi*4+0x40]
phaddsw xmm3,xmm4
phaddsw xmm4,[rbx+rsi*4+0x40]
phaddsw xmm12,[rbx+rsi*4]
pmaddubsw mm3,[rbx+rsi*4]
pmaddubsw mm4,[rbx+rsi*4]
pmaddubsw xmm3,[rbx+rsi*4]
pmaddubsw xmm11,xmm12
vpmaddubsw xmm4,xmm5,[rbx+rsi*4+0x40]
vpmaddubsw ymm4{k3}{z},ymm5,ymm6
phsubw mm3,mm4
phsubw mm4,[rbx+rsi*4+0x40]
phsubw xmm3,xmm4
phsubw xmm4,[rbx+rsi*4+0x40]
phsubw xmm12,[rbx+rsi*4]
phsubd mm3,[rbx+rsi*4]
phsubd mm4,[rbx+rsi*4]
phsubd xmm3,[rbx+rsi*4]
phsubd xmm11,xmm12
phsubsw mm3,mm4
phsubsw mm4,[rbx+rsi*4+0x40]
phsubsw xmm3,xmm4
phsubsw xmm4,[rbx+rsi*4+0x40]
phsubsw xmm12,[rbx+rsi*4]
psignb mm3,[rbx+rsi*4]
psignb mm4,[rbx+rsi*4]
psignb xmm3,[rbx+rsi*4]
psignb xmm11,xmm12
vpsignb ymm11,ymm12,ymm13
psignw mm3,mm4
psignw mm4,[rbx+rsi*4+0x40]
psignw xmm3,xmm4
psignw xmm4,[rbx+rsi*4+0x40]
psignw xmm12,[rbx+rsi*4]
vpsignw xmm3,xmm4,xmm5
psignd mm3,[rbx+rsi*4]
psignd mm4,[rbx+rsi*4]
psignd xmm3,[rbx+rsi*4]
psignd xmm11,xmm12
vpsignd xmm11,xmm12,xmm13
pmulhrsw mm3,mm4
pmulhrsw mm4,[rbx+rsi*4+0x40]
pmulhrsw xmm3,xmm4
pmulhrsw xmm4,[rbx+rsi*4+0x40]
pmulhrsw xmm12,[rbx+rsi*4]
vpmulhrsw ymm3,ymm4,[rbx+rsi*4]
vpmulhrsw zmm3,zmm4,[rbx+rsi*4]
vpermilps xmm12,xmm13,[rbx+rsi*4]
vpermilps ymm19,ymm20,ymm21
vpermilpd xmm4,xmm5,[rbx+rsi*4+0x40]
vpermilpd ymm4{k3}{z},ymm5,ymm6
vtestps xmm3,xmm4
vtestpd xmm3,[rbx+rsi*4]
pblendvb xmm3,[rbx+rsi*4],xmm0
pblendvb xmm11,xmm12,xmm0
vpsrlvw ymm3,ymm4,ymm5
vpsrlvw zmm4{k3}{z},zmm5,zmm6
vpmovuswb xmm19,xmm20
vpmovuswb ymm4{k3}{z},zmm5
vpsravw xmm19,xmm20,xmm21
vpsravw zmm4,zmm5,[rbx+rsi*4+0x40]
vpmovusdb [rbx+rsi*4],xmm12
vpmovusdb [rbx+rsi*4+0x40],zmm4
vpsllvw xmm12,xmm13,[rbx+rsi*4]
vpsllvw zmm3,zmm4,[rbx+rsi*4]
vpmovusqb xmm11,xmm12
vpmovusqb [rbx+rsi*4],zmm3
vpmovusdw [rbx+rsi*4],xmm12
vpmovusdw [rbx+rsi*4+0x40],zmm4
blendvps xmm3,xmm4,xmm0
blendvps xmm4,[rbx+rsi*4+0x40],xmm0
blendvps xmm12,[rbx+rsi*4],xmm0
vprorvd xmm3,xmm4,[rbx+rsi*4]
vprorvd ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to8}
vprorvd zmm19,zmm20,zmm21
vprorvq ymm4,ymm5,[rbx+rsi*4+0x40]
vprorvq zmm11,zmm12,zmm13
vpmovusqw [rbx+rsi*4],ymm3
vpmovusqw [rbx+rsi*4],zmm12
blendvpd xmm3,xmm4,xmm0
blendvpd xmm4,[rbx+rsi*4+0x40],xmm0
blendvpd xmm12,[rbx+rsi*4],xmm0
vprolvd xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to4}
vprolvd ymm19,ymm20,ymm21
vprolvq xmm4,xmm5,[rbx+rsi*4+0x40]
vprolvq ymm11,ymm12,ymm13
vpmovusqd xmm3,xmm4
vpmovusqd xmm11,ymm12
vpermps ymm3,ymm4,[rbx+rsi*4]
vpermps zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to16}
vpermpd ymm19,ymm20,ymm21
ptest xmm3,xmm4
ptest xmm4,[rbx+rsi*4+0x40]
ptest xmm12,[rbx+rsi*4]
vptest ymm11,ymm12
vbroadcastss xmm4{k3}{z},xmm5
vbroadcastss zmm4,[rbx+rsi*4+0x40]
vbroadcastf32x2 ymm3,[rbx+rsi*4]
vbroadcastf32x2 zmm5{k3}{z},[rbx+rsi*4]
vbroadcastsd zmm4,[rbx+rsi*4+0x40]
vbroadcastf32x4 ymm4,[rbx+rsi*4+0x40]
vbroadcastf32x4 zmm12,[rbx+rsi*4]
vbroadcastf64x2 zmm4{k3}{z},[rbx+rsi*4]
vbroadcastf32x8 zmm19,[rbx+rsi*4]
pabsb mm3,mm4
pabsb mm4,[rbx+rsi*4+0x40]
pabsb xmm3,xmm4
pabsb xmm4,[rbx+rsi*4+0x40]
pabsb xmm12,[rbx+rsi*4]
vpabsb ymm3,ymm4
vpabsb zmm3,zmm4
pabsw mm3,[rbx+rsi*4]
pabsw mm4,[rbx+rsi*4]
pabsw xmm3,[rbx+rsi*4]
pabsw xmm11,xmm12
vpabsw ymm3,ymm4
vpabsw zmm3,zmm4
pabsd mm3,mm4
pabsd mm4,[rbx+rsi*4+0x40]
pabsd xmm3,xmm4
pabsd xmm4,[rbx+rsi*4+0x40]
pabsd xmm12,[rbx+rsi*4]
vpabsd ymm3,ymm4
vpabsd zmm3,zmm4
vpabsq xmm4{k3}{z},xmm5
vpabsq ymm12,[rbx+rsi*4]
pmovsxbw xmm3,[rbx+rsi*4]
pmovsxbw xmm11,xmm12
vpmovsxbw ymm4,[rbx+rsi*4+0x40]
vpmovsxbw zmm4,[rbx+rsi*4+0x40]
vpmovswb [rbx+rsi*4],xmm12
vpmovswb [rbx+rsi*4+0x40],zmm4
pmovsxbd xmm3,[rbx+rsi*4]
pmovsxbd xmm11,xmm12
vpmovsxbd xmm3,[rbx+rsi*4]
vpmovsxbd xmm19,xmm20
vpmovsxbd zmm19,xmm20
vpmovsdb xmm4{k3}{z},ymm5
pmovsxbq xmm3,[rbx+rsi*4]
pmovsxbq xmm11,xmm12
vpmovsxbq ymm3,[rbx+rsi*4]
vpmovsxbq zmm3,[rbx+rsi*4]
vpmovsqb xmm11,xmm12
vpmovsqb [rbx+rsi*4],zmm3
pmovsxwd xmm3,[rbx+rsi*4]
pmovsxwd xmm11,xmm12
vpmovsxwd xmm3,xmm4
vpmovsxwd xmm5{k3}{z},[rbx+rsi*4]
vpmovsxwd zmm12,[rbx+rsi*4]
vpmovsdw [rbx+rsi*4+0x40],ymm4
vpmovsdw ymm19,zmm20
pmovsxwq xmm3,[rbx+rsi*4]
pmovsxwq xmm11,xmm12
vpmovsxwq ymm3,xmm4
vpmovsxwq zmm3,xmm4
vpmovsqw xmm4{k3}{z},xmm5
vpmovsqw xmm3,zmm4
pmovsxdq xmm3,[rbx+rsi*4]
pmovsxdq xmm11,xmm12
vpmovsxdq xmm4{k3}{z},xmm5
vpmovsxdq zmm11,ymm12
vpmovsqd [rbx+rsi*4],ymm3
vpmovsqd [rbx+rsi*4],zmm12
vptestmb k3,ymm4,[rbx+rsi*4]
vptestmb k5{k3},zmm6,[rbx+rsi*4]
vptestmw k3,xmm20,xmm21
vptestmw k4,zmm5,[rbx+rsi*4+0x40]
vptestnmb k3,xmm12,xmm13
vptestnmb k3,zmm4,zmm5
vptestnmw k4{k3},xmm5,xmm6
vptestnmw k4,ymm13,[rbx+rsi*4]
vptestmd k3,xmm4,[rbx+rsi*4]
vptestmd k5{k3},ymm6,[rbx+rsi*4]{1to8}
vptestmd k3,zmm20,zmm21
vptestmq k4,ymm5,[rbx+rsi*4+0x40]
vptestmq k3,zmm12,zmm13
vptestnmd k3,ymm4,ymm5
vptestnmd k4{k3},zmm5,zmm6
vptestnmq k4,xmm13,[rbx+rsi*4]
vptestnmq k3,zmm4,[rbx+rsi*4]
pmuldq xmm3,[rbx+rsi*4]
pmuldq xmm11,xmm12
vpmuldq xmm4{k3}{z},xmm5,xmm6
vpmuldq zmm11,zmm12,zmm13
vpmovm2b ymm12,k5
vpmovm2w xmm19,k4
pcmpeqq xmm3,xmm4
pcmpeqq xmm4,[rbx+rsi*4+0x40]
pcmpeqq xmm12,[rbx+rsi*4]
vpcmpeqq ymm3,ymm4,[rbx+rsi*4]
vpcmpeqq k3,xmm20,xmm21
vpcmpeqq k4,zmm5,[rbx+rsi*4+0x40]
vpmovb2m k3,ymm4
vpmovw2m k4,xmm5
vpmovw2m k3,zmm12
movntdqa xmm4,[rbx+rsi*4+0x40]
movntdqa xmm12,[rbx+rsi*4]
vmovntdqa ymm3,[rbx+rsi*4]
vpbroadcastmb2q xmm3,k4
vpbroadcastmb2q zmm4,k5
packusdw xmm3,[rbx+rsi*4]
packusdw xmm11,xmm12
vpackusdw xmm4,xmm5,[rbx+rsi*4+0x40]
vpackusdw ymm4{k3}{z},ymm5,ymm6
vmaskmovps xmm3,xmm4,[rbx+rsi*4]
vscalefps xmm4{k3}{z},xmm5,xmm6
vscalefps ymm12,ymm13,[rbx+rsi*4]
vscalefpd xmm3,xmm4,[rbx+rsi*4]
vscalefpd ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to4}
vscalefpd zmm19,zmm20,zmm21
vscalefss xmm4,xmm5,[rbx+rsi*4+0x40]
vscalefsd xmm11,xmm12,xmm13
vmaskmovpd [rbx+rsi*4],xmm3,xmm4
pmovzxbw xmm3,xmm4
pmovzxbw xmm4,[rbx+rsi*4+0x40]
pmovzxbw xmm12,[rbx+rsi*4]
vpmovzxbw ymm12,[rbx+rsi*4]
vpmovzxbw zmm5{k3}{z},[rbx+rsi*4]
vpmovwb xmm3,ymm4
vpmovwb ymm11,zmm12
pmovzxbd xmm3,xmm4
pmovzxbd xmm4,[rbx+rsi*4+0x40]
pmovzxbd xmm12,[rbx+rsi*4]
vpmovzxbd xmm11,xmm12
vpmovzxbd ymm5{k3}{z},[rbx+rsi*4]
vpmovdb [rbx+rsi*4],xmm3
vpmovdb [rbx+rsi*4],ymm12
pmovzxbq xmm3,xmm4
pmovzxbq xmm4,[rbx+rsi*4+0x40]
pmovzxbq xmm12,[rbx+rsi*4]
vpmovzxbq ymm11,xmm12
vpmovzxbq zmm4{k3}{z},xmm5
vpmovqb xmm19,xmm20
vpmovqb xmm4{k3}{z},zmm5
pmovzxwd xmm3,xmm4
pmovzxwd xmm4,[rbx+rsi*4+0x40]
pmovzxwd xmm12,[rbx+rsi*4]
vpmovzxwd xmm4,[rbx+rsi*4+0x40]
vpmovzxwd ymm4{k3}{z},xmm5
vpmovdw xmm3,xmm4
vpmovdw xmm11,ymm12
pmovzxwq xmm3,xmm4
pmovzxwq xmm4,[rbx+rsi*4+0x40]
pmovzxwq xmm12,[rbx+rsi*4]
vpmovzxwq ymm4,[rbx+rsi*4+0x40]
vpmovzxwq zmm4,[rbx+rsi*4+0x40]
vpmovqw [rbx+rsi*4],xmm12
vpmovqw [rbx+rsi*4+0x40],zmm4
pmovzxdq xmm3,xmm4
pmovzxdq xmm4,[rbx+rsi*4+0x40]
pmovzxdq xmm12,[rbx+rsi*4]
vpmovzxdq xmm3,[rbx+rsi*4]
vpmovzxdq xmm19,xmm20
vpmovzxdq zmm19,ymm20
vpmovqd xmm4{k3}{z},ymm5
vpermd ymm3,ymm4,ymm5
vpermd zmm4{k3}{z},zmm5,zmm6
vpermq ymm12,ymm13,[rbx+rsi*4]
pcmpgtq xmm3,xmm4
pcmpgtq xmm4,[rbx+rsi*4+0x40]
pcmpgtq xmm12,[rbx+rsi*4]
vpcmpgtq ymm4,ymm5,[rbx+rsi*4+0x40]
vpcmpgtq k3,ymm4,ymm5
vpcmpgtq k4{k3},zmm5,zmm6
pminsb xmm3,[rbx+rsi*4]
pminsb xmm11,xmm12
vpminsb xmm3,xmm4,[rbx+rsi*4]
vpminsb xmm19,xmm20,xmm21
vpminsb zmm19,zmm20,zmm21
vpmovm2d zmm3,k4
vpmovm2q ymm4,k5
pminsd xmm3,xmm4
pminsd xmm4,[rbx+rsi*4+0x40]
pminsd xmm12,[rbx+rsi*4]
vpminsd ymm11,ymm12,ymm13
vpminsd zmm4{k3}{z},zmm5,zmm6
vpminsq xmm12,xmm13,[rbx+rsi*4]
vpminsq zmm3,zmm4,[rbx+rsi*4]
vpmovd2m k3,xmm20
vpmovq2m k3,xmm4
vpmovq2m k4,zmm5
pminuw xmm3,[rbx+rsi*4]
pminuw xmm11,xmm12
vpminuw xmm4,xmm5,[rbx+rsi*4+0x40]
vpminuw ymm4{k3}{z},ymm5,ymm6
vpbroadcastmw2d xmm3,k4
vpbroadcastmw2d zmm4,k5
pminud xmm3,[rbx+rsi*4]
pminud xmm11,xmm12
vpminud xmm4,xmm5,[rbx+rsi*4+0x40]
vpminud ymm4{k3}{z},ymm5,ymm6
vpminuq xmm3,xmm4,xmm5
vpminuq ymm4{k3}{z},ymm5,ymm6
vpminuq zmm12,zmm13,[rbx+rsi*4]
pmaxsb xmm3,xmm4
pmaxsb xmm4,[rbx+rsi*4+0x40]
pmaxsb xmm12,[rbx+rsi*4]
vpmaxsb xmm12,xmm13,[rbx+rsi*4]
vpmaxsb ymm19,ymm20,ymm21
pmaxsd xmm3,[rbx+rsi*4]
pmaxsd xmm11,xmm12
vpmaxsd ymm11,ymm12,ymm13
vpmaxsd zmm4{k3}{z},zmm5,zmm6
vpmaxsq xmm12,xmm13,[rbx+rsi*4]
vpmaxsq zmm3,zmm4,[rbx+rsi*4]
pmaxuw xmm3,xmm4
pmaxuw xmm4,[rbx+rsi*4+0x40]
pmaxuw xmm12,[rbx+rsi*4]
vpmaxuw xmm4{k3}{z},xmm5,xmm6
vpmaxuw zmm11,zmm12,zmm13
pmaxud xmm3,[rbx+rsi*4]
pmaxud xmm11,xmm12
vpmaxud xmm11,xmm12,xmm13
vpmaxud ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to8}
vpmaxuq xmm3,xmm4,[rbx+rsi*4]
vpmaxuq ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to4}
vpmaxuq zmm19,zmm20,zmm21
pmulld xmm3,xmm4
pmulld xmm4,[rbx+rsi*4+0x40]
pmulld xmm12,[rbx+rsi*4]
vpmulld ymm3,ymm4,ymm5
vpmulld zmm3,zmm4,zmm5
vpmullq xmm4{k3}{z},xmm5,xmm6
vpmullq ymm12,ymm13,[rbx+rsi*4]
phminposuw xmm3,[rbx+rsi*4]
phminposuw xmm11,xmm12
vgetexpps xmm19,xmm20
vgetexpps zmm4,[rbx+rsi*4+0x40]
vgetexppd xmm11,xmm12
vgetexppd zmm3,zmm4
vgetexpss xmm4{k3}{z},xmm5,xmm6,{sae}
vgetexpsd xmm12,xmm13,[rbx+rsi*4]
vplzcntd ymm3,[rbx+rsi*4]
vplzcntd zmm5{k3}{z},[rbx+rsi*4]{1to16}
vplzcntq xmm19,xmm20
vplzcntq zmm4,[rbx+rsi*4+0x40]
vpsrlvd ymm3,ymm4,ymm5
vpsrlvq ymm3,ymm4,[rbx+rsi*4]
vpsrlvd zmm3,zmm4,[rbx+rsi*4]
vpsrlvq ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to4}
vpsravd xmm3,xmm4,[rbx+rsi*4]
vpsravd xmm19,xmm20,xmm21
vpsravd zmm19,zmm20,zmm21
vpsravq ymm4,ymm5,[rbx+rsi*4+0x40]
vpsravq zmm11,zmm12,zmm13
vpsllvd ymm11,ymm12,ymm13
vpsllvq ymm12,ymm13,[rbx+rsi*4]
vpsllvd zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to16}
vpsllvq zmm3,zmm4,[rbx+rsi*4]
vrcp14ps xmm5{k3}{z},[rbx+rsi*4]{1to4}
vrcp14ps ymm19,ymm20
vrcp14pd xmm4,[rbx+rsi*4+0x40]
vrcp14pd ymm11,ymm12
vrcp14ss xmm3,xmm4,xmm5
vrcp14sd xmm4{k3}{z},xmm5,xmm6
vrsqrt14ps xmm12,[rbx+rsi*4]
vrsqrt14ps zmm3,[rbx+rsi*4]
vrsqrt14pd xmm5{k3}{z},[rbx+rsi*4]{1to2}
vrsqrt14pd ymm19,ymm20
vrsqrt14ss xmm4,xmm5,[rbx+rsi*4+0x40]
vrsqrt14sd xmm11,xmm12,xmm13
vpdpbusd ymm3,ymm4,ymm5
vpdpbusd zmm4{k3}{z},zmm5,zmm6
vpdpbusds xmm12,xmm13,[rbx+rsi*4]
vpdpbusds zmm3,zmm4,[rbx+rsi*4]
vpdpwssd xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to4}
vpdpwssd ymm19,ymm20,ymm21
vdpbf16ps xmm4,xmm5,[rbx+rsi*4+0x40]
vdpbf16ps ymm11,ymm12,ymm13
vpdpwssds xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to4}
vpdpwssds ymm19,ymm20,ymm21
vpopcntb xmm12,[rbx+rsi*4]
vpopcntb zmm3,[rbx+rsi*4]
vpopcntw xmm5{k3}{z},[rbx+rsi*4]
vpopcntw ymm19,ymm20
vpopcntd xmm4,[rbx+rsi*4+0x40]
vpopcntd ymm11,ymm12
vpopcntq xmm3,xmm4
vpopcntq ymm4{k3}{z},ymm5
vpopcntq zmm12,[rbx+rsi*4]
vpbroadcastd ymm12,[rbx+rsi*4]
vpbroadcastd zmm5{k3}{z},[rbx+rsi*4]
vpbroadcastq ymm4,[rbx+rsi*4+0x40]
vbroadcasti32x2 ymm3,xmm4
vbroadcasti32x2 zmm4{k3}{z},xmm5
vpbroadcastq zmm3,xmm4
vbroadcasti128 ymm12,[rbx+rsi*4]
vbroadcasti32x4 zmm5{k3}{z},[rbx+rsi*4]
vbroadcasti64x2 zmm3,[rbx+rsi*4]
vbroadcasti32x8 zmm11,[rbx+rsi*4]
vpexpandb xmm3,[rbx+rsi*4]
vpexpandb ymm5{k3}{z},[rbx+rsi*4]
vpexpandb zmm19,zmm20
vpexpandw ymm4,[rbx+rsi*4+0x40]
vpexpandw zmm11,zmm12
vpcompressb [rbx+rsi*4],ymm3
vpcompressb [rbx+rsi*4],zmm12
vpcompressw [rbx+rsi*4+0x40],ymm4
vpcompressw zmm19,zmm20
vpblendmd ymm4,ymm5,[rbx+rsi*4+0x40]
vpblendmd zmm11,zmm12,zmm13
vpblendmq ymm3,ymm4,ymm5
vpblendmq zmm4{k3}{z},zmm5,zmm6
vblendmps xmm12,xmm13,[rbx+rsi*4]
vblendmps zmm3,zmm4,[rbx+rsi*4]
vblendmpd xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to2}
vblendmpd ymm19,ymm20,ymm21
vpblendmb xmm4,xmm5,[rbx+rsi*4+0x40]
vpblendmb ymm11,ymm12,ymm13
vpblendmw xmm3,xmm4,xmm5
vpblendmw ymm4{k3}{z},ymm5,ymm6
vpblendmw zmm12,zmm13,[rbx+rsi*4]
vp2intersectd k2,ymm12,ymm13
vcvtne2ps2bf16 xmm12,xmm13,[rbx+rsi*4]
vcvtne2ps2bf16 zmm3,zmm4,[rbx+rsi*4]
vpermi2b xmm5{k3}{z},xmm6,[rbx+rsi*4]
vpermi2b ymm19,ymm20,ymm21
vpermi2w xmm4,xmm5,[rbx+rsi*4+0x40]
vpermi2w ymm11,ymm12,ymm13
vpermi2d xmm3,xmm4,xmm5
vpermi2d ymm4{k3}{z},ymm5,ymm6
vpermi2d zmm12,zmm13,[rbx+rsi*4]
vpermi2q ymm3,ymm4,[rbx+rsi*4]
vpermi2q zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to8}
vpermi2ps xmm19,xmm20,xmm21
vpermi2ps zmm4,zmm5,[rbx+rsi*4+0x40]
vpermi2pd xmm11,xmm12,xmm13
vpermi2pd zmm3,zmm4,zmm5
vpbroadcastb xmm11,xmm12
vpbroadcastb ymm5{k3}{z},[rbx+rsi*4]
vpbroadcastw xmm3,[rbx+rsi*4]
vpbroadcastw xmm19,xmm20
vpbroadcastw zmm19,xmm20
vpbroadcastb ymm5{k3}{z},esi
vpbroadcastw xmm3,esp
vpbroadcastw ymm11,r12d
vpbroadcastd xmm4,ebp
vpbroadcastd ymm12,r13d
vpbroadcastq xmm4{k3}{z},rbp
vpbroadcastq ymm19,r12
vpermt2b xmm4{k3}{z},xmm5,xmm6
vpermt2b ymm12,ymm13,[rbx+rsi*4]
vpermt2w xmm3,xmm4,[rbx+rsi*4]
vpermt2w ymm5{k3}{z},ymm6,[rbx+rsi*4]
vpermt2w zmm19,zmm20,zmm21
vpermt2d ymm4,ymm5,[rbx+rsi*4+0x40]
vpermt2d zmm11,zmm12,zmm13
vpermt2q ymm3,ymm4,ymm5
vpermt2q zmm4{k3}{z},zmm5,zmm6
vpermt2ps xmm12,xmm13,[rbx+rsi*4]
vpermt2ps zmm3,zmm4,[rbx+rsi*4]
vpermt2pd xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to2}
vpermt2pd ymm19,ymm20,ymm21
invept rbx,[rbx+rsi*4]
invept r11,[rbx+rsi*4]
invvpid rbx,[rbx+rsi*4]
invvpid r11,[rbx+rsi*4]
vexpandps xmm11,xmm12
vexpandps zmm3,zmm4
vexpandpd xmm4{k3}{z},xmm5
vexpandpd ymm12,[rbx+rsi*4]
vpexpandd xmm3,[rbx+rsi*4]
vpexpandd ymm5{k3}{z},[rbx+rsi*4]
vpexpandd zmm19,zmm20
vpexpandq ymm4,[rbx+rsi*4+0x40]
vpexpandq zmm11,zmm12
vcompressps [rbx+rsi*4],ymm3
vcompressps [rbx+rsi*4],zmm12
vcompresspd [rbx+rsi*4+0x40],ymm4
vcompresspd zmm19,zmm20
vpcompressd ymm4{k3}{z},ymm5
vpcompressq xmm3,xmm4
vpcompressq ymm11,ymm12
vpmaskmovd xmm4,xmm5,[rbx+rsi*4+0x40]
vpmaskmovq ymm3,ymm4,[rbx+rsi*4]
vpermb xmm19,xmm20,xmm21
vpermb zmm4,zmm5,[rbx+rsi*4+0x40]
vpermw xmm11,xmm12,xmm13
vpermw zmm3,zmm4,zmm5
vpmaskmovd [rbx+rsi*4],xmm12,xmm13
vpmaskmovq [rbx+rsi*4],ymm11,ymm12
vpgatherdq xmm4,[rbx+xmm7*4+0x40],xmm5
vpgatherdd xmm11{k3},[rbx+xmm7*4]
vpgatherdd zmm4{k3},[rbx+zmm7*4+0x40]
vpgatherdq xmm12{k3},[rbx+xmm7*4]
vpgatherdq zmm4{k3},[rbx+ymm7*4]
vpgatherqd xmm11,[rbx+ymm7*4],xmm12
vpgatherqd xmm4{k3},[rbx+xmm7*4+0x40]
vpgatherqd xmm12{k3},[rbx+ymm7*4]
vpgatherqq xmm4{k3},[rbx+xmm7*4]
vpgatherqq ymm19{k3},[rbx+ymm7*4]
vgatherdps xmm12,[rbx+xmm7*4],xmm13
vgatherdpd ymm11,[rbx+xmm7*4],ymm12
vgatherdps ymm4{k3},[rbx+ymm7*4]
vgatherdps zmm19{k3},[rbx+zmm7*4]
vgatherdpd ymm5{k3},[rbx+xmm7*4]
vgatherqps xmm3,[rbx+xmm7*4],xmm4
vgatherqpd xmm12,[rbx+xmm7*4],xmm13
vgatherqps xmm19{k3},[rbx+xmm7*4]
vgatherqps ymm5{k3},[rbx+zmm7*4]
vgatherqpd ymm3{k3},[rbx+ymm7*4]
vgatherqpd zmm11{k3},[rbx+zmm7*4]
vfmaddsub132ps ymm11,ymm12,ymm13
vfmaddsub132pd ymm12,ymm13,[rbx+rsi*4]
vfmaddsub132ps zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to16}
vfmaddsub132pd zmm3,zmm4,[rbx+rsi*4]
vfmsubadd132ps xmm12,xmm13,[rbx+rsi*4]
vfmsubadd132pd ymm3,ymm4,ymm5
vfmsubadd132ps zmm3,zmm4,zmm5
vfmsubadd132pd ymm4{k3}{z},ymm5,ymm6
vfmadd132ps xmm3,xmm4,xmm5
vfmadd132pd xmm3,xmm4,[rbx+rsi*4]
vfmadd132ps xmm19,xmm20,xmm21
vfmadd132ps zmm19,zmm20,zmm21
vfmadd132pd zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to8}
vfmadd132sd xmm4,xmm5,[rbx+rsi*4+0x40]
vfmsub132ps xmm4,xmm5,[rbx+rsi*4+0x40]
vfmsub132pd xmm11,xmm12,xmm13
vfmsub132ps ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to8}
vfmsub132pd xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to2}
vfmsub132pd zmm12,zmm13,[rbx+rsi*4]
vfmsub132ss xmm4,xmm5,[rbx+rsi*4+0x40]
vfmsub132sd xmm4{k3}{z},xmm5,xmm6,{rd-sae}
vfnmadd132ps xmm3,xmm4,[rbx+rsi*4]
vfnmadd132pd xmm4,xmm5,[rbx+rsi*4+0x40]
vfnmadd132ps ymm4{k3}{z},ymm5,ymm6
vfnmadd132pd xmm4{k3}{z},xmm5,xmm6
vfnmadd132pd zmm11,zmm12,zmm13
vfnmadd132sd xmm11,xmm12,xmm13
vfnmsub132ps xmm11,xmm12,xmm13
vfnmsub132pd xmm12,xmm13,[rbx+rsi*4]
vfnmsub132ps ymm19,ymm20,ymm21
vfnmsub132pd xmm19,xmm20,xmm21
vfnmsub132pd zmm19,zmm20,zmm21
vfnmsub132ss xmm4{k3}{z},xmm5,xmm6,{rd-sae}
vpscatterdd [rbx+xmm7*4]{k3},xmm12
vpscatterdd [rbx+zmm7*4]{k3},zmm4
vpscatterdq [rbx+xmm7*4]{k3},xmm19
vpscatterdq [rbx+ymm7*4]{k3},zmm5
vpscatterqd [rbx+ymm7*4]{k3},xmm3
vpscatterqd [rbx+zmm7*4]{k3},ymm11
vpscatterqq [rbx+ymm7*4+0x40]{k3},ymm4
vpscatterqq [rbx+zmm7*4]{k3},zmm12
vscatterdps [rbx+ymm7*4]{k3},ymm4
vscatterdps [rbx+zmm7*4]{k3},zmm19
vscatterdpd [rbx+xmm7*4]{k3},ymm5
vscatterqps [rbx+xmm7*4]{k3},xmm3
vscatterqps [rbx+ymm7*4]{k3},xmm11
vscatterqpd [rbx+xmm7*4+0x40]{k3},xmm4
vscatterqpd [rbx+ymm7*4]{k3},ymm12
vfmaddsub213ps xmm4,xmm5,[rbx+rsi*4+0x40]
vfmaddsub213pd xmm11,xmm12,xmm13
vfmaddsub213ps ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to8}
vfmaddsub213pd xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to2}
vfmaddsub213pd zmm12,zmm13,[rbx+rsi*4]
vfmsubadd213ps ymm12,ymm13,[rbx+rsi*4]
vfmsubadd213ps xmm4{k3}{z},xmm5,xmm6
vfmsubadd213ps zmm11,zmm12,zmm13
vfmsubadd213pd zmm4,zmm5,[rbx+rsi*4+0x40]
vfmadd213ps ymm3,ymm4,ymm5
vfmadd213pd ymm3,ymm4,[rbx+rsi*4]
vfmadd213ps zmm3,zmm4,[rbx+rsi*4]
vfmadd213pd ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to4}
vfmadd213ss xmm3,xmm4,[rbx+rsi*4]
vfmadd213ss xmm19,xmm20,xmm21
vfmsub213ps ymm4,ymm5,[rbx+rsi*4+0x40]
vfmsub213pd ymm11,ymm12,ymm13
vfmsub213ps zmm4{k3}{z},zmm5,zmm6,{rd-sae}
vfmsub213pd zmm3,zmm4,zmm5
v4fnmaddps zmm5{k3}{z},zmm4,[rbx+rsi*4]
vfmsub213sd xmm4,xmm5,[rbx+rsi*4+0x40]
vfnmadd213ps ymm3,ymm4,[rbx+rsi*4]
vfnmadd213pd ymm4,ymm5,[rbx+rsi*4+0x40]
vfnmadd213ps zmm4,zmm5,[rbx+rsi*4+0x40]
vfnmadd213pd ymm19,ymm20,ymm21
vfnmadd213ss xmm4,xmm5,[rbx+rsi*4+0x40]
vfnmadd213sd xmm4{k3}{z},xmm5,xmm6,{rd-sae}
vfnmsub213ps ymm11,ymm12,ymm13
vfnmsub213pd ymm12,ymm13,[rbx+rsi*4]
vfnmsub213ps zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to16}
vfnmsub213pd zmm3,zmm4,[rbx+rsi*4]
vfnmsub213ss xmm12,xmm13,[rbx+rsi*4]
vfnmsub213sd xmm19,xmm20,xmm21
vpmadd52luq ymm4,ymm5,[rbx+rsi*4+0x40]
vpmadd52luq zmm11,zmm12,zmm13
vpmadd52huq ymm3,ymm4,ymm5
vpmadd52huq zmm4{k3}{z},zmm5,zmm6
vfmaddsub231ps ymm3,ymm4,[rbx+rsi*4]
vfmaddsub231pd ymm4,ymm5,[rbx+rsi*4+0x40]
vfmaddsub231ps zmm4,zmm5,[rbx+rsi*4+0x40]
vfmaddsub231pd ymm19,ymm20,ymm21
vfmsubadd231ps xmm4,xmm5,[rbx+rsi*4+0x40]
vfmsubadd231pd xmm11,xmm12,xmm13
vfmsubadd231ps ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to8}
vfmsubadd231pd xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to2}
vfmsubadd231pd zmm12,zmm13,[rbx+rsi*4]
vfmadd231ps ymm12,ymm13,[rbx+rsi*4]
vfmadd231ps xmm4{k3}{z},xmm5,xmm6
vfmadd231ps zmm11,zmm12,zmm13
vfmadd231pd zmm4,zmm5,[rbx+rsi*4+0x40]
vfmadd231sd xmm3,xmm4,xmm5
vfmsub231ps xmm3,xmm4,xmm5
vfmsub231pd xmm3,xmm4,[rbx+rsi*4]
vfmsub231ps xmm19,xmm20,xmm21
vfmsub231ps zmm19,zmm20,zmm21
vfmsub231pd zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to8}
vfmsub231sd xmm4,xmm5,[rbx+rsi*4+0x40]
vfnmadd231ps xmm4,xmm5,[rbx+rsi*4+0x40]
vfnmadd231pd xmm11,xmm12,xmm13
vfnmadd231ps ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to8}
vfnmadd231pd xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to2}
vfnmadd231pd zmm12,zmm13,[rbx+rsi*4]
vfnmadd231sd xmm12,xmm13,[rbx+rsi*4]
vfnmsub231ps xmm12,xmm13,[rbx+rsi*4]
vfnmsub231pd ymm3,ymm4,ymm5
vfnmsub231ps zmm3,zmm4,zmm5
vfnmsub231pd ymm4{k3}{z},ymm5,ymm6
vfnmsub231ss xmm3,xmm4,xmm5
vfnmsub231ss xmm5{k3}{z},xmm6,[rbx+rsi*4]
vpconflictd xmm12,[rbx+rsi*4]
vpconflictd zmm3,[rbx+rsi*4]
vpconflictq xmm5{k3}{z},[rbx+rsi*4]{1to2}
vpconflictq ymm19,ymm20
vgatherpf0dpd [rbx+ymm7*4]{k3}
vscatterpf1dps [rbx+zmm7*4+0x40]{k3}
vscatterpf0qps [rbx+zmm7*4]{k3}
sha1nexte xmm3,xmm4
sha1nexte xmm4,[rbx+rsi*4+0x40]
sha1nexte xmm12,[rbx+rsi*4]
vexp2pd zmm3,[rbx+rsi*4]
sha1msg1 xmm3,[rbx+rsi*4]
sha1msg1 xmm11,xmm12
sha1msg2 xmm3,xmm4
sha1msg2 xmm4,[rbx+rsi*4+0x40]
sha1msg2 xmm12,[rbx+rsi*4]
vrcp28ps zmm11,zmm12
sha256rnds2 xmm3,[rbx+rsi*4],xmm0
sha256rnds2 xmm11,xmm12,xmm0
vrcp28ss xmm12,xmm13,[rbx+rsi*4]
sha256msg1 xmm3,xmm4
sha256msg1 xmm4,[rbx+rsi*4+0x40]
sha256msg1 xmm12,[rbx+rsi*4]
vrsqrt28ps zmm19,zmm20
sha256msg2 xmm3,[rbx+rsi*4]
sha256msg2 xmm11,xmm12
vrsqrt28sd xmm3,xmm4,xmm5
gf2p8mulb xmm3,xmm4
gf2p8mulb xmm4,[rbx+rsi*4+0x40]
gf2p8mulb xmm12,[rbx+rsi*4]
vgf2p8mulb ymm12,ymm13,[rbx+rsi*4]
vgf2p8mulb zmm5{k3}{z},zmm6,[rbx+rsi*4]
aesimc xmm3,[rbx+rsi*4]
aesimc xmm11,xmm12
vaesimc xmm4,[rbx+rsi*4+0x40]
aesenc xmm3,[rbx+rsi*4]
aesenc xmm11,xmm12
vaesenc xmm11,xmm12,xmm13
vaesenc zmm4,zmm5,[rbx+rsi*4+0x40]
aesenclast xmm3,xmm4
aesenclast xmm4,[rbx+rsi*4+0x40]
aesenclast xmm12,[rbx+rsi*4]
vaesenclast xmm4,xmm5,[rbx+rsi*4+0x40]
vaesenclast zmm3,zmm4,[rbx+rsi*4]
aesdec xmm3,[rbx+rsi*4]
aesdec xmm11,xmm12
vaesdec xmm3,xmm4,[rbx+rsi*4]
vaesdec zmm3,zmm4,zmm5
aesdeclast xmm3,xmm4
aesdeclast xmm4,[rbx+rsi*4+0x40]
aesdeclast xmm12,[rbx+rsi*4]
vaesdeclast xmm3,xmm4,xmm5
vaesdeclast ymm19,ymm20,ymm21
movbe sp,[rbx+rsi*4+0x40]
movbe r12w,[rbx+rsi*4]
movbe esp,[rbx+rsi*4+0x40]
movbe r12d,[rbx+rsi*4]
movbe rsp,[rbx+rsi*4+0x40]
movbe r12,[rbx+rsi*4]
crc32 ebx,byte [rbx+rsi*4]
crc32 r11d,r8b
crc32 rbx,al
crc32 rsp,byte [rbx+rsi*4+0x40]
crc32 r12,byte [rbx+rsi*4]
movbe [rbx+rsi*4+0x40],sp
movbe [rbx+rsi*4],r12w
movbe [rbx+rsi*4+0x40],esp
movbe [rbx+rsi*4],r12d
movbe [rbx+rsi*4+0x40],rsp
movbe [rbx+rsi*4],r12
crc32 ebx,word [rbx+rsi*4]
crc32 r11d,r12w
crc32 ebx,esp
crc32 esp,dword [rbx+rsi*4+0x40]
crc32 r12d,dword [rbx+rsi*4]
crc32 rbx,qword [rbx+rsi*4]
crc32 r11,r12
andn ebx,esp,ebp
andn esp,ebp,[rbx+rsi*4+0x40]
andn r12d,r13d,[rbx+rsi*4]
andn rbx,rsp,[rbx+rsi*4]
andn r11,r12,r13
blsr ebx,esp
blsr esp,[rbx+rsi*4+0x40]
blsr r12d,[rbx+rsi*4]
blsr rbx,[rbx+rsi*4]
blsr r11,r12
blsmsk ebx,esp
blsmsk esp,[rbx+rsi*4+0x40]
blsmsk r12d,[rbx+rsi*4]
blsmsk rbx,[rbx+rsi*4]
blsmsk r11,r12
blsi ebx,esp
blsi esp,[rbx+rsi*4+0x40]
blsi r12d,[rbx+rsi*4]
blsi rbx,[rbx+rsi*4]
blsi r11,r12
bzhi ebx,esp,ebp
bzhi esp,[rbx+rsi*4+0x40],ebp
bzhi r12d,[rbx+rsi*4],r13d
bzhi rbx,[rbx+rsi*4],rsp
bzhi r11,r12,r13
wrussq [rbx+rsi*4],rbx
wrussq [rbx+rsi*4],r11
pext ebx,esp,ebp
pext esp,ebp,[rbx+rsi*4+0x40]
pext r12d,r13d,[rbx+rsi*4]
pext rbx,rsp,[rbx+rsi*4]
pext r11,r12,r13
pdep ebx,esp,ebp
pdep esp,ebp,[rbx+rsi*4+0x40]
pdep r12d,r13d,[rbx+rsi*4]
pdep rbx,rsp,[rbx+rsi*4]
pdep r11,r12,r13
wrssq [rbx+rsi*4],rbx
wrssq [rbx+rsi*4],r11
adcx ebx,esp
adcx esp,[rbx+rsi*4+0x40]
adcx r12d,[rbx+rsi*4]
adcx rbx,[rbx+rsi*4]
adcx r11,r12
adox ebx,esp
adox esp,[rbx+rsi*4+0x40]
adox r12d,[rbx+rsi*4]
adox rbx,[rbx+rsi*4]
adox r11,r12
mulx ebx,esp,ebp
mulx esp,ebp,[rbx+rsi*4+0x40]
mulx r12d,r13d,[rbx+rsi*4]
mulx rbx,rsp,[rbx+rsi*4]
mulx r11,r12,r13
bextr ebx,esp,ebp
bextr esp,[rbx+rsi*4+0x40],ebp
bextr r12d,[rbx+rsi*4],r13d
bextr rbx,[rbx+rsi*4],rsp
bextr r11,r12,r13
shlx ebx,esp,ebp
shlx esp,[rbx+rsi*4+0x40],ebp
shlx r12d,[rbx+rsi*4],r13d
shlx rbx,[rbx+rsi*4],rsp
shlx r11,r12,r13
sarx ebx,esp,ebp
sarx esp,[rbx+rsi*4+0x40],ebp
sarx r12d,[rbx+rsi*4],r13d
sarx rbx,[rbx+rsi*4],rsp
sarx r11,r12,r13
shrx ebx,esp,ebp
shrx esp,[rbx+rsi*4+0x40],ebp
shrx r12d,[rbx+rsi*4],r13d
shrx rbx,[rbx+rsi*4],rsp
shrx r11,r12,r13
movdir64b rbx,[rbx+rsi*4]
movdir64b r11,[rbx+rsi*4]
movdiri [rbx+rsi*4],ebx
movdiri [rbx+rsi*4],r11d
movdiri [rbx+rsi*4],rbx
movdiri [rbx+rsi*4],r11
vpermq ymm12,[rbx+rsi*4],5
vpermq zmm19,zmm20,5
vpermpd zmm4,[rbx+rsi*4+0x40],5
vpblendd ymm3,ymm4,ymm5,5
valignd xmm12,xmm13,[rbx+rsi*4],5
valignd zmm3,zmm4,[rbx+rsi*4],5
valignq xmm5{k3}{z},xmm6,[rbx+rsi*4]{1to2},5
valignq ymm19,ymm20,ymm21,5
vpermilps xmm4,[rbx+rsi*4+0x40],5
vpermilps ymm4{k3}{z},ymm5,5
vpermilpd xmm3,xmm4,5
vpermilpd xmm5{k3}{z},[rbx+rsi*4]{1to2},5
vpermilpd zmm12,[rbx+rsi*4],5
roundps xmm3,[rbx+rsi*4],5
roundps xmm11,xmm12,5
vrndscaleps xmm3,xmm4,5
vrndscaleps ymm4{k3}{z},ymm5,5
vrndscaleps zmm12,[rbx+rsi*4],5
roundpd xmm3,xmm4,5
roundpd xmm4,[rbx+rsi*4+0x40],5
roundpd xmm12,[rbx+rsi*4],5
vroundpd xmm12,[rbx+rsi*4],5
vrndscalepd xmm11,xmm12,5
vrndscalepd zmm3,zmm4,5
roundss xmm3,[rbx+rsi*4],5
roundss xmm11,xmm12,5
vrndscaless xmm5{k3}{z},xmm6,[rbx+rsi*4],5
roundsd xmm3,[rbx+rsi*4],5
roundsd xmm11,xmm12,5
vroundsd xmm4,xmm5,[rbx+rsi*4+0x40],5
blendps xmm3,[rbx+rsi*4],5
blendps xmm11,xmm12,5
vblendps ymm3,ymm4,[rbx+rsi*4],5
blendpd xmm3,xmm4,5
blendpd xmm4,[rbx+rsi*4+0x40],5
blendpd xmm12,[rbx+rsi*4],5
vblendpd xmm4,xmm5,[rbx+rsi*4+0x40],5
pblendw xmm3,[rbx+rsi*4],5
pblendw xmm11,xmm12,5
vpblendw ymm12,ymm13,[rbx+rsi*4],5
palignr mm3,mm4,5
palignr mm4,[rbx+rsi*4+0x40],5
palignr xmm3,xmm4,5
palignr xmm4,[rbx+rsi*4+0x40],5
palignr xmm12,[rbx+rsi*4],5
vpalignr xmm3,xmm4,[rbx+rsi*4],5
vpalignr xmm19,xmm20,xmm21,5
vpalignr zmm19,zmm20,zmm21,5
pextrb [rbx+rsi*4],xmm3,5
pextrb r11d,xmm12,5
pextrb rbx,xmm4,5
vpextrb r11d,xmm12,5
pextrw [rbx+rsi*4+0x40],xmm4,5
vpextrw [rbx+rsi*4],xmm12,5
pextrd [rbx+rsi*4],xmm3,5
pextrd r11d,xmm12,5
pextrq rbx,xmm4,5
pextrq [rbx+rsi*4+0x40],xmm4,5
pextrq [rbx+rsi*4],xmm12,5
vpextrd ebx,xmm4,5
vpextrq r11,xmm20,5
extractps [rbx+rsi*4],xmm3,5
extractps r11d,xmm12,5
extractps rbx,xmm4,5
vextractps [rbx+rsi*4],xmm12,5
vinsertf32x4 ymm11,ymm12,xmm13,5
vinsertf64x2 ymm3,ymm4,xmm5,5
vinsertf64x2 zmm4{k3}{z},zmm5,xmm6,5
vextractf32x4 [rbx+rsi*4],ymm3,5
vextractf32x4 [rbx+rsi*4],zmm12,5
vextractf64x2 [rbx+rsi*4+0x40],zmm4,5
vinsertf32x8 zmm12,zmm13,[rbx+rsi*4],5
vextractf32x8 [rbx+rsi*4],zmm3,5
vextractf64x4 [rbx+rsi*4],zmm12,5
vpcmpnltud k3,ymm4,[rbx+rsi*4]
vpcmpnltud k5{k3},zmm6,[rbx+rsi*4]{1to16}
vpcmpnltuq k3,xmm20,xmm21
vpcmpnltuq k4,zmm5,[rbx+rsi*4+0x40]
vpcmpnltd k3,xmm12,xmm13
vpcmpnltd k3,zmm4,zmm5
vpcmpnltq k4{k3},xmm5,xmm6
vpcmpnltq k4,ymm13,[rbx+rsi*4]
pinsrb xmm3,esp,5
pinsrb xmm4,[rbx+rsi*4+0x40],5
pinsrb xmm12,[rbx+rsi*4],5
insertps xmm3,[rbx+rsi*4],5
insertps xmm11,xmm12,5
pinsrd xmm3,esp,5
pinsrd xmm4,[rbx+rsi*4+0x40],5
pinsrd xmm12,[rbx+rsi*4],5
pinsrq xmm3,[rbx+rsi*4],5
pinsrq xmm11,r12,5
vpinsrd xmm4,xmm5,[rbx+rsi*4+0x40],5
vpternlogd xmm3,xmm4,[rbx+rsi*4],5
vpternlogd ymm5{k3}{z},ymm6,[rbx+rsi*4]{1to8},5
vpternlogd zmm19,zmm20,zmm21,5
vpternlogq ymm4,ymm5,[rbx+rsi*4+0x40],5
vpternlogq zmm11,zmm12,zmm13,5
vgetmantps ymm3,ymm4,5
vgetmantps zmm4{k3}{z},zmm5,{sae},5
vgetmantpd xmm12,[rbx+rsi*4],5
vgetmantpd zmm3,[rbx+rsi*4],5
vgetmantss xmm5{k3}{z},xmm6,[rbx+rsi*4],5
vgetmantsd xmm19,xmm20,xmm21,5
kshiftlw k3,k4,5
vinserti32x4 ymm3,ymm4,xmm5,5
vinserti32x4 zmm4{k3}{z},zmm5,xmm6,5
vinserti64x2 ymm12,ymm13,[rbx+rsi*4],5
vextracti128 [rbx+rsi*4],ymm3,5
vextracti32x4 xmm3,zmm4,5
vextracti64x2 xmm11,ymm12,5
vinserti32x8 zmm3,zmm4,[rbx+rsi*4],5
vinserti64x4 zmm5{k3}{z},zmm6,[rbx+rsi*4],5
vextracti64x4 ymm3,zmm4,5
vpcmpnltub k5{k3},xmm6,[rbx+rsi*4]
vpcmpnltub k3,ymm20,ymm21
vpcmpnltuw k4,xmm5,[rbx+rsi*4+0x40]
vpcmpnltuw k3,ymm12,ymm13
vpcmpnltb k3,xmm4,xmm5
vpcmpnltb k4{k3},ymm5,ymm6
vpcmpnltb k4,zmm13,[rbx+rsi*4]
vpcmpnltw k3,ymm4,[rbx+rsi*4]
vpcmpnltw k5{k3},zmm6,[rbx+rsi*4]
dpps xmm3,xmm4,5
dpps xmm4,[rbx+rsi*4+0x40],5
dpps xmm12,[rbx+rsi*4],5
vdpps xmm4,xmm5,[rbx+rsi*4+0x40],5
dppd xmm3,[rbx+rsi*4],5
dppd xmm11,xmm12,5
mpsadbw xmm3,[rbx+rsi*4],5
mpsadbw xmm11,xmm12,5
vdbpsadbw xmm3,xmm4,xmm5,5
vdbpsadbw ymm4{k3}{z},ymm5,ymm6,5
vdbpsadbw zmm12,zmm13,[rbx+rsi*4],5
pclmulqdq xmm3,xmm4,5
pclmulqdq xmm4,[rbx+rsi*4+0x40],5
pclmulqdq xmm12,[rbx+rsi*4],5
vpclmulqdq xmm12,xmm13,[rbx+rsi*4],5
vpclmulqdq zmm11,zmm12,zmm13,5
vblendvps xmm12,xmm13,[rbx+rsi*4],xmm14
vblendvpd ymm3,ymm4,ymm5,ymm6
vpblendvb ymm3,ymm4,[rbx+rsi*4],ymm5
vrangeps xmm19,xmm20,xmm21,5
vrangeps zmm4,zmm5,[rbx+rsi*4+0x40],5
vrangepd xmm11,xmm12,xmm13,5
vrangepd zmm3,zmm4,zmm5,5
vrangess xmm4{k3}{z},xmm5,xmm6,{sae},5
vrangesd xmm12,xmm13,[rbx+rsi*4],5
vfixupimmps ymm3,ymm4,[rbx+rsi*4],5
vfixupimmps zmm5{k3}{z},zmm6,[rbx+rsi*4]{1to16},5
vfixupimmpd xmm19,xmm20,xmm21,5
vfixupimmpd zmm4,zmm5,[rbx+rsi*4+0x40],5
vfixupimmss xmm11,xmm12,xmm13,5
vreduceps xmm3,xmm4,5
vreduceps ymm4{k3}{z},ymm5,5
vreduceps zmm12,[rbx+rsi*4],5
vreducepd ymm3,[rbx+rsi*4],5
vreducepd zmm5{k3}{z},[rbx+rsi*4]{1to8},5
vreducess xmm19,xmm20,xmm21,5
vfmaddsubps xmm4,xmm5,[rbx+rsi*4+0x40],xmm6
vfmaddsubps ymm3,ymm4,ymm5,[rbx+rsi*4]
vfmaddsubpd ymm11,ymm12,ymm13,ymm14
vfmsubaddps xmm11,xmm12,xmm13,xmm14
vfmsubaddps ymm4,ymm5,ymm6,[rbx+rsi*4+0x40]
vfmsubaddpd ymm12,ymm13,[rbx+rsi*4],ymm14
pcmpestrm xmm3,xmm4,5
pcmpestrm xmm4,[rbx+rsi*4+0x40],5
pcmpestrm xmm12,[rbx+rsi*4],5
pcmpestri xmm3,xmm4,5
pcmpestri xmm4,[rbx+rsi*4+0x40],5
pcmpestri xmm12,[rbx+rsi*4],5
pcmpistrm xmm3,xmm4,5
pcmpistrm xmm4,[rbx+rsi*4+0x40],5
pcmpistrm xmm12,[rbx+rsi*4],5
vpcmpistrm xmm11,xmm12,5
pcmpistri xmm3,xmm4,5
pcmpistri xmm4,[rbx+rsi*4+0x40],5
pcmpistri xmm12,[rbx+rsi*4],5
vpcmpistri xmm12,[rbx+rsi*4],5
vfpclassps k4,yword [rbx+rsi*4+0x40],5
vfpclassps k3,zmm12,5
vfpclasspd k3,ymm4,5
vfpclasspd k4{k3},zmm5,5
vfpclassss k4,[rbx+rsi*4],5
vfmaddps xmm3,xmm4,[rbx+rsi*4],xmm5
vfmaddps xmm12,xmm13,xmm14,[rbx+rsi*4]
vfmaddpd ymm4,ymm5,[rbx+rsi*4+0x40],ymm6
vfmaddss xmm4,xmm5,[rbx+rsi*4+0x40],xmm6
vfmaddsd xmm3,xmm4,xmm5,[rbx+rsi*4]
vfmsubps ymm11,ymm12,ymm13,ymm14
vfmsubpd xmm11,xmm12,xmm13,xmm14
vfmsubpd ymm4,ymm5,ymm6,[rbx+rsi*4+0x40]
vfmsubsd xmm3,xmm4,[rbx+rsi*4],xmm5
vfnmaddps xmm12,xmm13,[rbx+rsi*4],xmm14
vfnmaddps ymm12,ymm13,ymm14,[rbx+rsi*4]
vfnmaddpd xmm3,xmm4,xmm5,[rbx+rsi*4]
vfnmaddss xmm3,xmm4,xmm5,[rbx+rsi*4]
vfnmsubps xmm3,xmm4,xmm5,xmm6
vfnmsubps xmm4,xmm5,xmm6,[rbx+rsi*4+0x40]
vfnmsubpd ymm3,ymm4,[rbx+rsi*4],ymm5
vfnmsubss xmm3,xmm4,[rbx+rsi*4],xmm5
vfnmsubsd xmm12,xmm13,[rbx+rsi*4],xmm14
sha1rnds4 xmm3,xmm4,5
sha1rnds4 xmm4,[rbx+rsi*4+0x40],5
sha1rnds4 xmm12,[rbx+rsi*4],5
gf2p8affineqb xmm3,[rbx+rsi*4],5
gf2p8affineqb xmm11,xmm12,5
vgf2p8affineqb ymm11,ymm12,ymm13,5
vgf2p8affineqb zmm4{k3}{z},zmm5,zmm6,5
gf2p8affineinvqb xmm3,xmm4,5
gf2p8affineinvqb xmm4,[rbx+rsi*4+0x40],5
gf2p8affineinvqb xmm12,[rbx+rsi*4],5
vgf2p8affineinvqb xmm3,xmm4,[rbx+rsi*4],5
vgf2p8affineinvqb xmm19,xmm20,xmm21,5
vgf2p8affineinvqb zmm19,zmm20,zmm21,5
aeskeygenassist xmm3,[rbx+rsi*4],5
aeskeygenassist xmm11,xmm12,5
rorx ebx,[rbx+rsi*4],5
rorx r11d,r12d,5
rorx rbx,rsp,5
rorx rsp,[rbx+rsi*4+0x40],5
rorx r12,[rbx+rsi*4],5
vpmacssww xmm3,xmm4,[rbx+rsi*4],xmm5
vpmacssdql xmm4,xmm5,[rbx+rsi*4+0x40],xmm6
vpmacssdqh xmm11,xmm12,xmm13,xmm14
vpmacswd xmm12,xmm13,[rbx+rsi*4],xmm14
vpmacsdqh xmm3,xmm4,xmm5,xmm6
vpcmov ymm3,ymm4,[rbx+rsi*4],ymm5
vpmadcsswd xmm3,xmm4,[rbx+rsi*4],xmm5
vprotb xmm4,[rbx+rsi*4+0x40],5
vprotd xmm11,xmm12,5
blcfill ebx,[rbx+rsi*4]
blcfill r11d,r12d
blcfill rbx,rsp
blcfill rsp,[rbx+rsi*4+0x40]
blcfill r12,[rbx+rsi*4]
blsfill ebx,[rbx+rsi*4]
blsfill r11d,r12d
blsfill rbx,rsp
blsfill rsp,[rbx+rsi*4+0x40]
blsfill r12,[rbx+rsi*4]
blcs ebx,[rbx+rsi*4]
blcs r11d,r12d
blcs rbx,rsp
blcs rsp,[rbx+rsi*4+0x40]
blcs r12,[rbx+rsi*4]
tzmsk ebx,[rbx+rsi*4]
tzmsk r11d,r12d
tzmsk rbx,rsp
tzmsk rsp,[rbx+rsi*4+0x40]
tzmsk r12,[rbx+rsi*4]
blcic ebx,[rbx+rsi*4]
blcic r11d,r12d
blcic rbx,rsp
blcic rsp,[rbx+rsi*4+0x40]
blcic r12,[rbx+rsi*4]
blsic ebx,[rbx+rsi*4]
blsic r11d,r12d
blsic rbx,rsp
blsic rsp,[rbx+rsi*4+0x40]
blsic r12,[rbx+rsi*4]
t1mskc ebx,[rbx+rsi*4]
t1mskc r11d,r12d
t1mskc rbx,rsp
t1mskc rsp,[rbx+rsi*4+0x40]
t1mskc r12,[rbx+rsi*4]
blcmsk ebx,[rbx+rsi*4]
blcmsk r11d,r12d
blcmsk rbx,rsp
blcmsk rsp,[rbx+rsi*4+0x40]
blcmsk r12,[rbx+rsi*4]
blci ebx,[rbx+rsi*4]
blci r11d,r12d
blci rbx,rsp
blci rsp,[rbx+rsi*4+0x40]
blci r12,[rbx+rsi*4]
llwpcb esp
llwpcb r12d
llwpcb rsp
llwpcb r12
slwpcb esp
slwpcb r12d
slwpcb rsp
slwpcb r12
vfrczps xmm3,[rbx+rsi*4]
vfrczpd xmm4,[rbx+rsi*4+0x40]
vfrczss xmm11,xmm12
vprotb xmm12,[rbx+rsi*4],xmm13
vprotw xmm12,xmm13,[rbx+rsi*4]
vprotq xmm4,[rbx+rsi*4+0x40],xmm5
bextr ebx,[rbx+rsi*4],0x12345678
bextr r11d,r12d,0x12345678
bextr rbx,rsp,0x12345678
bextr rsp,[rbx+rsi*4+0x40],0x12345678
bextr r12,[rbx+rsi*4],0x12345678
lwpins ebx,[rbx+rsi*4],0x12345678
lwpins r11d,r12d,0x12345678
lwpins rbx,esp,0x12345678
lwpins rsp,[rbx+rsi*4+0x40],0x12345678
lwpins r12,[rbx+rsi*4],0x12345678
lwpval ebx,[rbx+rsi*4],0x12345678
lwpval r11d,r12d,0x12345678
lwpval rbx,esp,0x12345678
lwpval rsp,[rbx+rsi*4+0x40],0x12345678
lwpval r12,[rbx+rsi*4],0x12345678
pi2fw mm3,[rbx+rsi*4]
pi2fw mm4,[rbx+rsi*4]
pi2fd mm3,[rbx+rsi*4]
pi2fd mm4,[rbx+rsi*4]
pf2iw mm3,[rbx+rsi*4]
pf2iw mm4,[rbx+rsi*4]
pf2id mm3,[rbx+rsi*4]
pf2id mm4,[rbx+rsi*4]
pfnacc mm3,[rbx+rsi*4]
pfnacc mm4,[rbx+rsi*4]
pfpnacc mm3,[rbx+rsi*4]
pfpnacc mm4,[rbx+rsi*4]
pfcmpge mm3,[rbx+rsi*4]
pfcmpge mm4,[rbx+rsi*4]
pfmin mm3,[rbx+rsi*4]
pfmin mm4,[rbx+rsi*4]
pfrcp mm3,[rbx+rsi*4]
pfrcp mm4,[rbx+rsi*4]
pfrsqrt mm3,[rbx+rsi*4]
pfrsqrt mm4,[rbx+rsi*4]
pfsub mm3,[rbx+rsi*4]
pfsub mm4,[rbx+rsi*4]
pfadd mm3,[rbx+rsi*4]
pfadd mm4,[rbx+rsi*4]
pfcmpgt mm3,[rbx+rsi*4]
pfcmpgt mm4,[rbx+rsi*4]
pfmax mm3,[rbx+rsi*4]
pfmax mm4,[rbx+rsi*4]
pfrcpit1 mm3,[rbx+rsi*4]
pfrcpit1 mm4,[rbx+rsi*4]
pfrsqit1 mm3,[rbx+rsi*4]
pfrsqit1 mm4,[rbx+rsi*4]
pfsubr mm3,[rbx+rsi*4]
pfsubr mm4,[rbx+rsi*4]
pfacc mm3,[rbx+rsi*4]
pfacc mm4,[rbx+rsi*4]
pfcmpeq mm3,[rbx+rsi*4]
pfcmpeq mm4,[rbx+rsi*4]
pfmul mm3,[rbx+rsi*4]
pfmul mm4,[rbx+rsi*4]
pfrcpit2 mm3,[rbx+rsi*4]
pfrcpit2 mm4,[rbx+rsi*4]
pmulhrwa mm3,[rbx+rsi*4]
pmulhrwa mm4,[rbx+rsi*4]
pswapd mm3,[rbx+rsi*4]
pswapd mm4,[rbx+rsi*4]
pavgusb mm3,[rbx+rsi*4]
pavgusb mm4,[rbx+rsi*4]
a32 pvalidate
serialize
xresldtrk
ldtilecfg [rbx+rsi*4]
tilerelease
sttilecfg [rbx+rsi*4+0x40]
tileloaddt1 tmm0,[rbx+rsi*4]
tilestored [rbx+rsi*4],tmm1
tileloadd tmm0,[rbx+rsi*4]
tdpbf16ps tmm0,tmm1,tmm2
tdpbusd tmm0,tmm1,tmm2
tdpbssd tmm0,tmm1,tmm2
testui
stui
senduipi rsp
senduipi r12
wrmsrlist
prefetchit1 [rbx+rsi*4+0x40]
prefetchit0 [rbx+rsi*4+0x40]
aadd [rbx+rsi*4+0x40],esp
aadd [rbx+rsi*4],r12d
aadd [rbx+rsi*4+0x40],rsp
aadd [rbx+rsi*4],r12
aand [rbx+rsi*4+0x40],esp
aand [rbx+rsi*4],r12d
aand [rbx+rsi*4+0x40],rsp
aand [rbx+rsi*4],r12
axor [rbx+rsi*4+0x40],esp
axor [rbx+rsi*4],r12d
axor [rbx+rsi*4+0x40],rsp
axor [rbx+rsi*4],r12
cmpoxadd [rbx+rsi*4],ebx,esp
cmpoxadd [rbx+rsi*4],r11d,r12d
cmpoxadd [rbx+rsi*4],rbx,rsp
cmpoxadd [rbx+rsi*4],r11,r12
cmpnoxadd [rbx+rsi*4],ebx,esp
cmpnoxadd [rbx+rsi*4],r11d,r12d
cmpnoxadd [rbx+rsi*4],rbx,rsp
cmpnoxadd [rbx+rsi*4],r11,r12
cmpbxadd [rbx+rsi*4],ebx,esp
cmpbxadd [rbx+rsi*4],r11d,r12d
cmpbxadd [rbx+rsi*4],rbx,rsp
cmpbxadd [rbx+rsi*4],r11,r12
cmpaexadd [rbx+rsi*4],ebx,esp
cmpaexadd [rbx+rsi*4],r11d,r12d
cmpaexadd [rbx+rsi*4],rbx,rsp
cmpaexadd [rbx+rsi*4],r11,r12
cmpexadd [rbx+rsi*4],ebx,esp
cmpexadd [rbx+rsi*4],r11d,r12d
cmpexadd [rbx+rsi*4],rbx,rsp
cmpexadd [rbx+rsi*4],r11,r12
cmpnexadd [rbx+rsi*4],ebx,esp
cmpnexadd [rbx+rsi*4],r11d,r12d
cmpnexadd [rbx+rsi*4],rbx,rsp
cmpnexadd [rbx+rsi*4],r11,r12
cmpbexadd [rbx+rsi*4],ebx,esp
cmpbexadd [rbx+rsi*4],r11d,r12d
cmpbexadd [rbx+rsi*4],rbx,rsp
cmpbexadd [rbx+rsi*4],r11,r12
cmpaxadd [rbx+rsi*4],ebx,esp
cmpaxadd [rbx+rsi*4],r11d,r12d
cmpaxadd [rbx+rsi*4],rbx,rsp
cmpaxadd [rbx+rsi*4],r11,r12
cmpsxadd [rbx+rsi*4],ebx,esp
cmpsxadd [rbx+rsi*4],r11d,r12d
cmpsxadd [rbx+rsi*4],rbx,rsp
cmpsxadd [rbx+rsi*4],r11,r12
cmpnsxadd [rbx+rsi*4],ebx,esp
cmpnsxadd [rbx+rsi*4],r11d,r12d
cmpnsxadd [rbx+rsi*4],rbx,rsp
cmpnsxadd [rbx+rsi*4],r11,r12
cmppxadd [rbx+rsi*4],ebx,esp
cmppxadd [rbx+rsi*4],r11d,r12d
cmppxadd [rbx+rsi*4],rbx,rsp
cmppxadd [rbx+rsi*4],r11,r12
cmpnpxadd [rbx+rsi*4],ebx,esp
cmpnpxadd [rbx+rsi*4],r11d,r12d
cmpnpxadd [rbx+rsi*4],rbx,rsp
cmpnpxadd [rbx+rsi*4],r11,r12
cmplxadd [rbx+rsi*4],ebx,esp
cmplxadd [rbx+rsi*4],r11d,r12d
cmplxadd [rbx+rsi*4],rbx,rsp
cmplxadd [rbx+rsi*4],r11,r12
cmpgexadd [rbx+rsi*4],ebx,esp
cmpgexadd [rbx+rsi*4],r11d,r12d
cmpgexadd [rbx+rsi*4],rbx,rsp
cmpgexadd [rbx+rsi*4],r11,r12
cmplexadd [rbx+rsi*4],ebx,esp
cmplexadd [rbx+rsi*4],r11d,r12d
cmplexadd [rbx+rsi*4],rbx,rsp
cmplexadd [rbx+rsi*4],r11,r12
cmpgxadd [rbx+rsi*4],ebx,esp
cmpgxadd [rbx+rsi*4],r11d,r12d
cmpgxadd [rbx+rsi*4],rbx,rsp
cmpgxadd [rbx+rsi*4],r11,r12
