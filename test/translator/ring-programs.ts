// Programs whose segments and rights translated code must not be wrong about.
import type { Program } from "./code-programs.js";

/** To the label `user` in ring 3. */
const TO_USER = `        push dword DATA3
        push dword USER_STACK
        push dword 2
        push dword CODE3
        push dword user
        iretd
`;

export const RING_PROGRAMS: Readonly<Record<string, Program>> = {
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
${TO_USER}user:   mov edx, 30
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
${TO_USER}user:   mov ecx, 3000
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
  "one function for supervisor and user, entered behind the INT in it": {
    source: `
start:  mov dword [SUPERVISOR], 3
        mov ecx, 60
outer:  mov edi, 30
.again: call shared
        dec edi
        jnz .again
${TO_USER}user:   mov edi, 30
.again: call shared
        dec edi
        jnz .again
        int 0x21
shared: inc esi
        int 0x80
        mov ebx, [SUPERVISOR]
        add esi, ebx
        ret
vector128: inc edx
        iretd
vector14: add esp, 4
        inc ebp
        add dword [esp], 6
        mov ebx, 1
        iretd
vector33: add esp, 20
        dec ecx
        jnz outer
        hlt`,
    translated: 0.1,
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
${TO_USER}user:   mov ebp, 3000
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
