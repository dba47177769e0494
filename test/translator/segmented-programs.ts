// Programs in 16-bit code, or with segments that are not flat, that translated code must not be wrong about. Labels vector13 and the like are
// the handlers of exceptions: in real mode in 16-bit code, else in 32-bit code of ring 0.
import type { Program } from "./code-programs.js";
import { STARTS } from "./segmented-machine.js";

/** An exception of 16-bit code in ring 0 whose instruction is to be executed again with BX = 0. DX counts. */
const AGAIN_FROM_0 = `
bits 32
vector13:
        add esp, 4
        inc edx
        xor ebx, ebx
        iretd
bits 16`;

/** An exception of virtual-8086 mode that is to go on at the label \`resume\`. EDX sums up where they happened. */
const RESUME = `
bits 32
        times 32 nop
faulted:
        add esp, 4
        add edx, [esp]
        add edx, [esp + 8]
        mov dword [esp], resume
        mov dword [esp + 12], STACK
        iretd
vector12 equ faulted
vector13 equ faulted
bits 16`;

export const SEGMENTED_PROGRAMS: Readonly<Record<string, Program>> = {
  "a sieve in real mode": {
    start: STARTS.real,
    source: `
start:  xor di, di
        mov cx, 2000
        mov al, 1
        cld
        rep stosb
        mov bx, 2
.next:  cmp byte [bx], 0
        je .skip
        inc dx
        mov si, bx
        add si, bx
.cross: cmp si, 2000
        jae .skip
        mov byte [si], 0
        add si, bx
        jmp .cross
.skip:  inc bx
        cmp bx, 2000
        jb .next
        hlt`,
    translated: 0.5,
  },
  "strings, byte by byte, and functions in real mode": {
    start: STARTS.real,
    source: `
start:  mov bp, 40
.again: xor si, si
        mov di, 0x4000
        mov cx, 100
.copy:  lodsb
        add al, cl
        call mix
        stosb
        loop .copy
        push word [0x4000]
        pop word [di]
        dec bp
        jnz .again
        hlt
mix:    push cx
        mov cl, 3
        rol ax, cl
        pop cx
        ret`,
    translated: 0.5,
  },
  "strings without REP, forwards and backwards, with prefixes": {
    start: STARTS.protected16,
    source: `
start:  xor di, di
        mov cx, 0x4000
.fill:  imul ax, cx, 177
        stosw
        loop .fill
        mov ax, BASED
        mov es, ax
        mov cx, 1000
        mov esi, 0x44000
        mov edi, esi
.again: cld
        test cl, 3
        jz .compare
        std
.compare:
        lodsb
        rol eax, 5
        stosw
        xor al, [si]
        movsd
        o32 lodsd
        es lodsb
        scasw
        sbb dx, 0
        cmpsb
        adc bx, dx
        ss movsb
        scasd
        sbb bx, 3
        cmpsw
        jae .next
        and esi, 0x3fff
        movzx edi, di
        a32 stosd
        a32 lodsw
        or esi, 0x40000
        or edi, 0x50000
.next:  and si, 0x3fff
        or si, 0x4000
        mov di, si
        dec cx
        jnz .again
        hlt`,
    translated: 0.5,
  },
  "strings without REP at the end of the segment": {
    start: STARTS.virtual8086,
    source: `
iopl3 equ 1
start:  mov cx, 2000
        mov si, 0xff80
        mov di, 0xff00
.again: lodsw
        add bx, ax
        stosb
        inc di
        scasw
        dec cx
        jz .end
        test cl, 31
        jnz .again
        inc si
        movsd
        jmp .again
.end:   int 32
resume: and si, 0xfe7f
        mov di, si
        jmp start.again
bits 32
vector32:
        hlt
${RESUME}`,
  },
  "flags that only the frame of a string instruction's fault shows": {
    start: STARTS.virtual8086,
    source: `
iopl3 equ 1
start:  mov cx, 2000
.again: mov si, cx
        or si, 0xfff8
        stc
        inc di
        lodsw
        add bx, ax
resume: dec cx
        jnz start.again
        int 32
bits 32
vector32:
        hlt
${RESUME}`,
  },
  "words up to the limit of a segment and beyond it": {
    start: STARTS.protected16,
    source: `
start:  mov ax, SHORT
        mov ds, ax
        mov cx, 4000
.again: add ax, [bx]
        mov [bx], cx
        add bx, 2
        dec cx
        jnz .again
        hlt
${AGAIN_FROM_0}`,
  },
  "bytes up to the limit, and a word that reaches it": {
    start: STARTS.protected16,
    source: `
start:  mov ax, SHORT
        mov ds, ax
        mov cx, 5000
        mov bx, 0xf00
.again: add al, [bx]
        test cl, 1
        jz .odd
        xor [bx], cx
.odd:   inc bx
        dec cx
        jnz .again
        hlt
${AGAIN_FROM_0}`,
  },
  "a segment that grows down": {
    start: STARTS.protected16,
    source: `
start:  mov ax, EXPAND_DOWN
        mov es, ax
        mov cx, 300
        mov bx, 0xfff
.again: mov ax, [es:bx]
        add ax, cx
        mov [es:bx], ax
        add bx, 5
        test cl, 7
        jnz .next
        sub bx, 41
.next:  dec cx
        jnz .again
        hlt
bits 32
vector13:
        add esp, 4
        inc edx
        mov ebx, 0x1000
        iretd`,
    translated: 0.2,
  },
  "writes to a segment that is read only": {
    start: STARTS.protected16,
    source: `
start:  mov ax, READ_ONLY
        mov fs, ax
        mov cx, 2000
.again: add ax, [fs:bx]
        inc word [0x200]
        inc bx
        and bx, 0x7f
        cmp bx, 0x7f
        jne .next
        mov [fs:bx], ax
.next:  dec cx
        jnz .again
        hlt
${AGAIN_FROM_0.replace("iretd", "add dword [esp], 3\niretd")}`,
  },
  "a segment register that is loaded anew in a loop": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 3000
        mov ax, DATA16
.again: mov ds, ax
        mov [0x10], cx
        xor ax, DATA16 ^ BASED
        push ax
        pop es
        mov dx, [es:0x10]
        add bx, dx
        mov [es:bx], cl
        dec cx
        jnz .again
        hlt`,
  },
  "a null selector now and then": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 2000
.again: mov ax, DATA16
        test cl, 15
        jnz .load
        xor ax, ax
.load:  mov fs, ax
        mov bx, [fs:4]
        add si, bx
        dec cx
        jnz .again
        hlt
bits 32
vector13:
        inc edx
        mov eax, DATA16
        mov fs, eax
        add esp, 4
        iretd`,
  },
  "segments in real mode, loaded in every way": {
    start: STARTS.real,
    source: `
start:  mov cx, 2000
        mov word [0x200], 0x30
        mov word [0x202], DATA_NEXT
.again: les di, [0x200]
        mov [es:di], cx
        xor word [0x202], DATA ^ DATA_NEXT
        add [0x40], cx
        push ds
        mov ax, DATA_NEXT
        mov ds, ax
        mov dx, [0x30]
        pop ds
        add bx, dx
        mov ax, es
        inc ax
        mov fs, ax
        add bx, [fs:di - 16]
        dec cx
        jnz .again
        hlt`,
    translated: 0.5,
  },
  "a stack pointer that wraps at 0": {
    start: STARTS.real,
    source: `
start:  mov cx, 2000
        mov sp, 4
.again: push cx
        push ax
        push bx
        pushf
        pop dx
        pop si
        pop ax
        pop bx
        add ax, si
        add bx, dx
        dec cx
        jnz .again
        hlt`,
    translated: 0.5,
  },
  "words on the stack that lie on both sides of the segment's end": {
    start: STARTS.virtual8086,
    source: `
iopl3 equ 1
start:  mov cx, 1000
        mov ax, STACK_NEXT
        mov ss, ax
        add ax, 0x1000
        mov es, ax
.again: mov sp, STACK
        mov [es:0], cx
        test cl, 7
        jnz .push
        mov sp, 1
.push:  push cx
        mov bp, sp
        mov ax, [bp]
        add bx, ax
        test cl, 3
        jnz resume
        mov sp, 0xffff
        pop si
resume: add bx, dx
        dec cx
        jnz start.again
        mov sp, STACK
        int 32
bits 32
vector32:
        hlt
${RESUME}`,
  },
  "a stack whose limit is in the middle of its segment": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 3000
        mov ax, SHORT_STACK
