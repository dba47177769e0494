; one instruction a line: every form of the base instruction set and a sample of the vector extensions
bits 16
movzx eax,byte [ebx]
movsx ax,[ebx]
call [ebx]
jmp [ebx]
cvtsi2sd xmm0,[ebx]
sldt [ebx]
smsw [ebx]
pinsrw mm0,[ebx],1
mov [ebx],byte 5
add [ebx],word 5
lar eax,[ebx]
lar eax,bx
lsl eax,ebx
lsl eax,word [ebx]
fld
fst
fstp
fcom
ffree
fsub
fsubp
fsubr
fsubrp
fcmovb
fucompp
fcmovb st1
fxch st1,st0
fxch st0,st1
fsubp st1,st0
fcom st0,st1
fstsw ax
fnstsw word [ebx]
aam
aad 5
mov eax,[eax*1]
mov eax,[eax*1+5]
mov eax,[nosplit eax*1]
mov eax,[nosplit eax]
mov eax,[nosplit eax+5]
mov eax,[eax*3]
mov eax,[ebp*2]
mov eax,[esp*1+ebp]
mov eax,[ebp+ebp]
mov eax,[ebp*2+ebp]
mov eax,[eax*2+5]
jmp word $
jmp dword $
call word $
jmp near $
jmp strict near $
jmp short $
jmp $
jz $
jz near $
loop $,ecx
loop $,cx
jmp 8:word 9
jmp word 8:9
call 8:9
call far [ebx]
call far word [ebx]
jmp word far [ebx]
lea eax,dword [ebx]
push strict byte 5
push strict word 5
push strict dword 5
push 5
push 500
push word 5
push word 500
add al,strict byte 5
imul eax,strict dword 5
imul eax,ebx,strict dword 5
imul eax,5
imul eax,[ebx],500
add [ebx],strict dword 5
add dword [ebx],strict dword 5
add dword [ebx],byte 5
add ax,5
add ax,500
add eax,5
add eax,strict dword 5
xchg eax,eax
xchg ax,ax
xchg ebx,ecx
xchg eax,ecx
xchg ecx,eax
xchg [ebx],ecx
xchg ecx,[ebx]
test ecx,[ebx]
test [ebx],ecx
test ebx,ecx
mov dword eax,5
int 3
int3
retn
ret
retf
retw
iretw
iret
pusha
pushaw
es
rep
wait fadd
ud1 eax,ebx
test eax,5
test ebx,5
mov [ebx],eax
mov ax,[bx+di]
mov ax,[di+bx]
mov ax,[bp]
mov ax,[bp+si]
mov ax,[si+bp+3]
mov ax,[bx+0xffff]
mov eax,[ebx+0xffffffff]
mov eax,[ebx+0x80]
mov eax,[ebx-0x80]
mov eax,[0x10]
mov ebx,[0x10]
mov eax,[word 0x10]
mov [0x10],al
out 5,eax
out dx,al
in ax,dx
smsw eax
smsw ax
str eax
str ax
str [ebx]
sldt eax
verr ax
verr [ebx]
lmsw ax
invlpg [ebx]
mov cr0,eax
mov eax,dr7
bound ax,[ebx]
les eax,[ebx]
lss esp,[ebx]
movd mm0,eax
movq mm0,[ebx]
pshufw mm0,mm1,5
pextrw eax,mm0,1
maskmovq mm0,mm1
cmpeqps xmm0,xmm1
cmpps xmm0,xmm1,3
cmpxchg8b [ebx]
fxsave [ebx]
xabort 5
o16 iret
o16 pusha
a16 movsb
rep es movsb
a16 rep movsd
repne scasb
lock xadd [ebx],eax
mov ds,ax
mov ds,eax
mov eax,ds
mov ax,ds
mov [ebx],ds
mov ds,[ebx]
push ds
o16 push ds
push fs
pop gs
fstcw [bx]
fsave [eax]
mov eax,[es:ebx]
es mov eax,[ebx]
o32 lgdt [0x10]
o16 lgdt [0x10]
shl eax,1
shl eax,byte 1
shl eax,5
shl eax,cl
shl dword [eax],1
mov eax,[dword ebx+5]
mov eax,[byte ebx]
enter 5,6
a16 loop $
jecxz $
jcxz $
xlat
lock inc dword [ebx]
xbegin $
movq xmm0,xmm1
a16 mov eax,[0x10]
mov byte [ebx],'a'
mov dword [ebx],'abcd'
cmp eax,-16
cmp eax,0xfffffff0
cmp ax,0xfff0
add [bx+si],bl
add bx,sp
add [bx+si+5],sp
add [bx+si],ebx
add bl,[bx+si]
add bx,[bx+si]
add ebx,[bx+si]
add al,5
add eax,0x12345678
pop es
or bl,al
or [bx+si+5],al
or [bx+si],bx
or ebx,esp
or [bx+si+5],esp
or al,[bx+si+5]
or sp,[bx+si+5]
or esp,[bx+si+5]
or ax,0x1234
push cs
adc [bx+si],bl
adc bx,sp
adc [bx+si+5],sp
adc [bx+si],ebx
adc bl,[bx+si]
adc bx,[bx+si]
adc ebx,[bx+si]
adc al,5
adc eax,0x12345678
pop ss
sbb bl,al
sbb [bx+si+5],al
sbb [bx+si],bx
sbb ebx,esp
sbb [bx+si+5],esp
sbb al,[bx+si+5]
sbb sp,[bx+si+5]
sbb esp,[bx+si+5]
sbb ax,0x1234
o32 pop ds
and [bx+si],bl
and bx,sp
and [bx+si+5],sp
and [bx+si],ebx
and bl,[bx+si]
and bx,[bx+si]
and ebx,[bx+si]
and al,5
and eax,0x12345678
sub bl,al
sub [bx+si+5],al
sub [bx+si],bx
sub ebx,esp
sub [bx+si+5],esp
sub al,[bx+si+5]
sub sp,[bx+si+5]
sub esp,[bx+si+5]
sub ax,0x1234
das
xor [bx+si],bl
xor bx,sp
xor [bx+si+5],sp
xor [bx+si],ebx
xor bl,[bx+si]
xor bx,[bx+si]
xor ebx,[bx+si]
xor al,5
xor eax,0x12345678
cmp bl,al
cmp [bx+si+5],al
cmp [bx+si],bx
cmp ebx,esp
cmp [bx+si+5],esp
cmp al,[bx+si+5]
cmp sp,[bx+si+5]
cmp esp,[bx+si+5]
cmp ax,0x1234
aas
inc sp
inc esp
dec sp
dec esp
push sp
push esp
pop sp
pop esp
pushad
popad
bound sp,[bx+si+5]
bound esp,[bx+si+5]
arpl [bx+si],bx
push 0x1234
imul bx,sp,0x1234
imul sp,[bx+si+5],0x1234
imul ebx,[bx+si],0x12345678
imul bx,[bx+si],5
imul ebx,esp,5
imul esp,[bx+si+5],5
insw
outsb
outsd
add byte [bx+si],5
or bl,5
or byte [bx+si+5],5
adc byte [bx+si],5
sbb bl,5
sbb byte [bx+si+5],5
and byte [bx+si],5
sub bl,5
sub byte [bx+si+5],5
xor byte [bx+si],5
cmp bl,5
cmp byte [bx+si+5],5
add word [bx+si],0x1234
add ebx,0x12345678
add dword [bx+si+5],0x12345678
or word [bx+si],0x1234
or ebx,0x12345678
or dword [bx+si+5],0x12345678
adc word [bx+si],0x1234
adc ebx,0x12345678
adc dword [bx+si+5],0x12345678
sbb word [bx+si],0x1234
sbb ebx,0x12345678
sbb dword [bx+si+5],0x12345678
and word [bx+si],0x1234
and ebx,0x12345678
and dword [bx+si+5],0x12345678
sub word [bx+si],0x1234
sub ebx,0x12345678
sub dword [bx+si+5],0x12345678
xor word [bx+si],0x1234
xor ebx,0x12345678
xor dword [bx+si+5],0x12345678
cmp word [bx+si],0x1234
cmp ebx,0x12345678
cmp dword [bx+si+5],0x12345678
add word [bx+si],5
add ebx,5
add dword [bx+si+5],5
or word [bx+si],5
or ebx,5
or dword [bx+si+5],5
adc word [bx+si],5
adc ebx,5
adc dword [bx+si+5],5
sbb word [bx+si],5
sbb ebx,5
sbb dword [bx+si+5],5
and word [bx+si],5
and ebx,5
and dword [bx+si+5],5
sub word [bx+si],5
sub ebx,5
sub dword [bx+si+5],5
xor word [bx+si],5
xor ebx,5
xor dword [bx+si+5],5
cmp word [bx+si],5
cmp ebx,5
cmp dword [bx+si+5],5
test [bx+si],bl
test bx,sp
test [bx+si+5],sp
test [bx+si],ebx
xchg al,bl
xchg al,[bx+si+5]
xchg bx,[bx+si]
xchg esp,ebx
xchg esp,[bx+si+5]
mov [bx+si],bl
mov bx,sp
mov [bx+si+5],sp
mov [bx+si],ebx
mov bl,[bx+si]
mov bx,[bx+si]
mov ebx,[bx+si]
mov bx,ds
mov [bx+si+5],ds
o32 mov [bx+si],ds
lea bx,[bx+si]
lea ebx,[bx+si]
mov ds,sp
mov ds,[bx+si+5]
o32 mov ds,[bx+si]
pop word [bx+si]
pop dword [bx+si]
nop
xchg bx,ax
xchg ebx,eax
pause
cwde
cdq
call 8:0x12345678
pushf
popf
sahf
mov al,[0x1234]
mov eax,[0x1234]
mov [0x1234],ax
movsb
movsd
cmpsw
test al,5
test eax,0x12345678
stosw
lodsb
lodsd
scasw
mov bl,5
mov bx,0x1234
mov ebx,0x12345678
rol bl,5
rol byte [bx+si+5],5
ror byte [bx+si],5
rcl bl,5
rcl byte [bx+si+5],5
rcr byte [bx+si],5
shl bl,5
shl byte [bx+si+5],5
shr byte [bx+si],5
sal bl,5
sal byte [bx+si+5],5
sar byte [bx+si],5
rol bx,5
rol word [bx+si+5],5
rol dword [bx+si],5
ror bx,5
ror word [bx+si+5],5
ror dword [bx+si],5
rcl bx,5
rcl word [bx+si+5],5
rcl dword [bx+si],5
rcr bx,5
rcr word [bx+si+5],5
rcr dword [bx+si],5
shl bx,5
shl word [bx+si+5],5
shl dword [bx+si],5
shr bx,5
shr word [bx+si+5],5
shr dword [bx+si],5
sal bx,5
sal word [bx+si+5],5
sal dword [bx+si],5
sar bx,5
sar word [bx+si+5],5
sar dword [bx+si],5
ret 0x1234
les bx,[bx+si]
les ebx,[bx+si]
lds bx,[bx+si]
lds ebx,[bx+si]
mov byte [bx+si],5
mov word [bx+si+5],0x1234
mov dword [bx+si+5],0x12345678
o32 enter 0x1234,5
o32 leave
retfd 0x1234
retfd
int 5
rol bl,1
rol byte [bx+si+5],1
ror byte [bx+si],1
rcl bl,1
rcl byte [bx+si+5],1
rcr byte [bx+si],1
shl bl,1
shl byte [bx+si+5],1
shr byte [bx+si],1
sal bl,1
sal byte [bx+si+5],1
sar byte [bx+si],1
rol bx,1
rol word [bx+si+5],1
rol dword [bx+si],1
ror bx,1
ror word [bx+si+5],1
ror dword [bx+si],1
rcl bx,1
rcl word [bx+si+5],1
rcl dword [bx+si],1
rcr bx,1
rcr word [bx+si+5],1
rcr dword [bx+si],1
shl bx,1
shl word [bx+si+5],1
shl dword [bx+si],1
shr bx,1
shr word [bx+si+5],1
shr dword [bx+si],1
sal bx,1
sal word [bx+si+5],1
sal dword [bx+si],1
sar bx,1
sar word [bx+si+5],1
sar dword [bx+si],1
rol bl,cl
rol byte [bx+si+5],cl
ror byte [bx+si],cl
rcl bl,cl
rcl byte [bx+si+5],cl
rcr byte [bx+si],cl
shl bl,cl
shl byte [bx+si+5],cl
shr byte [bx+si],cl
sal bl,cl
sal byte [bx+si+5],cl
sar byte [bx+si],cl
rol bx,cl
rol word [bx+si+5],cl
rol dword [bx+si],cl
ror bx,cl
ror word [bx+si+5],cl
ror dword [bx+si],cl
rcl bx,cl
rcl word [bx+si+5],cl
rcl dword [bx+si],cl
rcr bx,cl
rcr word [bx+si+5],cl
rcr dword [bx+si],cl
shl bx,cl
shl word [bx+si+5],cl
shl dword [bx+si],cl
shr bx,cl
shr word [bx+si+5],cl
shr dword [bx+si],cl
sal bx,cl
sal word [bx+si+5],cl
sal dword [bx+si],cl
sar bx,cl
sar word [bx+si+5],cl
sar dword [bx+si],cl
aam 5
salc
fadd dword [bx+si]
fmul dword [bx+si]
fcom dword [bx+si]
fcomp dword [bx+si]
fsub dword [bx+si]
fsubr dword [bx+si]
fdiv dword [bx+si]
fdivr dword [bx+si]
fadd st3
fmul st3
fcom st3
fcomp st3
fsub st3
fsubr st3
fdiv st3
fdivr st3
fld dword [bx+si]
fst dword [bx+si]
fstp dword [bx+si]
fldenv [bx+si]
o32 fldenv [bx+si]
fldcw [bx+si]
fnstenv [bx+si]
o32 fnstenv [bx+si]
fnstcw [bx+si]
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
fiadd dword [bx+si]
fimul dword [bx+si]
ficom dword [bx+si]
ficomp dword [bx+si]
fisub dword [bx+si]
fisubr dword [bx+si]
fidiv dword [bx+si]
fidivr dword [bx+si]
fcmovb st3
fcmove st3
fcmovbe st3
fcmovu st3
fild dword [bx+si+5]
fisttp dword [bx+si+5]
fist dword [bx+si+5]
fistp dword [bx+si+5]
fld tword [bx+si+5]
fstp tword [bx+si+5]
fcmovnb st4
fcmovne st4
fcmovnbe st4
fcmovnu st4
fndisi
fninit
fucomi st3
fcomi st3
fadd qword [bx+si]
fmul qword [bx+si]
fcom qword [bx+si]
fcomp qword [bx+si]
fsub qword [bx+si]
fsubr qword [bx+si]
fdiv qword [bx+si]
fdivr qword [bx+si]
fadd to st3
fmul to st3
fsubr to st3
fsub to st3
fdivr to st3
fdiv to st3
fld qword [bx+si]
fisttp qword [bx+si]
fst qword [bx+si]
fstp qword [bx+si]
frstor [bx+si]
o32 frstor [bx+si]
fnsave [bx+si]
o32 fnsave [bx+si]
fnstsw [bx+si]
ffree st3
fst st3
fstp st3
fucom st3
fucomp st3
fiadd word [bx+si]
fimul word [bx+si]
ficom word [bx+si]
ficomp word [bx+si]
fisub word [bx+si]
fisubr word [bx+si]
fidiv word [bx+si]
fidivr word [bx+si]
faddp st3
fmulp st3
fcompp
fsubrp st4
fsubp st4
fdivrp st4
fdivp st4
fild word [bx+si+5]
fisttp word [bx+si+5]
fist word [bx+si+5]
fistp word [bx+si+5]
fbld tword [bx+si+5]
fild qword [bx+si+5]
fbstp tword [bx+si+5]
fistp qword [bx+si+5]
ffreep st4
fucomip st3
fcomip st3
in al,5
in eax,5
out 5,ax
jmp 8:0x1234
in al,dx
in eax,dx
out dx,ax
int1
cmc
test byte [bx+si],5
not bl
not byte [bx+si+5]
neg byte [bx+si]
mul bl
mul byte [bx+si+5]
imul byte [bx+si]
div bl
div byte [bx+si+5]
idiv byte [bx+si]
test bx,0x1234
test word [bx+si+5],0x1234
test dword [bx+si],0x12345678
not bx
not word [bx+si+5]
not dword [bx+si]
neg bx
neg word [bx+si+5]
neg dword [bx+si]
mul bx
mul word [bx+si+5]
mul dword [bx+si]
imul bx
imul word [bx+si+5]
imul dword [bx+si]
div bx
div word [bx+si+5]
div dword [bx+si]
idiv bx
idiv word [bx+si+5]
idiv dword [bx+si]
clc
cli
cld
inc bl
inc byte [bx+si+5]
dec byte [bx+si]
inc word [bx+si]
inc dword [bx+si]
dec word [bx+si]
dec dword [bx+si]
call bx
call word [bx+si+5]
call dword [bx+si]
call far [bx+si]
call dword far [bx+si]
jmp bx
jmp word [bx+si+5]
jmp dword [bx+si]
jmp far [bx+si]
jmp dword far [bx+si]
push word [bx+si]
push dword [bx+si]
sldt bx
sldt [bx+si+5]
o32 sldt [bx+si]
str bx
str [bx+si+5]
o32 str [bx+si]
lldt bx
lldt [bx+si+5]
ltr [bx+si]
sgdt [bx+si]
o32 sgdt [bx+si]
sidt [bx+si]
o32 sidt [bx+si]
lgdt [bx+si]
o32 lgdt [bx+si]
lidt [bx+si]
o32 lidt [bx+si]
smsw bx
smsw [bx+si+5]
o32 smsw [bx+si]
rstorssp [bx+si]
lmsw bx
lmsw [bx+si+5]
invlpg [bx+si+5]
pconfig
a32 monitor
clac
encls
xsetbv
xend
enclu
a32 vmrun
stgi
invlpga eax,ecx
saveprevssp
monitorx
clzero
lar bx,[bx+si]
lar ebx,esp
lar esp,[bx+si+5]
lsl bx,[bx+si]
lsl ebx,esp
lsl esp,[bx+si+5]
clts
invd
wbnoinvd
prefetch [bx+si+5]
prefetch [bx+si]
prefetchwt1 [bx+si]
femms
movups xmm3,[bx+si]
movups xmm3,xmm4
movups [bx+si+5],xmm4
movupd [bx+si],xmm3
movhlps xmm3,xmm0
movlps xmm0,[bx+si+5]
movlps [bx+si+5],xmm4
movlpd [bx+si+5],xmm4
vmovups ymm4{k3}{z},ymm5
movupd xmm4,[bx+si+5]
movss xmm3,xmm4
movss xmm4,[bx+si+5]
movsd xmm3,[bx+si]
vmovsd xmm3,[bx+si]
movss [bx+si],xmm3
movsd [bx+si],xmm3
movhlps xmm3,xmm4
movlps xmm4,[bx+si+5]
movlpd xmm4,[bx+si+5]
vmovlpd xmm4,xmm5,[bx+si+5]
movsldup xmm3,[bx+si]
movddup xmm3,[bx+si]
vmovlpd [bx+si+5],xmm4
unpcklps xmm3,[bx+si]
unpcklpd xmm3,[bx+si]
unpckhps xmm3,[bx+si]
vunpckhps xmm3,xmm4,xmm5
unpckhpd xmm3,[bx+si]
movlhps xmm4,xmm5
movhps xmm4,[bx+si+5]
vmovhps xmm4,xmm5,[bx+si+5]
movhpd xmm4,[bx+si+5]
movshdup xmm3,[bx+si]
movhps [bx+si],xmm3
movhpd [bx+si],xmm3
prefetcht2 [bx+si]
prefetchnta [bx+si+5]
prefetcht0 [bx+si+5]
prefetcht1 [bx+si+5]
cldemote [bx+si+5]
endbr32
nop word [bx+si]
nop ebx
nop dword [bx+si+5]
mov esp,cr2
mov esp,dr7
mov cr0,ebp
mov dr7,ebp
movaps xmm3,[bx+si]
movapd xmm3,[bx+si]
vmovapd ymm3,[bx+si]
movaps [bx+si+5],xmm4
movapd [bx+si+5],xmm4
cvtpi2ps xmm3,[bx+si]
cvtpi2pd xmm3,mm4
cvtpi2pd xmm4,[bx+si+5]
cvtsi2ss xmm3,dword [bx+si]
cvtsi2sd xmm3,dword [bx+si]
movntps [bx+si+5],xmm4
movntpd [bx+si+5],xmm4
movntss [bx+si+5],xmm4
movntsd [bx+si+5],xmm4
cvttps2pi mm3,[bx+si]
cvttpd2pi mm3,xmm4
cvttpd2pi mm4,[bx+si+5]
cvttss2si ebx,[bx+si]
cvttsd2si ebx,[bx+si]
cvtps2pi mm3,[bx+si]
cvtpd2pi mm3,xmm4
cvtpd2pi mm4,[bx+si+5]
cvtss2si ebx,[bx+si]
cvtsd2si ebx,[bx+si]
ucomiss xmm3,[bx+si]
ucomisd xmm3,[bx+si]
vucomisd xmm5,[bx+si]
comiss xmm3,[bx+si]
comisd xmm3,xmm4
comisd xmm4,[bx+si+5]
rdtsc
rdpmc
sysexit
cmovo bx,sp
cmovo sp,[bx+si+5]
cmovo ebx,[bx+si]
cmovno bx,sp
cmovno sp,[bx+si+5]
cmovno ebx,[bx+si]
cmovb bx,sp
cmovb sp,[bx+si+5]
cmovb ebx,[bx+si]
cmovae bx,sp
cmovae sp,[bx+si+5]
cmovae ebx,[bx+si]
cmove bx,sp
cmove sp,[bx+si+5]
cmove ebx,[bx+si]
cmovne bx,sp
cmovne sp,[bx+si+5]
cmovne ebx,[bx+si]
cmovbe bx,sp
cmovbe sp,[bx+si+5]
cmovbe ebx,[bx+si]
cmova bx,sp
cmova sp,[bx+si+5]
cmova ebx,[bx+si]
cmovs bx,sp
cmovs sp,[bx+si+5]
cmovs ebx,[bx+si]
cmovns bx,sp
cmovns sp,[bx+si+5]
cmovns ebx,[bx+si]
cmovp bx,sp
cmovp sp,[bx+si+5]
cmovp ebx,[bx+si]
cmovnp bx,sp
cmovnp sp,[bx+si+5]
cmovnp ebx,[bx+si]
cmovl bx,sp
cmovl sp,[bx+si+5]
cmovl ebx,[bx+si]
cmovge bx,sp
cmovge sp,[bx+si+5]
cmovge ebx,[bx+si]
cmovle bx,sp
cmovle sp,[bx+si+5]
cmovle ebx,[bx+si]
cmovg bx,sp
cmovg sp,[bx+si+5]
cmovg ebx,[bx+si]
kandw k3,k4,k5
kxorw k3,k4,k5
movmskps ebx,xmm4
movmskpd ebx,xmm4
sqrtps xmm3,xmm4
sqrtps xmm4,[bx+si+5]
vsqrtps ymm3,ymm4
sqrtpd xmm3,xmm4
sqrtpd xmm4,[bx+si+5]
sqrtss xmm3,xmm4
sqrtss xmm4,[bx+si+5]
sqrtsd xmm3,xmm4
sqrtsd xmm4,[bx+si+5]
rsqrtps xmm3,xmm4
rsqrtps xmm4,[bx+si+5]
rsqrtss xmm3,[bx+si]
rcpps xmm3,[bx+si]
rcpss xmm3,xmm4
rcpss xmm4,[bx+si+5]
andps xmm3,xmm4
andps xmm4,[bx+si+5]
vandps xmm3,xmm4,[bx+si]
andpd xmm3,xmm4
andpd xmm4,[bx+si+5]
andnps xmm3,xmm4
andnps xmm4,[bx+si+5]
vandnps ymm4,ymm5,[bx+si+5]
andnpd xmm3,xmm4
andnpd xmm4,[bx+si+5]
orps xmm3,xmm4
orps xmm4,[bx+si+5]
vorps ymm5{k3}{z},ymm6,[bx+si]{1to8}
orpd xmm3,xmm4
orpd xmm4,[bx+si+5]
xorps xmm3,xmm4
xorps xmm4,[bx+si+5]
vxorps zmm4{k3}{z},zmm5,zmm6
xorpd xmm3,xmm4
xorpd xmm4,[bx+si+5]
addps xmm3,xmm4
addps xmm4,[bx+si+5]
addpd xmm3,xmm4
addpd xmm4,[bx+si+5]
addss xmm3,xmm4
addss xmm4,[bx+si+5]
addsd xmm3,xmm4
addsd xmm4,[bx+si+5]
mulps xmm3,xmm4
mulps xmm4,[bx+si+5]
vmulps ymm4,ymm5,[bx+si+5]
mulpd xmm3,xmm4
mulpd xmm4,[bx+si+5]
mulss xmm3,xmm4
mulss xmm4,[bx+si+5]
mulsd xmm3,xmm4
mulsd xmm4,[bx+si+5]
vmulsd xmm3,xmm4,[bx+si]
cvtps2pd xmm3,xmm4
cvtps2pd xmm4,[bx+si+5]
cvtpd2ps xmm3,xmm4
cvtpd2ps xmm4,[bx+si+5]
cvtss2sd xmm3,xmm4
cvtss2sd xmm4,[bx+si+5]
cvtsd2ss xmm3,xmm4
cvtsd2ss xmm4,[bx+si+5]
cvtdq2ps xmm3,xmm4
cvtdq2ps xmm4,[bx+si+5]
vcvtqq2ps xmm3,yword [bx+si]
cvtps2dq xmm3,[bx+si]
cvttps2dq xmm3,[bx+si]
vcvttps2dq zmm3,zmm4
subps xmm3,[bx+si]
subpd xmm3,[bx+si]
vsubpd zmm5{k3}{z},zmm6,[bx+si]{1to8}
subss xmm3,[bx+si]
subsd xmm3,[bx+si]
minps xmm3,[bx+si]
minpd xmm3,[bx+si]
vminpd xmm4,xmm5,[bx+si+5]
minss xmm3,[bx+si]
minsd xmm3,[bx+si]
divps xmm3,[bx+si]
vdivps ymm4{k3}{z},ymm5,ymm6
divpd xmm3,[bx+si]
divss xmm3,[bx+si]
divsd xmm3,[bx+si]
vdivsd xmm5{k3}{z},xmm6,[bx+si]
maxps xmm3,[bx+si]
maxpd xmm3,[bx+si]
maxss xmm3,[bx+si]
vmaxss xmm3,xmm4,xmm5
maxsd xmm3,[bx+si]
punpcklbw mm3,[bx+si]
punpcklbw xmm3,xmm4
punpcklbw xmm4,[bx+si+5]
punpcklwd mm3,mm4
punpcklwd mm4,[bx+si+5]
punpcklwd xmm3,[bx+si]
vpunpcklwd xmm3,xmm4,xmm5
punpckldq mm3,[bx+si]
punpckldq xmm3,xmm4
punpckldq xmm4,[bx+si+5]
packsswb mm3,mm4
packsswb mm4,[bx+si+5]
packsswb xmm3,[bx+si]
pcmpgtb mm3,[bx+si]
pcmpgtb xmm3,xmm4
pcmpgtb xmm4,[bx+si+5]
vpcmpgtb k3,zmm4,[bx+si]
pcmpgtw mm3,mm4
pcmpgtw mm4,[bx+si+5]
pcmpgtw xmm3,[bx+si]
pcmpgtd mm3,[bx+si]
pcmpgtd xmm3,xmm4
pcmpgtd xmm4,[bx+si+5]
vpcmpgtd ymm3,ymm4,ymm5
packuswb mm3,mm4
packuswb mm4,[bx+si+5]
packuswb xmm3,[bx+si]
punpckhbw mm3,[bx+si]
punpckhbw xmm3,xmm4
punpckhbw xmm4,[bx+si+5]
punpckhwd mm3,mm4
punpckhwd mm4,[bx+si+5]
punpckhwd xmm3,[bx+si]
vpunpckhwd zmm5{k3}{z},zmm6,[bx+si]
punpckhdq mm3,[bx+si]
punpckhdq xmm3,xmm4
punpckhdq xmm4,[bx+si+5]
packssdw mm3,mm4
packssdw mm4,[bx+si+5]
packssdw xmm3,[bx+si]
vpackssdw zmm4,zmm5,[bx+si+5]
punpcklqdq xmm3,[bx+si]
punpckhqdq xmm3,[bx+si]
movd mm3,[bx+si]
movd xmm3,esp
movd xmm4,[bx+si+5]
movq mm3,mm4
movq mm4,[bx+si+5]
movdqa xmm3,[bx+si]
vmovdqa64 ymm3,ymm4
movdqu xmm3,xmm4
movdqu xmm4,[bx+si+5]
vmovdqu64 ymm3,[bx+si]
pshufw mm3,[bx+si],5
pshufd xmm3,xmm4,5
pshufd xmm4,[bx+si+5],5
pshufhw xmm3,[bx+si],5
pshuflw xmm3,xmm4,5
pshuflw xmm4,[bx+si+5],5
psrlw mm4,5
psrlw xmm4,5
psraw mm3,5
psraw xmm3,5
vpsraw xmm3,[bx+si],5
psllw mm4,5
psllw xmm4,5
vprord ymm3,[bx+si],5
vprolq xmm3,[bx+si],5
psrld mm3,5
psrld xmm3,5
psrad mm4,5
psrad xmm4,5
vpsrad xmm4,xmm5,5
pslld mm4,5
pslld xmm4,5
vpslld xmm4,[bx+si+5],5
psrlq mm3,5
psrlq xmm3,5
psrldq xmm4,5
vpsrldq xmm4,[bx+si+5],5
psllq mm3,5
psllq xmm3,5
pslldq xmm4,5
pcmpeqb mm3,mm4
pcmpeqb mm4,[bx+si+5]
pcmpeqb xmm3,[bx+si]
pcmpeqw mm3,[bx+si]
pcmpeqw xmm3,xmm4
pcmpeqw xmm4,[bx+si+5]
vpcmpeqw k3,xmm4,[bx+si]
pcmpeqd mm3,mm4
pcmpeqd mm4,[bx+si+5]
pcmpeqd xmm3,[bx+si]
vpcmpeqd k5{k3},zmm6,[bx+si]{1to16}
extrq xmm4,5,5
vcvttps2uqq xmm3,[bx+si]
insertq xmm3,xmm4,5,5
vcvttsd2usi ebp,[bx+si]
extrq xmm3,xmm4
vcvtps2uqq xmm5{k3}{z},[bx+si]{1to2}
insertq xmm4,xmm5
vcvttps2qq ymm3,[bx+si]
vcvtuqq2pd xmm3,[bx+si]
vcvtuqq2ps ymm3,[bx+si]
haddpd xmm3,xmm4
haddpd xmm4,[bx+si+5]
haddps xmm3,[bx+si]
hsubpd xmm3,xmm4
hsubpd xmm4,[bx+si+5]
hsubps xmm3,[bx+si]
movd ebx,mm4
movd [bx+si+5],mm4
movd [bx+si],xmm3
movq xmm3,[bx+si]
movq [bx+si+5],mm4
movdqa [bx+si+5],xmm4
movdqu [bx+si+5],xmm4
vmovdqu32 [bx+si+5],ymm4
seto [bx+si]
setno bl
setno [bx+si+5]
setb [bx+si]
setae bl
setae [bx+si+5]
sete [bx+si]
setne bl
setne [bx+si+5]
setbe [bx+si]
seta bl
seta [bx+si+5]
sets [bx+si]
setns bl
setns [bx+si+5]
setp [bx+si]
setnp bl
setnp [bx+si+5]
setl [bx+si]
setge bl
setge [bx+si+5]
setle [bx+si]
setg bl
setg [bx+si+5]
kmovd k4,[bx+si+5]
pop fs
cpuid
bt [bx+si],bx
bt ebx,esp
bt [bx+si+5],esp
shld [bx+si],bx,5
shld ebx,esp,5
shld [bx+si+5],esp,5
shld [bx+si],bx,cl
shld ebx,esp,cl
shld [bx+si+5],esp,cl
rep xsha1
rep xsha256
xstore
rep xcryptecb
rep xcryptcbc
rep xcryptctr
rep xcryptcfb
rep xcryptofb
push gs
o32 pop gs
bts bx,sp
bts [bx+si+5],sp
bts [bx+si],ebx
shrd bx,sp,5
shrd [bx+si+5],sp,5
shrd [bx+si],ebx,5
shrd bx,sp,cl
shrd [bx+si+5],sp,cl
shrd [bx+si],ebx,cl
fxsave [bx+si]
fxrstor [bx+si]
ldmxcsr [bx+si]
stmxcsr [bx+si]
xsave [bx+si]
xrstor [bx+si]
xsaveopt [bx+si]
clwb [bx+si]
tpause ebx
clrssbsy [bx+si]
umonitor bx
umonitor ebx
umwait ebx
clflush [bx+si]
clflushopt [bx+si]
lfence
sfence
imul bx,[bx+si]
imul ebx,esp
imul esp,[bx+si+5]
cmpxchg [bx+si],bl
cmpxchg bx,sp
cmpxchg [bx+si+5],sp
cmpxchg [bx+si],ebx
lss bx,[bx+si]
lss ebx,[bx+si]
btr bx,sp
btr [bx+si+5],sp
btr [bx+si],ebx
lfs bx,[bx+si]
lfs ebx,[bx+si]
lgs bx,[bx+si]
lgs ebx,[bx+si]
movzx bx,al
movzx sp,byte [bx+si+5]
movzx ebx,byte [bx+si]
movzx ebx,word [bx+si]
popcnt bx,sp
popcnt sp,[bx+si+5]
popcnt ebx,[bx+si]
ud1 bx,sp
ud1 sp,[bx+si+5]
ud1 ebx,[bx+si]
bt bx,5
bt word [bx+si+5],5
bt dword [bx+si],5
bts bx,5
bts word [bx+si+5],5
bts dword [bx+si],5
btr bx,5
btr word [bx+si+5],5
btr dword [bx+si],5
btc bx,5
btc word [bx+si+5],5
btc dword [bx+si],5
btc bx,sp
btc [bx+si+5],sp
btc [bx+si],ebx
bsf bx,sp
bsf sp,[bx+si+5]
bsf ebx,[bx+si]
tzcnt bx,sp
tzcnt sp,[bx+si+5]
tzcnt ebx,[bx+si]
bsr bx,sp
bsr sp,[bx+si+5]
bsr ebx,[bx+si]
lzcnt bx,sp
lzcnt sp,[bx+si+5]
lzcnt ebx,[bx+si]
movsx bx,al
movsx sp,byte [bx+si+5]
movsx ebx,byte [bx+si]
movsx ebx,word [bx+si]
xadd bl,al
xadd [bx+si+5],al
xadd [bx+si],bx
xadd ebx,esp
xadd [bx+si+5],esp
cmpnltps xmm3,[bx+si]
vcmpnltps k5{k3},xmm6,[bx+si]{1to4}
cmpnltpd xmm3,[bx+si]
cmpnltss xmm3,[bx+si]
vcmpnltss xmm4,xmm5,[bx+si+5]
cmpnltsd xmm3,xmm4
cmpnltsd xmm4,[bx+si+5]
movnti [bx+si+5],esp
pinsrw mm3,[bx+si],5
pinsrw xmm3,esp,5
pinsrw xmm4,[bx+si+5],5
pextrw ebx,mm4,5
pextrw ebx,xmm4,5
shufps xmm3,xmm4,5
shufps xmm4,[bx+si+5],5
shufpd xmm3,[bx+si],5
cmpxchg8b [bx+si]
xrstors [bx+si]
xsavec [bx+si]
xsaves [bx+si]
rdrand bx
rdrand ebx
rdseed bx
rdseed ebx
rdpid ebx
bswap ebx
addsubpd xmm3,xmm4
addsubpd xmm4,[bx+si+5]
addsubps xmm3,[bx+si]
psrlw mm3,mm4
psrlw mm4,[bx+si+5]
psrlw xmm3,[bx+si]
psrld mm3,[bx+si]
psrld xmm3,xmm4
psrld xmm4,[bx+si+5]
vpsrld ymm4,ymm5,[bx+si+5]
psrlq mm3,mm4
psrlq mm4,[bx+si+5]
psrlq xmm3,[bx+si]
paddq mm3,[bx+si]
paddq xmm3,xmm4
paddq xmm4,[bx+si+5]
vpaddq ymm3,ymm4,ymm5
pmullw mm3,mm4
pmullw mm4,[bx+si+5]
pmullw xmm3,[bx+si]
movq [bx+si+5],xmm4
movq2dq xmm4,mm5
movdq2q mm4,xmm5
pmovmskb esp,mm5
pmovmskb esp,xmm5
psubusb mm3,[bx+si]
psubusb xmm3,xmm4
psubusb xmm4,[bx+si+5]
psubusw mm3,mm4
psubusw mm4,[bx+si+5]
psubusw xmm3,[bx+si]
vpsubusw ymm3,ymm4,[bx+si]
pminub mm3,[bx+si]
pminub xmm3,xmm4
pminub xmm4,[bx+si+5]
pand mm3,mm4
pand mm4,[bx+si+5]
pand xmm3,[bx+si]
vpand xmm4,xmm5,[bx+si+5]
paddusb mm3,mm4
paddusb mm4,[bx+si+5]
paddusb xmm3,[bx+si]
vpaddusb xmm3,xmm4,xmm5
paddusw mm3,[bx+si]
paddusw xmm3,xmm4
paddusw xmm4,[bx+si+5]
pmaxub mm3,mm4
pmaxub mm4,[bx+si+5]
pmaxub xmm3,[bx+si]
pandn mm3,[bx+si]
pandn xmm3,xmm4
pandn xmm4,[bx+si+5]
vpandnd zmm3,zmm4,[bx+si]
pavgb mm3,[bx+si]
pavgb xmm3,xmm4
pavgb xmm4,[bx+si+5]
psraw mm3,mm4
psraw mm4,[bx+si+5]
psraw xmm3,[bx+si]
psrad mm3,[bx+si]
psrad xmm3,xmm4
psrad xmm4,[bx+si+5]
vpsrad zmm4{k3}{z},zmm5,xmm6
pavgw mm3,[bx+si]
pavgw xmm3,xmm4
pavgw xmm4,[bx+si+5]
pmulhuw mm3,mm4
pmulhuw mm4,[bx+si+5]
pmulhuw xmm3,[bx+si]
pmulhw mm3,[bx+si]
pmulhw xmm3,xmm4
pmulhw xmm4,[bx+si+5]
cvttpd2dq xmm3,xmm4
cvttpd2dq xmm4,[bx+si+5]
cvtdq2pd xmm3,xmm4
cvtdq2pd xmm4,[bx+si+5]
vcvtqq2pd xmm5{k3}{z},[bx+si]{1to2}
cvtpd2dq xmm3,[bx+si]
movntq [bx+si+5],mm4
movntdq [bx+si+5],xmm4
psubsb mm3,[bx+si]
psubsb xmm3,xmm4
psubsb xmm4,[bx+si+5]
psubsw mm3,mm4
psubsw mm4,[bx+si+5]
psubsw xmm3,[bx+si]
vpsubsw zmm5{k3}{z},zmm6,[bx+si]
pminsw mm3,[bx+si]
pminsw xmm3,xmm4
pminsw xmm4,[bx+si+5]
por mm3,mm4
por mm4,[bx+si+5]
por xmm3,[bx+si]
vpord ymm3,ymm4,[bx+si]
paddsb mm3,mm4
paddsb mm4,[bx+si+5]
paddsb xmm3,[bx+si]
vpaddsb zmm3,zmm4,zmm5
paddsw mm3,[bx+si]
paddsw xmm3,xmm4
paddsw xmm4,[bx+si+5]
pmaxsw mm3,mm4
pmaxsw mm4,[bx+si+5]
pmaxsw xmm3,[bx+si]
vpmaxsw ymm4{k3}{z},ymm5,ymm6
pxor mm3,[bx+si]
pxor xmm3,xmm4
pxor xmm4,[bx+si+5]
vpxorq ymm3,ymm4,[bx+si]
lddqu xmm4,[bx+si+5]
psllw mm3,[bx+si]
psllw xmm3,xmm4
psllw xmm4,[bx+si+5]
pslld mm3,mm4
pslld mm4,[bx+si+5]
pslld xmm3,[bx+si]
psllq mm3,[bx+si]
psllq xmm3,xmm4
psllq xmm4,[bx+si+5]
pmuludq mm3,mm4
pmuludq mm4,[bx+si+5]
pmuludq xmm3,[bx+si]
pmaddwd mm3,[bx+si]
pmaddwd xmm3,xmm4
pmaddwd xmm4,[bx+si+5]
psadbw mm3,mm4
psadbw mm4,[bx+si+5]
psadbw xmm3,[bx+si]
maskmovq mm4,mm5
maskmovdqu xmm4,xmm5
psubb mm3,[bx+si]
psubb xmm3,xmm4
psubb xmm4,[bx+si+5]
vpsubb zmm4{k3}{z},zmm5,zmm6
psubw mm3,mm4
psubw mm4,[bx+si+5]
psubw xmm3,[bx+si]
psubd mm3,[bx+si]
psubd xmm3,xmm4
psubd xmm4,[bx+si+5]
vpsubd zmm3,zmm4,[bx+si]
psubq mm3,mm4
psubq mm4,[bx+si+5]
psubq xmm3,[bx+si]
paddb mm3,[bx+si]
paddb xmm3,xmm4
paddb xmm4,[bx+si+5]
vpaddb ymm5{k3}{z},ymm6,[bx+si]
paddw mm3,mm4
paddw mm4,[bx+si+5]
paddw xmm3,[bx+si]
paddd mm3,[bx+si]
paddd xmm3,xmm4
paddd xmm4,[bx+si+5]
vpaddd xmm5{k3}{z},xmm6,[bx+si]{1to4}
ud0 bx,sp
ud0 sp,[bx+si+5]
ud0 ebx,[bx+si]
pshufb mm3,mm4
pshufb mm4,[bx+si+5]
pshufb xmm3,[bx+si]
phaddw mm3,mm4
phaddw mm4,[bx+si+5]
phaddw xmm3,[bx+si]
phaddd mm3,mm4
phaddd mm4,[bx+si+5]
phaddd xmm3,[bx+si]
phaddsw mm3,mm4
phaddsw mm4,[bx+si+5]
phaddsw xmm3,[bx+si]
pmaddubsw mm3,mm4
pmaddubsw mm4,[bx+si+5]
pmaddubsw xmm3,[bx+si]
phsubw mm3,[bx+si]
phsubw xmm3,xmm4
phsubw xmm4,[bx+si+5]
phsubd mm3,[bx+si]
phsubd xmm3,xmm4
phsubd xmm4,[bx+si+5]
phsubsw mm3,[bx+si]
phsubsw xmm3,xmm4
phsubsw xmm4,[bx+si+5]
psignb mm3,[bx+si]
psignb xmm3,xmm4
psignb xmm4,[bx+si+5]
psignw mm3,[bx+si]
psignw xmm3,xmm4
psignw xmm4,[bx+si+5]
psignd mm3,[bx+si]
psignd xmm3,xmm4
psignd xmm4,[bx+si+5]
pmulhrsw mm3,[bx+si]
pmulhrsw xmm3,xmm4
pmulhrsw xmm4,[bx+si+5]
vpmulhrsw xmm3,xmm4,[bx+si]
vpermilpd zmm3,zmm4,[bx+si]
pblendvb xmm3,xmm4,xmm0
pblendvb xmm4,[bx+si+5],xmm0
vpmovuswb [bx+si+5],ymm4
vpsllvw ymm4,ymm5,[bx+si+5]
blendvps xmm3,xmm4,xmm0
blendvps xmm4,[bx+si+5],xmm0
vprorvd ymm3,ymm4,ymm5
blendvpd xmm3,[bx+si],xmm0
vprolvd xmm3,xmm4,xmm5
vpmovusqd [bx+si+5],zmm4
ptest xmm3,xmm4
ptest xmm4,[bx+si+5]
vbroadcastss ymm5{k3}{z},[bx+si]
vbroadcastf64x2 zmm3,[bx+si]
pabsb mm3,mm4
pabsb mm4,[bx+si+5]
pabsb xmm3,[bx+si]
pabsw mm3,[bx+si]
pabsw xmm3,xmm4
pabsw xmm4,[bx+si+5]
vpabsw xmm3,[bx+si]
pabsd mm3,mm4
pabsd mm4,[bx+si+5]
pabsd xmm3,[bx+si]
vpabsq ymm3,ymm4
pmovsxbw xmm3,xmm4
pmovsxbw xmm4,[bx+si+5]
pmovsxbd xmm3,xmm4
pmovsxbd xmm4,[bx+si+5]
pmovsxbq xmm3,xmm4
pmovsxbq xmm4,[bx+si+5]
vpmovsxbq xmm5{k3}{z},[bx+si]
pmovsxwd xmm3,xmm4
pmovsxwd xmm4,[bx+si+5]
vpmovsdw [bx+si+5],xmm4
pmovsxwq xmm3,xmm4
pmovsxwq xmm4,[bx+si+5]
pmovsxdq xmm3,xmm4
pmovsxdq xmm4,[bx+si+5]
vptestmb k3,zmm4,zmm5
vptestnmw k3,ymm4,ymm5
vptestnmd k3,xmm4,xmm5
pmuldq xmm3,xmm4
pmuldq xmm4,[bx+si+5]
vpmuldq xmm5{k3}{z},xmm6,[bx+si]{1to2}
pcmpeqq xmm3,xmm4
pcmpeqq xmm4,[bx+si+5]
vpcmpeqq k3,zmm4,[bx+si]
movntdqa xmm3,[bx+si]
packusdw xmm3,xmm4
packusdw xmm4,[bx+si+5]
vpackusdw xmm5{k3}{z},xmm6,[bx+si]{1to4}
vscalefpd zmm4{k3}{z},zmm5,zmm6,{rd-sae}
pmovzxbw xmm3,xmm4
pmovzxbw xmm4,[bx+si+5]
vpmovzxbw zmm4{k3}{z},ymm5
pmovzxbd xmm3,xmm4
pmovzxbd xmm4,[bx+si+5]
vpmovdb xmm3,zmm4
pmovzxbq xmm3,xmm4
pmovzxbq xmm4,[bx+si+5]
pmovzxwd xmm3,xmm4
pmovzxwd xmm4,[bx+si+5]
vpmovzxwd ymm3,xmm4
pmovzxwq xmm3,xmm4
pmovzxwq xmm4,[bx+si+5]
vpmovzxwq zmm4{k3}{z},xmm5
pmovzxdq xmm3,xmm4
pmovzxdq xmm4,[bx+si+5]
vpmovqd ymm3,zmm4
pcmpgtq xmm3,xmm4
pcmpgtq xmm4,[bx+si+5]
vpcmpgtq k4,ymm5,[bx+si+5]
pminsb xmm3,xmm4
pminsb xmm4,[bx+si+5]
pminsd xmm3,xmm4
pminsd xmm4,[bx+si+5]
vpmovq2m k4,ymm5
pminuw xmm3,[bx+si]
pminud xmm3,[bx+si]
vpminud zmm3,zmm4,zmm5
pmaxsb xmm3,xmm4
pmaxsb xmm4,[bx+si+5]
pmaxsd xmm3,xmm4
pmaxsd xmm4,[bx+si+5]
pmaxuw xmm3,[bx+si]
vpmaxuw xmm4{k3}{z},xmm5,xmm6
pmaxud xmm3,[bx+si]
vpmaxuq zmm4{k3}{z},zmm5,zmm6
pmulld xmm3,xmm4
pmulld xmm4,[bx+si+5]
phminposuw xmm3,[bx+si]
vgetexpps xmm4,[bx+si+5]
vplzcntd xmm4,[bx+si+5]
vpsrlvd xmm4{k3}{z},xmm5,xmm6
vpsravq ymm4,ymm5,[bx+si+5]
vrcp14ps xmm4,[bx+si+5]
vrsqrt14ps xmm4,[bx+si+5]
vpdpbusd xmm4,xmm5,[bx+si+5]
vpdpwssd zmm4,zmm5,[bx+si+5]
vpbroadcastq ymm3,[bx+si]
vbroadcasti64x2 zmm3,[bx+si]
vpexpandw zmm4{k3}{z},zmm5
vpblendmd zmm5{k3}{z},zmm6,[bx+si]{1to16}
vblendmpd ymm5{k3}{z},ymm6,[bx+si]{1to4}
vp2intersectd k2,ymm4,[bx+si]
vpermi2b zmm3,zmm4,[bx+si]
vpermi2q ymm3,ymm4,[bx+si]
vpbroadcastb xmm3,[bx+si]
vpbroadcastb zmm5{k3}{z},esi
vpermt2w xmm3,xmm4,xmm5
vpermt2q zmm3,zmm4,zmm5
invept esp,[bx+si+5]
invvpid esp,[bx+si+5]
vexpandps xmm3,[bx+si]
vpexpandd zmm3,[bx+si]
vcompresspd [bx+si],zmm3
vpermb ymm3,ymm4,ymm5
vpgatherdq ymm4,[ebx+xmm7*4+0x40],ymm5
vpgatherqd xmm5{k3},[ebx+ymm7*4]
vgatherdpd xmm5{k3},[ebx+xmm7*4]
vgatherqpd zmm5{k3},[ebx+zmm7*4]
vfmsubadd132pd ymm3,ymm4,ymm5
vfmadd132ps zmm4{k3}{z},zmm5,zmm6,{rd-sae}
vfmsub132ps zmm4{k3}{z},zmm5,zmm6,{rd-sae}
vfnmadd132pd ymm4,ymm5,[bx+si+5]
vfnmsub132pd ymm4,ymm5,[bx+si+5]
vpscatterdd [ebx+zmm7*4]{k3},zmm5
vscatterdps [ebx+xmm7*4]{k3},xmm5
vscatterqpd [ebx+ymm7*4]{k3},ymm5
vfmsubadd213ps ymm4,ymm5,[bx+si+5]
vfmadd213ps ymm5{k3}{z},ymm6,[bx+si]{1to8}
vfmsub213ps ymm5{k3}{z},ymm6,[bx+si]{1to8}
vfnmadd213pd xmm3,xmm4,[bx+si]
vfnmsub213pd xmm3,xmm4,[bx+si]
vpmadd52luq ymm4,ymm5,[bx+si+5]
vfmaddsub231ps zmm3,zmm4,[bx+si]
vfmsubadd231pd zmm4,zmm5,[bx+si+5]
vfmadd231ss xmm5{k3}{z},xmm6,[bx+si]
vfmsub231ss xmm5{k3}{z},xmm6,[bx+si]
vfnmadd231ss xmm5{k3}{z},xmm6,[bx+si]
vfnmsub231ss xmm5{k3}{z},xmm6,[bx+si]
vgatherpf1dpd [ebx+ymm7*4+0x40]{k3}
sha1nexte xmm3,[bx+si]
sha1msg1 xmm3,xmm4
sha1msg1 xmm4,[bx+si+5]
sha1msg2 xmm3,[bx+si]
sha256rnds2 xmm3,xmm4,xmm0
sha256rnds2 xmm4,[bx+si+5],xmm0
sha256msg1 xmm3,[bx+si]
sha256msg2 xmm3,xmm4
sha256msg2 xmm4,[bx+si+5]
gf2p8mulb xmm3,[bx+si]
aesimc xmm3,[bx+si]
aesenc xmm3,[bx+si]
vaesenc xmm3,xmm4,xmm5
aesenclast xmm3,[bx+si]
aesdec xmm3,[bx+si]
aesdeclast xmm3,[bx+si]
vaesdeclast ymm3,ymm4,[bx+si]
movbe sp,[bx+si+5]
movbe esp,[bx+si+5]
crc32 ebx,byte [bx+si]
movbe [bx+si],bx
movbe [bx+si],ebx
crc32 ebx,sp
crc32 esp,word [bx+si+5]
crc32 ebx,dword [bx+si]
andn ebx,esp,ebp
andn esp,ebp,[bx+si+5]
blsr ebx,[bx+si]
blsmsk ebx,esp
blsmsk esp,[bx+si+5]
blsi ebx,[bx+si]
bzhi ebx,esp,ebp
bzhi esp,[bx+si+5],ebp
pext ebx,esp,[bx+si]
pdep ebx,esp,ebp
pdep esp,ebp,[bx+si+5]
adcx ebx,[bx+si]
adox ebx,esp
adox esp,[bx+si+5]
mulx ebx,esp,[bx+si]
bextr ebx,esp,ebp
bextr esp,[bx+si+5],ebp
shlx ebx,[bx+si],esp
sarx ebx,esp,ebp
sarx esp,[bx+si+5],ebp
shrx ebx,[bx+si],esp
movdir64b bx,[bx+si]
movdiri [bx+si],ebx
vpermpd ymm4,[bx+si+5],5
valignq zmm3,zmm4,[bx+si],5
roundps xmm3,[bx+si],5
vroundps xmm3,xmm4,5
roundpd xmm3,[bx+si],5
vrndscalepd zmm3,zmm4,5
roundss xmm3,[bx+si],5
roundsd xmm3,xmm4,5
roundsd xmm4,[bx+si+5],5
blendps xmm3,[bx+si],5
blendpd xmm3,xmm4,5
blendpd xmm4,[bx+si+5],5
vblendpd xmm3,xmm4,[bx+si],5
pblendw xmm3,[bx+si],5
palignr mm3,mm4,5
palignr mm4,[bx+si+5],5
palignr xmm3,[bx+si],5
pextrb [bx+si],xmm3,5
vpextrb [bx+si+5],xmm4,5
pextrw [bx+si+5],xmm4,5
pextrd [bx+si],xmm3,5
extractps [bx+si],xmm3,5
vextractf128 xmm3,ymm4,5
vpcmpnltud k4{k3},xmm5,xmm6
vpcmpnltd k4{k3},zmm5,zmm6
pinsrb xmm3,[bx+si],5
insertps xmm3,[bx+si],5
pinsrd xmm3,[bx+si],5
vpternlogd ymm3,ymm4,ymm5,5
vgetmantpd xmm3,xmm4,5
kshiftlq k4,k5,5
vextracti64x2 [bx+si],zmm3,5
vpcmpnltuw k5{k3},xmm6,[bx+si]
vpcmpnltw k5{k3},zmm6,[bx+si]
dpps xmm3,[bx+si],5
dppd xmm3,xmm4,5
dppd xmm4,[bx+si+5],5
mpsadbw xmm3,xmm4,5
mpsadbw xmm4,[bx+si+5],5
pclmulqdq xmm3,xmm4,5
pclmulqdq xmm4,[bx+si+5],5
vblendvps ymm4,ymm5,[bx+si+5],ymm6
vrangepd zmm4,zmm5,[bx+si+5],5
vfixupimmpd zmm4,zmm5,[bx+si+5],5
vreducepd zmm4,[bx+si+5],5
vfmsubaddps xmm4,xmm5,xmm6,[bx+si+5]
pcmpestrm xmm3,[bx+si],5
pcmpestri xmm3,[bx+si],5
pcmpistrm xmm3,[bx+si],5
pcmpistri xmm3,[bx+si],5
vfpclassps k4{k3},xmm5,5
vfmaddps ymm3,ymm4,ymm5,ymm6
vfmsubpd ymm3,ymm4,ymm5,ymm6
vfnmaddss xmm3,xmm4,xmm5,[bx+si]
sha1rnds4 xmm3,[bx+si],5
gf2p8affineqb xmm3,xmm4,5
gf2p8affineqb xmm4,[bx+si+5],5
gf2p8affineinvqb xmm3,xmm4,5
gf2p8affineinvqb xmm4,[bx+si+5],5
aeskeygenassist xmm3,xmm4,5
aeskeygenassist xmm4,[bx+si+5],5
vaeskeygenassist xmm3,[bx+si],5
rorx ebx,esp,5
rorx esp,[bx+si+5],5
vpcmov ymm4,ymm5,[bx+si+5],ymm6
blcfill ebx,[bx+si]
blsfill ebx,esp
blsfill esp,[bx+si+5]
blcs ebx,[bx+si]
tzmsk ebx,esp
tzmsk esp,[bx+si+5]
blcic ebx,[bx+si]
blsic ebx,esp
blsic esp,[bx+si+5]
t1mskc ebx,[bx+si]
blcmsk ebx,esp
blcmsk esp,[bx+si+5]
blci ebx,[bx+si]
llwpcb ebx
slwpcb ebx
vfrczps xmm4,[bx+si+5]
bextr ebx,esp,0x12345678
bextr esp,[bx+si+5],0x12345678
lwpins ebx,[bx+si],0x12345678
lwpval ebx,esp,0x12345678
lwpval esp,[bx+si+5],0x12345678
pi2fw mm3,[bx+si]
pi2fd mm3,mm4
pi2fd mm4,[bx+si+5]
pf2iw mm3,[bx+si]
pf2id mm3,mm4
pf2id mm4,[bx+si+5]
pfnacc mm3,[bx+si]
pfpnacc mm3,mm4
pfpnacc mm4,[bx+si+5]
pfcmpge mm3,[bx+si]
pfmin mm3,mm4
pfmin mm4,[bx+si+5]
pfrcp mm3,[bx+si]
pfrsqrt mm3,mm4
pfrsqrt mm4,[bx+si+5]
pfsub mm3,[bx+si]
pfadd mm3,mm4
pfadd mm4,[bx+si+5]
pfcmpgt mm3,[bx+si]
pfmax mm3,mm4
pfmax mm4,[bx+si+5]
pfrcpit1 mm3,[bx+si]
pfrsqit1 mm3,mm4
pfrsqit1 mm4,[bx+si+5]
pfsubr mm3,[bx+si]
pfacc mm3,mm4
pfacc mm4,[bx+si+5]
pfcmpeq mm3,[bx+si]
pfmul mm3,mm4
pfmul mm4,[bx+si+5]
pfrcpit2 mm3,[bx+si]
pmulhrwa mm3,mm4
pmulhrwa mm4,[bx+si+5]
pswapd mm3,[bx+si]
pavgusb mm3,mm4
pavgusb mm4,[bx+si+5]
a32 pvalidate
xsusldtrk
prefetchit1 [bx+si+5]
prefetchit0 [bx+si+5]
aadd [bx+si+5],esp
aand [bx+si+5],esp
axor [bx+si+5],esp
