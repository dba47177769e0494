; The teaching kernel: the smallest thing that still shows what an operating system does with an x86 processor.
;
;   rings          the kernel and its shell run in ring 0 (privileged.asm: or in ring 1, under a hypervisor), two tasks in ring 3
;   segments       gdt.asm     flat segments, and a TSS for the way from ring 3 back to ring 0
;   interrupts     idt.asm     one way in and out for exceptions, devices and system calls
;   devices        timer.asm, console.asm, input.asm
;   paging         paging.asm  the kernel is seen by all, each task has pages of its own
;   tasks          tasks.asm   round robin, 100 times a second
;   system calls   syscalls.asm, and user.asm for the other side
;   a shell        shell.asm, commands.asm, inspect.asm: type `help`
;
; It is a flat binary with a multiboot header: any multiboot loader puts it at 1 MiB and jumps to `entry` in 32-bit protected mode.
;
; Where things lie in physical memory:
;   0x00100000  this image
;   0x00200000  the kernel's variables and stacks        (layout.asm)
;   0x00300000  page directories, page tables, task pages (layout.asm)
; and in each task's virtual memory:
;   0x00000000  the first 4 MiB as above, for ring 0 only; page 0 is left out so that null pointers fault
;   0x40000000  the task's code (shared, read-only), data and stack (its own)

        bits 32
        org 0x100000

MULTIBOOT_MAGIC         equ 0x1BADB002
MULTIBOOT_FLAGS         equ 1 << 16 | 1 << 1    ; addresses below are valid; tell us the size of memory
MULTIBOOT_LOADER        equ 0x2BADB002          ; what a loader puts in EAX

        section .text
        jmp entry                               ; for whoever loads us as a plain image

        align 4
multiboot_header:
        dd MULTIBOOT_MAGIC
        dd MULTIBOOT_FLAGS
        dd -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS) & 0xFFFFFFFF
        dd multiboot_header                     ; header_addr
        dd 0x100000                             ; load_addr
        dd image_end                            ; load_end_addr
        dd VARIABLES_END                        ; bss_end_addr
        dd entry                                ; entry_addr
%ifdef PARAVIRTUAL
paravirtual_header:                             ; for the hypervisor's loader; a bare machine can not run us
        dd START_MAGIC
        dd PV_VERSION
        dd -(START_MAGIC + PV_VERSION) & 0xFFFFFFFF
%endif

%include "layout.asm"
%include "macros.asm"
%ifdef PARAVIRTUAL
%include "hypercalls.asm"
%endif
%include "privileged.asm"
%include "console.asm"
%include "input.asm"
%include "gdt.asm"
%include "idt.asm"
%include "timer.asm"
%include "paging.asm"
%include "tasks.asm"
%include "faults.asm"
%include "syscalls.asm"
%include "shell.asm"
%include "commands.asm"
%include "inspect.asm"
%ifdef PARAVIRTUAL
%include "paravirtual.asm"
%endif

        section .text
entry:
        enter_quietly
        cld
        mov edx, eax                            ; the loader's EAX and EBX tell about memory
        mov edi, VARIABLES                      ; loaders need not clear memory for us
        mov ecx, (VARIABLES_END - VARIABLES) / 4
        xor eax, eax
        rep stosd
        mov esp, BOOT_STACK_TOP                 ; now there is a stack, and subroutines can be called
        remember_loader
        call gdt_load                           ; from here on our own segments
        call console_init
        call idt_load
        call interrupt_controller_init
        call timer_init
        call input_init
        call paging_enable
        call tasks_init
        jmp tasks_start                         ; never comes back

%ifndef PARAVIRTUAL
; EDX, EBX: what the loader left in EAX and EBX. The structure at EBX gives KiB above 1 MiB at offset 8.
remember_memory_size:
        cmp edx, MULTIBOOT_LOADER
        jne .unknown
        test byte [ebx], 1                      ; flags: are the memory fields there?
        jz .unknown
        mov eax, [ebx + 8]
        mov [memory_above_1m], eax
.unknown:
        ret
%endif

; The data sections follow the code; the tasks' code comes last, a page of its own, written for another address.
        section .rodata
        section .data
        align 4096
user_image:                                     ; physical address of what user.asm holds
%include "user.asm"