.again: mov ss, ax
        mov sp, cx
        push cx
        pop bx
        add dx, bx
        sub cx, 4
        jnz .again
        push cx
        hlt`,
  },
  "a stack of 16 bits and one of 32 in turn": {
    start: STARTS.protected16,
    source: `
start:  mov esp, 0x12340000 + STACK
        mov cx, 2000
.again: mov ax, STACK16
        mov ss, ax
        push ecx
        push cx
        call near count
        pop dx
        pop esi
        add edi, esp
        movzx esp, sp
        mov ax, STACK32
        mov ss, ax
        add esp, 0x10000
        push cx
        push dword [esp]
        pop edx
        add [esp], dx
        pop dx
        or esp, 0x12340000
        dec cx
        jnz .again
        hlt
count:  enter 4, 0
        mov [bp - 2], cx
        add bx, [bp - 2]
        leave
        ret`,
  },
  "jumps across the end of the code segment": {
    start: STARTS.real,
    source: `
start:  mov cx, 3000
        jmp high
.again: dec cx
        jnz high
        hlt
        times 0xffe0 - ($ - $$) nop
high:   inc bx
        test bl, 7
        jz .over
        add ax, bx
        jmp near start.again - 0x10000
.over:  add ax, 3
        jmp near start.again`,
    translated: 0.5,
  },
  "execution that runs beyond the end of the code segment": {
    start: STARTS.real,
    source: `
