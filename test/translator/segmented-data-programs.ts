// Programs in 16-bit code, or with segments that are not flat, that translated code must not be wrong about: data segments and stacks.
// Labels vector13 and the like are the handlers of exceptions: in real mode in 16-bit code, else in 32-bit code of ring 0.
import type { Program } from "./code-programs.js";
import { AGAIN_FROM_0, RESUME } from "./segmented-handlers.js";
import { STARTS } from "./segmented-machine.js";

export const SEGMENTED_DATA_PROGRAMS: Readonly<Record<string, Program>> = {
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
};
