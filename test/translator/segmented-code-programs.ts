// Programs in 16-bit code, or with segments that are not flat, that translated code must not be wrong about: code segments and branches.
// Labels vector13 and the like are the handlers of exceptions: in real mode in 16-bit code, else in 32-bit code of ring 0.
import type { Program } from "./code-programs.js";
import { STARTS } from "./segmented-machine.js";

export const SEGMENTED_CODE_PROGRAMS: Readonly<Record<string, Program>> = {
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
};
