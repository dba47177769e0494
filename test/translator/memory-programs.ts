// Programs whose pages, segments, rights or exceptions translated code must not be wrong about.
import type { Program } from "./code-programs.js";

/** EBP is the sum of what happened: a hash of the registers and flags in the frames of page faults. */
const HASHING_FAULTS = `
vector14: pushad
        mov esi, esp
        mov ecx, 11
.hash:  lodsd
        rol ebp, 5
        xor ebp, eax
        loop .hash
        mov [sum], ebp
        popad
        mov ebp, [sum]
        add esp, 4
        push eax
        mov eax, cr2
        shr eax, 12
        or dword [TABLE + eax * 4], 3
        invlpg [eax]
        pop eax
        iretd
align 4
sum:    dd 0
`;

export const MEMORY_PROGRAMS: Readonly<Record<string, Program>> = {
  "a page that is mapped anew with INVLPG between two reads through one register": {
    source: `
start:  mov ecx, 3000
        mov esi, WINDOW
        mov dword [WINDOW], 3
        mov dword [WINDOW + 0x1000], 5
.again: mov eax, [esi]
        add ebx, eax
        xor dword [TABLE + WINDOW / 1024], 0x1000
        invlpg [esi]
        mov eax, [esi]
        lea ebx, [ebx + eax * 2]
        dec ecx
        jnz .again
        hlt`,
  },
  "a page that is mapped anew by MOV to CR3 between two writes through one register": {
    source: `
start:  mov ecx, 3000
        mov esi, WINDOW
.again: add [esi], ecx
        mov eax, cr3
        xor eax, DIRECTORY ^ OTHER_DIRECTORY
        mov cr3, eax
        add [esi], ecx
        dec ecx
        jnz .again
        hlt`,
  },
  "a page that becomes global between a read and a write, is mapped anew without a word, and is read after MOV to CR3": {
    source: `
start:  mov eax, cr4
        or eax, 0x80
        mov cr4, eax
        mov dword [WINDOW], 3
        mov dword [WINDOW + 0x1000], 5
        mov ecx, 1000
        mov esp, WINDOW + 0x800
.again: mov dword [TABLE + WINDOW / 1024], WINDOW + 7
        invlpg [WINDOW]
        mov eax, [WINDOW + 0x7fc]
        or dword [TABLE + WINDOW / 1024], 0x100
        push ecx
        mov dword [TABLE + WINDOW / 1024], WINDOW + 0x1000 + 0x107
        mov eax, cr3
        mov cr3, eax
        mov edi, 200
.spin:  dec edi
        jnz .spin
        pop edx
        add ebx, edx
        dec ecx
        jnz .again
        hlt`,
  },
  "a page table that is changed without a word, and an access that takes the page's place in the TLB": {
    source: `
start:  mov ecx, 3000
        mov esi, WINDOW
        mov edi, FAR + (WINDOW ^ 0x1000)
        mov dword [WINDOW], 3
        mov dword [WINDOW + 0x1000], 5
        mov dword [WINDOW ^ 0x2000], 7
.again: add ebx, [esi]
        xor dword [TABLE + WINDOW / 1024], 0x1000
        add ebx, [esi]
        test cl, 3
        jnz .next
        add ebx, [edi]
        test cl, 4
        jnz .next
        mov [edi], ecx
.next:  add ebx, [esi]
        test cl, 1
        jnz .end
        mov [esi], ebx
.end:   dec ecx
        jnz .again
        hlt`,
  },
  "a page table that is changed without a word, and an instruction without a rule that takes the page's place in the TLB": {
    source: `
start:  mov ecx, 3000
        mov esi, WINDOW
        mov edi, FAR + (WINDOW ^ 0x1000)
        mov dword [WINDOW], 3
        mov dword [WINDOW + 0x1000], 5
        mov dword [WINDOW ^ 0x2000], 7
.again: add ebx, [esi]
        xor dword [TABLE + WINDOW / 1024], 0x1000
        add ebx, [esi]
        test cl, 3
        jnz .next
        rcl dword [edi], 1
        test cl, 4
        jnz .next
        xchg esi, edi
        lodsb
        dec esi
        xchg esi, edi
.next:  add ebx, [esi]
        test cl, 1
        jnz .end
        mov [esi], ebx
.end:   dec ecx
        jnz .again
        hlt`,
  },
  "a page table that is changed without a word, between stack reads and writes": {
    source: `
start:  mov ecx, 3000
        mov esp, WINDOW + 0x800
.again: push ecx
        pop eax
        add ebx, eax
        xor dword [TABLE + WINDOW / 1024], 0x1000
        push ecx
        mov eax, [esp + 4]
        add ebx, [esp]
        test cl, 7
        jnz .next
        invlpg [WINDOW]
        add ebx, [esp + 8]
.next:  pop edx
        dec ecx
        jnz .again
        hlt`,
  },
  "accessed and dirty bits that are cleared, with and without INVLPG": {
    source: `
start:  mov ecx, 3000
        mov esi, WINDOW
.again: mov eax, [esi]
        mov edx, [TABLE + WINDOW / 1024]
        lea ebx, [ebx * 2 + edx]
        and dword [TABLE + WINDOW / 1024], ~0x60
        test cl, 3
        jnz .no
        invlpg [esi]
.no:    mov eax, [esi + 4]
        mov edx, [TABLE + WINDOW / 1024]
        lea ebx, [ebx * 2 + edx]
        mov [esi + 8], edx
        mov edx, [TABLE + WINDOW / 1024]
        lea ebx, [ebx * 2 + edx]
        dec ecx
        jnz .again
        hlt`,
  },
  "addresses 16 MiB apart, in many places of the TLB": {
    source: `
start:  mov ecx, 5000
.again: imul edx, ecx, 4099
        and edx, 0xffffc
        mov eax, [LARGE + edx]
        add ebx, eax
        mov esi, ecx
        and esi, 0x1ffc
        mov [FAR + DATA + esi], ebx
        add ebx, [DATA + esi]
        add ebx, [LARGE + DATA + esi]
        dec ecx
        jnz .again
        hlt`,
    translated: 0.2,
  },
  "accesses that lie close together, across the end of a page": {
    source: `
start:  mov edi, 300
        mov dword [TABLE + (WINDOW + 0x1000) / 1024], DATA + 7
        mov dword [DATA], 0x1234567
        invlpg [WINDOW + 0x1000]
.outer: mov ebx, WINDOW + 0xf80
.again: mov eax, [ebx]
        add edx, [ebx + 4]
        add edx, [ebx + 60]
        mov [ebx + 32], edx
        add ebx, 3
        cmp ebx, WINDOW + 0x1010
        jb .again
        dec edi
        jnz .outer
        hlt`,
    translated: 0.3,
  },
  "a page that may be read and not written, behind a register that reads and one that writes": {
    source: `
start:  mov ecx, 2000
        mov ebx, READ_ONLY
.again: mov eax, [ebx]
        add edx, [ebx + 4]
        test ecx, 0x1f
        jnz .next
        mov [ebx + 8], ecx
.next:  add edx, [ebx + 8]
        dec ecx
        jnz .again
        hlt
vector14: add esp, 4
        add dword [esp], 3
        inc ebp
        iretd`,
  },
  "a page that may be read and not written, behind a register and an index that read and then write": {
    source: `
start:  mov ecx, 2000
        mov ebx, READ_ONLY
        mov esi, 3
.again: mov eax, [ebx + esi * 4]
        add edx, [ebx + esi * 4]
        test ecx, 0x1f
        jnz .next
        mov [ebx + esi * 4], ecx
        mov eax, eax
.next:  add edx, [ebx + esi * 4]
        dec ecx
        jnz .again
        hlt
vector14: add esp, 4
        add dword [esp], 3
        inc ebp
        iretd`,
  },
  "the page at address 0, before any other": {
    source: `
start:  mov edi, 3000
        xor esi, esi
.again: mov ecx, edi
        and ecx, 0x1f
        add [esi + 16], edi
        add [esi + ecx * 4], bl
        add ebx, [esi + 16]
        add [0x40], ebx
        dec edi
        jnz .again
        hlt`,
  },
  "string instructions that end where their pages do, between accesses through their registers": {
    source: `
start:  mov dword [TABLE + (WINDOW + 0x1000) / 1024], DATA + 7
        invlpg [WINDOW + 0x1000]
        mov edx, 3000
.again: mov esi, DATA + 0xfc0
        mov edi, WINDOW + 0xfc0
        mov ecx, 16
        mov eax, [esi]
        add ebx, [edi + 4]
        mov [esi + 4], edx
        rep movsd
        add ebx, [esi - 4]
        add [edi], ebx
        add [edi + ecx * 4 - 8], edx
        mov edi, WINDOW + 0xff0
        add eax, [edi]
        mov ecx, 4
        rep stosd
        add [edi + 8], ebx
        dec edx
        jnz .again
        hlt`,
  },
  "registers that get another value between accesses through them, by instructions that change more than one": {
    source: `
start:  mov dword [TABLE + (WINDOW + 0x1000) / 1024], DATA + 7
        invlpg [WINDOW + 0x1000]
        mov ecx, 2000
.again: mov eax, 2
        mov edx, 0x1000
        add ebx, ecx
        mov [WINDOW + 4], ebx
        add ebx, [edx + WINDOW]
        cdq
        add ebx, [edx + WINDOW + 4]
        mov edx, 0x1000
        add [edx + WINDOW + 8], ebx
        mul edx
        add [edx + WINDOW + 12], ebx
        mov esi, 0x1000
        add ebx, [eax + WINDOW - 0x1000]
        div esi
        add ebx, [eax + WINDOW - 0xff8]
        add ebx, [edx + WINDOW + 16]
        add ebx, [esi + WINDOW + 16]
        xchg edx, esi
        add [edx + WINDOW + 20], ebx
        add [esi + WINDOW + 20], ecx
        mov dword [SUPERVISOR], 0
        xadd [SUPERVISOR], edx
        add ebx, [edx + WINDOW + 24]
        mov eax, 0x1004
        mov dword [SUPERVISOR], 0
        add ebx, [eax + WINDOW]
        cmpxchg [SUPERVISOR], ecx
        add [eax + WINDOW + 4], ebx
        push dword 0x1000
        add ebx, [edx + WINDOW]
        pop edx
        add ebx, [edx + WINDOW + 8]
        dec ecx
        jnz .again
        hlt`,
  },
  "a stack across the end of a page, of which the second half lies elsewhere": {
    source: `
start:  mov dword [TABLE + (WINDOW + 0x1000) / 1024], DATA + 7
        invlpg [WINDOW + 0x1000]
        mov ecx, 4000
        mov edx, WINDOW + 0xff0
.again: mov esp, edx
        push ecx
        push ebx
        pop eax
        pop ebp
        pop esi
        add ebx, esi
        pop edi
        add ebx, [esp - 16]
        add ebx, [esp]
        mov [esp + 4], ebx
        inc edx
        cmp edx, WINDOW + 0x1010
        jb .next
        mov edx, WINDOW + 0xff0
.next:  dec ecx
        jnz .again
        hlt`,
    translated: 0.2,
  },
  "data beside the code of a function, read and now and then written through one register": {
    source: `
start:  mov ecx, 8000
        mov ebx, function
.again: mov eax, [ebx]
        add edx, [ebx + 4]
        test ecx, 0x7f
        jnz .next
        mov [ebx + 9], ecx
.next:  lea eax, [ebx + 8]
        call eax
        add ebp, eax
        dec ecx
        jnz .again
        hlt
align 4096
function: dd 1, 2
        mov eax, 0
        ret`,
  },
  "registers and flags at page faults in a loop": {
    source: `
start:  mov ecx, 4000
        mov esi, WINDOW
        mov edi, DATA
.again: imul eax, ecx, 0x1234567
        add edx, eax
        adc ebx, ecx
        mov eax, [esi]
        rcl edx, 3
        inc edi
        mov [DATA], edx
        sbb ebx, [esi + 4]
        test cl, 0x1f
        jnz .next
        and dword [TABLE + WINDOW / 1024], ~1
        invlpg [esi]
        sub eax, 0x7fffffff
        push dword [esi + 8]
        pop eax
.next:  dec ecx
        jnz .again
        hlt
${HASHING_FAULTS}`,
  },
  "flags that only a page fault's frame shows": {
    source: `
start:  mov ecx, 4000
        mov esi, WINDOW
.again: mov eax, ecx
        test cl, 0xf
        jnz .go
        and dword [TABLE + WINDOW / 1024], ~1
        invlpg [esi]
.go:    imul edx, ecx, 0x10003
        cmp edx, 0x80000000
        mov ebx, [esi]
        add edx, ecx
        mov [esi], ebx
        test cl, 0xf
        jnz .more
        and dword [TABLE + WINDOW / 1024], ~1
        invlpg [esi]
.more:  imul edx, ecx, 0x9e3779b1
        add edx, 0x80000000
        inc ebx
        mov ebx, [esi]
        sub edx, ecx
        shr ebx, cl
        dec ebx
        mov [esi], ebx
        xor edx, edx
        dec ecx
        jnz .again
        hlt
${HASHING_FAULTS}`,
  },
  "flags that only the frame of a fetch shows, by an instruction whose rest is absent now and then": {
    source: `
start:  mov esi, head
        mov edi, WINDOW + 0x1000 - (rest - head)
        mov ecx, tail - head
        rep movsb
        mov ecx, 4000
.again: test cl, 0xf
        jnz .go
        and dword [TABLE + (WINDOW + 0x1000) / 1024], ~1
        invlpg [WINDOW + 0x1000]
.go:    call WINDOW + 0x1000 - (rest - head)
        dec ecx
        jnz .again
        hlt
head:   imul edx, ecx, 0x9e3779b1
        add edx, edx
        inc eax
        db 0x81, 0xc3, 1, 2
rest:   db 3, 4
        ret
tail:
${HASHING_FAULTS}`,
  },
  "flags that only the frame of a division error shows": {
    source: `
start:  mov ecx, 4000
.again: mov esi, ecx
        and esi, 7
        imul eax, ecx, 0x9e3779b1
        add eax, eax
        inc ebx
        mov edx, 0
        div esi
        add ebx, eax
        dec ecx
        jnz .again
        hlt
vector0: mov edi, [esp + 8]
        rol ebp, 5
        xor ebp, edi
        add dword [esp], 2
        iretd`,
  },
  "pairs of instructions that change some flags each": {
    source: `
start:  mov ecx, 1000
%macro pair 2
        imul eax, ecx, 0x2468ace3
        sub eax, edx
        %1
        %2
        pushfd
        pop esi
        rol ebx, 1
        xor ebx, esi
        add edx, ebx
%endmacro
%macro pairs 1
        pair {%1}, {rol eax, 3}
        pair {%1}, {ror eax, 5}
        pair {%1}, {bt eax, 7}
        pair {%1}, {stc}
        pair {%1}, {cmc}
        pair {%1}, {bsf edi, eax}
        pair {%1}, {inc eax}
        pair {%1}, {sbb eax, ebx}
%endmacro
.again: pairs {rol eax, 3}
        pairs {ror eax, 5}
        pairs {bt eax, 7}
        pairs {clc}
        pairs {bsf edi, eax}
        pairs {dec eax}
        pairs {sbb eax, ebx}
        dec ecx
        jnz .again
        hlt`,
  },
  "carries that INC and DEC keep, and shifts by CL that may be zero": {
    source: `
start:  mov edi, 4000
.again: mov ecx, edi
        cmp edi, 2000
        inc eax
        adc ebx, 0
        dec edx
        rcr ebx, 1
        add esi, ebx
        shl esi, cl
        setc al
        adc ebx, ecx
        sar ebx, cl
        pushfd
        pop edx
        add ebp, edx
        and ecx, 0x20
        cmp ebx, ebp
        shr eax, cl
        jb .less
        add ebp, 3
.less:  dec edi
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
  "segment bases of FS and GS that change in a loop": {
    source: `
start:  mov ecx, 4000
        mov edx, BASED1
        mov eax, DATA3
        mov gs, eax
.again: mov fs, edx
        xor edx, BASED1 ^ BASED2
        mov eax, [fs:DATA]
        add [gs:DATA + 0x100], ecx
        add ebx, eax
        add [fs:DATA + 4], ecx
        dec ecx
        jnz .again
        hlt`,
  },
  "a segment in FS with a limit, then one that may not be written": {
    source: `
start:  mov ecx, 3000
        mov edi, SHORT
.again: mov fs, edi
        mov esi, ecx
        and esi, 0x1ff
        mov eax, [fs:esi]
        add ebx, eax
        test cl, 7
        jnz .next
        mov edi, SHORT ^ READABLE
        mov eax, fs
        xor edi, eax
        mov fs, edi
        mov [fs:esi], ecx
.next:  dec ecx
        jnz .again
        hlt
vector13: add esp, 4
        inc ebp
        add dword [esp], 3
        iretd`,
    translated: 0,
  },
  "one function for supervisor and user, that reads what only a supervisor may": {
    source: `
start:  mov dword [SUPERVISOR], 3
        mov ecx, 100
outer:  mov edx, 30
.again: call shared
        dec edx
        jnz .again
        push dword DATA3
        push dword USER_STACK
        push dword 2
        push dword CODE3
        push dword user
        iretd
user:   mov edx, 30
.again: call shared
        dec edx
        jnz .again
        int 0x80
shared: mov ebx, [SUPERVISOR]
        add esi, ebx
        inc edi
        ret
vector14: add esp, 4
        inc ebp
        add dword [esp], 6
        mov ebx, 1
        iretd
vector128: add esp, 20
        dec ecx
        jnz outer
        hlt`,
  },
  "one function for supervisor and user, by INT and IRET in the middle of it": {
    source: `
start:  mov dword [SUPERVISOR], 3
        push dword DATA3
        push dword USER_STACK
        push dword 2
        push dword CODE3
        push dword user
        iretd
user:   mov ecx, 3000
.again: call shared
        int 0x80
        dec ecx
        jnz .again
        int 0x20
shared: cmp ecx, 2990
        ja .no
        test cl, 0x3f
        jz .read
        mov eax, cs
        test al, 3
        jnz .no
.read:  mov ebx, [SUPERVISOR]
        add esi, ebx
.no:    inc edi
        ret
vector128: call shared
        call shared
        iretd
vector14: add esp, 4
        inc ebp
        add dword [esp], 6
        mov ebx, 1
        iretd
vector32: hlt`,
  },
  "CLI, STI and POPF by a user": {
    source: `
start:  push dword DATA3
        push dword USER_STACK
        push dword 0x202
        push dword CODE3
        push dword user
        iretd
user:   mov ecx, 4000
.again: test cl, 0xf
        jnz .plain
        cli
        add ebx, ecx
        sti
.plain: pushfd
        xor dword [esp], 0x3601
        popfd
        adc ebx, 0
        pushfd
        xor dword [esp], 0x201
        popfd
        adc ebx, 0
        pushfd
        pop eax
        rol ebx, 3
        xor ebx, eax
        cld
        dec ecx
        jnz .again
        int 0x20
vector13: add esp, 4
        inc dword [esp]
        inc ebp
        iretd
vector32: hlt`,
  },
  "SYSENTER and SYSEXIT in a loop": {
    source: `
start:  mov dword [SUPERVISOR], 3
        push dword DATA3
        push dword USER_STACK
        push dword 2
        push dword CODE3
        push dword user
        iretd
user:   mov ebp, 3000
.again: mov ecx, esp
        mov edx, .back
        sysenter
.back:  test ebp, 0x3f
        jnz .next
        call read
.next:  dec ebp
        jnz .again
        int 0x20
read:   mov eax, [SUPERVISOR]
        add ebx, eax
        ret
system: call read
        push ecx
        push edx
        pop edx
        pop ecx
        sysexit
vector14: add esp, 4
        inc edi
        add dword [esp], 5
        xor eax, eax
        iretd
vector32: hlt`,
  },
};
