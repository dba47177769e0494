; one instruction a line: every form of the base instruction set and a sample of the vector extensions
bits 32
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
add bl,al
add [ebx+esi*4],bl
add [ebx+esi*4+0x40],al
add bx,sp
add [ebx+esi*4],bx
add [ebx+esi*4+0x40],sp
add ebx,esp
add [ebx+esi*4],ebx
add [ebx+esi*4+0x40],esp
add bl,[ebx+esi*4]
add al,[ebx+esi*4+0x40]
add bx,[ebx+esi*4]
add sp,[ebx+esi*4+0x40]
add ebx,[ebx+esi*4]
add esp,[ebx+esi*4+0x40]
add al,5
add ax,0x1234
add eax,0x12345678
push es
o16 pop es
pop es
or bl,al
or [ebx+esi*4],bl
or [ebx+esi*4+0x40],al
or bx,sp
or [ebx+esi*4],bx
or [ebx+esi*4+0x40],sp
or ebx,esp
or [ebx+esi*4],ebx
or [ebx+esi*4+0x40],esp
or bl,[ebx+esi*4]
or al,[ebx+esi*4+0x40]
or bx,[ebx+esi*4]
or sp,[ebx+esi*4+0x40]
or ebx,[ebx+esi*4]
or esp,[ebx+esi*4+0x40]
or al,5
or ax,0x1234
or eax,0x12345678
push cs
adc bl,al
adc [ebx+esi*4],bl
adc [ebx+esi*4+0x40],al
adc bx,sp
adc [ebx+esi*4],bx
adc [ebx+esi*4+0x40],sp
adc ebx,esp
adc [ebx+esi*4],ebx
adc [ebx+esi*4+0x40],esp
adc bl,[ebx+esi*4]
adc al,[ebx+esi*4+0x40]
adc bx,[ebx+esi*4]
adc sp,[ebx+esi*4+0x40]
adc ebx,[ebx+esi*4]
adc esp,[ebx+esi*4+0x40]
adc al,5
adc ax,0x1234
adc eax,0x12345678
push ss
o16 pop ss
pop ss
sbb bl,al
sbb [ebx+esi*4],bl
sbb [ebx+esi*4+0x40],al
sbb bx,sp
sbb [ebx+esi*4],bx
sbb [ebx+esi*4+0x40],sp
sbb ebx,esp
sbb [ebx+esi*4],ebx
sbb [ebx+esi*4+0x40],esp
sbb bl,[ebx+esi*4]
sbb al,[ebx+esi*4+0x40]
sbb bx,[ebx+esi*4]
sbb sp,[ebx+esi*4+0x40]
sbb ebx,[ebx+esi*4]
sbb esp,[ebx+esi*4+0x40]
sbb al,5
sbb ax,0x1234
sbb eax,0x12345678
o16 pop ds
pop ds
and bl,al
and [ebx+esi*4],bl
and [ebx+esi*4+0x40],al
and bx,sp
and [ebx+esi*4],bx
and [ebx+esi*4+0x40],sp
and ebx,esp
and [ebx+esi*4],ebx
and [ebx+esi*4+0x40],esp
and bl,[ebx+esi*4]
and al,[ebx+esi*4+0x40]
and bx,[ebx+esi*4]
and sp,[ebx+esi*4+0x40]
and ebx,[ebx+esi*4]
and esp,[ebx+esi*4+0x40]
and al,5
and ax,0x1234
and eax,0x12345678
daa
sub bl,al
sub [ebx+esi*4],bl
sub [ebx+esi*4+0x40],al
sub bx,sp
sub [ebx+esi*4],bx
sub [ebx+esi*4+0x40],sp
sub ebx,esp
sub [ebx+esi*4],ebx
sub [ebx+esi*4+0x40],esp
sub bl,[ebx+esi*4]
sub al,[ebx+esi*4+0x40]
sub bx,[ebx+esi*4]
sub sp,[ebx+esi*4+0x40]
sub ebx,[ebx+esi*4]
sub esp,[ebx+esi*4+0x40]
sub al,5
sub ax,0x1234
sub eax,0x12345678
das
xor bl,al
xor [ebx+esi*4],bl
xor [ebx+esi*4+0x40],al
xor bx,sp
xor [ebx+esi*4],bx
xor [ebx+esi*4+0x40],sp
xor ebx,esp
xor [ebx+esi*4],ebx
xor [ebx+esi*4+0x40],esp
xor bl,[ebx+esi*4]
xor al,[ebx+esi*4+0x40]
xor bx,[ebx+esi*4]
xor sp,[ebx+esi*4+0x40]
xor ebx,[ebx+esi*4]
xor esp,[ebx+esi*4+0x40]
xor al,5
xor ax,0x1234
xor eax,0x12345678
aaa
cmp bl,al
cmp [ebx+esi*4],bl
cmp [ebx+esi*4+0x40],al
cmp bx,sp
cmp [ebx+esi*4],bx
cmp [ebx+esi*4+0x40],sp
cmp ebx,esp
cmp [ebx+esi*4],ebx
cmp [ebx+esi*4+0x40],esp
cmp bl,[ebx+esi*4]
cmp al,[ebx+esi*4+0x40]
cmp bx,[ebx+esi*4]
cmp sp,[ebx+esi*4+0x40]
cmp ebx,[ebx+esi*4]
cmp esp,[ebx+esi*4+0x40]
cmp al,5
cmp ax,0x1234
cmp eax,0x12345678
aas
inc bx
inc sp
inc ebx
inc esp
dec bx
dec sp
dec ebx
dec esp
push bx
push sp
push ebx
push esp
pop bx
pop sp
pop ebx
pop esp
popaw
popa
bound bx,[ebx+esi*4]
bound sp,[ebx+esi*4+0x40]
bound ebx,[ebx+esi*4]
bound esp,[ebx+esi*4+0x40]
arpl bx,sp
arpl [ebx+esi*4],bx
arpl [ebx+esi*4+0x40],sp
push 0x1234
push 0x12345678
imul bx,sp,0x1234
imul bx,[ebx+esi*4],0x1234
imul sp,[ebx+esi*4+0x40],0x1234
imul ebx,esp,0x12345678
imul ebx,[ebx+esi*4],0x12345678
imul esp,[ebx+esi*4+0x40],0x12345678
imul bx,sp,5
imul bx,[ebx+esi*4],5
imul sp,[ebx+esi*4+0x40],5
imul ebx,esp,5
imul ebx,[ebx+esi*4],5
imul esp,[ebx+esi*4+0x40],5
insb
insw
insd
outsb
outsw
outsd
add bl,5
add byte [ebx+esi*4],5
add byte [ebx+esi*4+0x40],5
or bl,5
or byte [ebx+esi*4],5
or byte [ebx+esi*4+0x40],5
adc bl,5
adc byte [ebx+esi*4],5
adc byte [ebx+esi*4+0x40],5
sbb bl,5
sbb byte [ebx+esi*4],5
sbb byte [ebx+esi*4+0x40],5
and bl,5
and byte [ebx+esi*4],5
and byte [ebx+esi*4+0x40],5
sub bl,5
sub byte [ebx+esi*4],5
sub byte [ebx+esi*4+0x40],5
xor bl,5
xor byte [ebx+esi*4],5
xor byte [ebx+esi*4+0x40],5
cmp bl,5
cmp byte [ebx+esi*4],5
cmp byte [ebx+esi*4+0x40],5
add bx,0x1234
add word [ebx+esi*4],0x1234
add word [ebx+esi*4+0x40],0x1234
add ebx,0x12345678
add dword [ebx+esi*4],0x12345678
add dword [ebx+esi*4+0x40],0x12345678
or bx,0x1234
or word [ebx+esi*4],0x1234
or word [ebx+esi*4+0x40],0x1234
or ebx,0x12345678
or dword [ebx+esi*4],0x12345678
or dword [ebx+esi*4+0x40],0x12345678
adc bx,0x1234
adc word [ebx+esi*4],0x1234
adc word [ebx+esi*4+0x40],0x1234
adc ebx,0x12345678
adc dword [ebx+esi*4],0x12345678
adc dword [ebx+esi*4+0x40],0x12345678
sbb bx,0x1234
sbb word [ebx+esi*4],0x1234
sbb word [ebx+esi*4+0x40],0x1234
sbb ebx,0x12345678
sbb dword [ebx+esi*4],0x12345678
sbb dword [ebx+esi*4+0x40],0x12345678
and bx,0x1234
and word [ebx+esi*4],0x1234
and word [ebx+esi*4+0x40],0x1234
and ebx,0x12345678
and dword [ebx+esi*4],0x12345678
and dword [ebx+esi*4+0x40],0x12345678
sub bx,0x1234
sub word [ebx+esi*4],0x1234
sub word [ebx+esi*4+0x40],0x1234
sub ebx,0x12345678
sub dword [ebx+esi*4],0x12345678
sub dword [ebx+esi*4+0x40],0x12345678
xor bx,0x1234
xor word [ebx+esi*4],0x1234
xor word [ebx+esi*4+0x40],0x1234
xor ebx,0x12345678
xor dword [ebx+esi*4],0x12345678
xor dword [ebx+esi*4+0x40],0x12345678
cmp bx,0x1234
cmp word [ebx+esi*4],0x1234
cmp word [ebx+esi*4+0x40],0x1234
cmp ebx,0x12345678
cmp dword [ebx+esi*4],0x12345678
cmp dword [ebx+esi*4+0x40],0x12345678
add bx,5
add word [ebx+esi*4],5
add word [ebx+esi*4+0x40],5
add ebx,5
add dword [ebx+esi*4],5
add dword [ebx+esi*4+0x40],5
or bx,5
or word [ebx+esi*4],5
or word [ebx+esi*4+0x40],5
or ebx,5
or dword [ebx+esi*4],5
or dword [ebx+esi*4+0x40],5
adc bx,5
adc word [ebx+esi*4],5
adc word [ebx+esi*4+0x40],5
adc ebx,5
adc dword [ebx+esi*4],5
adc dword [ebx+esi*4+0x40],5
sbb bx,5
sbb word [ebx+esi*4],5
sbb word [ebx+esi*4+0x40],5
sbb ebx,5
sbb dword [ebx+esi*4],5
sbb dword [ebx+esi*4+0x40],5
and bx,5
and word [ebx+esi*4],5
and word [ebx+esi*4+0x40],5
and ebx,5
and dword [ebx+esi*4],5
and dword [ebx+esi*4+0x40],5
sub bx,5
sub word [ebx+esi*4],5
sub word [ebx+esi*4+0x40],5
sub ebx,5
sub dword [ebx+esi*4],5
sub dword [ebx+esi*4+0x40],5
xor bx,5
xor word [ebx+esi*4],5
xor word [ebx+esi*4+0x40],5
xor ebx,5
xor dword [ebx+esi*4],5
xor dword [ebx+esi*4+0x40],5
cmp bx,5
cmp word [ebx+esi*4],5
cmp word [ebx+esi*4+0x40],5
cmp ebx,5
cmp dword [ebx+esi*4],5
cmp dword [ebx+esi*4+0x40],5
test bl,al
test [ebx+esi*4],bl
test [ebx+esi*4+0x40],al
test bx,sp
test [ebx+esi*4],bx
test [ebx+esi*4+0x40],sp
test ebx,esp
test [ebx+esi*4],ebx
test [ebx+esi*4+0x40],esp
xchg al,bl
xchg bl,[ebx+esi*4]
xchg al,[ebx+esi*4+0x40]
xchg sp,bx
xchg bx,[ebx+esi*4]
xchg sp,[ebx+esi*4+0x40]
xchg esp,ebx
xchg ebx,[ebx+esi*4]
xchg esp,[ebx+esi*4+0x40]
mov bl,al
mov [ebx+esi*4],bl
mov [ebx+esi*4+0x40],al
mov bx,sp
mov [ebx+esi*4],bx
mov [ebx+esi*4+0x40],sp
mov ebx,esp
mov [ebx+esi*4],ebx
mov [ebx+esi*4+0x40],esp
mov bl,[ebx+esi*4]
mov al,[ebx+esi*4+0x40]
mov bx,[ebx+esi*4]
mov sp,[ebx+esi*4+0x40]
mov ebx,[ebx+esi*4]
mov esp,[ebx+esi*4+0x40]
mov bx,ds
o16 mov [ebx+esi*4],ds
o16 mov [ebx+esi*4+0x40],ds
mov ebx,ds
mov [ebx+esi*4],ds
mov [ebx+esi*4+0x40],ds
lea bx,[ebx+esi*4]
lea sp,[ebx+esi*4+0x40]
lea ebx,[ebx+esi*4]
lea esp,[ebx+esi*4+0x40]
mov ds,sp
o16 mov ds,[ebx+esi*4]
o16 mov ds,[ebx+esi*4+0x40]
mov ds,esp
mov ds,[ebx+esi*4]
mov ds,[ebx+esi*4+0x40]
pop word [ebx+esi*4]
pop word [ebx+esi*4+0x40]
pop dword [ebx+esi*4]
pop dword [ebx+esi*4+0x40]
nop
xchg bx,ax
xchg sp,ax
xchg ebx,eax
xchg esp,eax
pause
cbw
cwde
cwd
cdq
call 8:0x1234
call 8:0x12345678
wait
pushfw
pushf
popfw
popf
sahf
lahf
mov al,[0x1234]
mov ax,[0x1234]
mov eax,[0x1234]
mov [0x1234],al
mov [0x1234],ax
mov [0x1234],eax
movsb
movsw
movsd
cmpsb
cmpsw
cmpsd
test al,5
test ax,0x1234
test eax,0x12345678
stosb
stosw
stosd
lodsb
lodsw
lodsd
scasb
scasw
scasd
mov bl,5
mov al,5
mov bx,0x1234
mov sp,0x1234
mov ebx,0x12345678
mov esp,0x12345678
rol bl,5
rol byte [ebx+esi*4],5
rol byte [ebx+esi*4+0x40],5
ror bl,5
ror byte [ebx+esi*4],5
ror byte [ebx+esi*4+0x40],5
rcl bl,5
rcl byte [ebx+esi*4],5
rcl byte [ebx+esi*4+0x40],5
rcr bl,5
rcr byte [ebx+esi*4],5
rcr byte [ebx+esi*4+0x40],5
shl bl,5
shl byte [ebx+esi*4],5
shl byte [ebx+esi*4+0x40],5
shr bl,5
shr byte [ebx+esi*4],5
shr byte [ebx+esi*4+0x40],5
sal bl,5
sal byte [ebx+esi*4],5
sal byte [ebx+esi*4+0x40],5
sar bl,5
sar byte [ebx+esi*4],5
sar byte [ebx+esi*4+0x40],5
rol bx,5
rol word [ebx+esi*4],5
rol word [ebx+esi*4+0x40],5
rol ebx,5
rol dword [ebx+esi*4],5
rol dword [ebx+esi*4+0x40],5
ror bx,5
ror word [ebx+esi*4],5
ror word [ebx+esi*4+0x40],5
ror ebx,5
ror dword [ebx+esi*4],5
ror dword [ebx+esi*4+0x40],5
rcl bx,5
rcl word [ebx+esi*4],5
rcl word [ebx+esi*4+0x40],5
rcl ebx,5
rcl dword [ebx+esi*4],5
rcl dword [ebx+esi*4+0x40],5
rcr bx,5
rcr word [ebx+esi*4],5
rcr word [ebx+esi*4+0x40],5
rcr ebx,5
rcr dword [ebx+esi*4],5
rcr dword [ebx+esi*4+0x40],5
shl bx,5
shl word [ebx+esi*4],5
shl word [ebx+esi*4+0x40],5
shl ebx,5
shl dword [ebx+esi*4],5
shl dword [ebx+esi*4+0x40],5
shr bx,5
shr word [ebx+esi*4],5
shr word [ebx+esi*4+0x40],5
shr ebx,5
shr dword [ebx+esi*4],5
shr dword [ebx+esi*4+0x40],5
sal bx,5
sal word [ebx+esi*4],5
sal word [ebx+esi*4+0x40],5
sal ebx,5
sal dword [ebx+esi*4],5
sal dword [ebx+esi*4+0x40],5
sar bx,5
sar word [ebx+esi*4],5
sar word [ebx+esi*4+0x40],5
sar ebx,5
sar dword [ebx+esi*4],5
sar dword [ebx+esi*4+0x40],5
ret 0x1234
les bx,[ebx+esi*4]
les sp,[ebx+esi*4+0x40]
les ebx,[ebx+esi*4]
les esp,[ebx+esi*4+0x40]
lds bx,[ebx+esi*4]
lds sp,[ebx+esi*4+0x40]
lds ebx,[ebx+esi*4]
lds esp,[ebx+esi*4+0x40]
mov byte [ebx+esi*4],5
mov byte [ebx+esi*4+0x40],5
mov word [ebx+esi*4],0x1234
mov word [ebx+esi*4+0x40],0x1234
mov dword [ebx+esi*4],0x12345678
mov dword [ebx+esi*4+0x40],0x12345678
o16 enter 0x1234,5
enter 0x1234,5
o16 leave
leave
retfw 0x1234
retf 0x1234
retfw
int 5
into
rol bl,1
rol byte [ebx+esi*4],1
rol byte [ebx+esi*4+0x40],1
ror bl,1
ror byte [ebx+esi*4],1
ror byte [ebx+esi*4+0x40],1
rcl bl,1
rcl byte [ebx+esi*4],1
rcl byte [ebx+esi*4+0x40],1
rcr bl,1
rcr byte [ebx+esi*4],1
rcr byte [ebx+esi*4+0x40],1
shl bl,1
shl byte [ebx+esi*4],1
shl byte [ebx+esi*4+0x40],1
shr bl,1
shr byte [ebx+esi*4],1
shr byte [ebx+esi*4+0x40],1
sal bl,1
sal byte [ebx+esi*4],1
sal byte [ebx+esi*4+0x40],1
sar bl,1
sar byte [ebx+esi*4],1
sar byte [ebx+esi*4+0x40],1
rol bx,1
rol word [ebx+esi*4],1
rol word [ebx+esi*4+0x40],1
rol ebx,1
rol dword [ebx+esi*4],1
rol dword [ebx+esi*4+0x40],1
ror bx,1
ror word [ebx+esi*4],1
ror word [ebx+esi*4+0x40],1
ror ebx,1
ror dword [ebx+esi*4],1
ror dword [ebx+esi*4+0x40],1
rcl bx,1
rcl word [ebx+esi*4],1
rcl word [ebx+esi*4+0x40],1
rcl ebx,1
rcl dword [ebx+esi*4],1
rcl dword [ebx+esi*4+0x40],1
rcr bx,1
rcr word [ebx+esi*4],1
rcr word [ebx+esi*4+0x40],1
rcr ebx,1
rcr dword [ebx+esi*4],1
rcr dword [ebx+esi*4+0x40],1
shl bx,1
shl word [ebx+esi*4],1
shl word [ebx+esi*4+0x40],1
shl ebx,1
shl dword [ebx+esi*4],1
shl dword [ebx+esi*4+0x40],1
shr bx,1
shr word [ebx+esi*4],1
shr word [ebx+esi*4+0x40],1
shr ebx,1
shr dword [ebx+esi*4],1
shr dword [ebx+esi*4+0x40],1
sal bx,1
sal word [ebx+esi*4],1
sal word [ebx+esi*4+0x40],1
sal ebx,1
sal dword [ebx+esi*4],1
sal dword [ebx+esi*4+0x40],1
sar bx,1
sar word [ebx+esi*4],1
sar word [ebx+esi*4+0x40],1
sar ebx,1
sar dword [ebx+esi*4],1
sar dword [ebx+esi*4+0x40],1
rol bl,cl
rol byte [ebx+esi*4],cl
rol byte [ebx+esi*4+0x40],cl
ror bl,cl
ror byte [ebx+esi*4],cl
ror byte [ebx+esi*4+0x40],cl
rcl bl,cl
rcl byte [ebx+esi*4],cl
rcl byte [ebx+esi*4+0x40],cl
rcr bl,cl
rcr byte [ebx+esi*4],cl
rcr byte [ebx+esi*4+0x40],cl
shl bl,cl
shl byte [ebx+esi*4],cl
shl byte [ebx+esi*4+0x40],cl
shr bl,cl
shr byte [ebx+esi*4],cl
shr byte [ebx+esi*4+0x40],cl
sal bl,cl
sal byte [ebx+esi*4],cl
sal byte [ebx+esi*4+0x40],cl
sar bl,cl
sar byte [ebx+esi*4],cl
sar byte [ebx+esi*4+0x40],cl
rol bx,cl
rol word [ebx+esi*4],cl
rol word [ebx+esi*4+0x40],cl
rol ebx,cl
rol dword [ebx+esi*4],cl
rol dword [ebx+esi*4+0x40],cl
ror bx,cl
ror word [ebx+esi*4],cl
ror word [ebx+esi*4+0x40],cl
ror ebx,cl
ror dword [ebx+esi*4],cl
ror dword [ebx+esi*4+0x40],cl
rcl bx,cl
rcl word [ebx+esi*4],cl
rcl word [ebx+esi*4+0x40],cl
rcl ebx,cl
rcl dword [ebx+esi*4],cl
rcl dword [ebx+esi*4+0x40],cl
rcr bx,cl
rcr word [ebx+esi*4],cl
rcr word [ebx+esi*4+0x40],cl
rcr ebx,cl
rcr dword [ebx+esi*4],cl
rcr dword [ebx+esi*4+0x40],cl
shl bx,cl
shl word [ebx+esi*4],cl
shl word [ebx+esi*4+0x40],cl
shl ebx,cl
shl dword [ebx+esi*4],cl
shl dword [ebx+esi*4+0x40],cl
shr bx,cl
shr word [ebx+esi*4],cl
shr word [ebx+esi*4+0x40],cl
shr ebx,cl
shr dword [ebx+esi*4],cl
shr dword [ebx+esi*4+0x40],cl
sal bx,cl
sal word [ebx+esi*4],cl
sal word [ebx+esi*4+0x40],cl
sal ebx,cl
sal dword [ebx+esi*4],cl
sal dword [ebx+esi*4+0x40],cl
sar bx,cl
sar word [ebx+esi*4],cl
sar word [ebx+esi*4+0x40],cl
sar ebx,cl
sar dword [ebx+esi*4],cl
sar dword [ebx+esi*4+0x40],cl
aam 5
salc
xlatb
fadd dword [ebx+esi*4]
fadd dword [ebx+esi*4+0x40]
fmul dword [ebx+esi*4]
fmul dword [ebx+esi*4+0x40]
fcom dword [ebx+esi*4]
fcom dword [ebx+esi*4+0x40]
fcomp dword [ebx+esi*4]
fcomp dword [ebx+esi*4+0x40]
fsub dword [ebx+esi*4]
fsub dword [ebx+esi*4+0x40]
fsubr dword [ebx+esi*4]
fsubr dword [ebx+esi*4+0x40]
fdiv dword [ebx+esi*4]
fdiv dword [ebx+esi*4+0x40]
fdivr dword [ebx+esi*4]
fdivr dword [ebx+esi*4+0x40]
fadd st3
fadd st4
fmul st3
fmul st4
fcom st3
fcom st4
fcomp st3
fcomp st4
fsub st3
fsub st4
fsubr st3
fsubr st4
fdiv st3
fdiv st4
fdivr st3
fdivr st4
fld dword [ebx+esi*4]
fld dword [ebx+esi*4+0x40]
fst dword [ebx+esi*4]
fst dword [ebx+esi*4+0x40]
fstp dword [ebx+esi*4]
fstp dword [ebx+esi*4+0x40]
o16 fldenv [ebx+esi*4]
o16 fldenv [ebx+esi*4+0x40]
fldenv [ebx+esi*4]
fldenv [ebx+esi*4+0x40]
fldcw [ebx+esi*4]
fldcw [ebx+esi*4+0x40]
o16 fnstenv [ebx+esi*4]
o16 fnstenv [ebx+esi*4+0x40]
fnstenv [ebx+esi*4]
fnstenv [ebx+esi*4+0x40]
fnstcw [ebx+esi*4]
fnstcw [ebx+esi*4+0x40]
fld st3
fld st4
fxch st3
fxch st4
fnop
fchs
fabs
ftst
fxam
fld1
fldl2t
fldl2e
fldpi
fldlg2
fldln2
fldz
f2xm1
fyl2x
fptan
fpatan
fxtract
fprem1
fdecstp
fincstp
fprem
fyl2xp1
fsqrt
fsincos
frndint
fscale
fsin
fcos
fiadd dword [ebx+esi*4]
fiadd dword [ebx+esi*4+0x40]
fimul dword [ebx+esi*4]
fimul dword [ebx+esi*4+0x40]
ficom dword [ebx+esi*4]
ficom dword [ebx+esi*4+0x40]
ficomp dword [ebx+esi*4]
ficomp dword [ebx+esi*4+0x40]
fisub dword [ebx+esi*4]
fisub dword [ebx+esi*4+0x40]
fisubr dword [ebx+esi*4]
fisubr dword [ebx+esi*4+0x40]
fidiv dword [ebx+esi*4]
fidiv dword [ebx+esi*4+0x40]
fidivr dword [ebx+esi*4]
fidivr dword [ebx+esi*4+0x40]
fcmovb st3
fcmovb st4
fcmove st3
fcmove st4
fcmovbe st3
fcmovbe st4
fcmovu st3
fcmovu st4
fild dword [ebx+esi*4]
fild dword [ebx+esi*4+0x40]
fisttp dword [ebx+esi*4]
fisttp dword [ebx+esi*4+0x40]
fist dword [ebx+esi*4]
fist dword [ebx+esi*4+0x40]
fistp dword [ebx+esi*4]
fistp dword [ebx+esi*4+0x40]
fld tword [ebx+esi*4]
fld tword [ebx+esi*4+0x40]
fstp tword [ebx+esi*4]
fstp tword [ebx+esi*4+0x40]
fcmovnb st3
fcmovnb st4
fcmovne st3
fcmovne st4
fcmovnbe st3
fcmovnbe st4
fcmovnu st3
fcmovnu st4
fneni
fndisi
fnclex
fninit
fucomi st3
fucomi st4
fcomi st3
fcomi st4
fadd qword [ebx+esi*4]
fadd qword [ebx+esi*4+0x40]
fmul qword [ebx+esi*4]
fmul qword [ebx+esi*4+0x40]
fcom qword [ebx+esi*4]
fcom qword [ebx+esi*4+0x40]
fcomp qword [ebx+esi*4]
fcomp qword [ebx+esi*4+0x40]
fsub qword [ebx+esi*4]
fsub qword [ebx+esi*4+0x40]
fsubr qword [ebx+esi*4]
fsubr qword [ebx+esi*4+0x40]
fdiv qword [ebx+esi*4]
fdiv qword [ebx+esi*4+0x40]
fdivr qword [ebx+esi*4]
fdivr qword [ebx+esi*4+0x40]
fadd to st3
fadd to st4
fmul to st3
fmul to st4
fsubr to st3
fsubr to st4
fsub to st3
fsub to st4
fdivr to st3
fdivr to st4
fdiv to st3
fdiv to st4
fld qword [ebx+esi*4]
fld qword [ebx+esi*4+0x40]
fisttp qword [ebx+esi*4]
fisttp qword [ebx+esi*4+0x40]
fst qword [ebx+esi*4]
fst qword [ebx+esi*4+0x40]
fstp qword [ebx+esi*4]
fstp qword [ebx+esi*4+0x40]
o16 frstor [ebx+esi*4]
o16 frstor [ebx+esi*4+0x40]
frstor [ebx+esi*4]
frstor [ebx+esi*4+0x40]
o16 fnsave [ebx+esi*4]
o16 fnsave [ebx+esi*4+0x40]
fnsave [ebx+esi*4]
fnsave [ebx+esi*4+0x40]
fnstsw [ebx+esi*4]
fnstsw [ebx+esi*4+0x40]
ffree st3
ffree st4
fst st3
fst st4
fstp st3
fstp st4
fucom st3
fucom st4
fucomp st3
fucomp st4
fiadd word [ebx+esi*4]
fiadd word [ebx+esi*4+0x40]
fimul word [ebx+esi*4]
fimul word [ebx+esi*4+0x40]
ficom word [ebx+esi*4]
ficom word [ebx+esi*4+0x40]
ficomp word [ebx+esi*4]
ficomp word [ebx+esi*4+0x40]
fisub word [ebx+esi*4]
fisub word [ebx+esi*4+0x40]
fisubr word [ebx+esi*4]
fisubr word [ebx+esi*4+0x40]
fidiv word [ebx+esi*4]
fidiv word [ebx+esi*4+0x40]
fidivr word [ebx+esi*4]
fidivr word [ebx+esi*4+0x40]
faddp st3
faddp st4
fmulp st3
fmulp st4
fcompp
fsubrp st3
fsubrp st4
fsubp st3
fsubp st4
fdivrp st3
fdivrp st4
fdivp st3
fdivp st4
fild word [ebx+esi*4]
fild word [ebx+esi*4+0x40]
fisttp word [ebx+esi*4]
fisttp word [ebx+esi*4+0x40]
fist word [ebx+esi*4]
fist word [ebx+esi*4+0x40]
fistp word [ebx+esi*4]
fistp word [ebx+esi*4+0x40]
fbld tword [ebx+esi*4]
fbld tword [ebx+esi*4+0x40]
fild qword [ebx+esi*4]
fild qword [ebx+esi*4+0x40]
fbstp tword [ebx+esi*4]
fbstp tword [ebx+esi*4+0x40]
fistp qword [ebx+esi*4]
fistp qword [ebx+esi*4+0x40]
ffreep st3
ffreep st4
fnstsw ax
fucomip st3
fucomip st4
fcomip st3
fcomip st4
in al,5
in ax,5
in eax,5
out 5,al
out 5,ax
jmp 8:0x1234
jmp 8:0x12345678
in al,dx
in eax,dx
out dx,ax
out dx,eax
int1
hlt
cmc
test bl,5
test byte [ebx+esi*4],5
test byte [ebx+esi*4+0x40],5
not bl
not byte [ebx+esi*4]
not byte [ebx+esi*4+0x40]
neg bl
neg byte [ebx+esi*4]
neg byte [ebx+esi*4+0x40]
mul bl
mul byte [ebx+esi*4]
mul byte [ebx+esi*4+0x40]
imul bl
imul byte [ebx+esi*4]
imul byte [ebx+esi*4+0x40]
div bl
div byte [ebx+esi*4]
div byte [ebx+esi*4+0x40]
idiv bl
idiv byte [ebx+esi*4]
idiv byte [ebx+esi*4+0x40]
test bx,0x1234
test word [ebx+esi*4],0x1234
test word [ebx+esi*4+0x40],0x1234
test ebx,0x12345678
test dword [ebx+esi*4],0x12345678
test dword [ebx+esi*4+0x40],0x12345678
not bx
not word [ebx+esi*4]
not word [ebx+esi*4+0x40]
not ebx
not dword [ebx+esi*4]
not dword [ebx+esi*4+0x40]
neg bx
neg word [ebx+esi*4]
neg word [ebx+esi*4+0x40]
neg ebx
neg dword [ebx+esi*4]
neg dword [ebx+esi*4+0x40]
mul bx
mul word [ebx+esi*4]
mul word [ebx+esi*4+0x40]
mul ebx
mul dword [ebx+esi*4]
mul dword [ebx+esi*4+0x40]
imul bx
imul word [ebx+esi*4]
imul word [ebx+esi*4+0x40]
imul ebx
imul dword [ebx+esi*4]
imul dword [ebx+esi*4+0x40]
div bx
div word [ebx+esi*4]
div word [ebx+esi*4+0x40]
div ebx
div dword [ebx+esi*4]
div dword [ebx+esi*4+0x40]
idiv bx
idiv word [ebx+esi*4]
idiv word [ebx+esi*4+0x40]
idiv ebx
idiv dword [ebx+esi*4]
idiv dword [ebx+esi*4+0x40]
clc
stc
cli
sti
cld
std
inc bl
inc byte [ebx+esi*4]
inc byte [ebx+esi*4+0x40]
dec bl
dec byte [ebx+esi*4]
dec byte [ebx+esi*4+0x40]
inc word [ebx+esi*4]
inc word [ebx+esi*4+0x40]
inc dword [ebx+esi*4]
inc dword [ebx+esi*4+0x40]
dec word [ebx+esi*4]
dec word [ebx+esi*4+0x40]
dec dword [ebx+esi*4]
dec dword [ebx+esi*4+0x40]
call bx
call word [ebx+esi*4]
call word [ebx+esi*4+0x40]
call ebx
call dword [ebx+esi*4]
call dword [ebx+esi*4+0x40]
call word far [ebx+esi*4]
call word far [ebx+esi*4+0x40]
call far [ebx+esi*4]
call far [ebx+esi*4+0x40]
jmp bx
jmp word [ebx+esi*4]
jmp word [ebx+esi*4+0x40]
jmp ebx
jmp dword [ebx+esi*4]
jmp dword [ebx+esi*4+0x40]
jmp word far [ebx+esi*4]
jmp word far [ebx+esi*4+0x40]
jmp far [ebx+esi*4]
jmp far [ebx+esi*4+0x40]
push word [ebx+esi*4]
push word [ebx+esi*4+0x40]
push dword [ebx+esi*4]
push dword [ebx+esi*4+0x40]
sldt bx
o16 sldt [ebx+esi*4]
o16 sldt [ebx+esi*4+0x40]
sldt ebx
sldt [ebx+esi*4]
sldt [ebx+esi*4+0x40]
str bx
o16 str [ebx+esi*4]
o16 str [ebx+esi*4+0x40]
str ebx
str [ebx+esi*4]
str [ebx+esi*4+0x40]
lldt bx
lldt [ebx+esi*4]
lldt [ebx+esi*4+0x40]
ltr bx
ltr [ebx+esi*4]
ltr [ebx+esi*4+0x40]
o16 sgdt [ebx+esi*4]
o16 sgdt [ebx+esi*4+0x40]
sgdt [ebx+esi*4]
sgdt [ebx+esi*4+0x40]
o16 sidt [ebx+esi*4]
o16 sidt [ebx+esi*4+0x40]
sidt [ebx+esi*4]
sidt [ebx+esi*4+0x40]
o16 lgdt [ebx+esi*4]
o16 lgdt [ebx+esi*4+0x40]
lgdt [ebx+esi*4]
lgdt [ebx+esi*4+0x40]
o16 lidt [ebx+esi*4]
o16 lidt [ebx+esi*4+0x40]
lidt [ebx+esi*4]
lidt [ebx+esi*4+0x40]
smsw bx
o16 smsw [ebx+esi*4]
o16 smsw [ebx+esi*4+0x40]
smsw ebx
smsw [ebx+esi*4]
smsw [ebx+esi*4+0x40]
rstorssp [ebx+esi*4]
rstorssp [ebx+esi*4+0x40]
lmsw bx
lmsw [ebx+esi*4]
lmsw [ebx+esi*4+0x40]
invlpg [ebx+esi*4]
invlpg [ebx+esi*4+0x40]
enclv
pconfig
a16 monitor
monitor
mwait
clac
stac
encls
xgetbv
xsetbv
xend
xtest
enclu
a16 vmrun
a16 vmload
a16 vmsave
stgi
clgi
invlpga ax,ecx
invlpga eax,ecx
setssbsy
saveprevssp
rdtscp
a16 monitorx
monitorx
mwaitx
a16 clzero
clzero
lar bx,sp
lar bx,[ebx+esi*4]
lar sp,[ebx+esi*4+0x40]
lar ebx,esp
lar ebx,[ebx+esi*4]
lar esp,[ebx+esi*4+0x40]
lsl bx,sp
lsl bx,[ebx+esi*4]
lsl sp,[ebx+esi*4+0x40]
lsl ebx,esp
lsl ebx,[ebx+esi*4]
lsl esp,[ebx+esi*4+0x40]
syscall
clts
sysret
invd
wbinvd
wbnoinvd
ud2
prefetchw [ebx+esi*4]
prefetch [ebx+esi*4+0x40]
prefetch [ebx+esi*4]
prefetchw [ebx+esi*4+0x40]
prefetchwt1 [ebx+esi*4]
prefetchwt1 [ebx+esi*4+0x40]
femms
movups xmm0,xmm3
movups xmm3,[ebx+esi*4]
movups xmm0,[ebx+esi*4+0x40]
movupd xmm3,xmm4
movupd [ebx+esi*4],xmm3
movupd [ebx+esi*4+0x40],xmm4
movups xmm3,xmm4
movups [ebx+esi*4],xmm3
movups [ebx+esi*4+0x40],xmm4
movhlps xmm3,xmm0
movlps xmm3,[ebx+esi*4]
movlps xmm0,[ebx+esi*4+0x40]
movlpd [ebx+esi*4],xmm3
movlpd [ebx+esi*4+0x40],xmm4
movlps [ebx+esi*4],xmm3
movlps [ebx+esi*4+0x40],xmm4
movups xmm4,[ebx+esi*4+0x40]
vmovups ymm4{k3}{z},ymm5
movupd xmm3,[ebx+esi*4]
movupd xmm4,[ebx+esi*4+0x40]
vmovupd xmm4,[ebx+esi*4+0x40]
vmovupd zmm4{k3}{z},zmm5
movss xmm3,xmm4
movss xmm3,[ebx+esi*4]
movss xmm4,[ebx+esi*4+0x40]
vmovss xmm4{k3}{z},[ebx+esi*4]
movsd xmm3,xmm4
movsd xmm3,[ebx+esi*4]
movsd xmm4,[ebx+esi*4+0x40]
vmovsd xmm4{k3}{z},[ebx+esi*4]
vmovupd [ebx+esi*4+0x40],ymm4
movss [ebx+esi*4],xmm3
movss [ebx+esi*4+0x40],xmm4
movsd [ebx+esi*4],xmm3
movsd [ebx+esi*4+0x40],xmm4
vmovsd [ebx+esi*4],xmm3
movhlps xmm3,xmm4
movhlps xmm4,xmm5
movlps xmm4,[ebx+esi*4+0x40]
movlpd xmm3,[ebx+esi*4]
movlpd xmm4,[ebx+esi*4+0x40]
movsldup xmm3,xmm4
movsldup xmm3,[ebx+esi*4]
movsldup xmm4,[ebx+esi*4+0x40]
vmovsldup ymm3,[ebx+esi*4]
movddup xmm3,xmm4
movddup xmm3,[ebx+esi*4]
movddup xmm4,[ebx+esi*4+0x40]
vmovddup ymm4{k3}{z},ymm5
unpcklps xmm3,xmm4
unpcklps xmm3,[ebx+esi*4]
unpcklps xmm4,[ebx+esi*4+0x40]
vunpcklps ymm4{k3}{z},ymm5,ymm6
unpcklpd xmm3,xmm4
unpcklpd xmm3,[ebx+esi*4]
unpcklpd xmm4,[ebx+esi*4+0x40]
vunpcklpd xmm3,xmm4,[ebx+esi*4]
vunpcklpd zmm4,zmm5,[ebx+esi*4+0x40]
unpckhps xmm3,xmm4
unpckhps xmm3,[ebx+esi*4]
unpckhps xmm4,[ebx+esi*4+0x40]
vunpckhps ymm4,ymm5,[ebx+esi*4+0x40]
unpckhpd xmm3,xmm4
unpckhpd xmm3,[ebx+esi*4]
unpckhpd xmm4,[ebx+esi*4+0x40]
vunpckhpd ymm5{k3}{z},ymm6,[ebx+esi*4]{1to4}
movlhps xmm3,xmm4
movlhps xmm4,xmm5
movhps xmm3,[ebx+esi*4]
movhps xmm4,[ebx+esi*4+0x40]
movhpd xmm3,[ebx+esi*4]
movhpd xmm4,[ebx+esi*4+0x40]
movshdup xmm3,xmm4
movshdup xmm3,[ebx+esi*4]
movshdup xmm4,[ebx+esi*4+0x40]
movhps [ebx+esi*4],xmm3
movhps [ebx+esi*4+0x40],xmm4
movhpd [ebx+esi*4],xmm3
movhpd [ebx+esi*4+0x40],xmm4
prefetcht2 [ebx+esi*4]
prefetchnta [ebx+esi*4]
prefetchnta [ebx+esi*4+0x40]
prefetcht0 [ebx+esi*4]
prefetcht0 [ebx+esi*4+0x40]
prefetcht1 [ebx+esi*4]
prefetcht1 [ebx+esi*4+0x40]
prefetcht2 [ebx+esi*4+0x40]
cldemote [ebx+esi*4]
cldemote [ebx+esi*4+0x40]
endbr64
endbr32
nop bx
nop word [ebx+esi*4]
nop word [ebx+esi*4+0x40]
nop ebx
nop dword [ebx+esi*4]
nop dword [ebx+esi*4+0x40]
mov ebx,cr0
mov esp,cr2
mov ebx,dr7
mov esp,dr7
mov cr4,esp
mov cr0,ebp
mov dr7,esp
mov dr7,ebp
movaps xmm3,xmm4
movaps xmm3,[ebx+esi*4]
movaps xmm4,[ebx+esi*4+0x40]
vmovaps ymm4{k3}{z},ymm5
movapd xmm3,xmm4
movapd xmm3,[ebx+esi*4]
movapd xmm4,[ebx+esi*4+0x40]
vmovapd xmm3,[ebx+esi*4]
vmovapd zmm4,[ebx+esi*4+0x40]
movaps [ebx+esi*4],xmm3
movaps [ebx+esi*4+0x40],xmm4
movapd [ebx+esi*4],xmm3
movapd [ebx+esi*4+0x40],xmm4
cvtpi2ps xmm3,mm4
cvtpi2ps xmm3,[ebx+esi*4]
cvtpi2ps xmm4,[ebx+esi*4+0x40]
cvtpi2pd xmm3,mm4
cvtpi2pd xmm3,[ebx+esi*4]
cvtpi2pd xmm4,[ebx+esi*4+0x40]
cvtsi2ss xmm3,esp
cvtsi2ss xmm3,dword [ebx+esi*4]
cvtsi2ss xmm4,dword [ebx+esi*4+0x40]
cvtsi2sd xmm3,esp
cvtsi2sd xmm3,dword [ebx+esi*4]
cvtsi2sd xmm4,dword [ebx+esi*4+0x40]
movntps [ebx+esi*4],xmm3
movntps [ebx+esi*4+0x40],xmm4
vmovntps [ebx+esi*4+0x40],zmm4
movntpd [ebx+esi*4],xmm3
movntpd [ebx+esi*4+0x40],xmm4
movntss [ebx+esi*4],xmm3
movntss [ebx+esi*4+0x40],xmm4
movntsd [ebx+esi*4],xmm3
movntsd [ebx+esi*4+0x40],xmm4
cvttps2pi mm3,xmm4
cvttps2pi mm3,[ebx+esi*4]
cvttps2pi mm4,[ebx+esi*4+0x40]
cvttpd2pi mm3,xmm4
cvttpd2pi mm3,[ebx+esi*4]
cvttpd2pi mm4,[ebx+esi*4+0x40]
cvttss2si ebx,xmm4
cvttss2si ebx,[ebx+esi*4]
cvttss2si esp,[ebx+esi*4+0x40]
vcvttss2si ebx,xmm4
cvttsd2si ebx,xmm4
cvttsd2si ebx,[ebx+esi*4]
cvttsd2si esp,[ebx+esi*4+0x40]
vcvttsd2si esp,xmm5,{sae}
cvtps2pi mm3,xmm4
cvtps2pi mm3,[ebx+esi*4]
cvtps2pi mm4,[ebx+esi*4+0x40]
cvtpd2pi mm3,xmm4
cvtpd2pi mm3,[ebx+esi*4]
cvtpd2pi mm4,[ebx+esi*4+0x40]
cvtss2si ebx,xmm4
cvtss2si ebx,[ebx+esi*4]
cvtss2si esp,[ebx+esi*4+0x40]
vcvtss2si ebx,xmm4
cvtsd2si ebx,xmm4
cvtsd2si ebx,[ebx+esi*4]
cvtsd2si esp,[ebx+esi*4+0x40]
ucomiss xmm3,xmm4
ucomiss xmm3,[ebx+esi*4]
ucomiss xmm4,[ebx+esi*4+0x40]
ucomisd xmm3,xmm4
ucomisd xmm3,[ebx+esi*4]
ucomisd xmm4,[ebx+esi*4+0x40]
vucomisd xmm4,[ebx+esi*4+0x40]
comiss xmm3,xmm4
comiss xmm3,[ebx+esi*4]
comiss xmm4,[ebx+esi*4+0x40]
comisd xmm3,xmm4
comisd xmm3,[ebx+esi*4]
comisd xmm4,[ebx+esi*4+0x40]
vcomiss xmm4,[ebx+esi*4+0x40]
wrmsr
rdtsc
rdmsr
rdpmc
sysenter
sysexit
getsec
cmovo bx,sp
cmovo bx,[ebx+esi*4]
cmovo sp,[ebx+esi*4+0x40]
cmovo ebx,esp
cmovo ebx,[ebx+esi*4]
cmovo esp,[ebx+esi*4+0x40]
cmovno bx,sp
cmovno bx,[ebx+esi*4]
cmovno sp,[ebx+esi*4+0x40]
cmovno ebx,esp
cmovno ebx,[ebx+esi*4]
cmovno esp,[ebx+esi*4+0x40]
cmovb bx,sp
cmovb bx,[ebx+esi*4]
cmovb sp,[ebx+esi*4+0x40]
cmovb ebx,esp
cmovb ebx,[ebx+esi*4]
cmovb esp,[ebx+esi*4+0x40]
cmovae bx,sp
cmovae bx,[ebx+esi*4]
cmovae sp,[ebx+esi*4+0x40]
cmovae ebx,esp
cmovae ebx,[ebx+esi*4]
cmovae esp,[ebx+esi*4+0x40]
cmove bx,sp
cmove bx,[ebx+esi*4]
cmove sp,[ebx+esi*4+0x40]
cmove ebx,esp
cmove ebx,[ebx+esi*4]
cmove esp,[ebx+esi*4+0x40]
cmovne bx,sp
cmovne bx,[ebx+esi*4]
cmovne sp,[ebx+esi*4+0x40]
cmovne ebx,esp
cmovne ebx,[ebx+esi*4]
cmovne esp,[ebx+esi*4+0x40]
cmovbe bx,sp
cmovbe bx,[ebx+esi*4]
cmovbe sp,[ebx+esi*4+0x40]
cmovbe ebx,esp
cmovbe ebx,[ebx+esi*4]
cmovbe esp,[ebx+esi*4+0x40]
cmova bx,sp
cmova bx,[ebx+esi*4]
cmova sp,[ebx+esi*4+0x40]
cmova ebx,esp
cmova ebx,[ebx+esi*4]
cmova esp,[ebx+esi*4+0x40]
cmovs bx,sp
cmovs bx,[ebx+esi*4]
cmovs sp,[ebx+esi*4+0x40]
cmovs ebx,esp
cmovs ebx,[ebx+esi*4]
cmovs esp,[ebx+esi*4+0x40]
cmovns bx,sp
cmovns bx,[ebx+esi*4]
cmovns sp,[ebx+esi*4+0x40]
cmovns ebx,esp
cmovns ebx,[ebx+esi*4]
cmovns esp,[ebx+esi*4+0x40]
cmovp bx,sp
cmovp bx,[ebx+esi*4]
cmovp sp,[ebx+esi*4+0x40]
cmovp ebx,esp
cmovp ebx,[ebx+esi*4]
cmovp esp,[ebx+esi*4+0x40]
cmovnp bx,sp
cmovnp bx,[ebx+esi*4]
cmovnp sp,[ebx+esi*4+0x40]
cmovnp ebx,esp
cmovnp ebx,[ebx+esi*4]
cmovnp esp,[ebx+esi*4+0x40]
cmovl bx,sp
cmovl bx,[ebx+esi*4]
cmovl sp,[ebx+esi*4+0x40]
cmovl ebx,esp
cmovl ebx,[ebx+esi*4]
cmovl esp,[ebx+esi*4+0x40]
cmovge bx,sp
cmovge bx,[ebx+esi*4]
cmovge sp,[ebx+esi*4+0x40]
cmovge ebx,esp
cmovge ebx,[ebx+esi*4]
cmovge esp,[ebx+esi*4+0x40]
cmovle bx,sp
cmovle bx,[ebx+esi*4]
cmovle sp,[ebx+esi*4+0x40]
cmovle ebx,esp
cmovle ebx,[ebx+esi*4]
cmovle esp,[ebx+esi*4+0x40]
cmovg bx,sp
cmovg bx,[ebx+esi*4]
cmovg sp,[ebx+esi*4+0x40]
cmovg ebx,esp
cmovg ebx,[ebx+esi*4]
cmovg esp,[ebx+esi*4+0x40]
kandnq k3,k4,k5
knotb k4,k5
kxnorw k3,k4,k5
kxorq k4,k5,k6
kaddd k3,k4,k5
movmskps ebx,xmm4
movmskps esp,xmm5
vmovmskps esp,xmm5
movmskpd ebx,xmm4
movmskpd esp,xmm5
sqrtps xmm3,xmm4
sqrtps xmm3,[ebx+esi*4]
sqrtps xmm4,[ebx+esi*4+0x40]
vsqrtps zmm3,zmm4
sqrtpd xmm3,xmm4
sqrtpd xmm3,[ebx+esi*4]
sqrtpd xmm4,[ebx+esi*4+0x40]
vsqrtpd ymm3,ymm4
vsqrtpd zmm5{k3}{z},[ebx+esi*4]{1to8}
sqrtss xmm3,xmm4
sqrtss xmm3,[ebx+esi*4]
sqrtss xmm4,[ebx+esi*4+0x40]
sqrtsd xmm3,xmm4
sqrtsd xmm3,[ebx+esi*4]
sqrtsd xmm4,[ebx+esi*4+0x40]
rsqrtps xmm3,xmm4
rsqrtps xmm3,[ebx+esi*4]
rsqrtps xmm4,[ebx+esi*4+0x40]
vrsqrtps xmm4,[ebx+esi*4+0x40]
rsqrtss xmm3,xmm4
rsqrtss xmm3,[ebx+esi*4]
rsqrtss xmm4,[ebx+esi*4+0x40]
rcpps xmm3,xmm4
rcpps xmm3,[ebx+esi*4]
rcpps xmm4,[ebx+esi*4+0x40]
rcpss xmm3,xmm4
rcpss xmm3,[ebx+esi*4]
rcpss xmm4,[ebx+esi*4+0x40]
vrcpss xmm3,xmm4,xmm5
andps xmm3,xmm4
andps xmm3,[ebx+esi*4]
andps xmm4,[ebx+esi*4+0x40]
vandps ymm4,ymm5,[ebx+esi*4+0x40]
andpd xmm3,xmm4
andpd xmm3,[ebx+esi*4]
andpd xmm4,[ebx+esi*4+0x40]
vandpd ymm5{k3}{z},ymm6,[ebx+esi*4]{1to4}
andnps xmm3,xmm4
andnps xmm3,[ebx+esi*4]
andnps xmm4,[ebx+esi*4+0x40]
vandnps xmm4,xmm5,[ebx+esi*4+0x40]
vandnps zmm4{k3}{z},zmm5,zmm6
andnpd xmm3,xmm4
andnpd xmm3,[ebx+esi*4]
andnpd xmm4,[ebx+esi*4+0x40]
vandnpd xmm4{k3}{z},xmm5,xmm6
orps xmm3,xmm4
orps xmm3,[ebx+esi*4]
orps xmm4,[ebx+esi*4+0x40]
vorps zmm3,zmm4,zmm5
orpd xmm3,xmm4
orpd xmm3,[ebx+esi*4]
orpd xmm4,[ebx+esi*4+0x40]
vorpd ymm3,ymm4,ymm5
vorpd zmm5{k3}{z},zmm6,[ebx+esi*4]{1to8}
xorps xmm3,xmm4
xorps xmm3,[ebx+esi*4]
xorps xmm4,[ebx+esi*4+0x40]
vxorps xmm5{k3}{z},xmm6,[ebx+esi*4]{1to4}
xorpd xmm3,xmm4
xorpd xmm3,[ebx+esi*4]
xorpd xmm4,[ebx+esi*4+0x40]
vxorpd xmm3,xmm4,xmm5
vxorpd zmm3,zmm4,[ebx+esi*4]
addps xmm3,xmm4
addps xmm3,[ebx+esi*4]
addps xmm4,[ebx+esi*4+0x40]
vaddps ymm3,ymm4,[ebx+esi*4]
addpd xmm3,xmm4
addpd xmm3,[ebx+esi*4]
addpd xmm4,[ebx+esi*4+0x40]
vaddpd ymm4{k3}{z},ymm5,ymm6
addss xmm3,xmm4
addss xmm3,[ebx+esi*4]
addss xmm4,[ebx+esi*4+0x40]
vaddss xmm3,xmm4,[ebx+esi*4]
addsd xmm3,xmm4
addsd xmm3,[ebx+esi*4]
addsd xmm4,[ebx+esi*4+0x40]
vaddsd xmm5{k3}{z},xmm6,[ebx+esi*4]
mulps xmm3,xmm4
mulps xmm3,[ebx+esi*4]
mulps xmm4,[ebx+esi*4+0x40]
vmulps xmm5{k3}{z},xmm6,[ebx+esi*4]{1to4}
mulpd xmm3,xmm4
mulpd xmm3,[ebx+esi*4]
mulpd xmm4,[ebx+esi*4+0x40]
vmulpd xmm3,xmm4,xmm5
vmulpd zmm3,zmm4,[ebx+esi*4]
mulss xmm3,xmm4
mulss xmm3,[ebx+esi*4]
mulss xmm4,[ebx+esi*4+0x40]
vmulss xmm5{k3}{z},xmm6,[ebx+esi*4]
mulsd xmm3,xmm4
mulsd xmm3,[ebx+esi*4]
mulsd xmm4,[ebx+esi*4+0x40]
cvtps2pd xmm3,xmm4
cvtps2pd xmm3,[ebx+esi*4]
cvtps2pd xmm4,[ebx+esi*4+0x40]
vcvtps2pd zmm3,ymm4
cvtpd2ps xmm3,xmm4
cvtpd2ps xmm3,[ebx+esi*4]
cvtpd2ps xmm4,[ebx+esi*4+0x40]
vcvtpd2ps xmm3,ymm4
vcvtpd2ps ymm5{k3}{z},[ebx+esi*4]{1to8}
cvtss2sd xmm3,xmm4
cvtss2sd xmm3,[ebx+esi*4]
cvtss2sd xmm4,[ebx+esi*4+0x40]
cvtsd2ss xmm3,xmm4
cvtsd2ss xmm3,[ebx+esi*4]
cvtsd2ss xmm4,[ebx+esi*4+0x40]
cvtdq2ps xmm3,xmm4
cvtdq2ps xmm3,[ebx+esi*4]
cvtdq2ps xmm4,[ebx+esi*4+0x40]
vcvtdq2ps xmm4,[ebx+esi*4+0x40]
vcvtdq2ps zmm4{k3}{z},zmm5,{rd-sae}
vcvtqq2ps xmm5{k3}{z},[ebx+esi*4]{1to4}
cvtps2dq xmm3,xmm4
cvtps2dq xmm3,[ebx+esi*4]
cvtps2dq xmm4,[ebx+esi*4+0x40]
vcvtps2dq xmm4,[ebx+esi*4+0x40]
vcvtps2dq zmm4{k3}{z},zmm5,{rd-sae}
cvttps2dq xmm3,xmm4
cvttps2dq xmm3,[ebx+esi*4]
cvttps2dq xmm4,[ebx+esi*4+0x40]
vcvttps2dq xmm4{k3}{z},xmm5
subps xmm3,xmm4
subps xmm3,[ebx+esi*4]
subps xmm4,[ebx+esi*4+0x40]
vsubps zmm3,zmm4,zmm5
subpd xmm3,xmm4
subpd xmm3,[ebx+esi*4]
subpd xmm4,[ebx+esi*4+0x40]
vsubpd ymm3,ymm4,ymm5
vsubpd zmm5{k3}{z},zmm6,[ebx+esi*4]{1to8}
subss xmm3,xmm4
subss xmm3,[ebx+esi*4]
subss xmm4,[ebx+esi*4+0x40]
subsd xmm3,xmm4
subsd xmm3,[ebx+esi*4]
subsd xmm4,[ebx+esi*4+0x40]
minps xmm3,xmm4
minps xmm3,[ebx+esi*4]
minps xmm4,[ebx+esi*4+0x40]
vminps xmm4,xmm5,[ebx+esi*4+0x40]
vminps zmm4{k3}{z},zmm5,zmm6,{sae}
minpd xmm3,xmm4
minpd xmm3,[ebx+esi*4]
minpd xmm4,[ebx+esi*4+0x40]
vminpd xmm4{k3}{z},xmm5,xmm6
minss xmm3,xmm4
minss xmm3,[ebx+esi*4]
minss xmm4,[ebx+esi*4+0x40]
minsd xmm3,xmm4
minsd xmm3,[ebx+esi*4]
minsd xmm4,[ebx+esi*4+0x40]
vminsd xmm4,xmm5,[ebx+esi*4+0x40]
divps xmm3,xmm4
divps xmm3,[ebx+esi*4]
divps xmm4,[ebx+esi*4+0x40]
vdivps ymm4,ymm5,[ebx+esi*4+0x40]
divpd xmm3,xmm4
divpd xmm3,[ebx+esi*4]
divpd xmm4,[ebx+esi*4+0x40]
vdivpd ymm5{k3}{z},ymm6,[ebx+esi*4]{1to4}
divss xmm3,xmm4
divss xmm3,[ebx+esi*4]
divss xmm4,[ebx+esi*4+0x40]
vdivss xmm4,xmm5,[ebx+esi*4+0x40]
divsd xmm3,xmm4
divsd xmm3,[ebx+esi*4]
divsd xmm4,[ebx+esi*4+0x40]
maxps xmm3,xmm4
maxps xmm3,[ebx+esi*4]
maxps xmm4,[ebx+esi*4+0x40]
vmaxps ymm4{k3}{z},ymm5,ymm6
maxpd xmm3,xmm4
maxpd xmm3,[ebx+esi*4]
maxpd xmm4,[ebx+esi*4+0x40]
vmaxpd xmm3,xmm4,[ebx+esi*4]
vmaxpd zmm4,zmm5,[ebx+esi*4+0x40]
maxss xmm3,xmm4
maxss xmm3,[ebx+esi*4]
maxss xmm4,[ebx+esi*4+0x40]
maxsd xmm3,xmm4
maxsd xmm3,[ebx+esi*4]
maxsd xmm4,[ebx+esi*4+0x40]
punpcklbw mm3,mm4
punpcklbw mm3,[ebx+esi*4]
punpcklbw mm4,[ebx+esi*4+0x40]
punpcklbw xmm3,xmm4
punpcklbw xmm3,[ebx+esi*4]
punpcklbw xmm4,[ebx+esi*4+0x40]
vpunpcklbw ymm4{k3}{z},ymm5,ymm6
punpcklwd mm3,mm4
punpcklwd mm3,[ebx+esi*4]
punpcklwd mm4,[ebx+esi*4+0x40]
punpcklwd xmm3,xmm4
punpcklwd xmm3,[ebx+esi*4]
punpcklwd xmm4,[ebx+esi*4+0x40]
vpunpcklwd ymm5{k3}{z},ymm6,[ebx+esi*4]
punpckldq mm3,mm4
punpckldq mm3,[ebx+esi*4]
punpckldq mm4,[ebx+esi*4+0x40]
punpckldq xmm3,xmm4
punpckldq xmm3,[ebx+esi*4]
punpckldq xmm4,[ebx+esi*4+0x40]
vpunpckldq zmm3,zmm4,zmm5
packsswb mm3,mm4
packsswb mm3,[ebx+esi*4]
packsswb mm4,[ebx+esi*4+0x40]
packsswb xmm3,xmm4
packsswb xmm3,[ebx+esi*4]
packsswb xmm4,[ebx+esi*4+0x40]
vpacksswb xmm3,xmm4,xmm5
vpacksswb zmm3,zmm4,[ebx+esi*4]
pcmpgtb mm3,mm4
pcmpgtb mm3,[ebx+esi*4]
pcmpgtb mm4,[ebx+esi*4+0x40]
pcmpgtb xmm3,xmm4
pcmpgtb xmm3,[ebx+esi*4]
pcmpgtb xmm4,[ebx+esi*4+0x40]
vpcmpgtb xmm3,xmm4,[ebx+esi*4]
vpcmpgtb k3,ymm4,[ebx+esi*4]
pcmpgtw mm3,mm4
pcmpgtw mm3,[ebx+esi*4]
pcmpgtw mm4,[ebx+esi*4+0x40]
pcmpgtw xmm3,xmm4
pcmpgtw xmm3,[ebx+esi*4]
pcmpgtw xmm4,[ebx+esi*4+0x40]
vpcmpgtw k3,xmm4,[ebx+esi*4]
vpcmpgtw k4,zmm5,[ebx+esi*4+0x40]
pcmpgtd mm3,mm4
pcmpgtd mm3,[ebx+esi*4]
pcmpgtd mm4,[ebx+esi*4+0x40]
pcmpgtd xmm3,xmm4
pcmpgtd xmm3,[ebx+esi*4]
pcmpgtd xmm4,[ebx+esi*4+0x40]
vpcmpgtd xmm4,xmm5,[ebx+esi*4+0x40]
vpcmpgtd k4,ymm5,[ebx+esi*4+0x40]
packuswb mm3,mm4
packuswb mm3,[ebx+esi*4]
packuswb mm4,[ebx+esi*4+0x40]
packuswb xmm3,xmm4
packuswb xmm3,[ebx+esi*4]
packuswb xmm4,[ebx+esi*4+0x40]
vpackuswb ymm4{k3}{z},ymm5,ymm6
punpckhbw mm3,mm4
punpckhbw mm3,[ebx+esi*4]
punpckhbw mm4,[ebx+esi*4+0x40]
punpckhbw xmm3,xmm4
punpckhbw xmm3,[ebx+esi*4]
punpckhbw xmm4,[ebx+esi*4+0x40]
vpunpckhbw ymm5{k3}{z},ymm6,[ebx+esi*4]
punpckhwd mm3,mm4
punpckhwd mm3,[ebx+esi*4]
punpckhwd mm4,[ebx+esi*4+0x40]
punpckhwd xmm3,xmm4
punpckhwd xmm3,[ebx+esi*4]
punpckhwd xmm4,[ebx+esi*4+0x40]
vpunpckhwd zmm3,zmm4,zmm5
punpckhdq mm3,mm4
punpckhdq mm3,[ebx+esi*4]
punpckhdq mm4,[ebx+esi*4+0x40]
punpckhdq xmm3,xmm4
punpckhdq xmm3,[ebx+esi*4]
punpckhdq xmm4,[ebx+esi*4+0x40]
vpunpckhdq xmm3,xmm4,xmm5
vpunpckhdq zmm3,zmm4,[ebx+esi*4]
packssdw mm3,mm4
packssdw mm3,[ebx+esi*4]
packssdw mm4,[ebx+esi*4+0x40]
packssdw xmm3,xmm4
packssdw xmm3,[ebx+esi*4]
packssdw xmm4,[ebx+esi*4+0x40]
vpackssdw xmm3,xmm4,[ebx+esi*4]
vpackssdw zmm4,zmm5,[ebx+esi*4+0x40]
punpcklqdq xmm3,xmm4
punpcklqdq xmm3,[ebx+esi*4]
punpcklqdq xmm4,[ebx+esi*4+0x40]
vpunpcklqdq ymm4,ymm5,[ebx+esi*4+0x40]
punpckhqdq xmm3,xmm4
punpckhqdq xmm3,[ebx+esi*4]
punpckhqdq xmm4,[ebx+esi*4+0x40]
vpunpckhqdq ymm5{k3}{z},ymm6,[ebx+esi*4]{1to4}
movd mm3,esp
movd mm3,[ebx+esi*4]
movd mm4,[ebx+esi*4+0x40]
movd xmm3,esp
movd xmm3,[ebx+esi*4]
movd xmm4,[ebx+esi*4+0x40]
movq mm3,mm4
movq mm3,[ebx+esi*4]
movq mm4,[ebx+esi*4+0x40]
movdqa xmm3,xmm4
movdqa xmm3,[ebx+esi*4]
movdqa xmm4,[ebx+esi*4+0x40]
vmovdqa xmm3,[ebx+esi*4]
vmovdqa32 ymm3,[ebx+esi*4]
vmovdqa64 xmm4,[ebx+esi*4+0x40]
vmovdqa64 zmm4{k3}{z},zmm5
movdqu xmm3,xmm4
movdqu xmm3,[ebx+esi*4]
movdqu xmm4,[ebx+esi*4+0x40]
vmovdqu32 xmm3,xmm4
vmovdqu32 zmm3,[ebx+esi*4]
vmovdqu64 ymm4,[ebx+esi*4+0x40]
vmovdqu8 xmm4{k3}{z},xmm5
vmovdqu8 zmm5{k3}{z},[ebx+esi*4]
vmovdqu16 zmm3,zmm4
pshufw mm3,mm4,5
pshufw mm3,[ebx+esi*4],5
pshufw mm4,[ebx+esi*4+0x40],5
pshufd xmm3,xmm4,5
pshufd xmm3,[ebx+esi*4],5
pshufd xmm4,[ebx+esi*4+0x40],5
pshufhw xmm3,xmm4,5
pshufhw xmm3,[ebx+esi*4],5
pshufhw xmm4,[ebx+esi*4+0x40],5
pshuflw xmm3,xmm4,5
pshuflw xmm3,[ebx+esi*4],5
pshuflw xmm4,[ebx+esi*4+0x40],5
psrlw mm3,5
psrlw mm4,5
psrlw xmm3,5
psrlw xmm4,5
vpsrlw xmm4,xmm5,5
vpsrlw zmm3,zmm4,5
psraw mm3,5
psraw mm4,5
psraw xmm3,5
psraw xmm4,5
vpsraw ymm3,ymm4,5
vpsraw zmm3,[ebx+esi*4],5
psllw mm3,5
psllw mm4,5
psllw xmm3,5
psllw xmm4,5
vpsllw ymm4,ymm5,5
vpsllw zmm4,[ebx+esi*4+0x40],5
vprord ymm4{k3}{z},ymm5,5
vprorq xmm5{k3}{z},[ebx+esi*4]{1to2},5
vprold xmm3,xmm4,5
vprold zmm3,[ebx+esi*4],5
vprolq ymm4,[ebx+esi*4+0x40],5
psrld mm3,5
psrld mm4,5
psrld xmm3,5
psrld xmm4,5
vpsrld ymm4{k3}{z},ymm5,5
psrad mm3,5
psrad mm4,5
psrad xmm3,5
psrad xmm4,5
vpsrad xmm3,xmm4,5
vpsrad ymm5{k3}{z},[ebx+esi*4]{1to8},5
vpsraq ymm3,ymm4,5
pslld mm3,5
pslld mm4,5
pslld xmm3,5
pslld xmm4,5
vpslld ymm3,[ebx+esi*4],5
psrlq mm3,5
psrlq mm4,5
psrlq xmm3,5
psrlq xmm4,5
vpsrlq ymm4,[ebx+esi*4+0x40],5
psrldq xmm3,5
psrldq xmm4,5
vpsrldq xmm4,xmm5,5
psllq mm3,5
psllq mm4,5
psllq xmm3,5
psllq xmm4,5
vpsllq ymm3,[ebx+esi*4],5
pslldq xmm3,5
pslldq xmm4,5
vpslldq xmm3,xmm4,5
pcmpeqb mm3,mm4
pcmpeqb mm3,[ebx+esi*4]
pcmpeqb mm4,[ebx+esi*4+0x40]
pcmpeqb xmm3,xmm4
pcmpeqb xmm3,[ebx+esi*4]
pcmpeqb xmm4,[ebx+esi*4+0x40]
vpcmpeqb ymm4,ymm5,[ebx+esi*4+0x40]
vpcmpeqb k3,zmm4,zmm5
pcmpeqw mm3,mm4
pcmpeqw mm3,[ebx+esi*4]
pcmpeqw mm4,[ebx+esi*4+0x40]
pcmpeqw xmm3,xmm4
pcmpeqw xmm3,[ebx+esi*4]
pcmpeqw xmm4,[ebx+esi*4+0x40]
vpcmpeqw xmm3,xmm4,xmm5
vpcmpeqw k3,ymm4,ymm5
pcmpeqd mm3,mm4
pcmpeqd mm3,[ebx+esi*4]
pcmpeqd mm4,[ebx+esi*4+0x40]
pcmpeqd xmm3,xmm4
pcmpeqd xmm3,[ebx+esi*4]
pcmpeqd xmm4,[ebx+esi*4+0x40]
vpcmpeqd k3,xmm4,xmm5
vpcmpeqd k3,zmm4,[ebx+esi*4]
emms
vcvttps2udq xmm3,[ebx+esi*4]
vcvttps2udq zmm4,[ebx+esi*4+0x40]
vcvttpd2udq xmm4{k3}{z},ymm5
extrq xmm3,5,5
extrq xmm4,5,5
vcvttps2uqq xmm4,[ebx+esi*4+0x40]
vcvttps2uqq zmm4{k3}{z},ymm5,{sae}
vcvttpd2uqq ymm5{k3}{z},[ebx+esi*4]{1to4}
insertq xmm3,xmm4,5,5
insertq xmm4,xmm5,5,5
vcvtps2udq xmm3,[ebx+esi*4]
vcvtps2udq zmm4,[ebx+esi*4+0x40]
vcvtpd2udq xmm4{k3}{z},ymm5
extrq xmm3,xmm4
extrq xmm4,xmm5
vcvtps2uqq xmm4,[ebx+esi*4+0x40]
vcvtps2uqq zmm4{k3}{z},ymm5,{rd-sae}
vcvtpd2uqq ymm5{k3}{z},[ebx+esi*4]{1to4}
insertq xmm3,xmm4
insertq xmm4,xmm5
vcvtsd2usi ebx,xmm4
vcvttps2qq ymm4{k3}{z},xmm5
vcvttpd2qq xmm5{k3}{z},[ebx+esi*4]{1to2}
vcvtudq2pd xmm3,xmm4
vcvtudq2pd zmm3,[ebx+esi*4]
vcvtuqq2pd ymm4,[ebx+esi*4+0x40]
vcvtudq2ps xmm4{k3}{z},xmm5
vcvtudq2ps zmm5{k3}{z},[ebx+esi*4]{1to16}
vcvtuqq2ps ymm3,zmm4
vcvtps2qq ymm3,[ebx+esi*4]
vcvtpd2qq xmm4,[ebx+esi*4+0x40]
vcvtpd2qq zmm4{k3}{z},zmm5,{rd-sae}
haddpd xmm3,xmm4
haddpd xmm3,[ebx+esi*4]
haddpd xmm4,[ebx+esi*4+0x40]
vhaddpd xmm3,xmm4,xmm5
haddps xmm3,xmm4
haddps xmm3,[ebx+esi*4]
haddps xmm4,[ebx+esi*4+0x40]
vhaddps xmm4,xmm5,[ebx+esi*4+0x40]
hsubpd xmm3,xmm4
hsubpd xmm3,[ebx+esi*4]
hsubpd xmm4,[ebx+esi*4+0x40]
vhsubpd ymm3,ymm4,[ebx+esi*4]
hsubps xmm3,xmm4
hsubps xmm3,[ebx+esi*4]
hsubps xmm4,[ebx+esi*4+0x40]
movd ebx,mm4
movd [ebx+esi*4],mm3
movd [ebx+esi*4+0x40],mm4
movd ebx,xmm4
movd [ebx+esi*4],xmm3
movd [ebx+esi*4+0x40],xmm4
movq xmm3,xmm4
movq xmm3,[ebx+esi*4]
movq xmm4,[ebx+esi*4+0x40]
movq [ebx+esi*4],mm3
movq [ebx+esi*4+0x40],mm4
movdqa [ebx+esi*4],xmm3
movdqa [ebx+esi*4+0x40],xmm4
vmovdqa [ebx+esi*4+0x40],ymm4
vmovdqa64 [ebx+esi*4],zmm3
movdqu [ebx+esi*4],xmm3
movdqu [ebx+esi*4+0x40],xmm4
vmovdqu32 [ebx+esi*4+0x40],ymm4
vmovdqu8 [ebx+esi*4],ymm3
seto bl
seto [ebx+esi*4]
seto [ebx+esi*4+0x40]
setno bl
setno [ebx+esi*4]
setno [ebx+esi*4+0x40]
setb bl
setb [ebx+esi*4]
setb [ebx+esi*4+0x40]
setae bl
setae [ebx+esi*4]
setae [ebx+esi*4+0x40]
sete bl
sete [ebx+esi*4]
sete [ebx+esi*4+0x40]
setne bl
setne [ebx+esi*4]
setne [ebx+esi*4+0x40]
setbe bl
setbe [ebx+esi*4]
setbe [ebx+esi*4+0x40]
seta bl
seta [ebx+esi*4]
seta [ebx+esi*4+0x40]
sets bl
sets [ebx+esi*4]
sets [ebx+esi*4+0x40]
setns bl
setns [ebx+esi*4]
setns [ebx+esi*4+0x40]
setp bl
setp [ebx+esi*4]
setp [ebx+esi*4+0x40]
setnp bl
setnp [ebx+esi*4]
setnp [ebx+esi*4+0x40]
setl bl
setl [ebx+esi*4]
setl [ebx+esi*4+0x40]
setge bl
setge [ebx+esi*4]
setge [ebx+esi*4+0x40]
setle bl
setle [ebx+esi*4]
setle [ebx+esi*4+0x40]
setg bl
setg [ebx+esi*4]
setg [ebx+esi*4+0x40]
kmovb k4,[ebx+esi*4+0x40]
kmovd [ebx+esi*4+0x40],k4
kmovd ebx,k4
ktestw k4,k5
o16 pop fs
pop fs
cpuid
bt bx,sp
bt [ebx+esi*4],bx
bt [ebx+esi*4+0x40],sp
bt ebx,esp
bt [ebx+esi*4],ebx
bt [ebx+esi*4+0x40],esp
shld bx,sp,5
shld [ebx+esi*4],bx,5
shld [ebx+esi*4+0x40],sp,5
shld ebx,esp,5
shld [ebx+esi*4],ebx,5
shld [ebx+esi*4+0x40],esp,5
shld bx,sp,cl
shld [ebx+esi*4],bx,cl
shld [ebx+esi*4+0x40],sp,cl
shld ebx,esp,cl
shld [ebx+esi*4],ebx,cl
shld [ebx+esi*4+0x40],esp,cl
rep montmul
a16 rep xsha1
rep xsha1
a16 rep xsha256
rep xsha256
a16 xstore
xstore
a16 rep xcryptecb
rep xcryptecb
a16 rep xcryptcbc
rep xcryptcbc
a16 rep xcryptctr
rep xcryptctr
a16 rep xcryptcfb
rep xcryptcfb
a16 rep xcryptofb
rep xcryptofb
push gs
o16 pop gs
rsm
bts bx,sp
bts [ebx+esi*4],bx
bts [ebx+esi*4+0x40],sp
bts ebx,esp
bts [ebx+esi*4],ebx
bts [ebx+esi*4+0x40],esp
shrd bx,sp,5
shrd [ebx+esi*4],bx,5
shrd [ebx+esi*4+0x40],sp,5
shrd ebx,esp,5
shrd [ebx+esi*4],ebx,5
shrd [ebx+esi*4+0x40],esp,5
shrd bx,sp,cl
shrd [ebx+esi*4],bx,cl
shrd [ebx+esi*4+0x40],sp,cl
shrd ebx,esp,cl
shrd [ebx+esi*4],ebx,cl
shrd [ebx+esi*4+0x40],esp,cl
fxsave [ebx+esi*4]
fxsave [ebx+esi*4+0x40]
fxrstor [ebx+esi*4]
fxrstor [ebx+esi*4+0x40]
ldmxcsr [ebx+esi*4]
ldmxcsr [ebx+esi*4+0x40]
stmxcsr [ebx+esi*4]
stmxcsr [ebx+esi*4+0x40]
xsave [ebx+esi*4]
xsave [ebx+esi*4+0x40]
xrstor [ebx+esi*4]
xrstor [ebx+esi*4+0x40]
xsaveopt [ebx+esi*4]
xsaveopt [ebx+esi*4+0x40]
clwb [ebx+esi*4]
clwb [ebx+esi*4+0x40]
tpause ebx
tpause esp
clrssbsy [ebx+esi*4]
clrssbsy [ebx+esi*4+0x40]
umonitor bx
umonitor sp
umonitor ebx
umonitor esp
umwait ebx
umwait esp
clflush [ebx+esi*4]
clflush [ebx+esi*4+0x40]
clflushopt [ebx+esi*4]
clflushopt [ebx+esi*4+0x40]
lfence
mfence
sfence
imul bx,sp
imul bx,[ebx+esi*4]
imul sp,[ebx+esi*4+0x40]
imul ebx,esp
imul ebx,[ebx+esi*4]
imul esp,[ebx+esi*4+0x40]
cmpxchg bl,al
cmpxchg [ebx+esi*4],bl
cmpxchg [ebx+esi*4+0x40],al
cmpxchg bx,sp
cmpxchg [ebx+esi*4],bx
cmpxchg [ebx+esi*4+0x40],sp
cmpxchg ebx,esp
cmpxchg [ebx+esi*4],ebx
cmpxchg [ebx+esi*4+0x40],esp
lss bx,[ebx+esi*4]
lss sp,[ebx+esi*4+0x40]
lss ebx,[ebx+esi*4]
lss esp,[ebx+esi*4+0x40]
btr bx,sp
btr [ebx+esi*4],bx
btr [ebx+esi*4+0x40],sp
btr ebx,esp
btr [ebx+esi*4],ebx
btr [ebx+esi*4+0x40],esp
lfs bx,[ebx+esi*4]
lfs sp,[ebx+esi*4+0x40]
lfs ebx,[ebx+esi*4]
lfs esp,[ebx+esi*4+0x40]
lgs bx,[ebx+esi*4]
lgs sp,[ebx+esi*4+0x40]
lgs ebx,[ebx+esi*4]
lgs esp,[ebx+esi*4+0x40]
movzx bx,al
movzx bx,byte [ebx+esi*4]
movzx sp,byte [ebx+esi*4+0x40]
movzx ebx,al
movzx ebx,byte [ebx+esi*4]
movzx esp,byte [ebx+esi*4+0x40]
movzx ebx,sp
movzx ebx,word [ebx+esi*4]
movzx esp,word [ebx+esi*4+0x40]
popcnt bx,sp
popcnt bx,[ebx+esi*4]
popcnt sp,[ebx+esi*4+0x40]
popcnt ebx,esp
popcnt ebx,[ebx+esi*4]
popcnt esp,[ebx+esi*4+0x40]
ud1 bx,sp
ud1 bx,[ebx+esi*4]
ud1 sp,[ebx+esi*4+0x40]
ud1 ebx,esp
ud1 ebx,[ebx+esi*4]
ud1 esp,[ebx+esi*4+0x40]
bt bx,5
bt word [ebx+esi*4],5
bt word [ebx+esi*4+0x40],5
bt ebx,5
bt dword [ebx+esi*4],5
bt dword [ebx+esi*4+0x40],5
bts bx,5
bts word [ebx+esi*4],5
bts word [ebx+esi*4+0x40],5
bts ebx,5
bts dword [ebx+esi*4],5
bts dword [ebx+esi*4+0x40],5
btr bx,5
btr word [ebx+esi*4],5
btr word [ebx+esi*4+0x40],5
btr ebx,5
btr dword [ebx+esi*4],5
btr dword [ebx+esi*4+0x40],5
btc bx,5
btc word [ebx+esi*4],5
btc word [ebx+esi*4+0x40],5
btc ebx,5
btc dword [ebx+esi*4],5
btc dword [ebx+esi*4+0x40],5
btc bx,sp
btc [ebx+esi*4],bx
btc [ebx+esi*4+0x40],sp
btc ebx,esp
btc [ebx+esi*4],ebx
btc [ebx+esi*4+0x40],esp
bsf bx,sp
bsf bx,[ebx+esi*4]
bsf sp,[ebx+esi*4+0x40]
bsf ebx,esp
bsf ebx,[ebx+esi*4]
bsf esp,[ebx+esi*4+0x40]
tzcnt bx,sp
tzcnt bx,[ebx+esi*4]
tzcnt sp,[ebx+esi*4+0x40]
tzcnt ebx,esp
tzcnt ebx,[ebx+esi*4]
tzcnt esp,[ebx+esi*4+0x40]
bsr bx,sp
bsr bx,[ebx+esi*4]
bsr sp,[ebx+esi*4+0x40]
bsr ebx,esp
bsr ebx,[ebx+esi*4]
bsr esp,[ebx+esi*4+0x40]
lzcnt bx,sp
lzcnt bx,[ebx+esi*4]
lzcnt sp,[ebx+esi*4+0x40]
lzcnt ebx,esp
lzcnt ebx,[ebx+esi*4]
lzcnt esp,[ebx+esi*4+0x40]
movsx bx,al
movsx bx,byte [ebx+esi*4]
movsx sp,byte [ebx+esi*4+0x40]
movsx ebx,al
movsx ebx,byte [ebx+esi*4]
movsx esp,byte [ebx+esi*4+0x40]
movsx ebx,sp
movsx ebx,word [ebx+esi*4]
movsx esp,word [ebx+esi*4+0x40]
xadd bl,al
xadd [ebx+esi*4],bl
xadd [ebx+esi*4+0x40],al
xadd bx,sp
xadd [ebx+esi*4],bx
xadd [ebx+esi*4+0x40],sp
xadd ebx,esp
xadd [ebx+esi*4],ebx
xadd [ebx+esi*4+0x40],esp
cmpnltps xmm3,xmm4
cmpnltps xmm3,[ebx+esi*4]
cmpnltps xmm4,[ebx+esi*4+0x40]
vcmpnltps xmm4,xmm5,[ebx+esi*4+0x40]
vcmpnltps k4,ymm5,[ebx+esi*4+0x40]
cmpnltpd xmm3,xmm4
cmpnltpd xmm3,[ebx+esi*4]
cmpnltpd xmm4,[ebx+esi*4+0x40]
vcmpnltpd xmm3,xmm4,xmm5
vcmpnltpd k3,ymm4,ymm5
cmpnltss xmm3,xmm4
cmpnltss xmm3,[ebx+esi*4]
cmpnltss xmm4,[ebx+esi*4+0x40]
cmpnltsd xmm3,xmm4
cmpnltsd xmm3,[ebx+esi*4]
cmpnltsd xmm4,[ebx+esi*4+0x40]
movnti [ebx+esi*4],ebx
movnti [ebx+esi*4+0x40],esp
pinsrw mm3,esp,5
pinsrw mm3,[ebx+esi*4],5
pinsrw mm4,[ebx+esi*4+0x40],5
pinsrw xmm3,esp,5
pinsrw xmm3,[ebx+esi*4],5
pinsrw xmm4,[ebx+esi*4+0x40],5
pextrw ebx,mm4,5
pextrw esp,mm5,5
pextrw ebx,xmm4,5
pextrw esp,xmm5,5
shufps xmm3,xmm4,5
shufps xmm3,[ebx+esi*4],5
shufps xmm4,[ebx+esi*4+0x40],5
shufpd xmm3,xmm4,5
shufpd xmm3,[ebx+esi*4],5
shufpd xmm4,[ebx+esi*4+0x40],5
cmpxchg8b [ebx+esi*4]
cmpxchg8b [ebx+esi*4+0x40]
xrstors [ebx+esi*4]
xrstors [ebx+esi*4+0x40]
xsavec [ebx+esi*4]
xsavec [ebx+esi*4+0x40]
xsaves [ebx+esi*4]
xsaves [ebx+esi*4+0x40]
vmclear [ebx+esi*4+0x40]
rdrand bx
rdrand sp
rdrand ebx
rdrand esp
rdseed bx
rdseed sp
rdseed ebx
rdseed esp
rdpid ebx
rdpid esp
bswap ebx
bswap esp
addsubpd xmm3,xmm4
addsubpd xmm3,[ebx+esi*4]
addsubpd xmm4,[ebx+esi*4+0x40]
vaddsubpd xmm3,xmm4,xmm5
addsubps xmm3,xmm4
addsubps xmm3,[ebx+esi*4]
addsubps xmm4,[ebx+esi*4+0x40]
vaddsubps xmm4,xmm5,[ebx+esi*4+0x40]
psrlw mm3,mm4
psrlw mm3,[ebx+esi*4]
psrlw mm4,[ebx+esi*4+0x40]
psrlw xmm3,xmm4
psrlw xmm3,[ebx+esi*4]
psrlw xmm4,[ebx+esi*4+0x40]
vpsrlw xmm3,xmm4,[ebx+esi*4]
vpsrlw zmm4,zmm5,[ebx+esi*4+0x40]
psrld mm3,mm4
psrld mm3,[ebx+esi*4]
psrld mm4,[ebx+esi*4+0x40]
psrld xmm3,xmm4
psrld xmm3,[ebx+esi*4]
psrld xmm4,[ebx+esi*4+0x40]
vpsrld xmm4,xmm5,[ebx+esi*4+0x40]
vpsrld zmm4{k3}{z},zmm5,xmm6
psrlq mm3,mm4
psrlq mm3,[ebx+esi*4]
psrlq mm4,[ebx+esi*4+0x40]
psrlq xmm3,xmm4
psrlq xmm3,[ebx+esi*4]
psrlq xmm4,[ebx+esi*4+0x40]
vpsrlq ymm3,ymm4,xmm5
vpsrlq zmm5{k3}{z},zmm6,[ebx+esi*4]
paddq mm3,mm4
paddq mm3,[ebx+esi*4]
paddq mm4,[ebx+esi*4+0x40]
paddq xmm3,xmm4
paddq xmm3,[ebx+esi*4]
paddq xmm4,[ebx+esi*4+0x40]
vpaddq ymm3,ymm4,[ebx+esi*4]
pmullw mm3,mm4
pmullw mm3,[ebx+esi*4]
pmullw mm4,[ebx+esi*4+0x40]
pmullw xmm3,xmm4
pmullw xmm3,[ebx+esi*4]
pmullw xmm4,[ebx+esi*4+0x40]
vpmullw ymm4,ymm5,[ebx+esi*4+0x40]
movq [ebx+esi*4],xmm3
movq [ebx+esi*4+0x40],xmm4
movq2dq xmm3,mm4
movq2dq xmm4,mm5
movdq2q mm3,xmm4
movdq2q mm4,xmm5
pmovmskb ebx,mm4
pmovmskb esp,mm5
pmovmskb ebx,xmm4
pmovmskb esp,xmm5
vpmovmskb ebx,xmm4
psubusb mm3,mm4
psubusb mm3,[ebx+esi*4]
psubusb mm4,[ebx+esi*4+0x40]
psubusb xmm3,xmm4
psubusb xmm3,[ebx+esi*4]
psubusb xmm4,[ebx+esi*4+0x40]
vpsubusb xmm3,xmm4,[ebx+esi*4]
vpsubusb zmm4,zmm5,[ebx+esi*4+0x40]
psubusw mm3,mm4
psubusw mm3,[ebx+esi*4]
psubusw mm4,[ebx+esi*4+0x40]
psubusw xmm3,xmm4
psubusw xmm3,[ebx+esi*4]
psubusw xmm4,[ebx+esi*4+0x40]
vpsubusw xmm4,xmm5,[ebx+esi*4+0x40]
vpsubusw zmm4{k3}{z},zmm5,zmm6
pminub mm3,mm4
pminub mm3,[ebx+esi*4]
pminub mm4,[ebx+esi*4+0x40]
pminub xmm3,xmm4
pminub xmm3,[ebx+esi*4]
pminub xmm4,[ebx+esi*4+0x40]
vpminub ymm3,ymm4,ymm5
vpminub zmm5{k3}{z},zmm6,[ebx+esi*4]
pand mm3,mm4
pand mm3,[ebx+esi*4]
pand mm4,[ebx+esi*4+0x40]
pand xmm3,xmm4
pand xmm3,[ebx+esi*4]
pand xmm4,[ebx+esi*4+0x40]
vpand ymm3,ymm4,[ebx+esi*4]
vpandd ymm5{k3}{z},ymm6,[ebx+esi*4]{1to8}
vpandq ymm3,ymm4,ymm5
paddusb mm3,mm4
paddusb mm3,[ebx+esi*4]
paddusb mm4,[ebx+esi*4+0x40]
paddusb xmm3,xmm4
paddusb xmm3,[ebx+esi*4]
paddusb xmm4,[ebx+esi*4+0x40]
vpaddusb xmm4{k3}{z},xmm5,xmm6
paddusw mm3,mm4
paddusw mm3,[ebx+esi*4]
paddusw mm4,[ebx+esi*4+0x40]
paddusw xmm3,xmm4
paddusw xmm3,[ebx+esi*4]
paddusw xmm4,[ebx+esi*4+0x40]
vpaddusw xmm5{k3}{z},xmm6,[ebx+esi*4]
pmaxub mm3,mm4
pmaxub mm3,[ebx+esi*4]
pmaxub mm4,[ebx+esi*4+0x40]
pmaxub xmm3,xmm4
pmaxub xmm3,[ebx+esi*4]
pmaxub xmm4,[ebx+esi*4+0x40]
vpmaxub ymm4{k3}{z},ymm5,ymm6
pandn mm3,mm4
pandn mm3,[ebx+esi*4]
pandn mm4,[ebx+esi*4+0x40]
pandn xmm3,xmm4
pandn xmm3,[ebx+esi*4]
pandn xmm4,[ebx+esi*4+0x40]
vpandnd xmm4{k3}{z},xmm5,xmm6
vpandnd zmm5{k3}{z},zmm6,[ebx+esi*4]{1to16}
vpandnq zmm3,zmm4,zmm5
pavgb mm3,mm4
pavgb mm3,[ebx+esi*4]
pavgb mm4,[ebx+esi*4+0x40]
pavgb xmm3,xmm4
pavgb xmm3,[ebx+esi*4]
pavgb xmm4,[ebx+esi*4+0x40]
vpavgb xmm3,xmm4,xmm5
vpavgb zmm3,zmm4,[ebx+esi*4]
psraw mm3,mm4
psraw mm3,[ebx+esi*4]
psraw mm4,[ebx+esi*4+0x40]
psraw xmm3,xmm4
psraw xmm3,[ebx+esi*4]
psraw xmm4,[ebx+esi*4+0x40]
vpsraw xmm3,xmm4,[ebx+esi*4]
vpsraw zmm4,zmm5,[ebx+esi*4+0x40]
psrad mm3,mm4
psrad mm3,[ebx+esi*4]
psrad mm4,[ebx+esi*4+0x40]
psrad xmm3,xmm4
psrad xmm3,[ebx+esi*4]
psrad xmm4,[ebx+esi*4+0x40]
vpsrad xmm4,xmm5,[ebx+esi*4+0x40]
vpsrad zmm4{k3}{z},zmm5,xmm6
vpsraq ymm5{k3}{z},ymm6,[ebx+esi*4]
pavgw mm3,mm4
pavgw mm3,[ebx+esi*4]
pavgw mm4,[ebx+esi*4+0x40]
pavgw xmm3,xmm4
pavgw xmm3,[ebx+esi*4]
pavgw xmm4,[ebx+esi*4+0x40]
vpavgw zmm3,zmm4,zmm5
pmulhuw mm3,mm4
pmulhuw mm3,[ebx+esi*4]
pmulhuw mm4,[ebx+esi*4+0x40]
pmulhuw xmm3,xmm4
pmulhuw xmm3,[ebx+esi*4]
pmulhuw xmm4,[ebx+esi*4+0x40]
vpmulhuw xmm3,xmm4,xmm5
vpmulhuw zmm3,zmm4,[ebx+esi*4]
pmulhw mm3,mm4
pmulhw mm3,[ebx+esi*4]
pmulhw mm4,[ebx+esi*4+0x40]
pmulhw xmm3,xmm4
pmulhw xmm3,[ebx+esi*4]
pmulhw xmm4,[ebx+esi*4+0x40]
vpmulhw xmm3,xmm4,[ebx+esi*4]
vpmulhw zmm4,zmm5,[ebx+esi*4+0x40]
cvttpd2dq xmm3,xmm4
cvttpd2dq xmm3,[ebx+esi*4]
cvttpd2dq xmm4,[ebx+esi*4+0x40]
vcvttpd2dq xmm4,yword [ebx+esi*4+0x40]
cvtdq2pd xmm3,xmm4
cvtdq2pd xmm3,[ebx+esi*4]
cvtdq2pd xmm4,[ebx+esi*4+0x40]
vcvtdq2pd ymm5{k3}{z},[ebx+esi*4]{1to4}
vcvtqq2pd ymm3,ymm4
cvtpd2dq xmm3,xmm4
cvtpd2dq xmm3,[ebx+esi*4]
cvtpd2dq xmm4,[ebx+esi*4+0x40]
vcvtpd2dq xmm5{k3}{z},[ebx+esi*4]{1to4}
movntq [ebx+esi*4],mm3
movntq [ebx+esi*4+0x40],mm4
movntdq [ebx+esi*4],xmm3
movntdq [ebx+esi*4+0x40],xmm4
vmovntdq [ebx+esi*4+0x40],xmm4
psubsb mm3,mm4
psubsb mm3,[ebx+esi*4]
psubsb mm4,[ebx+esi*4+0x40]
psubsb xmm3,xmm4
psubsb xmm3,[ebx+esi*4]
psubsb xmm4,[ebx+esi*4+0x40]
vpsubsb xmm3,xmm4,xmm5
vpsubsb zmm3,zmm4,[ebx+esi*4]
psubsw mm3,mm4
psubsw mm3,[ebx+esi*4]
psubsw mm4,[ebx+esi*4+0x40]
psubsw xmm3,xmm4
psubsw xmm3,[ebx+esi*4]
psubsw xmm4,[ebx+esi*4+0x40]
vpsubsw xmm3,xmm4,[ebx+esi*4]
vpsubsw zmm4,zmm5,[ebx+esi*4+0x40]
pminsw mm3,mm4
pminsw mm3,[ebx+esi*4]
pminsw mm4,[ebx+esi*4+0x40]
pminsw xmm3,xmm4
pminsw xmm3,[ebx+esi*4]
pminsw xmm4,[ebx+esi*4+0x40]
vpminsw xmm4,xmm5,[ebx+esi*4+0x40]
vpminsw zmm4{k3}{z},zmm5,zmm6
por mm3,mm4
por mm3,[ebx+esi*4]
por mm4,[ebx+esi*4+0x40]
por xmm3,xmm4
por xmm3,[ebx+esi*4]
por xmm4,[ebx+esi*4+0x40]
vpor ymm3,ymm4,ymm5
vpord ymm4{k3}{z},ymm5,ymm6
vporq xmm5{k3}{z},xmm6,[ebx+esi*4]{1to2}
paddsb mm3,mm4
paddsb mm3,[ebx+esi*4]
paddsb mm4,[ebx+esi*4+0x40]
paddsb xmm3,xmm4
paddsb xmm3,[ebx+esi*4]
paddsb xmm4,[ebx+esi*4+0x40]
vpaddsb ymm4,ymm5,[ebx+esi*4+0x40]
paddsw mm3,mm4
paddsw mm3,[ebx+esi*4]
paddsw mm4,[ebx+esi*4+0x40]
paddsw xmm3,xmm4
paddsw xmm3,[ebx+esi*4]
paddsw xmm4,[ebx+esi*4+0x40]
vpaddsw xmm4{k3}{z},xmm5,xmm6
pmaxsw mm3,mm4
pmaxsw mm3,[ebx+esi*4]
pmaxsw mm4,[ebx+esi*4+0x40]
pmaxsw xmm3,xmm4
pmaxsw xmm3,[ebx+esi*4]
pmaxsw xmm4,[ebx+esi*4+0x40]
vpmaxsw xmm5{k3}{z},xmm6,[ebx+esi*4]
pxor mm3,mm4
pxor mm3,[ebx+esi*4]
pxor mm4,[ebx+esi*4+0x40]
pxor xmm3,xmm4
pxor xmm3,[ebx+esi*4]
pxor xmm4,[ebx+esi*4+0x40]
vpxord xmm4,xmm5,[ebx+esi*4+0x40]
vpxord zmm4{k3}{z},zmm5,zmm6
vpxorq ymm5{k3}{z},ymm6,[ebx+esi*4]{1to4}
lddqu xmm3,[ebx+esi*4]
lddqu xmm4,[ebx+esi*4+0x40]
vlddqu ymm4,[ebx+esi*4+0x40]
psllw mm3,mm4
psllw mm3,[ebx+esi*4]
psllw mm4,[ebx+esi*4+0x40]
psllw xmm3,xmm4
psllw xmm3,[ebx+esi*4]
psllw xmm4,[ebx+esi*4+0x40]
vpsllw ymm3,ymm4,[ebx+esi*4]
pslld mm3,mm4
pslld mm3,[ebx+esi*4]
pslld mm4,[ebx+esi*4+0x40]
pslld xmm3,xmm4
pslld xmm3,[ebx+esi*4]
pslld xmm4,[ebx+esi*4+0x40]
vpslld ymm4,ymm5,[ebx+esi*4+0x40]
psllq mm3,mm4
psllq mm3,[ebx+esi*4]
psllq mm4,[ebx+esi*4+0x40]
psllq xmm3,xmm4
psllq xmm3,[ebx+esi*4]
psllq xmm4,[ebx+esi*4+0x40]
vpsllq xmm4{k3}{z},xmm5,xmm6
pmuludq mm3,mm4
pmuludq mm3,[ebx+esi*4]
pmuludq mm4,[ebx+esi*4+0x40]
pmuludq xmm3,xmm4
pmuludq xmm3,[ebx+esi*4]
pmuludq xmm4,[ebx+esi*4+0x40]
vpmuludq xmm5{k3}{z},xmm6,[ebx+esi*4]{1to2}
pmaddwd mm3,mm4
pmaddwd mm3,[ebx+esi*4]
pmaddwd mm4,[ebx+esi*4+0x40]
pmaddwd xmm3,xmm4
pmaddwd xmm3,[ebx+esi*4]
pmaddwd xmm4,[ebx+esi*4+0x40]
vpmaddwd ymm4{k3}{z},ymm5,ymm6
psadbw mm3,mm4
psadbw mm3,[ebx+esi*4]
psadbw mm4,[ebx+esi*4+0x40]
psadbw xmm3,xmm4
psadbw xmm3,[ebx+esi*4]
psadbw xmm4,[ebx+esi*4+0x40]
maskmovq mm3,mm4
maskmovq mm4,mm5
maskmovdqu xmm3,xmm4
maskmovdqu xmm4,xmm5
psubb mm3,mm4
psubb mm3,[ebx+esi*4]
psubb mm4,[ebx+esi*4+0x40]
psubb xmm3,xmm4
psubb xmm3,[ebx+esi*4]
psubb xmm4,[ebx+esi*4+0x40]
vpsubb zmm3,zmm4,zmm5
psubw mm3,mm4
psubw mm3,[ebx+esi*4]
psubw mm4,[ebx+esi*4+0x40]
psubw xmm3,xmm4
psubw xmm3,[ebx+esi*4]
psubw xmm4,[ebx+esi*4+0x40]
vpsubw xmm3,xmm4,xmm5
vpsubw zmm3,zmm4,[ebx+esi*4]
psubd mm3,mm4
psubd mm3,[ebx+esi*4]
psubd mm4,[ebx+esi*4+0x40]
psubd xmm3,xmm4
psubd xmm3,[ebx+esi*4]
psubd xmm4,[ebx+esi*4+0x40]
vpsubd xmm3,xmm4,[ebx+esi*4]
vpsubd zmm4,zmm5,[ebx+esi*4+0x40]
psubq mm3,mm4
psubq mm3,[ebx+esi*4]
psubq mm4,[ebx+esi*4+0x40]
psubq xmm3,xmm4
psubq xmm3,[ebx+esi*4]
psubq xmm4,[ebx+esi*4+0x40]
vpsubq xmm4,xmm5,[ebx+esi*4+0x40]
vpsubq zmm4{k3}{z},zmm5,zmm6
paddb mm3,mm4
paddb mm3,[ebx+esi*4]
paddb mm4,[ebx+esi*4+0x40]
paddb xmm3,xmm4
paddb xmm3,[ebx+esi*4]
paddb xmm4,[ebx+esi*4+0x40]
vpaddb ymm3,ymm4,ymm5
vpaddb zmm5{k3}{z},zmm6,[ebx+esi*4]
paddw mm3,mm4
paddw mm3,[ebx+esi*4]
paddw mm4,[ebx+esi*4+0x40]
paddw xmm3,xmm4
paddw xmm3,[ebx+esi*4]
paddw xmm4,[ebx+esi*4+0x40]
vpaddw ymm3,ymm4,[ebx+esi*4]
paddd mm3,mm4
paddd mm3,[ebx+esi*4]
paddd mm4,[ebx+esi*4+0x40]
paddd xmm3,xmm4
paddd xmm3,[ebx+esi*4]
paddd xmm4,[ebx+esi*4+0x40]
vpaddd ymm4,ymm5,[ebx+esi*4+0x40]
ud0 bx,sp
ud0 bx,[ebx+esi*4]
ud0 sp,[ebx+esi*4+0x40]
ud0 ebx,esp
ud0 ebx,[ebx+esi*4]
ud0 esp,[ebx+esi*4+0x40]
pshufb mm3,mm4
pshufb mm3,[ebx+esi*4]
pshufb mm4,[ebx+esi*4+0x40]
pshufb xmm3,xmm4
pshufb xmm3,[ebx+esi*4]
pshufb xmm4,[ebx+esi*4+0x40]
phaddw mm3,mm4
phaddw mm3,[ebx+esi*4]
phaddw mm4,[ebx+esi*4+0x40]
phaddw xmm3,xmm4
phaddw xmm3,[ebx+esi*4]
phaddw xmm4,[ebx+esi*4+0x40]
phaddd mm3,mm4
phaddd mm3,[ebx+esi*4]
phaddd mm4,[ebx+esi*4+0x40]
phaddd xmm3,xmm4
phaddd xmm3,[ebx+esi*4]
phaddd xmm4,[ebx+esi*4+0x40]
phaddsw mm3,mm4
phaddsw mm3,[ebx+esi*4]
phaddsw mm4,[ebx+esi*4+0x40]
phaddsw xmm3,xmm4
phaddsw xmm3,[ebx+esi*4]
phaddsw xmm4,[ebx+esi*4+0x40]
pmaddubsw mm3,mm4
pmaddubsw mm3,[ebx+esi*4]
pmaddubsw mm4,[ebx+esi*4+0x40]
pmaddubsw xmm3,xmm4
pmaddubsw xmm3,[ebx+esi*4]
pmaddubsw xmm4,[ebx+esi*4+0x40]
vpmaddubsw ymm5{k3}{z},ymm6,[ebx+esi*4]
phsubw mm3,mm4
phsubw mm3,[ebx+esi*4]
phsubw mm4,[ebx+esi*4+0x40]
phsubw xmm3,xmm4
phsubw xmm3,[ebx+esi*4]
phsubw xmm4,[ebx+esi*4+0x40]
phsubd mm3,mm4
phsubd mm3,[ebx+esi*4]
phsubd mm4,[ebx+esi*4+0x40]
phsubd xmm3,xmm4
phsubd xmm3,[ebx+esi*4]
phsubd xmm4,[ebx+esi*4+0x40]
phsubsw mm3,mm4
phsubsw mm3,[ebx+esi*4]
phsubsw mm4,[ebx+esi*4+0x40]
phsubsw xmm3,xmm4
phsubsw xmm3,[ebx+esi*4]
phsubsw xmm4,[ebx+esi*4+0x40]
psignb mm3,mm4
psignb mm3,[ebx+esi*4]
psignb mm4,[ebx+esi*4+0x40]
psignb xmm3,xmm4
psignb xmm3,[ebx+esi*4]
psignb xmm4,[ebx+esi*4+0x40]
vpsignb ymm3,ymm4,ymm5
psignw mm3,mm4
psignw mm3,[ebx+esi*4]
psignw mm4,[ebx+esi*4+0x40]
psignw xmm3,xmm4
psignw xmm3,[ebx+esi*4]
psignw xmm4,[ebx+esi*4+0x40]
vpsignw xmm4,xmm5,[ebx+esi*4+0x40]
psignd mm3,mm4
psignd mm3,[ebx+esi*4]
psignd mm4,[ebx+esi*4+0x40]
psignd xmm3,xmm4
psignd xmm3,[ebx+esi*4]
psignd xmm4,[ebx+esi*4+0x40]
vpsignd xmm3,xmm4,[ebx+esi*4]
pmulhrsw mm3,mm4
pmulhrsw mm3,[ebx+esi*4]
pmulhrsw mm4,[ebx+esi*4+0x40]
pmulhrsw xmm3,xmm4
pmulhrsw xmm3,[ebx+esi*4]
pmulhrsw xmm4,[ebx+esi*4+0x40]
vpmulhrsw xmm3,xmm4,xmm5
vpmulhrsw zmm3,zmm4,[ebx+esi*4]
vpermilps xmm5{k3}{z},xmm6,[ebx+esi*4]{1to4}
vpermilpd ymm3,ymm4,ymm5
vpermilpd zmm5{k3}{z},zmm6,[ebx+esi*4]{1to8}
vtestpd ymm3,[ebx+esi*4]
pblendvb xmm3,xmm4,xmm0
pblendvb xmm3,[ebx+esi*4],xmm0
pblendvb xmm4,[ebx+esi*4+0x40],xmm0
vpsrlvw ymm3,ymm4,[ebx+esi*4]
vpmovuswb [ebx+esi*4+0x40],xmm4
vpsravw xmm3,xmm4,[ebx+esi*4]
vpsravw zmm4,zmm5,[ebx+esi*4+0x40]
vpmovusdb xmm3,zmm4
vpsllvw ymm4,ymm5,[ebx+esi*4+0x40]
vpmovusqb xmm4{k3}{z},xmm5
vpmovusdw [ebx+esi*4+0x40],xmm4
blendvps xmm3,xmm4,xmm0
blendvps xmm3,[ebx+esi*4],xmm0
blendvps xmm4,[ebx+esi*4+0x40],xmm0
vprorvd ymm5{k3}{z},ymm6,[ebx+esi*4]{1to8}
vprorvq ymm3,ymm4,ymm5
vpmovusqw [ebx+esi*4],xmm3
blendvpd xmm3,xmm4,xmm0
blendvpd xmm3,[ebx+esi*4],xmm0
blendvpd xmm4,[ebx+esi*4+0x40],xmm0
vprolvd ymm4{k3}{z},ymm5,ymm6
vprolvq xmm5{k3}{z},xmm6,[ebx+esi*4]{1to2}
vpmovusqd xmm3,xmm4
vpmovusqd ymm4{k3}{z},zmm5
vpermpd ymm3,ymm4,ymm5
ptest xmm3,xmm4
ptest xmm3,[ebx+esi*4]
ptest xmm4,[ebx+esi*4+0x40]
vbroadcastss ymm4,[ebx+esi*4+0x40]
vbroadcastss zmm5{k3}{z},[ebx+esi*4]
vbroadcastf32x2 zmm4{k3}{z},xmm5
vbroadcastf128 ymm4,[ebx+esi*4+0x40]
vbroadcastf64x2 ymm4{k3}{z},[ebx+esi*4]
vbroadcastf64x4 zmm4,[ebx+esi*4+0x40]
pabsb mm3,mm4
pabsb mm3,[ebx+esi*4]
pabsb mm4,[ebx+esi*4+0x40]
pabsb xmm3,xmm4
pabsb xmm3,[ebx+esi*4]
pabsb xmm4,[ebx+esi*4+0x40]
vpabsb xmm4,[ebx+esi*4+0x40]
vpabsb zmm4{k3}{z},zmm5
pabsw mm3,mm4
pabsw mm3,[ebx+esi*4]
pabsw mm4,[ebx+esi*4+0x40]
pabsw xmm3,xmm4
pabsw xmm3,[ebx+esi*4]
pabsw xmm4,[ebx+esi*4+0x40]
vpabsw ymm3,ymm4
vpabsw zmm5{k3}{z},[ebx+esi*4]
pabsd mm3,mm4
pabsd mm3,[ebx+esi*4]
pabsd mm4,[ebx+esi*4+0x40]
pabsd xmm3,xmm4
pabsd xmm3,[ebx+esi*4]
pabsd xmm4,[ebx+esi*4+0x40]
vpabsd ymm3,[ebx+esi*4]
vpabsq xmm3,xmm4
vpabsq zmm3,[ebx+esi*4]
pmovsxbw xmm3,xmm4
pmovsxbw xmm3,[ebx+esi*4]
pmovsxbw xmm4,[ebx+esi*4+0x40]
vpmovsxbw ymm3,[ebx+esi*4]
vpmovswb xmm3,xmm4
vpmovswb ymm4{k3}{z},zmm5
pmovsxbd xmm3,xmm4
pmovsxbd xmm3,[ebx+esi*4]
pmovsxbd xmm4,[ebx+esi*4+0x40]
vpmovsxbd xmm5{k3}{z},[ebx+esi*4]
vpmovsdb xmm4{k3}{z},xmm5
pmovsxbq xmm3,xmm4
pmovsxbq xmm3,[ebx+esi*4]
pmovsxbq xmm4,[ebx+esi*4+0x40]
vpmovsxbq zmm3,xmm4
vpmovsqb [ebx+esi*4+0x40],ymm4
pmovsxwd xmm3,xmm4
pmovsxwd xmm3,[ebx+esi*4]
pmovsxwd xmm4,[ebx+esi*4+0x40]
vpmovsxwd xmm4,[ebx+esi*4+0x40]
vpmovsxwd zmm4{k3}{z},ymm5
vpmovsdw [ebx+esi*4],zmm3
pmovsxwq xmm3,xmm4
pmovsxwq xmm3,[ebx+esi*4]
pmovsxwq xmm4,[ebx+esi*4+0x40]
vpmovsxwq ymm4,[ebx+esi*4+0x40]
vpmovsqw [ebx+esi*4],xmm3
pmovsxdq xmm3,xmm4
pmovsxdq xmm3,[ebx+esi*4]
pmovsxdq xmm4,[ebx+esi*4+0x40]
vpmovsxdq ymm4{k3}{z},xmm5
vpmovsqd xmm3,ymm4
vptestmb k4{k3},xmm5,xmm6
vptestmb k5{k3},zmm6,[ebx+esi*4]
vptestmw k3,zmm4,zmm5
vptestnmb k3,ymm4,[ebx+esi*4]
vptestnmw k4,xmm5,[ebx+esi*4+0x40]
vptestnmw k4{k3},zmm5,zmm6
vptestmd k5{k3},ymm6,[ebx+esi*4]{1to8}
vptestmq k3,ymm4,ymm5
vptestnmd k3,xmm4,[ebx+esi*4]
vptestnmd k4,zmm5,[ebx+esi*4+0x40]
vptestnmq k4{k3},ymm5,ymm6
pmuldq xmm3,xmm4
pmuldq xmm3,[ebx+esi*4]
pmuldq xmm4,[ebx+esi*4+0x40]
vpmuldq xmm3,xmm4,[ebx+esi*4]
vpmuldq zmm4,zmm5,[ebx+esi*4+0x40]
vpmovm2w ymm3,k4
pcmpeqq xmm3,xmm4
pcmpeqq xmm3,[ebx+esi*4]
pcmpeqq xmm4,[ebx+esi*4+0x40]
vpcmpeqq ymm3,ymm4,[ebx+esi*4]
vpcmpeqq k5{k3},ymm6,[ebx+esi*4]{1to4}
vpmovb2m k4,zmm5
movntdqa xmm3,[ebx+esi*4]
movntdqa xmm4,[ebx+esi*4+0x40]
vmovntdqa ymm3,[ebx+esi*4]
packusdw xmm3,xmm4
packusdw xmm3,[ebx+esi*4]
packusdw xmm4,[ebx+esi*4+0x40]
vpackusdw ymm5{k3}{z},ymm6,[ebx+esi*4]{1to8}
vscalefps xmm3,xmm4,[ebx+esi*4]
vscalefps zmm4,zmm5,[ebx+esi*4+0x40]
vscalefpd ymm4{k3}{z},ymm5,ymm6
vscalefss xmm3,xmm4,xmm5
vmaskmovps [ebx+esi*4+0x40],xmm4,xmm5
pmovzxbw xmm3,xmm4
pmovzxbw xmm3,[ebx+esi*4]
pmovzxbw xmm4,[ebx+esi*4+0x40]
vpmovzxbw xmm3,[ebx+esi*4]
vpmovzxbw zmm4,[ebx+esi*4+0x40]
vpmovwb ymm3,zmm4
pmovzxbd xmm3,xmm4
pmovzxbd xmm3,[ebx+esi*4]
pmovzxbd xmm4,[ebx+esi*4+0x40]
vpmovzxbd ymm3,[ebx+esi*4]
vpmovdb xmm3,xmm4
vpmovdb xmm4{k3}{z},zmm5
pmovzxbq xmm3,xmm4
pmovzxbq xmm3,[ebx+esi*4]
pmovzxbq xmm4,[ebx+esi*4+0x40]
vpmovzxbq xmm5{k3}{z},[ebx+esi*4]
vpmovqb xmm4{k3}{z},xmm5
pmovzxwd xmm3,xmm4
pmovzxwd xmm3,[ebx+esi*4]
pmovzxwd xmm4,[ebx+esi*4+0x40]
vpmovzxwd zmm3,ymm4
vpmovdw [ebx+esi*4+0x40],ymm4
pmovzxwq xmm3,xmm4
pmovzxwq xmm3,[ebx+esi*4]
pmovzxwq xmm4,[ebx+esi*4+0x40]
vpmovzxwq xmm4,[ebx+esi*4+0x40]
vpmovzxwq zmm4{k3}{z},xmm5
vpmovqw [ebx+esi*4],zmm3
pmovzxdq xmm3,xmm4
pmovzxdq xmm3,[ebx+esi*4]
pmovzxdq xmm4,[ebx+esi*4+0x40]
vpmovzxdq ymm4,[ebx+esi*4+0x40]
vpmovqd [ebx+esi*4],xmm3
vpermd ymm3,ymm4,ymm5
vpermq ymm3,ymm4,[ebx+esi*4]
pcmpgtq xmm3,xmm4
pcmpgtq xmm3,[ebx+esi*4]
pcmpgtq xmm4,[ebx+esi*4+0x40]
vpcmpgtq k5{k3},xmm6,[ebx+esi*4]{1to2}
pminsb xmm3,xmm4
pminsb xmm3,[ebx+esi*4]
pminsb xmm4,[ebx+esi*4+0x40]
vpminsb ymm4{k3}{z},ymm5,ymm6
vpmovm2d zmm3,k4
pminsd xmm3,xmm4
pminsd xmm3,[ebx+esi*4]
pminsd xmm4,[ebx+esi*4+0x40]
vpminsd xmm3,xmm4,xmm5
vpminsd zmm3,zmm4,[ebx+esi*4]
vpminsq ymm4,ymm5,[ebx+esi*4+0x40]
vpmovd2m k4,ymm5
pminuw xmm3,xmm4
pminuw xmm3,[ebx+esi*4]
pminuw xmm4,[ebx+esi*4+0x40]
vpminuw zmm3,zmm4,zmm5
pminud xmm3,xmm4
pminud xmm3,[ebx+esi*4]
pminud xmm4,[ebx+esi*4+0x40]
vpminud ymm4{k3}{z},ymm5,ymm6
vpminuq xmm5{k3}{z},xmm6,[ebx+esi*4]{1to2}
pmaxsb xmm3,xmm4
pmaxsb xmm3,[ebx+esi*4]
pmaxsb xmm4,[ebx+esi*4+0x40]
vpmaxsb ymm4{k3}{z},ymm5,ymm6
pmaxsd xmm3,xmm4
pmaxsd xmm3,[ebx+esi*4]
pmaxsd xmm4,[ebx+esi*4+0x40]
vpmaxsd xmm3,xmm4,[ebx+esi*4]
vpmaxsd zmm4,zmm5,[ebx+esi*4+0x40]
vpmaxsq ymm4{k3}{z},ymm5,ymm6
pmaxuw xmm3,xmm4
pmaxuw xmm3,[ebx+esi*4]
pmaxuw xmm4,[ebx+esi*4+0x40]
vpmaxuw xmm3,xmm4,[ebx+esi*4]
vpmaxuw zmm4,zmm5,[ebx+esi*4+0x40]
pmaxud xmm3,xmm4
pmaxud xmm3,[ebx+esi*4]
pmaxud xmm4,[ebx+esi*4+0x40]
vpmaxud ymm4,ymm5,[ebx+esi*4+0x40]
vpmaxuq xmm3,xmm4,[ebx+esi*4]
vpmaxuq zmm4,zmm5,[ebx+esi*4+0x40]
pmulld xmm3,xmm4
pmulld xmm3,[ebx+esi*4]
pmulld xmm4,[ebx+esi*4+0x40]
vpmulld ymm4,ymm5,[ebx+esi*4+0x40]
vpmullq xmm3,xmm4,[ebx+esi*4]
vpmullq zmm4,zmm5,[ebx+esi*4+0x40]
phminposuw xmm3,xmm4
phminposuw xmm3,[ebx+esi*4]
phminposuw xmm4,[ebx+esi*4+0x40]
vgetexpps ymm3,ymm4
vgetexppd xmm3,[ebx+esi*4]
vgetexppd zmm4,[ebx+esi*4+0x40]
vgetexpsd xmm4{k3}{z},xmm5,xmm6,{sae}
vplzcntd ymm5{k3}{z},[ebx+esi*4]{1to8}
vplzcntq ymm3,ymm4
vpsrlvd xmm3,xmm4,[ebx+esi*4]
vpsrlvd xmm4{k3}{z},xmm5,xmm6
vpsrlvq ymm4{k3}{z},ymm5,ymm6
vpsravd ymm3,ymm4,[ebx+esi*4]
vpsravq xmm3,xmm4,xmm5
vpsravq zmm3,zmm4,[ebx+esi*4]
vpsllvq xmm3,xmm4,[ebx+esi*4]
vpsllvd zmm4,zmm5,[ebx+esi*4+0x40]
vpsllvq zmm5{k3}{z},zmm6,[ebx+esi*4]{1to8}
vrcp14ps zmm3,zmm4
vrcp14pd ymm3,[ebx+esi*4]
vrcp14ss xmm4,xmm5,[ebx+esi*4+0x40]
vrsqrt14ps xmm4{k3}{z},xmm5
vrsqrt14ps zmm5{k3}{z},[ebx+esi*4]{1to16}
vrsqrt14pd zmm3,zmm4
vrsqrt14sd xmm3,xmm4,[ebx+esi*4]
vpdpbusd ymm4,ymm5,[ebx+esi*4+0x40]
vpdpbusds xmm4{k3}{z},xmm5,xmm6
vpdpbusds zmm5{k3}{z},zmm6,[ebx+esi*4]{1to16}
vpdpwssd zmm3,zmm4,zmm5
vdpbf16ps ymm3,ymm4,[ebx+esi*4]
vpdpwssds ymm5{k3}{z},ymm6,[ebx+esi*4]{1to8}
vpopcntb xmm3,[ebx+esi*4]
vpopcntb zmm4,[ebx+esi*4+0x40]
vpopcntw ymm4{k3}{z},ymm5
vpopcntq xmm3,xmm4
vpopcntq zmm3,[ebx+esi*4]
vpbroadcastd xmm5{k3}{z},[ebx+esi*4]
vpbroadcastq ymm3,xmm4
vbroadcasti32x2 ymm4{k3}{z},xmm5
vpbroadcastq zmm3,xmm4
vbroadcasti32x4 zmm3,[ebx+esi*4]
vbroadcasti64x2 zmm5{k3}{z},[ebx+esi*4]
vpexpandb xmm4,[ebx+esi*4+0x40]
vpexpandb zmm4{k3}{z},zmm5
vpexpandw ymm5{k3}{z},[ebx+esi*4]
vpcompressb [ebx+esi*4],ymm3
vpcompressw ymm3,ymm4
vpblendmd xmm4{k3}{z},xmm5,xmm6
vpblendmd zmm5{k3}{z},zmm6,[ebx+esi*4]{1to16}
vpblendmq zmm3,zmm4,zmm5
vblendmps ymm3,ymm4,[ebx+esi*4]
vblendmpd xmm4,xmm5,[ebx+esi*4+0x40]
vblendmpd zmm4{k3}{z},zmm5,zmm6
vpblendmb ymm5{k3}{z},ymm6,[ebx+esi*4]
vpblendmw ymm3,ymm4,ymm5
vp2intersectd k2,xmm4,[ebx+esi*4]
vcvtne2ps2bf16 ymm3,ymm4,ymm5
vpermi2b xmm3,xmm4,[ebx+esi*4]
vpermi2b zmm4,zmm5,[ebx+esi*4+0x40]
vpermi2w ymm4{k3}{z},ymm5,ymm6
vpermi2d xmm5{k3}{z},xmm6,[ebx+esi*4]{1to4}
vpermi2q xmm3,xmm4,xmm5
vpermi2q zmm3,zmm4,[ebx+esi*4]
vpermi2ps ymm4,ymm5,[ebx+esi*4+0x40]
vpermi2pd xmm4{k3}{z},xmm5,xmm6
vpermi2pd zmm5{k3}{z},zmm6,[ebx+esi*4]{1to8}
vpbroadcastb zmm3,xmm4
vpbroadcastw xmm4{k3}{z},xmm5
vpbroadcastb xmm4{k3}{z},ebp
vpbroadcastw xmm4,ebp
vpbroadcastd xmm3,esp
vpbroadcastd zmm5{k3}{z},esi
vpermt2b zmm3,zmm4,zmm5
vpermt2w ymm3,ymm4,[ebx+esi*4]
vpermt2d xmm4,xmm5,[ebx+esi*4+0x40]
vpermt2d zmm4{k3}{z},zmm5,zmm6
vpermt2q ymm5{k3}{z},ymm6,[ebx+esi*4]{1to4}
vpermt2ps ymm3,ymm4,ymm5
vpermt2pd xmm3,xmm4,[ebx+esi*4]
vpermt2pd zmm4,zmm5,[ebx+esi*4+0x40]
invept ebx,[ebx+esi*4]
invept esp,[ebx+esi*4+0x40]
invvpid ebx,[ebx+esi*4]
invvpid esp,[ebx+esi*4+0x40]
vexpandps xmm5{k3}{z},[ebx+esi*4]
vexpandpd xmm3,xmm4
vexpandpd zmm3,[ebx+esi*4]
vpexpandd ymm4,[ebx+esi*4+0x40]
vpexpandq xmm4{k3}{z},xmm5
vpexpandq zmm5{k3}{z},[ebx+esi*4]
vcompressps [ebx+esi*4+0x40],zmm4
vcompresspd [ebx+esi*4],zmm3
vpcompressd zmm3,zmm4
vpcompressq ymm4{k3}{z},ymm5
vpmaskmovq ymm3,ymm4,[ebx+esi*4]
vpermb ymm5{k3}{z},ymm6,[ebx+esi*4]
vpermw ymm3,ymm4,ymm5
vpmaskmovd [ebx+esi*4+0x40],xmm4,xmm5
vpgatherdq xmm3,[ebx+xmm7*4],xmm4
vpgatherdd ymm5{k3},[ebx+ymm7*4]
vpgatherdq ymm4{k3},[ebx+xmm7*4]
vpgatherqq xmm4,[ebx+xmm7*4+0x40],xmm5
vpgatherqd ymm3{k3},[ebx+zmm7*4]
vpgatherqq ymm5{k3},[ebx+ymm7*4]
vgatherdpd ymm3,[ebx+xmm7*4],ymm4
vgatherdps zmm4{k3},[ebx+zmm7*4+0x40]
vgatherdpd zmm3{k3},[ebx+ymm7*4]
vgatherqpd ymm4,[ebx+ymm7*4+0x40],ymm5
vgatherqps ymm4{k3},[ebx+zmm7*4]
vgatherqpd zmm4{k3},[ebx+zmm7*4+0x40]
vfmaddsub132pd xmm4,xmm5,[ebx+esi*4+0x40]
vfmaddsub132ps zmm4{k3}{z},zmm5,zmm6,{rd-sae}
vfmsubadd132ps xmm3,xmm4,xmm5
vfmsubadd132pd ymm4,ymm5,[ebx+esi*4+0x40]
vfmsubadd132pd xmm5{k3}{z},xmm6,[ebx+esi*4]{1to2}
vfmadd132ps ymm3,ymm4,ymm5
vfmadd132ps ymm4{k3}{z},ymm5,ymm6
vfmadd132pd zmm3,zmm4,zmm5
vfmadd132ss xmm4{k3}{z},xmm5,xmm6,{rd-sae}
vfmsub132pd xmm3,xmm4,[ebx+esi*4]
vfmsub132ps zmm4,zmm5,[ebx+esi*4+0x40]
vfmsub132pd zmm5{k3}{z},zmm6,[ebx+esi*4]{1to8}
vfmsub132ss xmm4{k3}{z},xmm5,xmm6,{rd-sae}
vfnmadd132ps ymm3,ymm4,ymm5
vfnmadd132ps ymm4{k3}{z},ymm5,ymm6
vfnmadd132pd zmm3,zmm4,zmm5
vfnmadd132ss xmm4{k3}{z},xmm5,xmm6,{rd-sae}
vfnmsub132pd xmm3,xmm4,[ebx+esi*4]
vfnmsub132ps zmm4,zmm5,[ebx+esi*4+0x40]
vfnmsub132pd zmm5{k3}{z},zmm6,[ebx+esi*4]{1to8}
vpscatterdd [ebx+xmm7*4]{k3},xmm3
vpscatterdd [ebx+zmm7*4]{k3},zmm5
vpscatterdq [ebx+ymm7*4]{k3},zmm4
vpscatterqd [ebx+zmm7*4+0x40]{k3},ymm4
vpscatterqq [ebx+zmm7*4]{k3},zmm3
vscatterdps [ebx+ymm7*4]{k3},ymm5
vscatterdpd [ebx+xmm7*4]{k3},ymm4
vscatterqps [ebx+ymm7*4+0x40]{k3},xmm4
vscatterqpd [ebx+ymm7*4]{k3},ymm3
vfmaddsub213ps ymm3,ymm4,ymm5
vfmaddsub213ps ymm4{k3}{z},ymm5,ymm6
vfmaddsub213pd zmm3,zmm4,zmm5
vfmsubadd213pd xmm3,xmm4,xmm5
vfmsubadd213ps zmm3,zmm4,[ebx+esi*4]
vfmsubadd213pd zmm4{k3}{z},zmm5,zmm6,{rd-sae}
vfmadd213pd ymm3,ymm4,ymm5
vfmadd213ps zmm5{k3}{z},zmm6,[ebx+esi*4]{1to16}
vfmadd213ss xmm3,xmm4,[ebx+esi*4]
vfmsub213ps xmm4,xmm5,[ebx+esi*4+0x40]
vfmsub213ps xmm5{k3}{z},xmm6,[ebx+esi*4]{1to4}
vfmsub213pd ymm5{k3}{z},ymm6,[ebx+esi*4]{1to4}
vfmsub213ss xmm3,xmm4,[ebx+esi*4]
vfnmadd213pd ymm3,ymm4,ymm5
vfnmadd213ps zmm5{k3}{z},zmm6,[ebx+esi*4]{1to16}
vfnmadd213ss xmm3,xmm4,[ebx+esi*4]
vfnmsub213ps xmm4,xmm5,[ebx+esi*4+0x40]
vfnmsub213ps xmm5{k3}{z},xmm6,[ebx+esi*4]{1to4}
vfnmsub213pd ymm5{k3}{z},ymm6,[ebx+esi*4]{1to4}
vfnmsub213sd xmm4,xmm5,[ebx+esi*4+0x40]
vpmadd52luq ymm3,ymm4,[ebx+esi*4]
vpmadd52huq xmm4,xmm5,[ebx+esi*4+0x40]
vpmadd52huq zmm4{k3}{z},zmm5,zmm6
vfmaddsub231pd ymm3,ymm4,ymm5
vfmaddsub231ps zmm5{k3}{z},zmm6,[ebx+esi*4]{1to16}
vfmsubadd231ps xmm3,xmm4,[ebx+esi*4]
vfmsubadd231ps xmm4{k3}{z},xmm5,xmm6
vfmsubadd231pd ymm4{k3}{z},ymm5,ymm6
vfmadd231ps ymm3,ymm4,[ebx+esi*4]
vfmadd231ps ymm5{k3}{z},ymm6,[ebx+esi*4]{1to8}
vfmadd231pd zmm3,zmm4,[ebx+esi*4]
vfmadd231ss xmm5{k3}{z},xmm6,[ebx+esi*4]
vfmsub231pd xmm4,xmm5,[ebx+esi*4+0x40]
vfmsub231ps zmm4{k3}{z},zmm5,zmm6,{rd-sae}
vfmsub231ss xmm3,xmm4,xmm5
vfnmadd231ps xmm3,xmm4,[ebx+esi*4]
vfnmadd231ps xmm4{k3}{z},xmm5,xmm6
vfnmadd231pd ymm4{k3}{z},ymm5,ymm6
vfnmadd231sd xmm3,xmm4,[ebx+esi*4]
vfnmsub231ps ymm4,ymm5,[ebx+esi*4+0x40]
vfnmsub231ps zmm3,zmm4,zmm5
vfnmsub231pd zmm4,zmm5,[ebx+esi*4+0x40]
vfnmsub231sd xmm4{k3}{z},xmm5,xmm6,{rd-sae}
vpconflictd ymm5{k3}{z},[ebx+esi*4]{1to8}
vpconflictq ymm3,ymm4
vgatherpf0dps [ebx+zmm7*4+0x40]{k3}
vscatterpf1dps [ebx+zmm7*4]{k3}
vgatherpf1qpd [ebx+zmm7*4+0x40]{k3}
sha1nexte xmm3,xmm4
sha1nexte xmm3,[ebx+esi*4]
sha1nexte xmm4,[ebx+esi*4+0x40]
sha1msg1 xmm3,xmm4
sha1msg1 xmm3,[ebx+esi*4]
sha1msg1 xmm4,[ebx+esi*4+0x40]
sha1msg2 xmm3,xmm4
sha1msg2 xmm3,[ebx+esi*4]
sha1msg2 xmm4,[ebx+esi*4+0x40]
vrcp28pd zmm3,zmm4
sha256rnds2 xmm3,xmm4,xmm0
sha256rnds2 xmm3,[ebx+esi*4],xmm0
sha256rnds2 xmm4,[ebx+esi*4+0x40],xmm0
vrcp28ss xmm4{k3}{z},xmm5,xmm6,{sae}
sha256msg1 xmm3,xmm4
sha256msg1 xmm3,[ebx+esi*4]
sha256msg1 xmm4,[ebx+esi*4+0x40]
vrsqrt28ps zmm3,[ebx+esi*4]
sha256msg2 xmm3,xmm4
sha256msg2 xmm3,[ebx+esi*4]
sha256msg2 xmm4,[ebx+esi*4+0x40]
gf2p8mulb xmm3,xmm4
gf2p8mulb xmm3,[ebx+esi*4]
gf2p8mulb xmm4,[ebx+esi*4+0x40]
vgf2p8mulb ymm4{k3}{z},ymm5,ymm6
aesimc xmm3,xmm4
aesimc xmm3,[ebx+esi*4]
aesimc xmm4,[ebx+esi*4+0x40]
vaesimc xmm3,[ebx+esi*4]
aesenc xmm3,xmm4
aesenc xmm3,[ebx+esi*4]
aesenc xmm4,[ebx+esi*4+0x40]
vaesenc zmm3,zmm4,zmm5
aesenclast xmm3,xmm4
aesenclast xmm3,[ebx+esi*4]
aesenclast xmm4,[ebx+esi*4+0x40]
vaesenclast ymm4,ymm5,[ebx+esi*4+0x40]
aesdec xmm3,xmm4
aesdec xmm3,[ebx+esi*4]
aesdec xmm4,[ebx+esi*4+0x40]
vaesdec ymm3,ymm4,[ebx+esi*4]
aesdeclast xmm3,xmm4
aesdeclast xmm3,[ebx+esi*4]
aesdeclast xmm4,[ebx+esi*4+0x40]
vaesdeclast ymm3,ymm4,ymm5
movbe bx,[ebx+esi*4]
movbe sp,[ebx+esi*4+0x40]
movbe ebx,[ebx+esi*4]
movbe esp,[ebx+esi*4+0x40]
crc32 ebx,al
crc32 ebx,byte [ebx+esi*4]
crc32 esp,byte [ebx+esi*4+0x40]
movbe [ebx+esi*4],bx
movbe [ebx+esi*4+0x40],sp
movbe [ebx+esi*4],ebx
movbe [ebx+esi*4+0x40],esp
crc32 ebx,sp
crc32 ebx,word [ebx+esi*4]
crc32 esp,word [ebx+esi*4+0x40]
crc32 ebx,esp
crc32 ebx,dword [ebx+esi*4]
crc32 esp,dword [ebx+esi*4+0x40]
andn ebx,esp,ebp
andn ebx,esp,[ebx+esi*4]
andn esp,ebp,[ebx+esi*4+0x40]
blsr ebx,esp
blsr ebx,[ebx+esi*4]
blsr esp,[ebx+esi*4+0x40]
blsmsk ebx,esp
blsmsk ebx,[ebx+esi*4]
blsmsk esp,[ebx+esi*4+0x40]
blsi ebx,esp
blsi ebx,[ebx+esi*4]
blsi esp,[ebx+esi*4+0x40]
bzhi ebx,esp,ebp
bzhi ebx,[ebx+esi*4],esp
bzhi esp,[ebx+esi*4+0x40],ebp
pext ebx,esp,ebp
pext ebx,esp,[ebx+esi*4]
pext esp,ebp,[ebx+esi*4+0x40]
pdep ebx,esp,ebp
pdep ebx,esp,[ebx+esi*4]
pdep esp,ebp,[ebx+esi*4+0x40]
adcx ebx,esp
adcx ebx,[ebx+esi*4]
adcx esp,[ebx+esi*4+0x40]
adox ebx,esp
adox ebx,[ebx+esi*4]
adox esp,[ebx+esi*4+0x40]
mulx ebx,esp,ebp
mulx ebx,esp,[ebx+esi*4]
mulx esp,ebp,[ebx+esi*4+0x40]
bextr ebx,esp,ebp
bextr ebx,[ebx+esi*4],esp
bextr esp,[ebx+esi*4+0x40],ebp
shlx ebx,esp,ebp
shlx ebx,[ebx+esi*4],esp
shlx esp,[ebx+esi*4+0x40],ebp
sarx ebx,esp,ebp
sarx ebx,[ebx+esi*4],esp
sarx esp,[ebx+esi*4+0x40],ebp
shrx ebx,esp,ebp
shrx ebx,[ebx+esi*4],esp
shrx esp,[ebx+esi*4+0x40],ebp
movdir64b ebx,[ebx+esi*4]
movdir64b esp,[ebx+esi*4+0x40]
movdiri [ebx+esi*4],ebx
movdiri [ebx+esi*4+0x40],esp
vpermq zmm4{k3}{z},zmm5,5
vpermpd zmm5{k3}{z},[ebx+esi*4]{1to8},5
valignd xmm5{k3}{z},xmm6,[ebx+esi*4]{1to4},5
valignq xmm3,xmm4,xmm5,5
valignq zmm3,zmm4,[ebx+esi*4],5
vpermilps xmm5{k3}{z},[ebx+esi*4]{1to4},5
vpermilpd ymm3,ymm4,5
vpermilpd zmm5{k3}{z},[ebx+esi*4]{1to8},5
roundps xmm3,xmm4,5
roundps xmm3,[ebx+esi*4],5
roundps xmm4,[ebx+esi*4+0x40],5
vroundps ymm3,[ebx+esi*4],5
vrndscaleps ymm5{k3}{z},[ebx+esi*4]{1to8},5
roundpd xmm3,xmm4,5
roundpd xmm3,[ebx+esi*4],5
roundpd xmm4,[ebx+esi*4+0x40],5
vroundpd xmm4,[ebx+esi*4+0x40],5
vrndscalepd ymm4,[ebx+esi*4+0x40],5
roundss xmm3,xmm4,5
roundss xmm3,[ebx+esi*4],5
roundss xmm4,[ebx+esi*4+0x40],5
vroundss xmm3,xmm4,xmm5,5
roundsd xmm3,xmm4,5
roundsd xmm3,[ebx+esi*4],5
roundsd xmm4,[ebx+esi*4+0x40],5
vroundsd xmm3,xmm4,xmm5,5
blendps xmm3,xmm4,5
blendps xmm3,[ebx+esi*4],5
blendps xmm4,[ebx+esi*4+0x40],5
vblendps xmm3,xmm4,xmm5,5
blendpd xmm3,xmm4,5
blendpd xmm3,[ebx+esi*4],5
blendpd xmm4,[ebx+esi*4+0x40],5
vblendpd xmm4,xmm5,[ebx+esi*4+0x40],5
pblendw xmm3,xmm4,5
pblendw xmm3,[ebx+esi*4],5
pblendw xmm4,[ebx+esi*4+0x40],5
vpblendw ymm3,ymm4,[ebx+esi*4],5
palignr mm3,mm4,5
palignr mm3,[ebx+esi*4],5
palignr mm4,[ebx+esi*4+0x40],5
palignr xmm3,xmm4,5
palignr xmm3,[ebx+esi*4],5
palignr xmm4,[ebx+esi*4+0x40],5
vpalignr ymm3,ymm4,ymm5,5
vpalignr zmm5{k3}{z},zmm6,[ebx+esi*4],5
pextrb ebx,xmm4,5
pextrb [ebx+esi*4],xmm3,5
pextrb [ebx+esi*4+0x40],xmm4,5
pextrw [ebx+esi*4],xmm3,5
pextrw [ebx+esi*4+0x40],xmm4,5
pextrd ebx,xmm4,5
pextrd [ebx+esi*4],xmm3,5
pextrd [ebx+esi*4+0x40],xmm4,5
extractps ebx,xmm4,5
extractps [ebx+esi*4],xmm3,5
extractps [ebx+esi*4+0x40],xmm4,5
vextractps [ebx+esi*4+0x40],xmm4,5
vinsertf32x4 zmm4,zmm5,[ebx+esi*4+0x40],5
vinsertf64x2 zmm4{k3}{z},zmm5,xmm6,5
vextractf32x4 [ebx+esi*4+0x40],zmm4,5
vinsertf32x8 zmm3,zmm4,[ebx+esi*4],5
vextractf32x8 [ebx+esi*4+0x40],zmm4,5
vpcmpnltud k3,ymm4,ymm5
vpcmpnltuq k3,xmm4,[ebx+esi*4]
vpcmpnltuq k4,zmm5,[ebx+esi*4+0x40]
vpcmpnltd k4{k3},ymm5,ymm6
vpcmpnltq k5{k3},xmm6,[ebx+esi*4]{1to2}
pinsrb xmm3,esp,5
pinsrb xmm3,[ebx+esi*4],5
pinsrb xmm4,[ebx+esi*4+0x40],5
insertps xmm3,xmm4,5
insertps xmm3,[ebx+esi*4],5
insertps xmm4,[ebx+esi*4+0x40],5
vinsertps xmm4,xmm5,[ebx+esi*4+0x40],5
pinsrd xmm3,esp,5
pinsrd xmm3,[ebx+esi*4],5
pinsrd xmm4,[ebx+esi*4+0x40],5
vpternlogd xmm5{k3}{z},xmm6,[ebx+esi*4]{1to4},5
vpternlogq xmm3,xmm4,xmm5,5
vpternlogq zmm3,zmm4,[ebx+esi*4],5
vgetmantps ymm4,[ebx+esi*4+0x40],5
vgetmantpd xmm4{k3}{z},xmm5,5
vgetmantpd zmm5{k3}{z},[ebx+esi*4]{1to8},5
kshiftrb k3,k4,5
kshiftlw k4,k5,5
vinserti32x4 ymm4{k3}{z},ymm5,xmm6,5
vinserti64x2 ymm5{k3}{z},ymm6,[ebx+esi*4],5
vextracti32x4 [ebx+esi*4+0x40],ymm4,5
vextracti64x2 [ebx+esi*4],zmm3,5
vinserti64x4 zmm4{k3}{z},zmm5,ymm6,5
vpcmpnltub k3,xmm4,[ebx+esi*4]
vpcmpnltub k4,zmm5,[ebx+esi*4+0x40]
vpcmpnltuw k4{k3},ymm5,ymm6
vpcmpnltb k5{k3},xmm6,[ebx+esi*4]
vpcmpnltw k3,xmm4,xmm5
vpcmpnltw k3,zmm4,[ebx+esi*4]
dpps xmm3,xmm4,5
dpps xmm3,[ebx+esi*4],5
dpps xmm4,[ebx+esi*4+0x40],5
vdpps ymm3,ymm4,[ebx+esi*4],5
dppd xmm3,xmm4,5
dppd xmm3,[ebx+esi*4],5
dppd xmm4,[ebx+esi*4+0x40],5
mpsadbw xmm3,xmm4,5
mpsadbw xmm3,[ebx+esi*4],5
mpsadbw xmm4,[ebx+esi*4+0x40],5
vmpsadbw xmm3,xmm4,xmm5,5
vdbpsadbw ymm3,ymm4,ymm5,5
pclmulqdq xmm3,xmm4,5
pclmulqdq xmm3,[ebx+esi*4],5
pclmulqdq xmm4,[ebx+esi*4+0x40],5
vperm2i128 ymm3,ymm4,ymm5,5
vblendvpd ymm3,ymm4,[ebx+esi*4],ymm5
vrangeps xmm4{k3}{z},xmm5,xmm6,5
vrangeps zmm5{k3}{z},zmm6,[ebx+esi*4]{1to16},5
vrangepd zmm3,zmm4,zmm5,5
vrangesd xmm3,xmm4,[ebx+esi*4],5
vfixupimmps ymm4,ymm5,[ebx+esi*4+0x40],5
vfixupimmpd xmm4{k3}{z},xmm5,xmm6,5
vfixupimmpd zmm5{k3}{z},zmm6,[ebx+esi*4]{1to8},5
vreduceps xmm3,xmm4,5
vreduceps zmm3,[ebx+esi*4],5
vreducepd ymm4,[ebx+esi*4+0x40],5
vreducess xmm4{k3}{z},xmm5,xmm6,{sae},5
vfmaddsubps ymm3,ymm4,[ebx+esi*4],ymm5
vfmaddsubpd ymm4,ymm5,[ebx+esi*4+0x40],ymm6
vfmsubaddps xmm3,xmm4,xmm5,[ebx+esi*4]
vfmsubaddpd xmm4,xmm5,xmm6,[ebx+esi*4+0x40]
pcmpestrm xmm3,xmm4,5
pcmpestrm xmm3,[ebx+esi*4],5
pcmpestrm xmm4,[ebx+esi*4+0x40],5
pcmpestri xmm3,xmm4,5
pcmpestri xmm3,[ebx+esi*4],5
pcmpestri xmm4,[ebx+esi*4+0x40],5
pcmpistrm xmm3,xmm4,5
pcmpistrm xmm3,[ebx+esi*4],5
pcmpistrm xmm4,[ebx+esi*4+0x40],5
pcmpistri xmm3,xmm4,5
pcmpistri xmm3,[ebx+esi*4],5
pcmpistri xmm4,[ebx+esi*4+0x40],5
vfpclassps k3,yword [ebx+esi*4],5
vfpclasspd k4,oword [ebx+esi*4+0x40],5
vfpclasspd k4{k3},zmm5,5
vfpclasssd k5{k3},[ebx+esi*4],5
vfmaddpd xmm3,xmm4,xmm5,xmm6
vfmaddss xmm3,xmm4,[ebx+esi*4],xmm5
vfmsubps xmm4,xmm5,[ebx+esi*4+0x40],xmm6
vfmsubpd ymm3,ymm4,ymm5,ymm6
vfmsubss xmm4,xmm5,xmm6,[ebx+esi*4+0x40]
vfnmaddps ymm4,ymm5,[ebx+esi*4+0x40],ymm6
vfnmaddpd xmm3,xmm4,xmm5,[ebx+esi*4]
vfnmaddsd xmm4,xmm5,[ebx+esi*4+0x40],xmm6
vfnmsubps ymm3,ymm4,ymm5,[ebx+esi*4]
vfnmsubpd ymm4,ymm5,ymm6,[ebx+esi*4+0x40]
sha1rnds4 xmm3,xmm4,5
sha1rnds4 xmm3,[ebx+esi*4],5
sha1rnds4 xmm4,[ebx+esi*4+0x40],5
gf2p8affineqb xmm3,xmm4,5
gf2p8affineqb xmm3,[ebx+esi*4],5
gf2p8affineqb xmm4,[ebx+esi*4+0x40],5
vgf2p8affineqb ymm4,ymm5,[ebx+esi*4+0x40],5
gf2p8affineinvqb xmm3,xmm4,5
gf2p8affineinvqb xmm3,[ebx+esi*4],5
gf2p8affineinvqb xmm4,[ebx+esi*4+0x40],5
vgf2p8affineinvqb ymm5{k3}{z},ymm6,[ebx+esi*4]{1to4},5
aeskeygenassist xmm3,xmm4,5
aeskeygenassist xmm3,[ebx+esi*4],5
aeskeygenassist xmm4,[ebx+esi*4+0x40],5
vaeskeygenassist xmm4,[ebx+esi*4+0x40],5
rorx ebx,esp,5
rorx ebx,[ebx+esi*4],5
rorx esp,[ebx+esi*4+0x40],5
vpmacssdql xmm3,xmm4,[ebx+esi*4],xmm5
vpmacswd xmm3,xmm4,xmm5,xmm6
vpmacsdqh xmm4,xmm5,[ebx+esi*4+0x40],xmm6
vpmadcsswd xmm3,xmm4,xmm5,xmm6
vprotw xmm4,[ebx+esi*4+0x40],5
blcfill ebx,esp
blcfill ebx,[ebx+esi*4]
blcfill esp,[ebx+esi*4+0x40]
blsfill ebx,esp
blsfill ebx,[ebx+esi*4]
blsfill esp,[ebx+esi*4+0x40]
blcs ebx,esp
blcs ebx,[ebx+esi*4]
blcs esp,[ebx+esi*4+0x40]
tzmsk ebx,esp
tzmsk ebx,[ebx+esi*4]
tzmsk esp,[ebx+esi*4+0x40]
blcic ebx,esp
blcic ebx,[ebx+esi*4]
blcic esp,[ebx+esi*4+0x40]
blsic ebx,esp
blsic ebx,[ebx+esi*4]
blsic esp,[ebx+esi*4+0x40]
t1mskc ebx,esp
t1mskc ebx,[ebx+esi*4]
t1mskc esp,[ebx+esi*4+0x40]
blcmsk ebx,esp
blcmsk ebx,[ebx+esi*4]
blcmsk esp,[ebx+esi*4+0x40]
blci ebx,esp
blci ebx,[ebx+esi*4]
blci esp,[ebx+esi*4+0x40]
llwpcb ebx
llwpcb esp
slwpcb ebx
slwpcb esp
vfrczps ymm3,[ebx+esi*4]
vfrczsd xmm3,xmm4
vprotw xmm3,xmm4,[ebx+esi*4]
vprotq xmm4,xmm5,[ebx+esi*4+0x40]
bextr ebx,esp,0x12345678
bextr ebx,[ebx+esi*4],0x12345678
bextr esp,[ebx+esi*4+0x40],0x12345678
lwpins ebx,esp,0x12345678
lwpins ebx,[ebx+esi*4],0x12345678
lwpins esp,[ebx+esi*4+0x40],0x12345678
lwpval ebx,esp,0x12345678
lwpval ebx,[ebx+esi*4],0x12345678
lwpval esp,[ebx+esi*4+0x40],0x12345678
pi2fw mm3,mm4
pi2fw mm3,[ebx+esi*4]
pi2fw mm4,[ebx+esi*4+0x40]
pi2fd mm3,mm4
pi2fd mm3,[ebx+esi*4]
pi2fd mm4,[ebx+esi*4+0x40]
pf2iw mm3,mm4
pf2iw mm3,[ebx+esi*4]
pf2iw mm4,[ebx+esi*4+0x40]
pf2id mm3,mm4
pf2id mm3,[ebx+esi*4]
pf2id mm4,[ebx+esi*4+0x40]
pfnacc mm3,mm4
pfnacc mm3,[ebx+esi*4]
pfnacc mm4,[ebx+esi*4+0x40]
pfpnacc mm3,mm4
pfpnacc mm3,[ebx+esi*4]
pfpnacc mm4,[ebx+esi*4+0x40]
pfcmpge mm3,mm4
pfcmpge mm3,[ebx+esi*4]
pfcmpge mm4,[ebx+esi*4+0x40]
pfmin mm3,mm4
pfmin mm3,[ebx+esi*4]
pfmin mm4,[ebx+esi*4+0x40]
pfrcp mm3,mm4
pfrcp mm3,[ebx+esi*4]
pfrcp mm4,[ebx+esi*4+0x40]
pfrsqrt mm3,mm4
pfrsqrt mm3,[ebx+esi*4]
pfrsqrt mm4,[ebx+esi*4+0x40]
pfsub mm3,mm4
pfsub mm3,[ebx+esi*4]
pfsub mm4,[ebx+esi*4+0x40]
pfadd mm3,mm4
pfadd mm3,[ebx+esi*4]
pfadd mm4,[ebx+esi*4+0x40]
pfcmpgt mm3,mm4
pfcmpgt mm3,[ebx+esi*4]
pfcmpgt mm4,[ebx+esi*4+0x40]
pfmax mm3,mm4
pfmax mm3,[ebx+esi*4]
pfmax mm4,[ebx+esi*4+0x40]
pfrcpit1 mm3,mm4
pfrcpit1 mm3,[ebx+esi*4]
pfrcpit1 mm4,[ebx+esi*4+0x40]
pfrsqit1 mm3,mm4
pfrsqit1 mm3,[ebx+esi*4]
pfrsqit1 mm4,[ebx+esi*4+0x40]
pfsubr mm3,mm4
pfsubr mm3,[ebx+esi*4]
pfsubr mm4,[ebx+esi*4+0x40]
pfacc mm3,mm4
pfacc mm3,[ebx+esi*4]
pfacc mm4,[ebx+esi*4+0x40]
pfcmpeq mm3,mm4
pfcmpeq mm3,[ebx+esi*4]
pfcmpeq mm4,[ebx+esi*4+0x40]
pfmul mm3,mm4
pfmul mm3,[ebx+esi*4]
pfmul mm4,[ebx+esi*4+0x40]
pfrcpit2 mm3,mm4
pfrcpit2 mm3,[ebx+esi*4]
pfrcpit2 mm4,[ebx+esi*4+0x40]
pmulhrwa mm3,mm4
pmulhrwa mm3,[ebx+esi*4]
pmulhrwa mm4,[ebx+esi*4+0x40]
pswapd mm3,mm4
pswapd mm3,[ebx+esi*4]
pswapd mm4,[ebx+esi*4+0x40]
pavgusb mm3,mm4
pavgusb mm3,[ebx+esi*4]
pavgusb mm4,[ebx+esi*4+0x40]
a16 pvalidate
pvalidate
serialize
xsusldtrk
xresldtrk
hreset 5
prefetchit1 [ebx+esi*4]
prefetchit1 [ebx+esi*4+0x40]
prefetchit0 [ebx+esi*4]
prefetchit0 [ebx+esi*4+0x40]
aadd [ebx+esi*4],ebx
aadd [ebx+esi*4+0x40],esp
aand [ebx+esi*4],ebx
aand [ebx+esi*4+0x40],esp
axor [ebx+esi*4],ebx
axor [ebx+esi*4+0x40],esp