start:  mov cx, 500
.again: dec cx
        jz .end
        jmp high
.end:   hlt
vector13:
        mov bp, sp
        add dx, [bp]
        mov word [bp], start.again
        iret
        times 0xfff0 - ($ - $$) nop
high:   add bx, cx
        times 0x10000 - ($ - $$) nop`,
  },
  "a far jump to the next address in another segment": {
    start: STARTS.real,
    source: `
start:  mov cx, 3000
.again: inc ax
        test cl, 3
        jz .same
        jmp short .far
        times 0x3b - ($ - $$) nop
.far:   jmp CODE_NEXT:behind
behind: add ax, 3
back:   dec cx
        jnz start.again
        hlt
start.same:
        jmp CODE:behind
        times 0x1040 - ($ - $$) nop
        add ax, 7
        jmp CODE:back`,
  },
  "a far jump to the next address with a lower limit": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 2000
        mov bx, far_away
.again: test cl, 31
        jnz .long
        jmp CODE16_SHORT:.long
.long:  jmp bx
back:   dec cx
        jnz start.again
        hlt
bits 32
vector13:
        add esp, 4
        inc edx
        mov dword [esp], back
        mov dword [esp + 4], CODE16
        iretd
bits 16
        times 0x400 - ($ - $$) nop
far_away:
        add ax, cx
        jmp back`,
  },
  "a code segment that ends in the middle of a loop": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 400
.again: test cl, 7
        jnz .go
        jmp CODE16_SHORT:.go
.go:    mov ax, cx
        mov si, 3
.inner: add bx, ax
        dec si
        jnz .inner
        times 0x3ff - ($ - $$) nop
        add bx, 7
        dec cx
        jnz .again
        hlt
