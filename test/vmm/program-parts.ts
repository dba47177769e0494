// Parts that programs for roads and bare hardware share.

/** A handler that notes error code, EIP, virtual CS and EFLAGS (those that no lie concerns) and goes on at [resume]. */
export const NOTE = `
note:   ; error code EIP CS EFLAGS
        push eax
        push edi
        mov edi, [DATA]
        add edi, DATA + 0x100
        mov eax, [esp + 8]
        mov [edi], eax
        mov eax, [esp + 12]
        mov [edi + 4], eax
        mov eax, [esp + 16]
        mov [edi + 8], eax
        mov eax, [esp + 20]
        mov [edi + 12], eax
        mov eax, cr2
        mov [edi + 16], eax
        add dword [DATA], 20
        mov eax, [DATA + 4]
        mov [esp + 12], eax
        pop edi
        pop eax
        add esp, 4
        iretd
%macro try 1+
        mov dword [DATA + 4], %%on
        %1
%%on:
%endmacro
vector13: jmp note
vector14: jmp note
vector11: jmp note
vector10: jmp note
vector12: jmp note
vector0: push dword 0
        jmp note
vector6: push dword 0
        jmp note
vector7: push dword 0
        jmp note
`;

export const DONE = `
        mov al, 1
        out 0xf4, al
        jmp $
`;
