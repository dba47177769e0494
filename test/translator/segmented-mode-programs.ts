// Programs in 16-bit code, or with segments that are not flat, that translated code must not be wrong about: bases, prefixes, strings, modes.
// Labels vector13 and the like are the handlers of exceptions: in real mode in 16-bit code, else in 32-bit code of ring 0.
import type { Program } from "./code-programs.js";
import { AGAIN_FROM_0, RESUME } from "./segmented-handlers.js";
import { STARTS } from "./segmented-machine.js";

export const SEGMENTED_MODE_PROGRAMS: Readonly<Record<string, Program>> = {
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
