// Programs whose flags translated code must not be wrong about: those that only the frame of an exception shows, and those that were changed in part.
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

export const FLAG_PROGRAMS: Readonly<Record<string, Program>> = {
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
};
