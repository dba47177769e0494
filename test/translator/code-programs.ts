// Programs whose code, or the way through it, changes after it was translated, or lies and is counted in other ways than most.

import type { Start } from "./system-pair.js";

export interface Program {
  readonly source: string;
  /** Part of the instructions that is executed in regions at least. */
  readonly translated?: number;
  /** Where it does not begin in flat code. */
  readonly start?: Start;
}

/** One function into each of the two pages of the window. */
const COPY_FUNCTIONS = `
start:  mov esi, one
        mov edi, WINDOW
        mov ecx, 32
        rep movsd
        mov esi, two
        mov edi, WINDOW + 0x1000
        mov ecx, 32
        rep movsd
`;
const FUNCTIONS = `
align 4
one:    lea ebx, [ebx * 2 + ebx + 1]
        ret
align 4
two:    lea ebx, [ebx * 4 + ebx + 7]
        jmp .over
.over:  ret
        times 256 nop`;

export const CODE_PROGRAMS: Readonly<Record<string, Program>> = {
  "a loop that stores into its next instruction every time": {
    source: `
start:  mov ecx, 300
.again: mov byte [.patch + 1], cl
.patch: mov al, 0
        add ebx, eax
        dec ecx
        jnz .again
        hlt`,
    translated: 0,
  },
  "a loop that stores into itself now and then": {
    source: `
start:  mov ecx, 20000
.again: test ecx, 0xff
        jnz .patch
        mov [.patch + 1], ecx
.patch: mov eax, 0
        add ebx, eax
        dec ecx
        jnz .again
        hlt`,
  },
  "a loop that stores into itself by a string instruction": {
    source: `
start:  mov ecx, 5000
.again: test ecx, 0xff
        jnz .patch
        mov edi, .patch + 1
        mov eax, ecx
        stosd
.patch: mov eax, 0
        add ebx, eax
        dec ecx
        jnz .again
        hlt`,
  },
  "a loop that stores into itself by a repeated string instruction, its own bytes behind it included": {
    source: `
start:  mov edx, 5000
.again: test edx, 0xff
        jnz .patch
        mov edi, .patch + 1
        mov al, dl
        mov ecx, 4
        rep stosb
.patch: mov eax, 0
        add ebx, eax
        dec edx
        jnz .again
        hlt`,
  },
  "a loop that stores into itself once by a repeated string instruction": {
    source: `
start:  mov edx, 5000
.again: test edx, 0xff
        jnz .patch
        mov edi, .patch + 1
        mov eax, edx
        mov ecx, 1
        rep stosd
.patch: mov eax, 0
        add ebx, eax
        dec edx
        jnz .again
        hlt`,
  },
  "a repeated string instruction that stores over itself before its second chunk": {
    source: `
start:  mov edx, 100
.again: mov esi, code
        mov edi, WINDOW + 0x1000 - (end - code)
        mov ecx, end - code
        rep movsb
        mov byte [WINDOW + 0x1000], 0xc3
        mov edi, WINDOW + 0x1000 - (end - code.store)
        mov ecx, 40
        mov al, 0x43
        mov esi, 300
        call WINDOW + 0x1000 - (end - code)
        add ebx, [WINDOW + 0x1000]
        dec edx
        jnz .again
        hlt
; What it stores is INC EBX, up to the RET in the next page.
code:   dec esi
        jnz code
.store: rep stosb
        times 10 nop
end:`,
  },
  "a loop that stores into a function on another page, by another address": {
    source: `
start:  mov ecx, 10000
.again: test ecx, 0x7f
        jnz .go
        mov [LARGE + function + 1], ecx
.go:    call function
        add ebx, eax
        dec ecx
        jnz .again
        hlt
align 4096
function: mov eax, 0
        ret`,
  },
  "a function that stores into its caller": {
    source: `
start:  mov ecx, 10000
again:  call function
patch:  mov eax, 0
        add ebx, eax
        dec ecx
        jnz again
        hlt
align 4096
function: test ecx, 0x7f
        jnz .no
        mov [patch + 1], ecx
.no:    ret`,
  },
  "a function that returns to another place now and then": {
    source: `
start:  mov ecx, 8000
.again: call function
.back:  add ebx, ecx
        add ebx, 5
        dec ecx
        jnz .again
        hlt
function: test ecx, 0x1f
        jnz .plain
        add dword [esp], 2
        ret
.plain: test ecx, 3
        jnz .end
        pop eax
        jmp eax
.end:   ret`,
  },
  "returns through a stack that was changed, from a function that is called twice": {
    source: `
start:  mov ecx, 8000
.again: call function
        add ebx, 1
        call function
        add ebx, 16
        dec ecx
        jnz .again
        hlt
function: lea ebx, [ebx * 3]
        test ecx, 0x3f
        jnz .end
        mov dword [esp], other
.end:   ret
other:  call function2
        add ebx, 7
        dec ecx
        jz .done
        jmp start.again
.done:  hlt
function2: ret 0`,
  },
  "a jump table that changes after it was translated": {
    source: `
start:  mov ecx, 20000
.again: mov eax, ecx
        and eax, 3
        jmp [table + eax * 4]
zero:   add ebx, 1
        jmp next
one:    add ebx, 0x10
        jmp next
two:    add ebx, 0x100
        jmp next
three:  add ebx, 0x1000
next:   test ecx, 0xff
        jnz .go
        mov eax, [table]
        xchg eax, [table + 4]
        xchg eax, [table + 8]
        xchg eax, [table + 12]
        mov [table], eax
.go:    rol ebx, 1
        dec ecx
        jnz start.again
        hlt
align 4096
table:  dd zero, one, two, three`,
  },
  "jumps between regions, while another page comes where they lead": {
    source: `${COPY_FUNCTIONS}        mov ecx, 20000
        mov edx, WINDOW
.again: call edx
        test ecx, 0x7f
        jnz .next
        xor dword [TABLE + WINDOW / 1024], 0x1000
        invlpg [WINDOW]
.next:  dec ecx
        jnz .again
        hlt
${FUNCTIONS}`,
  },
  "jumps between regions, while MOV to CR3 brings another page": {
    source: `${COPY_FUNCTIONS}        mov ecx, 20000
        mov edx, WINDOW
.again: call edx
        call WINDOW
        test ecx, 0x1f
        jnz .next
        mov eax, cr3
        xor eax, DIRECTORY ^ OTHER_DIRECTORY
        mov cr3, eax
.next:  dec ecx
        jnz .again
        hlt
${FUNCTIONS}`,
  },
  "jumps between regions, while a page is changed without a word and another takes its place in the code TLB": {
    source: `${COPY_FUNCTIONS}        mov ecx, 20000
        mov edx, WINDOW
.again: call edx
        add ebx, ecx
        test ecx, 0x3f
        jnz .next
        xor dword [TABLE + WINDOW / 1024], 0x1000
        call edx
        mov eax, FAR + WINDOW
        call eax
.next:  dec ecx
        jnz .again
        hlt
${FUNCTIONS}`,
  },
  "a loop on two pages, while another page comes where its second half was": {
    source: `
; Copied so that "and ebx" lies on both pages; its last bytes and what follows are of two kinds.
start:  mov esi, head
        mov edi, WINDOW + 0x1000 - (second - head)
        mov ecx, tail - head
        rep movsb
        mov esi, second
        mov edi, WINDOW + 0x2000
        mov ecx, tail - second
        rep movsb
        mov byte [WINDOW + 0x2000], 0x2a
        mov byte [WINDOW + 0x2000 + more - second], 0x43
        mov ecx, 20000
        jmp WINDOW + 0x1000 - (second - head)
head:   add ebx, ecx
        rol ebx, 3
        db 0x81, 0xe3, 0xff, 0xff
second: db 0xf7, 0xff
more:   inc edx
        inc edx
        test ecx, 0x7f
        jnz .next
        xor dword [TABLE + (WINDOW + 0x1000) / 1024], 0x3000
        mov eax, WINDOW + 0x1000
        invlpg [eax]
.next:  dec ecx
        jnz head
        hlt
tail:`,
  },
  "flags that go to another page, where one page does not use them, and now and then another does": {
    source: `
start:  mov esi, head
        mov edi, WINDOW + 0x1000 - (end - head)
        mov ecx, end - head
        rep movsb
        mov esi, kills
        mov edi, WINDOW + 0x1000
        mov ecx, uses - kills
        rep movsb
        mov esi, uses
        mov edi, WINDOW + 0x2000
        mov ecx, tail - uses
        rep movsb
        mov edi, 20000
.again: mov ecx, edi
        call WINDOW + 0x1000 - (end - head)
        test edi, 0x7f
        jnz .next
        xor dword [TABLE + (WINDOW + 0x1000) / 1024], 0x3000
        invlpg [WINDOW + 0x1000]
.next:  dec edi
        jnz .again
        hlt
; The carry of "add" lives on if CL is zero.
head:   imul edx, edi, 0x1234567
        add ebx, edx
        inc edx
        and ecx, 3
        sar edx, cl
end:
kills:  xor eax, eax
        add ebx, 3
        ret
uses:   adc ebx, 5
        setp al
        add ebx, eax
        ret
tail:`,
  },
  "pages of code that become data by a string instruction, while the accessed bit of the page that runs is clear": {
    source: `
start:  mov ecx, 600
        mov edx, PAGES
.again: mov byte [edx], 0xc3
        call edx
        and dword [TABLE + CODE / 1024], ~0x20
        push ecx
        mov edi, edx
        mov ecx, 3
        rep stosd
        pop ecx
        mov eax, [TABLE + CODE / 1024]
        lea ebx, [ebx * 2 + eax]
        add edx, 0x1000
        dec ecx
        jnz .again
        hlt`,
  },
  "where x87 instructions without a rule were, on another page": {
    source: `
start:  fninit
        mov ecx, 3000
.again: call function
        fld1
        fadd st0, st0
        fstp dword [DATA]
        call function
        dec ecx
        jnz .again
        hlt
align 4096
        times 0x123 nop
function: fild dword [DATA]
        fsqrt
        fnstenv [DATA + 0x40]
        fstp dword [DATA + 8]
        add ebx, [DATA + 0x4c]
        test cl, 3
        jz .end
        fldpi
        fcos
        fnstenv [DATA + 0x40]
        fstp dword [DATA + 4]
        add ebx, [DATA + 0x4c]
.end:   ret`,
  },
  "straight code that is longer than the margin of the budget": {
    source: `
start:  mov ecx, 200
.again: times 130 inc ebx
        times 130 add ebp, ebx
        dec ecx
        jnz .again
        hlt`,
    translated: 0.1,
  },
  "functions and handlers that are longer than the margin of the budget": {
    source: `
start:  mov ecx, 200
        mov edx, function
.again: call edx
        mov esi, 20
.spin:  int 0x80
        dec esi
        jnz .spin
        dec ecx
        jnz .again
        hlt
function: times 130 inc ebx
        times 130 add ebp, ebx
        ret
vector128: times 130 inc edi
        times 130 add ebp, edi
        iretd`,
    translated: 0.1,
  },
};
