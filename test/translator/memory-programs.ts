// Programs whose pages translated code must not be wrong about: where operands lie, what the TLB has lost, where groups of accesses end.
import type { Program } from "./code-programs.js";

/** A walk over more pages than the TLB has room for, by an instruction that reads at ESI, while the window shows this page and that one. */
const manyPages = (read: string) => `
; 32 large pages from MANY on, all of them the first 4 MiB.
%define MANY 0x20000000
start:  mov edi, DIRECTORY + MANY / 0x100000
        mov ecx, 32
.map:   mov dword [edi], 0x87
        add edi, 4
        dec ecx
        jnz .map
        mov dword [WINDOW], 3
        mov dword [WINDOW + 0x1000], 5
        mov esi, MANY
        mov ecx, 60000
.again: add ebx, [WINDOW]
        test ecx, 0xff
        jnz .next
        xor dword [TABLE + WINDOW / 1024], 0x1000
.next:  ${read}
        add esi, 0x1000
        test esi, 0x8000000
        jz .on
        mov esi, MANY
.on:    dec ecx
        jnz .again
        hlt`;

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
  "a page table that is changed without a word, while more pages are read than the TLB has room for": {
    source: manyPages("add ebx, [esi]"),
  },
  "a page table that is changed without a word, while an instruction without a rule accesses more pages than the TLB has room for": {
    source: manyPages("verr [esi]"),
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
  "a page table that is changed without a word, and accesses to a page 16 MiB on": {
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
  "a page table that is changed without a word, and an instruction without a rule that accesses a page 16 MiB on": {
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
  "addresses 16 MiB apart, in many pages": {
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
};
