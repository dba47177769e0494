; Numbers and structures that several files share.

; The ring that the kernel runs in, and a bit that only ring 3's selectors have.
%ifdef PARAVIRTUAL
KERNEL_RING     equ 1
USER_RING_BIT   equ 2
%else
KERNEL_RING     equ 0
USER_RING_BIT   equ 3
%endif

; Selectors: index in the GDT times 8, plus the privilege level asked for.
KERNEL_CODE     equ 0x08 | KERNEL_RING
KERNEL_DATA     equ 0x10 | KERNEL_RING
USER_CODE       equ 0x18 | 3
USER_DATA       equ 0x20 | 3
TSS_SELECTOR    equ 0x28

; Interrupt vectors.
TIMER_VECTOR    equ 0x20                ; IRQ 0
KEYBOARD_VECTOR equ 0x21                ; IRQ 1
SERIAL_VECTOR   equ 0x24                ; IRQ 4
SYSCALL_VECTOR  equ 0x80
SWITCH_VECTOR   equ 0x81                ; the kernel's own: give the processor away

; A task's virtual memory.
USER_BASE       equ 0x40000000
USER_DATA_PAGE  equ USER_BASE + 0x1000
USER_STACK_PAGE equ USER_BASE + 0x2000
USER_STACK_TOP  equ USER_BASE + 0x3000
USER_END        equ USER_BASE + 0x3000

; Page table entry bits.
PAGE_PRESENT    equ 1 << 0
PAGE_WRITE      equ 1 << 1
PAGE_USER       equ 1 << 2
PAGE_ACCESSED   equ 1 << 5
PAGE_DIRTY      equ 1 << 6

; What an interrupt leaves on the stack, from its lowest address. idt.asm pushes the upper part of this list last.
struc frame
.edi:           resd 1                  ; PUSHAD
.esi:           resd 1
.ebp:           resd 1
.esp:           resd 1
.ebx:           resd 1
.edx:           resd 1
.ecx:           resd 1
.eax:           resd 1
.gs:            resd 1
.fs:            resd 1
.es:            resd 1
.ds:            resd 1
.vector:        resd 1                  ; the stub
.error:         resd 1                  ; the processor, or 0 from the stub
.eip:           resd 1                  ; the processor
.cs:            resd 1
.eflags:        resd 1
.user_esp:      resd 1                  ; only when it came from ring 3
.user_ss:       resd 1
endstruc

; One task.
struc task
.frame:         resd 1                  ; its saved interrupt frame, while it does not run
.stack_top:     resd 1                  ; of its stack in ring 0
.directory:     resd 1                  ; physical address of its page directory: CR3
.entry:         resd 1                  ; where it (re)starts
.name:          resd 1
.ring:          resd 1
.state:         resd 1
.job:           resd 1                  ; what the shell wants of it
.wake_at:       resd 1                  ; tick at which a sleeper wakes
.preempted:     resd 1                  ; times the timer took the processor from it
.data:          resd 1                  ; physical address of its data page
endstruc

STATE_READY     equ 0
STATE_INPUT     equ 1                   ; waits for a key
STATE_IDLE      equ 2                   ; a user task that waits for a job
STATE_JOB       equ 3                   ; the shell, while a task works for it
STATE_SLEEP     equ 4

INPUT_SIZE      equ 256                 ; a power of two
LINE_SIZE       equ 128
STACK_SIZE      equ 4096

; The kernel's variables. `absolute` names addresses without putting bytes in the image.
        absolute 0x200000
VARIABLES:
ticks:                  resd 1
need_switch:            resd 1
current:                resd 1          ; -> task
cursor:                 resd 1          ; cell of the text screen, 0 to 1999
memory_above_1m:        resd 1          ; KiB; 0: the loader did not say
input_head:             resd 1          ; next place to write
input_tail:             resd 1          ; next place to read
shift_down:             resd 1
input_buffer:           resb INPUT_SIZE
line_buffer:            resb LINE_SIZE
                        alignb 8
idt_table:              resq 256
tss:                    resb 104
scratch:                resb 16
                        alignb 16
BOOT_STACK:             resb STACK_SIZE
BOOT_STACK_TOP:
shell_stack:            resb STACK_SIZE
shell_stack_top:
idle_stack:             resb STACK_SIZE
idle_stack_top:
task_a_stack:           resb STACK_SIZE
task_a_stack_top:
task_b_stack:           resb STACK_SIZE
task_b_stack_top:

; Whole pages: directories and tables must start at multiples of 4096.
        absolute 0x300000
kernel_directory:       resb 4096
kernel_table:           resb 4096       ; maps the first 4 MiB
directory_a:            resb 4096
table_a:                resb 4096       ; maps the 4 MiB from USER_BASE
data_a:                 resb 4096
stack_a:                resb 4096
directory_b:            resb 4096
table_b:                resb 4096
data_b:                 resb 4096
stack_b:                resb 4096
VARIABLES_END:

        section .text
