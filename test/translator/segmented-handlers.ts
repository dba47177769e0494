// Exception handlers that segmented programs share.

/** An exception of 16-bit code in ring 0 whose instruction is to be executed again with BX = 0. DX counts. */
export const AGAIN_FROM_0 = `
bits 32
vector13:
        add esp, 4
        inc edx
        xor ebx, ebx
        iretd
bits 16`;

/** An exception of virtual-8086 mode that is to go on at the label \`resume\`. EDX sums up where they happened. INT 32 ends the program. */
export const RESUME = `
bits 32
vector32:
        hlt
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
