; preprocessor
bits 32
org 0x1000
%define ONE 1
%define ADD(a,b) ((a)+(b))
%define STR 'hello'
%xdefine SNAP ONE
%define ONE 2
%assign i 5
%assign i i*2+1
 dd ONE, SNAP, ADD(ONE,3), i
 db STR, 0
%idefine CaseLess 77
 db caseless, CASELESS
%macro prologue 1
 push ebp
 mov ebp,esp
 sub esp,%1
%endmacro
 prologue 12
%macro retz 0
 jnz %%skip
 ret
%%skip:
%endmacro
 retz
 retz
%macro writefile 2+
 jmp %%endstr
%%str: db %2
%%endstr: mov dx,%%str
 mov cx,%%endstr-%%str
 mov bx,%1
%endmacro
 writefile 3,"hello",13,10
%macro die 0-1 "Painful death"
 db %1, %0
%endmacro
 die
 die "x"
%macro multipush 1-*
%rep %0
 push %1
%rotate 1
%endrep
%endmacro
%macro multipop 1-*
%rep %0
%rotate -1
 pop %1
%endrep
%endmacro
 multipush eax,ebx,ecx
 multipop eax,ebx,ecx
%macro keytab 2
keypos%1 equ $-keytab0
 db %2
%endmacro
keytab0:
 keytab F1,128+1
 keytab F2,128+2
 keytab Return,13
 dd keyposF1, keyposF2, keyposReturn
%macro retc 1
 j%-1 %%s
 ret
%%s:
%endmacro
 retc ne
 retc z
%if i > 10
 db 'big'
%elif i > 5
 db 'mid'
%else
 db 'small'
%endif
%ifdef ONE
 db 1
%endif
%ifndef NOPE
 db 2
%else
 db 3
%endif
%ifidn eax,eax
 db 4
%endif
%ifidni EAX,eax
 db 5
%endif
%ifnum 123
 db 6
%endif
%ifstr 'x'
 db 7
%endif
%ifid foo
 db 8
%endif
%ifempty
 db 9
%endif
%ifmacro retc 1
 db 10
%endif
%ifnmacro retcc
 db 11
%endif
%assign n 0
%rep 5
 dw n
%assign n n+1
%endrep
%assign a 0
%assign b 1
%rep 100
%if a > 60
%exitrep
%endif
 db a
%assign c a+b
%assign a b
%assign b c
%endrep
%strlen len 'abcdef'
 db len
%substr subs 'abcdef' 2,3
 db subs
%substr sub2 'abcdef' 2
 db sub2
%strcat cat "one","two"
 db cat
%defstr ds hello world
 db ds
%deftok dt2 'ecx'
 mov eax,dt2
%define paste(x) mov e %+ x, 0
 paste(si)
%push ctx
%$here: nop
 jmp %$here
%push inner
%$here: jmp %$here
 jmp %$$here
%pop
%pop
%macro if 1
%push if
 j%-1 %$ifnot
%endmacro
%macro else 0
%ifctx if
%repl else
 jmp %$ifend
%$ifnot:
%endif
%endmacro
%macro endif 0
%ifctx if
%$ifnot:
%pop
%elifctx else
%$ifend:
%pop
%endif
%endmacro
 cmp ax,bx
 if ae
 cmp bx,cx
 if ae
 mov ax,cx
 else
 mov ax,bx
 endif
 else
 cmp ax,cx
 if ae
 mov ax,cx
 endif
 endif
%undef ONE
%ifdef ONE
 db 'no'
%endif
%define long_line 1 + \
  2 + \
  3
 db long_line
%macro greedy 2+
 db %1
 db %2
%endmacro
 greedy 1,2,3,4
%macro braces 2
 db %1
 db %2
%endmacro
 braces {1,2},{3,4}
%macro rng 1-*
 db %{2:3}
 db %{-1:1}
%endmacro
 rng 1,2,3,4
lab: prologue 4
%macro withlabel 1
%00: dd %1
%endmacro
abc withlabel 5
 dd abc
%if ($-$$) > 16
 db 'past'
%endif
 db __LINE__
 db __BITS__
%imacro CI 0
 db 'ci'
%endmacro
 ci
 Ci
%define mc(x,y) x,y
 db mc(1,2), mc({3,4},5)
%define tog(x) tog2(x)
%define tog2(x) x+1
 db tog(4)
%unmacro retz 0
retz: dd retz