bits 32
vector13:
        mov edx, [esp + 4]
        add ebx, edx
        add esp, 4
        mov dword [esp + 4], CODE16
        iretd`,
  },
  "direct jumps beyond the end of the code segment, which is that of a page": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 9000
.again: test cl, 3
        jnz .long
        jmp CODE16_PAGE:.long
.long:  test cl, 4
        jz .other
        jmp near far_away
.other: test cl, 8
        jnz far_away
        call near far_away
back:   mov sp, STACK
        dec cx
        jnz start.again
        hlt
bits 32
vector13:
        add esp, 4
        add edx, [esp]
        add edx, esp
        mov dword [esp], back
        mov dword [esp + 4], CODE16
        iretd
bits 16
        times 0x1010 - ($ - $$) nop
far_away:
        dec di
        jnz far_away
        mov di, 3
        add ax, cx
        jmp back`,
  },
  "indirect jumps to a page in which the code segment ends": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 1000
        mov bx, beyond
.again: jmp CODE16_CUT:.cut
.cut:   inc di
        jmp bx
back:   dec cx
        jnz start.again
        hlt
bits 32
vector13:
        add esp, 4
        add edx, [esp]
        mov dword [esp], back
        iretd
bits 16
        times 0x13f0 - ($ - $$) nop
beyond: add ax, cx
        times 0x1400 - ($ - $$) nop
        add ax, 5
        jmp back`,
    translated: 0.05,
  },
  "16-bit code and flat code in turn": {
    start: STARTS.protected16,
    source: `
start:  mov ecx, 2000
        jmp dword FLAT_CODE:CODE_BASE + flat
bits 32
flat:   mov edx, FLAT
        mov ds, edx
        mov es, edx
        mov ss, edx
        mov ebx, CODE_BASE + .loop
        mov esi, 5
        mov edi, esp
        mov esp, 0x9000
.loop:  push eax
        add eax, [esp]
        dec esi
        jz .back
        jmp ebx
.back:  mov esp, edi
        mov edx, DATA16
        mov ds, edx
        mov es, edx
        mov edx, STACK16
        mov ss, edx
        jmp CODE16:back
bits 16
back:   mov bx, .loop
        mov si, 5
.loop:  add ax, cx
        dec si
        jz .next
        jmp bx
.next:  dec cx
        jz .end
        jmp dword FLAT_CODE:CODE_BASE + flat
.end:   hlt`,
  },
  "16-bit code above 64 KiB": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 5000
        jmp CODE16_ABOVE:high - 0x10000
        times 0x1000 - ($ - $$) nop
low:    add bx, cx
        test cx, cx
        js .end
        jmp CODE16_ABOVE:high - 0x10000
.end:   hlt
        times 0x11000 - ($ - $$) nop
high:   add ax, cx
        dec cx
        test cl, 15
        jnz high
        jmp dword CODE16_LONG:high`,
  },
  "far calls and returns": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 2000
.again: call CODE16:near_by
        push bx
        call CODE16_NEXT:other - 0x1000
        dec cx
        jnz .again
        hlt
near_by:
        add ax, cx
        retf
        times 0x1000 - ($ - $$) nop
other:  push cx
        call .inner
        pop cx
        retf 2
.inner: mov bp, sp
        add ax, [bp]
        ret`,
  },
  "one function in two segments": {
    start: STARTS.real,
    source: `
start:  mov cx, 2000
.again: call CODE:both
        call CODE_NEXT:both - 0x1000
        add [0x20], ax
        dec cx
        jnz .again
        hlt
        times 0x1000 - ($ - $$) nop
both:   call .inner
.after: add ax, 5
        retf
.inner: mov bp, sp
        add ax, [bp]
        ret`,
  },
  "indirect jumps through a table in the code segment": {
    start: STARTS.real,
    source: `
start:  mov cx, 3000
.again: mov bx, cx
        and bx, 6
        jmp [cs:table + bx]
table:  dw one, two, three, four
one:    add ax, 1
        jmp next
two:    add ax, 20
        jmp next
three:  push next
        ret
four:   xor ax, 0x5555
next:   mov di, .end
        dec cx
        jz .jump
        mov di, start.again
.jump:  jmp di
.end:   hlt`,
    translated: 0.5,
  },
  "jumps, calls and returns beyond the limit of 32-bit code": {
    start: STARTS.protected32,
    source: `
start:  mov ecx, 3000
        mov ebx, near_by
.again: test cl, 15
        jnz .in
        or ebx, 0x10000
