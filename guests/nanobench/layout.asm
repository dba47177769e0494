; What the loops and both worlds (tables.asm, paravirtual.asm) agree on.

PAGE_PRESENT    equ 1 << 0
PAGE_WRITE      equ 1 << 1
PAGE_USER       equ 1 << 2
PAGE_LARGE      equ 1 << 7
ALL_MAY         equ PAGE_PRESENT | PAGE_WRITE | PAGE_USER

VECTOR_DIVIDE   equ 0
VECTOR_FAULT    equ 14
VECTOR_IPI      equ 0x40
VECTOR_SYSCALL  equ 0x80
VECTOR_DONE     equ 0x81                        ; ring 3 gives back the processor
VECTOR_SPURIOUS equ 0xFF

HOLE            equ 0x3FE000                    ; a page that is not there
PLAYGROUND      equ 0x3F0000                    ; a page that nobody uses