.in:    test cl, 16
        jnz .call
        test cl, 32
        jnz .push
        jmp ebx
.push:  push ebx
        ret
.call:  call ebx
        add esp, 4
        jmp back
near_by:
        add eax, esp
        test cl, 16
        jz back
        ret 0
back:   mov esp, STACK
        dec ecx
        jnz start.again
        hlt
vector13:
        add edx, esp
        and ebx, 0xffff
        mov dword [esp + 4], back
        add esp, 4
        iretd`,
  },
  "a stack with a base in 32-bit code": {
    start: STARTS.protected32,
    source: `
start:  mov ecx, 2000
.again: push ecx
        push dword [esp]
        call sum
        add [esp], eax
        pop ebx
        pop edx
        push word bx
        pop di
        dec ecx
        jnz .again
        hlt
sum:    push ebp
        mov ebp, esp
        mov eax, [ebp + 8]
        add eax, [0x40]
        mov [0x40], ecx
        mov [ebp * 1 + 0x200 - STACK], ecx
        leave
        ret`,
    translated: 0.5,
  },
  "prefixes for 32-bit operands and addresses in 16-bit code": {
    start: STARTS.protected16,
    source: `
start:  mov ecx, 0x10000 + 2000
        mov ebx, 0x100
.again: mov eax, [ebx + ecx * 2 - 0x20000]
        add eax, 0x12345
        mov [bx], eax
        add [ebx + 4], ax
        push eax
        pop edx
        lea esi, [ebx + eax * 4]
        lea di, [ebx + eax * 4]
        imul edx, esi
        o32 call near near_by
        a32 loop .even
        hlt
.even:  test cl, 1
        jnz .again
        cmp cx, 0
        jcxz .again
        jmp .again
near_by:
        add [bx + 8], edx
        o32 ret`,
  },
  "32-bit addresses beyond 64 KiB in 16-bit code": {
    start: STARTS.protected16,
    source: `
start:  mov cx, 2000
        mov ebx, 0x8000
.again: add eax, [ebx]
        mov [ebx], cx
        add ebx, 0x1111
        dec cx
        jnz .again
        hlt
${AGAIN_FROM_0}`,
  },
  "16-bit addresses in a segment of more than 64 KiB": {
    start: STARTS.protected16,
    source: `
start:  mov ax, BASED
        mov ds, ax
        mov cx, 2000
        fninit
.again: mov bx, cx
        or bx, 0xfff0
        add eax, [bx]
        mov [bx], eax
        add eax, [bx + 8]
        mov bx, 0xfffa
        movzx edx, cl
        bts [bx], edx
        fld tword [bx]
        fstp tword [bx + 0x100]
        fld qword [bx]
        fstp qword [0x20]
        dec cx
        jnz .again
        hlt`,
  },
  "x87 records with bases": {
    start: STARTS.real,
    source: `
start:  fninit
        mov cx, 1000
        mov word [0x80], 0x1234
        mov bp, 0x100
.again: fild word [0x80]
        fmul st0, st0
        fstp dword [bp]
        fnstenv [0x40]
        fild word [es:0x80]
        fistp word [0x82]
        dec cx
        jnz .again
        hlt`,
  },
  "vectors beyond the limit": {
    start: STARTS.protected16,
    source: `
start:  mov eax, cr4
        or eax, 0x600
        mov cr4, eax
        mov ax, SHORT
        mov ds, ax
        mov cx, 2000
        mov bx, 0xf00
.again: movups xmm0, [bx]
        paddd xmm0, xmm1
        movups [bx + 0x10], xmm0
        movdqa xmm1, xmm0
        add bx, 0x20
        dec cx
        jnz .again
        hlt
${AGAIN_FROM_0}`,
  },
  "CX counts, and not what is above it": {
    start: STARTS.real,
    source: `
start:  mov dx, 200
.outer: mov ecx, 0x50000 + 10
.again: add ax, cx
        loop .again
        jcxz .zero
        hlt
.zero:  a32 jecxz .wrong
        mov cx, 5
.equal: dec si
        cmp si, si
        loope .equal
        mov cx, 7
.other: inc si
        cmp si, 0x1234
        loopne .other
        dec dx
        jnz .outer
.wrong: hlt`,
    translated: 0.5,
  },
  "repeated moves across the end of the segment": {
    start: STARTS.virtual8086,
    source: `
iopl3 equ 1
start:  mov bp, 200
.again: mov si, 0xfff0
        mov di, 0x1000
        mov cx, 0x40
        rep movsb
        mov si, 0x2000
        mov di, 0xffc0
        mov cx, 0x30
        rep movsw
        mov di, 0xfff1
        test bp, 3
        jnz resume
        mov cx, 8
        rep stosd
resume: add bx, di
        dec bp
        jnz start.again
        int 32
bits 32
vector32:
        hlt
${RESUME}`,
    translated: 0,
  },
  "repeated strings in 32-bit code with bases": {
    start: STARTS.protected32,
    source: `
start:  mov ebp, 500
        mov eax, BASED
        mov es, eax
.again: mov esi, ebp
        lea edi, [ebp + 0x100]
        mov ecx, 0x30
        mov eax, ebp
        rep stosd
        mov ecx, 7
        rep movsb
        dec ebp
        jnz .again
        hlt`,
  },
  "flags and interrupts in virtual-8086 mode with IOPL 3": {
    start: STARTS.virtual8086,
    source: `
iopl3 equ 1
start:  mov cx, 2000
.again: pushf
        pop ax
        cli
        pushf
        pop bx
        sti
        add dx, ax
        sub dx, bx
        mov si, cx
        and si, 0xed5
        push si
        popf
        adc dx, 1
        o32 pushf
        o32 popf
        dec cx
        jnz .again
        int 32
bits 32
vector32:
        hlt`,
  },
  "flags and interrupts in virtual-8086 mode with IOPL 0": {
    start: STARTS.virtual8086,
    source: `
start:  mov cx, 1000
.again: push cx
        pop si
        pushf
        cli
        o32 pushf
        sti
        popf
        dec cx
        jnz .again
        nop
        int 32
bits 32
vector13:
        add edx, [esp + 4]
        mov eax, [esp + 4]
        push ds
        push dword FLAT
        pop ds
        mov al, [0x10000 + eax]
        pop ds
        cmp al, 0xcd
        je .end
        add esp, 4
        inc dword [esp]
        cmp al, 0x66
        jne .next
        inc dword [esp]
.next:  iretd
.end:   hlt`,
  },
  "interrupts and their returns in real mode": {
    start: STARTS.real,
    source: `
start:  mov cx, 2000
.again: mov ax, cx
        int 32
        add bx, ax
        dec cx
        jnz .again
        hlt
vector32:
        push ds
        push DATA_NEXT
        pop ds
        add [0x10], ax
        mov ax, [0x10]
        pop ds
        iret`,
    translated: 0.5,
  },
  "a loop that goes into protected mode and back": {
    start: STARTS.real,
    source: `
start:  mov dx, 300
        lgdt [cs:.gdt]
.again: mov cx, 10
        cli
.in:    add ax, [bx]
        loop .in
        mov eax, cr0
        or al, 1
        mov cr0, eax
        mov cx, 10
.more:  add si, [bx]
        mov [bx], si
        loop .more
        mov di, 0x28
        mov fs, di
        and al, 0xfe
        mov cr0, eax
        mov di, DATA_NEXT
        mov fs, di
        mov [fs:2], si
        dec dx
        jnz .again
        hlt
.gdt:   dw 0x7f
        dd .table + 0x10000
.table: times 5 dq 0
        dq 0x000093020102ffff`,
  },
  "code that straddles pages, at odd bases": {
    start: STARTS.real,
    source: `
start:  jmp CODE - 1:.begin + 0x10
.begin: mov cx, 3000
        jmp near .again
        times 0xff0 - ($ - $$) nop
.again: add bx, 0x1234
        add word [0x10], 0x4321
        mov word [bx], 0x1111
        add word [0x120], 0x2222
        dec cx
        jnz .again
        hlt`,
  },
};
