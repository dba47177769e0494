// Generated from guests/**/*.asm: `npm run generate` writes it anew. Do not edit.

export const SOURCES: Readonly<Record<string, string>> = {
  "hello.asm": `
; Hello: a boot sector that says so on the serial line and on the screen, then switches the machine off.
;
; The machine loads these 512 bytes at 0x7C00 and jumps there in real mode: 16-bit code, no protection, nobody else in memory.
; Nothing of a BIOS is used, only the hardware itself.

        bits 16
        org 0x7C00

COM1            equ 0x3F8               ; first serial port: data register
LINE_CONTROL    equ COM1 + 3            ; 3: words of 8 bits, no parity, one stop bit
LINE_STATUS     equ COM1 + 5            ; bit 5: the transmitter can take another byte
TEXT_SEGMENT    equ 0xB800              ; text screen: 80 x 25 cells of (character, colour)
COLOUR          equ 0x1F                ; white on blue
PM1A_CONTROL    equ 0x604               ; power management of QEMU's PC board
SLEEP_ENABLE    equ 1 << 13             ; with sleep type 0: off

start:
        cli
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, start                   ; the stack grows down from below us
        mov ax, TEXT_SEGMENT
        mov es, ax
        cld

        call clear_screen
        mov dx, LINE_CONTROL
        mov al, 3
        out dx, al
        mov si, greeting
        mov di, (12 * 80 + 30) * 2      ; row 12, column 30
.next:  lodsb
        test al, al
        jz power_off
        call send
        cmp al, ' '
        jb .next                        ; line ends are for the serial line only
        mov ah, COLOUR
        stosw
        jmp .next

; Fill the screen with blanks.
clear_screen:
        xor di, di
        mov cx, 80 * 25
        mov ax, COLOUR << 8 | ' '
        rep stosw
        ret

; Send AL on the serial line.
send:
        push ax
        mov dx, LINE_STATUS
.wait:  in al, dx
        test al, 1 << 5
        jz .wait
        pop ax
        mov dx, COM1
        out dx, al
        ret

power_off:
        mov dx, LINE_STATUS             ; first let the last byte leave
.drain: in al, dx
        test al, 1 << 6
        jz .drain
        mov dx, PM1A_CONTROL
        mov ax, SLEEP_ENABLE
        out dx, ax
.halt:  hlt                             ; a machine without that port just stops here
        jmp .halt

greeting:
        db "Hello from ring 0!", 13, 10, 0

        times 510 - ($ - $$) db 0
        dw 0xAA55                       ; what makes a sector a boot sector
`.slice(1),
  "nanobench/console.asm": `
; The serial line, polled; and how to switch off. On bare hardware.

PM1A_CONTROL    equ 0x604                       ; power management of QEMU's PC board
SLEEP_ENABLE    equ 1 << 13                     ; with sleep type 0: off
COM1            equ 0x3F8                       ; data register
LINE_CONTROL    equ COM1 + 3                    ; 3: words of 8 bits, no parity, one stop bit
LINE_STATUS     equ COM1 + 5                    ; bit 5: room for another byte; bit 6: all have left

        section .text
console_init:
        mov dx, LINE_CONTROL
        mov al, 3
        out dx, al
        ret

; Send AL. Keeps the other registers.
send:
        push edx
        push eax
        mov dx, LINE_STATUS
.wait:  in al, dx
        test al, 1 << 5
        jz .wait
        pop eax
        mov dx, COM1
        out dx, al
        pop edx
        ret

console_drain:
        mov dx, LINE_STATUS
.wait:  in al, dx
        test al, 1 << 6
        jz .wait
        ret

switch_off:
        call console_drain
        mov dx, PM1A_CONTROL
        mov ax, SLEEP_ENABLE
        out dx, ax
.halt:  hlt                                     ; a machine without that port just stops here
        jmp .halt
`.slice(1),
  "nanobench/kernel.asm": `
; Nanobench: what single things cost a kernel. One loop for each: a system call, a port, a page fault, and so on.
;
; Each loop is run twice, to warm up and to be timed. The serial line then says
;   nano NAME ITERATIONS TICKS
; where ticks are those of the time-stamp counter for all iterations, the loop's own two instructions included. \`nano BEGIN NAME\` and
; \`nano END NAME\` before and behind the timed run let a host measure for itself, on any road; \`nano TRY NAME\` comes before either run, and tells
; what it was if the guest gets no further; \`nano NOT NAME\` is in the place of the rest where this processor does not do such a thing, or does not
; do what it should. At the end the machine is switched off.
;
;   options.asm    the command line
;   print.asm      text and numbers
;   layout.asm     what the others agree on
;   loops.asm      what is timed
; On bare hardware, in ring 0:
;   console.asm    the serial line
;   tables.asm     segments, interrupts, paging
;   privileged.asm what else is timed
;   virtio.asm     and a virtqueue's kick, of a disk if there is one
; With PARAVIRTUAL defined, in ring 1 under the hypervisor of docs/hypercalls.md:
;   paravirtual.asm  all of that

        bits 32
        org 0x100000

MULTIBOOT_MAGIC         equ 0x1BADB002
MULTIBOOT_FLAGS         equ 1 << 16             ; the addresses below are valid

        section .text
        jmp entry                               ; for whoever loads us as a plain image

        align 4
multiboot_header:
        dd MULTIBOOT_MAGIC
        dd MULTIBOOT_FLAGS
        dd -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS) & 0xFFFFFFFF
        dd multiboot_header                     ; header_addr
        dd 0x100000                             ; load_addr
        dd 0                                    ; load_end_addr: all of the file
        dd VARIABLES_END                        ; bss_end_addr
        dd entry                                ; entry_addr

%ifdef PARAVIRTUAL
        align 4
        dd 0x56505352, 1, -(0x56505352 + 1) & 0xFFFFFFFF        ; for the hypervisor's loader; a bare machine can not run us
%endif

%include "layout.asm"
%include "print.asm"
%include "options.asm"
%include "loops.asm"
%ifdef PARAVIRTUAL
%include "teaching-kernel/hypercalls.asm"
%include "paravirtual.asm"
%else
%include "console.asm"
%include "tables.asm"
%include "privileged.asm"
%include "virtio.asm"
%endif
        section .loops
        dd 0                                    ; the end

        section .text
entry:
%ifndef PARAVIRTUAL
        cli
%endif
        cld
        mov esp, STACK_TOP
        call options_load
        call console_init
        call segments_load
        call interrupts_load
        call paging_enable
        mov ebx, loops
.next:  cmp dword [ebx + loop_entry.name], 0
        je switch_off
        call is_left_out
        jc .skip
        call turns_load
        mov esi, try_text
        call print
        mov eax, [ebx + loop_entry.needs]
        call eax                                ; carry: this processor can not do it
        jc .not
        mov ecx, [turns]
        call run
        mov esi, begin_text
        call print
        call console_drain                      ; what the line does is not measured
        mov ecx, [turns]
        rdtsc
        mov [started], eax
        mov [started + 4], edx
        call run
        rdtsc
        sub eax, [started]
        sbb edx, [started + 4]
        push edx
        push eax
        mov esi, end_text
        call print
        mov esi, result_text
        call print_name
        mov al, ' '
        call send
        mov eax, [turns]
        xor edx, edx
        call print_decimal
        mov al, ' '
        call send
        pop eax
        pop edx
        call print_decimal
        call print_line_end
        jmp .skip
.not:   mov esi, not_text
        call print
.skip:  add ebx, loop_entry_size
        jmp .next

; ECX iterations of the loop at EBX. Keeps EBX and ESP.
run:    push ebx
        mov eax, [ebx + loop_entry.run]
        call eax
        pop ebx
        ret

; ESI -> what comes before the name of the loop at EBX.
print:  call print_name
print_line_end:
        mov al, 13
        call send
        mov al, 10
        jmp send

print_name:
        call print_text
        mov esi, [ebx + loop_entry.name]
        jmp print_text

        section .rodata
try_text:       db "nano TRY ", 0
not_text:       db "nano NOT ", 0
begin_text:     db "nano BEGIN ", 0
end_text:       db "nano END ", 0
result_text:    db "nano ", 0

; What is not in the image.
        absolute 0x200000
started:                resq 1
kernel_stack_pointer:   resd 1                  ; of whoever went to ring 3
arrived:                resd 1                  ; interrupts that came
command_line:           resb COMMAND_LINE_MOST + 1
divisor:                resd 1
turns:                  resd 1                  ; iterations of the loop at hand
tss:                    resb 104
                        alignb 8
idt_table:              resq 256
                        alignb 16
                        resb 4096
STACK_TOP:
                        resb 4096
INTERRUPT_STACK_TOP:
                        resb 4096
USER_STACK_TOP:
                        resb 256
OTHER_STACK_TOP:
other_stack_pointer:    resd 1

; Whole pages: directories and tables must start at multiples of 4096.
        absolute 0x300000
directory:              resb 4096
other_directory:        resb 4096
table:                  resb 4096               ; maps the first 4 MiB
                        resb 4096
VARIABLES_END:
`.slice(1),
  "nanobench/layout.asm": `
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
`.slice(1),
  "nanobench/loops.asm": `
; What is timed: what needs no privilege. Each loop is a subroutine of the kernel that does its thing ECX times and may change every register but
; ESP.

struc loop_entry
.name:          resd 1
.iterations:    resd 1
.needs:         resd 1                          ; subroutine: carry if the processor can not do it
.run:           resd 1
endstruc

; nano name, iterations, needs: an entry, and the beginning of its loop.
%macro nano 3
        %defstr text %1
        [section .rodata]
%%text: db text, 0
        [section .loops]
        dd %%text, %2, %3, nano_%1
        [section .text]
nano_%1:
%endmacro

        section .loops align=4
loops:

        section .text
always: clc
        ret
; ------------------------------------------------------------------------------------------------------ ring 3 and back

; Ring 3 runs the code at EAX with ECX in ECX, until it says VECTOR_DONE.
to_ring3:
        mov [kernel_stack_pointer], esp
        push dword USER_DATA
        push dword USER_STACK_TOP
        push dword 2                            ; EFLAGS
        push dword USER_CODE
        push eax
        mov ax, USER_DATA
        mov ds, ax
        mov es, ax
        iretd
on_done:
        mov ax, KERNEL_DATA
        mov ds, ax
        mov es, ax
        mov esp, [kernel_stack_pointer]
        ret

nano syscall, 100000, always
        mov eax, .user
        jmp to_ring3
.user:  int VECTOR_SYSCALL
        dec ecx
        jnz .user
        int VECTOR_DONE
on_syscall:
        iretd

nano cpuid, 20000, always                     ; under hardware assist an exit and nothing else; deprivileged code does not trap
        mov esi, ecx
.again: xor eax, eax
        cpuid
        dec esi
        jnz .again
        ret

nano callret, 1000000, always
.again: call .function
        dec ecx
        jnz .again
        ret
.function:
        ret

; ------------------------------------------------------------------------------------------------------------- exceptions

nano divzero, 50000, always
        xor ebx, ebx
.again: mov eax, 1
        xor edx, edx
        div ebx                                 ; two bytes
        dec ecx
        jnz .again
        ret
on_divide:
        add dword [esp], 2                      ; behind the DIV
        iretd

nano pgfault, 50000, always
.again: mov [HOLE], al                          ; five bytes
        dec ecx
        jnz .again
        ret
on_fault:
        add esp, 4                              ; error code
        add dword [esp], 5                      ; behind the MOV
        iretd
`.slice(1),
  "nanobench/options.asm": `
; The command line: words, of which two kinds mean something.
;
;   /N       do only every Nth iteration: for slow roads
;   -NAME    leave out the loop of that name

MULTIBOOT_LOADED        equ 0x2BADB002          ; in EAX at entry, with EBX -> information
INFO_HAS_COMMAND_LINE   equ 1 << 2
INFO_COMMAND_LINE       equ 16
COMMAND_LINE_MOST       equ 511

        section .text
; EAX, EBX as at entry.
%ifndef PARAVIRTUAL
options_load:
        mov esi, no_options
        cmp eax, MULTIBOOT_LOADED
        jne options_parse
        test dword [ebx], INFO_HAS_COMMAND_LINE
        jz options_parse
        mov esi, [ebx + INFO_COMMAND_LINE]
%endif
; ESI -> the command line: it may lie where nothing is mapped once we have tables of our own.
options_parse:
        mov edi, command_line
        mov ecx, COMMAND_LINE_MOST
.copy:  lodsb
        mov [edi], al
        inc edi
        test al, al
        loopnz .copy
        mov byte [edi], 0
        mov esi, command_line
        mov dword [divisor], 1
.next:  call word_begin
        je .end
        cmp byte [esi], '/'
        jne .other
        inc esi
        call number
        jz .other
        mov [divisor], eax
.other: call word_end
        jmp .next
.end:   ret

; ESI -> text: on to the beginning of the next word. Zero flag: there is none.
word_begin:
        cmp byte [esi], ' '
        jne .here
        inc esi
        jmp word_begin
.here:  cmp byte [esi], 0
        ret

; ESI -> somewhere in a word: on to what is behind it.
word_end:
        cmp byte [esi], ' '
        je .here
        cmp byte [esi], 0
        je .here
        inc esi
        jmp word_end
.here:  ret

; The decimal digits at ESI, in EAX. Zero flag: none, or zero.
number: xor eax, eax
.digit: movzx edx, byte [esi]
        sub edx, '0'
        cmp edx, 9
        ja .end
        imul eax, eax, 10
        add eax, edx
        inc esi
        jmp .digit
.end:   test eax, eax
        ret

; Carry if the loop at EBX is to be left out.
is_left_out:
        mov esi, command_line
.next:  call word_begin
        je .no
        cmp byte [esi], '-'
        jne .other
        inc esi
        mov edi, [ebx + loop_entry.name]
.compare:
        mov al, [edi]
        test al, al
        jz .whole
        cmp al, [esi]
        jne .other
        inc esi
        inc edi
        jmp .compare
.whole: cmp byte [esi], ' '
        je .yes
        cmp byte [esi], 0
        je .yes
.other: call word_end
        jmp .next
.no:    clc
        ret
.yes:   stc
        ret

; [turns] for the loop at EBX.
turns_load:
        mov eax, [ebx + loop_entry.iterations]
        xor edx, edx
        div dword [divisor]
        cmp eax, 1
        adc eax, 0                              ; one, if there would be none
        mov [turns], eax
        ret

        section .rodata
no_options:     db 0
`.slice(1),
  "nanobench/paravirtual.asm": `
; Nanobench in ring 1 under the hypervisor of docs/hypercalls.md: console, traps and page tables by its calls, and what is timed of those.
; Not here: what such a kernel never does, because it would fault: IN, MOV to CR0, SYSENTER; POPF, which lies; and a
; virtqueue's kick: no device is in its memory, and its own block device is a hypercall that returns when all is done.

KERNEL_CODE     equ 0x09
KERNEL_DATA     equ 0x11
USER_CODE       equ 0x1B
USER_DATA       equ 0x23

START_COMMAND_LINE      equ 20
HC_VERSION              equ 0
MMU_FLUSH_PAGE          equ 5
EVENT_SEND              equ 3
SOURCE_SELF             equ 2
ENTRY_HOLE      equ table + (HOLE >> 12) * 4
ENTRY_PLAYGROUND equ table + (PLAYGROUND >> 12) * 4

        section .text
console_init:
console_drain:
        ret

; Send AL. Keeps the other registers.
send:
        pushad
        mov [pv_byte], al
.again: mov ebx, CONSOLE_WRITE
        mov ecx, pv_byte
        mov edx, 1
        hypercall HC_CONSOLE
        test eax, eax                           ; not taken: again
        jz .again
        popad
        ret

switch_off:
        mov ebx, SCHED_SHUTDOWN
        mov ecx, SHUTDOWN_POWER_OFF
        hypercall HC_SCHED
        jmp switch_off

; EBX -> start information.
options_load:
        mov eax, [ebx + START_FRAME_BASE]
        shl eax, 12
        mov [pv_offset], eax
        mov eax, [ebx + START_SHARED_INFO]
        mov [pv_shared_info], eax
        mov eax, [ebx + START_DIRECTORY]
        mov [pv_first_directory], eax
        mov esi, [ebx + START_COMMAND_LINE]
        jmp options_parse

segments_load:                                  ; they are the hypervisor's
        mov ebx, KERNEL_DATA
        mov ecx, INTERRUPT_STACK_TOP
        hypercall HC_SET_STACK
        ret

interrupts_load:
        mov ebx, pv_traps
        mov ecx, PV_TRAPS
        hypercall HC_SET_TRAPS
        mov ebx, on_event
        hypercall HC_SET_CALLBACK
        ret

; The first 4 MiB one to one, for all rings; tables can only be read.
paging_enable:
        mov edi, table
        mov eax, [pv_offset]
        or eax, ALL_MAY
.page:  stosd
        add eax, 4096
        cmp edi, table + 4096
        jb .page
        mov dword [ENTRY_HOLE], 0
        mov eax, [pv_shared_info]
        or eax, PAGE_PRESENT | PAGE_WRITE
        mov [table + (SHARED_INFO >> 12) * 4], eax
        mov ebx, directory
        call .directory
        mov ebx, other_directory
        call .directory
        ; The hypervisor's first tables map ours writable.
        mov esi, [pv_first_directory]
        sub esi, [pv_offset]
        mov edx, [esi]
        and edx, 0xFFFFF000
        mov edi, pv_requests
        mov eax, directory
        call .protect
        mov eax, other_directory
        call .protect
        mov eax, table
        call .protect
        mov ebx, pv_requests
        mov ecx, 3
        hypercall HC_UPDATE_TABLES
        mov ecx, directory
        mov ebx, MMU_SET_BASE
        call pv_mmu
        mov ecx, directory
        mov ebx, MMU_PIN_DIRECTORY
        call pv_mmu
        mov ecx, other_directory
        mov ebx, MMU_PIN_DIRECTORY
        jmp pv_mmu

.directory:
        mov edi, ebx
        mov ecx, 1024
        xor eax, eax
        rep stosd
        mov eax, table
        add eax, [pv_offset]
        or eax, ALL_MAY
        mov [ebx], eax
        ret

; The page at EAX: in our table at once, in the table at EDX by a request at EDI.
.protect:
        mov ebx, eax
        shr ebx, 10                             ; page number times 4
        and dword [table + ebx], ~PAGE_WRITE
        add ebx, edx
        mov [edi], ebx
        or eax, PAGE_PRESENT
        add eax, [pv_offset]
        mov [edi + 4], eax
        add edi, UPDATE_SIZE
        ret

; EBX: operation of HC_MMU on the page at ECX. Changes EAX and ECX.
pv_mmu: add ecx, [pv_offset]
        shr ecx, 12
        hypercall HC_MMU
        ret

nano hypercall, 50000, always                 ; a call that does nothing: the way to the hypervisor and back
        mov esi, ecx
.again: hypercall HC_VERSION
        dec esi
        jnz .again
        ret

nano cr3wr, 50000, always
        mov esi, ecx
        mov ebx, MMU_SET_BASE
        mov edi, directory
        add edi, [pv_offset]
        shr edi, 12
.again: mov ecx, edi
        hypercall HC_MMU
        dec esi
        jnz .again
        ret

nano clisti, 100000, always
.again: mov byte [SHARED_INFO + SHARED_ENABLED], 0
        mov byte [SHARED_INFO + SHARED_ENABLED], 1
        cmp byte [SHARED_INFO + SHARED_PENDING], 0
        jne .end                                ; nothing has come: no event is bound
        dec ecx
        jnz .again
.end:   mov byte [SHARED_INFO + SHARED_ENABLED], 0
        ret

; ----------------------------------------------------------------------------------------------------------------- paging

; [pv_requests]: one for the playground, with its usual entry.
prepare_request:
        mov eax, ENTRY_PLAYGROUND
        add eax, [pv_offset]
        mov [pv_requests], eax
        mov eax, [pv_offset]
        add eax, PLAYGROUND | ALL_MAY
        mov [pv_requests + 4], eax
        ret
; Carries the request out.
update: mov ebx, pv_requests
        mov ecx, 1
        hypercall HC_UPDATE_TABLES
        ret

nano ptemod, 100000, always                   ; a page changes its frame; nobody looks at it
        mov esi, ecx
        call prepare_request
.again: xor dword [pv_requests + 4], 0x1000
        mov ebx, pv_requests
        mov ecx, 1
        hypercall HC_UPDATE_TABLES
        dec esi
        jnz .again
        call prepare_request
        jmp update

nano ptemap, 50000, always                    ; changed and used: the hypervisor flushes
        mov esi, ecx
        call prepare_request
.again: xor dword [pv_requests + 4], 0x1000
        mov ebx, pv_requests
        mov ecx, 1
        hypercall HC_UPDATE_TABLES
        mov edx, [PLAYGROUND]
        dec esi
        jnz .again
        call prepare_request
        jmp update

nano tlbmiss, 50000, always
        mov esi, ecx
        mov ebx, MMU_FLUSH_PAGE
        mov ecx, PLAYGROUND
.again: hypercall HC_MMU
        mov edx, [PLAYGROUND]
        dec esi
        jnz .again
        ret

; ------------------------------------------------------------------------------------------------------------- interrupts

nano interrupt, 20000, always                 ; an event to itself: sent, delivered and ended
        mov esi, ecx
        mov dword [arrived], 0
        mov ebx, EVENT_BIND
        mov ecx, SOURCE_SELF
        hypercall HC_EVENT
        mov edi, eax                            ; port
        mov byte [SHARED_INFO + SHARED_ENABLED], 1
        xor edx, edx
.again: mov ebx, EVENT_SEND
        mov ecx, edi
        hypercall HC_EVENT
        inc edx
.wait:  cmp [arrived], edx
        jne .wait
        dec esi
        jnz .again
        mov byte [SHARED_INFO + SHARED_ENABLED], 0
        ret
on_event:
        inc dword [arrived]
        mov byte [SHARED_INFO + SHARED_PENDING], 0
        mov dword [SHARED_INFO + SHARED_SELECTOR], 0
        mov dword [SHARED_INFO + SHARED_PORTS_PENDING], 0
        push eax                                ; the call takes it from the stack
        hypercall HC_IRET

; ---------------------------------------------------------------------------------------------------------------- switches

nano switch, 50000, always                    ; there and back between two stacks in two address spaces
        mov edi, ecx
        mov esi, directory
        mov ebp, other_directory
        mov dword [OTHER_STACK_TOP - 4], .other
        mov dword [other_stack_pointer], OTHER_STACK_TOP - 4
.again: call .switch
        dec edi
        jnz .again
        ret
.other: call .switch
        jmp .other
.switch:
        xchg esp, [other_stack_pointer]
        mov ebx, MMU_SET_BASE
        mov ecx, ebp
        add ecx, [pv_offset]
        shr ecx, 12
        hypercall HC_MMU
        xchg esi, ebp
        ret

; trap VECTOR, HANDLER, PRIVILEGE
%macro trap 3
        db %1, %3 | TRAP_FLAG_DISABLE
        dw KERNEL_CODE
        dd %2
%endmacro

        section .data
        align 4
pv_traps:
        trap VECTOR_DIVIDE, on_divide, 1
        trap VECTOR_FAULT, on_fault, 1
        trap VECTOR_SYSCALL, on_syscall, 3
        trap VECTOR_DONE, on_done, 3
PV_TRAPS        equ ($ - pv_traps) / TRAP_SIZE
pv_offset:      dd 0                            ; host-physical address of our address 0
pv_shared_info: dd 0                            ; host-physical
pv_first_directory: dd 0                        ; the hypervisor's, host-physical
pv_requests:    times 3 dq 0
pv_byte:        db 0
`.slice(1),
  "nanobench/print.asm": `
; Text and numbers, by send.

        section .text
; Send the text at ESI, up to a zero.
print_text:
        lodsb
        test al, al
        jz .end
        call send
        jmp print_text
.end:   ret

; Send EDX:EAX in decimal.
print_decimal:
        push ebx
        push ecx
        push esi
        push edi
        mov esi, 10
        xor edi, edi                            ; digits on the stack
.digit: mov ecx, eax                            ; divide in two steps, so that no quotient is too large
        mov eax, edx
        xor edx, edx
        div esi
        mov ebx, eax
        mov eax, ecx
        div esi
        push edx
        inc edi
        mov edx, ebx
        mov ecx, eax
        or ecx, edx
        jnz .digit
.send:  pop eax
        add al, '0'
        call send
        dec edi
        jnz .send
        pop edi
        pop esi
        pop ecx
        pop ebx
        ret
`.slice(1),
  "nanobench/privileged.asm": `
; What is timed in ring 0: privileged instructions, page tables, the local APIC.

MSR_SYSENTER_CS  equ 0x174
MSR_SYSENTER_ESP equ 0x175
MSR_SYSENTER_EIP equ 0x176
CPUID_SEP        equ 1 << 11
CPUID_APIC       equ 1 << 9

APIC_TPR        equ LOCAL_APIC + 0x80
APIC_EOI        equ LOCAL_APIC + 0xB0
APIC_SPURIOUS   equ LOCAL_APIC + 0xF0
APIC_COMMAND    equ LOCAL_APIC + 0x300
APIC_ENABLE     equ 1 << 8
SELF_IPI        equ 1 << 18 | 1 << 14           ; to this processor, asserted

POST_PORT       equ 0x80                        ; on every PC, and does nothing

; PUSHFD shows IF as it is: not where it is virtual and the instruction does not trap. Interrupts are off.
has_true_flags:
        pushfd
        pop eax
        shl eax, 23                             ; bit 9 into carry
        ret

; Carry unless CPUID leaf 1 has the bits EDX: returns through here.
has_feature:
        push ebx
        push edx
        mov eax, 1
        cpuid
        pop eax
        pop ebx
        and eax, edx
        cmp eax, 1                              ; carry if zero
        ret
has_sysenter:
        mov edx, CPUID_SEP
        jmp has_feature
has_apic:
        mov edx, CPUID_APIC
        jmp has_feature

nano sysenter, 100000, has_sysenter
        push ecx
        mov ecx, MSR_SYSENTER_CS
        mov eax, KERNEL_CODE
        xor edx, edx
        wrmsr
        mov ecx, MSR_SYSENTER_ESP
        mov eax, INTERRUPT_STACK_TOP
        wrmsr
        mov ecx, MSR_SYSENTER_EIP
        mov eax, .kernel
        wrmsr
        pop ecx
        mov eax, .user
        jmp to_ring3
.user:  mov esi, ecx
.again: mov edx, .back
        mov ecx, esp
        sysenter
.back:  dec esi
        jnz .again
        int VECTOR_DONE
.kernel:
        sysexit

; ------------------------------------------------------------------------------------------------ privileged instructions

nano in, 50000, always
        mov dx, POST_PORT
.again: in al, dx
        dec ecx
        jnz .again
        ret

nano cr0wr, 50000, always                     ; as the kernel's FPU switch does
        mov eax, cr0
.again: mov cr0, eax
        dec ecx
        jnz .again
        ret

nano cr3wr, 50000, always
        mov eax, directory
.again: mov cr3, eax
        dec ecx
        jnz .again
        ret

nano tprwr, 50000, has_apic                   ; what CR8 is to 64-bit kernels
.again: mov [APIC_TPR], dword 0
        dec ecx
        jnz .again
        ret

nano clisti, 100000, always
.again: cli
        sti
        dec ecx
        jnz .again
        cli
        ret

nano pushfpopf, 100000, has_true_flags
.again: pushfd
        popfd
        dec ecx
        jnz .again
        ret

; ----------------------------------------------------------------------------------------------------------------- paging

nano ptemod, 100000, always                   ; a page changes its frame; nobody looks at it
        mov eax, PLAYGROUND | ALL_MAY
.again: xor eax, 0x1000
        mov [table + (PLAYGROUND >> 12) * 4], eax
        dec ecx
        jnz .again
        mov dword [table + (PLAYGROUND >> 12) * 4], PLAYGROUND | ALL_MAY
        mov eax, directory
        mov cr3, eax
        ret

nano ptemap, 50000, always                    ; the same as kernels do it: changed, flushed and used
        mov eax, PLAYGROUND | ALL_MAY
.again: xor eax, 0x1000
        mov [table + (PLAYGROUND >> 12) * 4], eax
        invlpg [PLAYGROUND]
        mov edx, [PLAYGROUND]
        dec ecx
        jnz .again
        mov dword [table + (PLAYGROUND >> 12) * 4], PLAYGROUND | ALL_MAY
        invlpg [PLAYGROUND]
        ret

nano tlbmiss, 50000, always
.again: invlpg [PLAYGROUND]
        mov edx, [PLAYGROUND]
        dec ecx
        jnz .again
        ret

; ------------------------------------------------------------------------------------------------------------- interrupts

nano interrupt, 20000, has_apic               ; one to itself: sent, delivered and ended
        mov [APIC_SPURIOUS], dword APIC_ENABLE | VECTOR_SPURIOUS
        mov [APIC_TPR], dword 0
        mov dword [arrived], 0
        sti
        xor eax, eax
.again: mov [APIC_COMMAND], dword SELF_IPI | VECTOR_IPI
        inc eax
.wait:  cmp [arrived], eax
        jne .wait
        dec ecx
        jnz .again
        cli
        ret
on_ipi: inc dword [arrived]
        mov [APIC_EOI], dword 0
on_spurious:
        iretd

; ---------------------------------------------------------------------------------------------------------------- switches

nano switch, 50000, always                    ; there and back between two stacks in two address spaces
        mov esi, directory
        mov edi, other_directory
        mov dword [OTHER_STACK_TOP - 4], .other
        mov dword [other_stack_pointer], OTHER_STACK_TOP - 4
.again: call .switch
        dec ecx
        jnz .again
        ret
.other: call .switch
        jmp .other
.switch:
        xchg esp, [other_stack_pointer]
        mov cr3, edi
        xchg esi, edi
        ret
`.slice(1),
  "nanobench/tables.asm": `
; Segments, interrupts and paging on bare hardware, with as little in them as the loops need.

KERNEL_CODE     equ 0x08
KERNEL_DATA     equ 0x10
USER_CODE       equ 0x18 | 3
USER_DATA       equ 0x20 | 3
TSS_SELECTOR    equ 0x28

GATE_KERNEL     equ 1000_1110b                  ; present, 32-bit interrupt gate, DPL 0
GATE_USER       equ 1110_1110b                  ; DPL 3

LOCAL_APIC      equ 0xFEE00000
APIC_WINDOW     equ LOCAL_APIC & 0xFFC00000     ; the 4 MiB page that it is in

        section .data
        align 8
gdt_table:
        dq 0
        dw 0xFFFF, 0                            ; 08: code, ring 0
        db 0, 1001_1010b, 1100_1111b, 0
        dw 0xFFFF, 0                            ; 10: data, ring 0
        db 0, 1001_0010b, 1100_1111b, 0
        dw 0xFFFF, 0                            ; 18: code, ring 3
        db 0, 1111_1010b, 1100_1111b, 0
        dw 0xFFFF, 0                            ; 20: data, ring 3
        db 0, 1111_0010b, 1100_1111b, 0
gdt_tss:
        dw 103, 0                               ; 28: TSS
        db 0, 1000_1001b, 0, 0
gdt_end:

gdt_pointer:
        dw gdt_end - gdt_table - 1
        dd gdt_table
idt_pointer:
        dw 256 * 8 - 1
        dd idt_table

        section .text
segments_load:
        mov edi, tss
        mov ecx, 104 / 4
        xor eax, eax
        rep stosd
        mov dword [tss + 4], INTERRUPT_STACK_TOP
        mov dword [tss + 8], KERNEL_DATA
        mov word [tss + 102], 104               ; no I/O permission bitmap
        mov eax, tss
        mov [gdt_tss + 2], ax
        shr eax, 16
        mov [gdt_tss + 4], al
        mov [gdt_tss + 7], ah
        lgdt [gdt_pointer]
        jmp KERNEL_CODE:.reload
.reload:
        mov ax, KERNEL_DATA
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov ax, TSS_SELECTOR
        ltr ax
        ret

; gate VECTOR, HANDLER, ATTRIBUTES
%macro gate 3
        mov eax, %2
        mov [idt_table + %1 * 8], ax
        mov word [idt_table + %1 * 8 + 2], KERNEL_CODE
        mov word [idt_table + %1 * 8 + 4], %3 << 8
        shr eax, 16
        mov [idt_table + %1 * 8 + 6], ax
%endmacro

interrupts_load:
        mov al, 0xFF                            ; nothing from the 8259s
        out 0x21, al
        out 0xA1, al
        mov edi, idt_table
        mov ecx, 256 * 2
        xor eax, eax
        rep stosd
        gate VECTOR_DIVIDE, on_divide, GATE_KERNEL
        gate VECTOR_FAULT, on_fault, GATE_KERNEL
        gate VECTOR_IPI, on_ipi, GATE_KERNEL
        gate VECTOR_SPURIOUS, on_spurious, GATE_KERNEL
        gate VECTOR_SYSCALL, on_syscall, GATE_USER
        gate VECTOR_DONE, on_done, GATE_USER
        lidt [idt_pointer]
        ret

; The first 4 MiB one to one, for all rings, and the local APIC.
paging_enable:
        mov edi, table
        mov eax, ALL_MAY
.page:  stosd
        add eax, 4096
        cmp eax, 0x400000
        jb .page
        mov dword [table + (HOLE >> 12) * 4], 0
        mov ebx, directory
        call .directory
        mov ebx, other_directory
        call .directory
        mov eax, cr4
        or eax, 1 << 4                          ; PSE: pages of 4 MiB
        mov cr4, eax
        mov eax, directory
        mov cr3, eax
        mov eax, cr0
        and eax, ~(1 << 2 | 1 << 3)             ; EM, TS
        or eax, 1 << 31 | 1 << 16               ; PG, WP
        mov cr0, eax
        jmp .paged
.paged: ret

.directory:
        mov edi, ebx
        mov ecx, 1024
        xor eax, eax
        rep stosd
        mov dword [ebx], table + ALL_MAY
        mov dword [ebx + (APIC_WINDOW >> 22) * 4], APIC_WINDOW | PAGE_LARGE | PAGE_WRITE | PAGE_PRESENT
        ret
`.slice(1),
  "nanobench/virtio.asm": `
; A virtqueue kick. The guest finds a virtio disk on PCI bus 0, sets it up as today's drivers do (Virtual I/O Device (VIRTIO) Version 1.2, sections
; 3.1.1 and 4.1.4), without interrupts, and has it answer one request. What is timed is the store to the notification register alone: no buffer is
; made available, so that the device looks into its ring, finds nothing, and what disks do is in no turn.
;
; Not here: buses behind bridges, registers above 4 GiB, devices with the legacy interface only.

PCI_ADDRESS             equ 0xCF8
PCI_DATA                equ 0xCFC
PCI_ENABLE              equ 1 << 31
PCI_SLOT                equ 1 << 11
PCI_COMMAND             equ 0x04
COMMAND_MEMORY          equ 1 << 1
COMMAND_MASTER          equ 1 << 2
PCI_FIRST_BAR           equ 0x10
PCI_CAPABILITIES        equ 0x34
CAPABILITY_VENDOR       equ 0x09

VIRTIO_DISK             equ 0x10011AF4          ; device and vendor: with the legacy interface too
VIRTIO_MODERN_DISK      equ 0x10421AF4          ; without
; "Virtio Structure PCI Capabilities": type in the highest byte of the first dword, then
STRUCTURE_COMMON        equ 1
STRUCTURE_NOTIFY        equ 2
STRUCTURE_BAR           equ 4
STRUCTURE_OFFSET        equ 8
STRUCTURE_MULTIPLIER    equ 16
; "Common configuration structure layout"
DRIVER_FEATURE_SELECT   equ 0x08
DRIVER_FEATURE          equ 0x0C
DEVICE_STATUS           equ 0x14
QUEUE_SELECT            equ 0x16
QUEUE_SIZE              equ 0x18
QUEUE_ENABLE            equ 0x1C
QUEUE_NOTIFY_OFF        equ 0x1E
QUEUE_DESCRIPTORS       equ 0x20
QUEUE_DRIVER            equ 0x28
QUEUE_DEVICE            equ 0x30
STATUS_ACKNOWLEDGE      equ 1
STATUS_DRIVER           equ 2
STATUS_DRIVER_OK        equ 4
STATUS_FEATURES_OK      equ 8
FEATURE_VERSION_1       equ 1 << (32 - 32)      ; in the second word of features

RING_SIZE               equ 2
DESCRIPTOR_NEXT         equ 1
DESCRIPTOR_WRITE        equ 2
NO_INTERRUPT            equ 1
REQUEST_GET_ID          equ 8
IDENTITY                equ 20
PATIENCE                equ 100_000_000         ; looks for an answer

        section .text
; ECX: register of the function at EBX, in EAX. Changes EDX.
pci_read:
        lea eax, [ebx + ecx]
        mov edx, PCI_ADDRESS
        out dx, eax
        mov edx, PCI_DATA
        in eax, dx
        ret

; The function of a virtio disk, in EBX. Carry: there is none.
find_disk:
        mov ebx, PCI_ENABLE
.next:  xor ecx, ecx
        call pci_read
        cmp eax, VIRTIO_DISK
        je .found
        cmp eax, VIRTIO_MODERN_DISK
        je .found
        add ebx, PCI_SLOT
        cmp ebx, PCI_ENABLE + 32 * PCI_SLOT
        jb .next
        stc
        ret
.found: mov ecx, PCI_COMMAND
        call pci_read
        and eax, 0xFFFF                         ; status bits are cleared by ones
        or eax, COMMAND_MEMORY | COMMAND_MASTER
        out dx, eax
        clc
        ret

; The structure of type ESI of the function at EBX: its capability in ECX, its address in EDI, mapped. Carry: there is none.
find_structure:
        mov ecx, PCI_CAPABILITIES
        call pci_read
        movzx ecx, al
.next:  test ecx, ecx
        jz .none
        call pci_read
        mov edi, eax
        shr edi, 24
        cmp edi, esi
        jne .other
        cmp al, CAPABILITY_VENDOR
        je .found
.other: movzx ecx, ah
        jmp .next
.none:  stc
        ret
.found: push ecx
        add ecx, STRUCTURE_BAR
        call pci_read
        movzx ecx, al
        lea ecx, [ecx * 4 + PCI_FIRST_BAR]
        call pci_read
        and eax, ~0xF
        mov edi, eax
        mov ecx, [esp]
        add ecx, STRUCTURE_OFFSET
        call pci_read
        add edi, eax
        mov eax, edi
        shr eax, 22
        mov edx, edi
        and edx, 0xFFC00000
        or edx, PAGE_LARGE | PAGE_WRITE | PAGE_PRESENT
        mov [directory + eax * 4], edx
        pop ecx
        clc
        ret

; The disk's common structure at EDI: reset, and set up up to DRIVER_OK, with the queue in virtqueue_*. Carry: it wants another driver.
start_disk:
        mov byte [edi + DEVICE_STATUS], 0
.reset: cmp byte [edi + DEVICE_STATUS], 0
        jne .reset
        mov byte [edi + DEVICE_STATUS], STATUS_ACKNOWLEDGE | STATUS_DRIVER
        mov dword [edi + DRIVER_FEATURE_SELECT], 0
        mov dword [edi + DRIVER_FEATURE], 0
        mov dword [edi + DRIVER_FEATURE_SELECT], 1
        mov dword [edi + DRIVER_FEATURE], FEATURE_VERSION_1
        mov byte [edi + DEVICE_STATUS], STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK
        test byte [edi + DEVICE_STATUS], STATUS_FEATURES_OK
        jz .no
        mov word [edi + QUEUE_SELECT], 0
        mov word [edi + QUEUE_SIZE], RING_SIZE
        mov dword [edi + QUEUE_DESCRIPTORS], virtqueue_descriptors
        mov dword [edi + QUEUE_DESCRIPTORS + 4], 0
        mov dword [edi + QUEUE_DRIVER], virtqueue_available
        mov dword [edi + QUEUE_DRIVER + 4], 0
        mov dword [edi + QUEUE_DEVICE], virtqueue_used
        mov dword [edi + QUEUE_DEVICE + 4], 0
        mov word [edi + QUEUE_ENABLE], 1
        mov byte [edi + DEVICE_STATUS], STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK
        clc
        ret
.no:    stc
        ret

; A disk is there, and has answered the request in its queue. [notification]: the queue's register. Carry: not so.
has_virtio_disk:
        push ebx
        call find_disk
        jc .end
        mov word [virtqueue_available + 2], 0
        mov word [virtqueue_used + 2], 0
        mov esi, STRUCTURE_COMMON
        call find_structure
        jc .end
        call start_disk
        jc .end
        movzx ebp, word [edi + QUEUE_NOTIFY_OFF]
        mov esi, STRUCTURE_NOTIFY
        call find_structure
        jc .end
        add ecx, STRUCTURE_MULTIPLIER
        call pci_read
        imul eax, ebp
        add edi, eax
        mov [notification], edi
        mov byte [disk_status], 0xFF
        mov word [virtqueue_available + 2], 1   ; the first entry of the ring: descriptor 0
        mov word [edi], 0
        mov ecx, PATIENCE
.wait:  cmp word [virtqueue_used + 2], 1
        je .used
        dec ecx
        jnz .wait
        stc
        jmp .end
.used:  cmp byte [disk_status], 1               ; carry if it is 0: done
        cmc
.end:   pop ebx
        ret

nano kick, 50000, has_virtio_disk
        mov edi, [notification]
        xor eax, eax                            ; number of the queue
.again: mov [edi], ax
        dec ecx
        jnz .again
        ret

        section .data
notification:   dd 0
; "The Virtqueue Descriptor Table": address, length, flags, next.
        align 16
virtqueue_descriptors:
        dd disk_request, 0, 16
        dw DESCRIPTOR_NEXT, 1
        dd disk_identity, 0, IDENTITY + 1
        dw DESCRIPTOR_WRITE, 0
; "The Virtqueue Available Ring": flags, index, entries.
virtqueue_available:
        dw NO_INTERRUPT, 0
        times RING_SIZE dw 0
; "The Virtqueue Used Ring": flags, index, entries of two dwords.
        align 4
virtqueue_used:
        dw 0, 0
        times RING_SIZE dq 0
disk_request:
        dd REQUEST_GET_ID, 0, 0, 0
disk_identity:
        times IDENTITY db 0
disk_status:
        db 0
`.slice(1),
  "teaching-kernel/commands.asm": `
; The shell's commands that make something happen. Those that only look at the machine are in inspect.asm.

struc command
.name:          resd 1
.run:           resd 1
.help:          resd 1
endstruc

; add_command name, routine, "what it does"
%macro add_command 3
        [section .rodata]
%%name: db %1, 0
%%help: db %3, 0
        [section .data]
        dd %%name, %2, %%help
%endmacro

        section .data
        align 4
commands:
        add_command "help", command_help, "this list"
        add_command "rings", command_rings, "privilege levels: here, in the GDT, in the tasks"
        add_command "regs", command_regs, "registers, as a breakpoint handler finds them"
        add_command "tasks", command_tasks, "all tasks"
        add_command "ticks", command_ticks, "timer interrupts since the start"
        add_command "preempt", command_preempt, "two tasks that never yield share the processor"
        add_command "syscall", command_syscall, "task A tries system calls"
        add_command "pagefault", command_pagefault, "task A touches pages it must not"
        add_command "kpagefault", command_kpagefault, "the kernel follows a null pointer"
        add_command "divide", command_divide, "task A divides by zero"
        add_command "gpf", command_gpf, "task A tries to turn interrupts off"
        add_command "sensitive", command_sensitive, "instructions that look at ring 0 without trapping"
        add_command "gdt", command_gdt, "the segment descriptors"
        add_command "idt", command_idt, "the interrupt gates in use"
        add_command "paging", command_paging, "paging ADDRESS: how each task translates it"
        add_command "mem", command_mem, "what lies where"
        add_command "echo", command_echo, "echo TEXT"
        add_command "clear", command_clear, "clear the screen"
        add_command "reboot", command_reboot, "reset the machine"
        add_command "off", command_off, "switch the machine off"
        section .data
        dd 0

        section .text
command_help:
        mov ebx, commands
.next:  mov esi, [ebx + command.name]
        test esi, esi
        jz .done
        print "  "
        mov ecx, 12
        call print_padded
        mov esi, [ebx + command.help]
        call print_text
        print 10
        add ebx, command_size
        jmp .next
.done:  ret

; Give task A job %1.
%macro job_for_a 1
        mov ebx, task_a
        mov eax, %1
        call task_run_job
%endmacro

command_pagefault:
        print "task A reads where no page is:", 10
        job_for_a JOB_READ_NOWHERE
        print "task A writes to its own code:", 10
        job_for_a JOB_WRITE_CODE
        print "task A reads kernel memory:", 10
        job_for_a JOB_READ_KERNEL
        ret

command_kpagefault:
        print "the kernel reads address 0:", 10
        mov eax, [dword 0]
        ret

command_divide:
        print "task A divides by zero:", 10
        job_for_a JOB_DIVIDE
        ret

command_gpf:
        print "task A executes CLI:", 10
        job_for_a JOB_CLI
        ret

command_syscall:
        print "task A calls the kernel with INT 0x80:", 10
        job_for_a JOB_SYSCALLS
        ret

command_preempt:
        print "both tasks count for 20 ticks and never give the processor away", 10
        mov dword [task_a + task.preempted], 0
        mov dword [task_b + task.preempted], 0
        interrupts_off
        mov dword [task_b + task.job], JOB_SPIN
        mov dword [task_b + task.state], STATE_READY
        job_for_a JOB_SPIN
        mov ebx, task_a
        call .tell
        mov ebx, task_b
.tell:  print "  task "
        mov esi, [ebx + task.name]
        call print_text
        cmp dword [ebx + task.preempted], 0
        je .never
        mov eax, [ebx + task.data]
        cmp dword [eax + seen.counter], 0
        je .never
        print " counted, and was interrupted by the timer", 10
        ret
.never: print " was never interrupted", 10
        ret

command_echo:
        call print_text
        print 10
        ret

command_clear:
        print 27, "[2J", 27, "[H"               ; for a terminal on the serial line
        jmp screen_clear

command_ticks:
        print_number [ticks]
        print " ticks, 100 a second", 10
        ret

command_reboot:
        print "Resetting.", 10
        call serial_drain
        reset_machine

command_off:
        print "Switching off.", 10
        call serial_drain
        switch_machine_off
`.slice(1),
  "teaching-kernel/console.asm": `
; Output: every character goes to the serial line COM1 and to the text screen.

COM1            equ 0x3F8
COM1_DATA       equ COM1 + 0            ; with DLAB set: low byte of the divisor
COM1_IER        equ COM1 + 1            ; interrupt enable; with DLAB set: high byte of the divisor
COM1_FCR        equ COM1 + 2            ; FIFO control
COM1_LCR        equ COM1 + 3            ; line control; bit 7 is DLAB
COM1_MCR        equ COM1 + 4            ; modem control
COM1_LSR        equ COM1 + 5            ; line status: bit 0 data ready, bit 5 transmitter free, bit 6 transmitter idle

SCREEN          equ 0xB8000             ; 80 x 25 cells: character, colour
COLUMNS         equ 80
ROWS            equ 25
COLOUR          equ 0x07                ; grey on black
CRTC_INDEX      equ 0x3D4
CRTC_DATA       equ 0x3D5

        section .text
%ifndef PARAVIRTUAL
console_init:
        mov dx, COM1_LCR
        mov al, 0x80                    ; DLAB on
        out dx, al
        mov dx, COM1_DATA
        mov al, 1                       ; divisor 1: 115,200 bits a second
        out dx, al
        mov dx, COM1_IER
        xor al, al
        out dx, al
        mov dx, COM1_LCR
        mov al, 0x03                    ; DLAB off; 8 data bits, no parity, 1 stop bit
        out dx, al
        mov dx, COM1_FCR
        mov al, 0x07                    ; FIFOs on and empty
        out dx, al
        mov dx, COM1_MCR
        mov al, 0x0B                    ; DTR, RTS, and OUT2, which lets the interrupt through
        out dx, al
        jmp screen_clear
%endif

; Print AL. Line feed becomes carriage return and line feed on the serial line.
print_char:
        pushad
        cmp al, 10
        jne .plain
        mov al, 13
        call serial_send
        mov al, 10
.plain: call serial_send
        call screen_put
        popad
        ret

%ifndef PARAVIRTUAL
; AL to the serial line. Changes DX.
serial_send:
        push eax
        mov dx, COM1_LSR
.wait:  in al, dx
        test al, 1 << 5
        jz .wait
        pop eax
        mov dx, COM1_DATA
        out dx, al
        ret

; Wait until the last byte has left the wire.
serial_drain:
        mov dx, COM1_LSR
.wait:  in al, dx
        test al, 1 << 6
        jz .wait
        ret

%endif

; AL to the screen. Changes everything.
screen_put:
        mov edi, [cursor]
        cmp al, 10
        je .newline
        cmp al, 8
        je .backspace
        mov ah, COLOUR
        mov [SCREEN + edi * 2], ax
        inc edi
        jmp .moved
.backspace:
        test edi, edi
        jz .moved
        dec edi
        jmp .moved
.newline:
        mov eax, edi                    ; to the start of the next row
        xor edx, edx
        mov ecx, COLUMNS
        div ecx
        inc eax
        mul ecx
        mov edi, eax
.moved: cmp edi, COLUMNS * ROWS
        jb .fits
        call screen_scroll
        sub edi, COLUMNS
.fits:  mov [cursor], edi
        jmp cursor_show

; Move all rows up by one. Keeps EDI.
screen_scroll:
        push edi
        mov esi, SCREEN + COLUMNS * 2
        mov edi, SCREEN
        mov ecx, COLUMNS * (ROWS - 1) / 2
        rep movsd
        mov eax, (COLOUR << 8 | ' ') * 0x10001
        mov ecx, COLUMNS / 2
        rep stosd
        pop edi
        ret

screen_clear:
        mov edi, SCREEN
        mov eax, (COLOUR << 8 | ' ') * 0x10001
        mov ecx, COLUMNS * ROWS / 2
        rep stosd
        mov dword [cursor], 0

%ifndef PARAVIRTUAL
; Tell the display controller where the blinking cursor is: registers 14 and 15.
cursor_show:
        mov ebx, [cursor]
        mov dx, CRTC_INDEX
        mov al, 14
        mov ah, bh
        out dx, ax
        mov al, 15
        mov ah, bl
        out dx, ax
        ret

%endif

; Print the string at ESI, which ends with a zero.
print_text:
        push eax
        push esi
        cld
.next:  lodsb
        test al, al
        jz .done
        call print_char
        jmp .next
.done:  pop esi
        pop eax
        ret

; Print EAX, AX or AL as hexadecimal digits.
print_hex32:
        push ecx
        mov ecx, 8
        jmp print_digits
print_hex16:
        push ecx
        mov ecx, 4
        shl eax, 16
        jmp print_digits
print_hex8:
        push ecx
        mov ecx, 2
        shl eax, 24
print_digits:                           ; the top ECX digits of EAX
        push eax
.next:  rol eax, 4
        push eax
        and al, 0x0F
        cmp al, 10
        jb .digit
        add al, 'A' - '0' - 10
.digit: add al, '0'
        call print_char
        pop eax
        dec ecx
        jnz .next
        pop eax
        pop ecx
        ret

; Print EAX in decimal.
print_decimal:
        pushad
        mov ebx, 10
        xor ecx, ecx
.split: xor edx, edx
        div ebx
        push edx                        ; digits come out last one first
        inc ecx
        test eax, eax
        jnz .split
.next:  pop eax
        add al, '0'
        call print_char
        dec ecx
        jnz .next
        popad
        ret

; Print the string at ESI and blanks up to column ECX.
print_padded:
        push ecx
        push esi
.next:  cmp byte [esi], 0
        je .pad
        mov al, [esi]
        call print_char
        inc esi
        dec ecx
        jmp .next
.pad:   cmp ecx, 0
        jle .done
        mov al, ' '
        call print_char
        dec ecx
        jmp .pad
.done:  pop esi
        pop ecx
        ret
`.slice(1),
  "teaching-kernel/faults.asm": `
; Exceptions. Each is reported; then a user task is started afresh, and so is the shell if the kernel itself was at fault.

        section .rodata
fault_names:
        dd .n0, .n1, .n2, .n3, .n4, .n5, .n6, .n7, .n8, .n9, .n10, .n11, .n12, .n13, .n14, .other, .n16, .n17, .n18, .n19
.n0:    db "#DE divide error", 0
.n1:    db "#DB debug", 0
.n2:    db "NMI", 0
.n3:    db "#BP breakpoint", 0
.n4:    db "#OF overflow", 0
.n5:    db "#BR bound range exceeded", 0
.n6:    db "#UD invalid opcode", 0
.n7:    db "#NM device not available", 0
.n8:    db "#DF double fault", 0
.n9:    db "coprocessor segment overrun", 0
.n10:   db "#TS invalid TSS", 0
.n11:   db "#NP segment not present", 0
.n12:   db "#SS stack fault", 0
.n13:   db "#GP general protection", 0
.n14:   db "#PF page fault", 0
.n16:   db "#MF x87 error", 0
.n17:   db "#AC alignment check", 0
.n18:   db "#MC machine check", 0
.n19:   db "#XM SIMD error", 0
.other: db "exception", 0

        section .text
; EBP -> frame.
fault:
        cmp dword [ebp + frame.vector], 3
        je fault_breakpoint
        call fault_report
        mov ebx, [current]
        test dword [ebp + frame.cs], USER_RING_BIT
        jz .kernel
        print "  task "
        mov esi, [ebx + task.name]
        call print_text
        print " is ended and started again", 10
        jmp .restart
.kernel:
        print "  the kernel was at fault: the shell is started again", 10
.restart:
        call task_reset
        call task_job_done
        ; The frame that was interrupted is gone: do not save it, go straight to the next task.
        mov esp, BOOT_STACK_TOP
        jmp tasks_first

; A breakpoint shows the registers and goes on.
fault_breakpoint:
        jmp registers_show                      ; inspect.asm

fault_report:
        mov ecx, [ebp + frame.vector]
        cmp ecx, 19
        jbe .known
        mov ecx, 15
.known: mov esi, [fault_names + ecx * 4]
        call print_text
        print " in ring "
        mov eax, [ebp + frame.cs]
        and eax, 3                              ; the privilege level the code ran with
        call print_decimal
        print " at "
        print_short [ebp + frame.cs]
        print ":"
        print_hex [ebp + frame.eip]
        print ", error code "
        print_hex [ebp + frame.error]
        print 10
        cmp dword [ebp + frame.vector], 14
        jne .done
        call fault_explain_page
.done:  ret

; A page fault's error code: bit 0 the page was there, bit 1 it was a write, bit 2 it came from ring 3.
fault_explain_page:
        print "  CR2 "
        read_fault_address
        call print_hex32
        mov eax, [ebp + frame.error]
        test eax, 1 << 2
        jz .supervisor
        print ": user "
        jmp .access
.supervisor:
        print ": supervisor "
.access:
        test eax, 1 << 1
        jz .read
        print "write to "
        jmp .why
.read:  print "read of "
.why:   test eax, 1 << 0
        jz .absent
        print "a page that is there but forbidden", 10
        ret
.absent:
        print "a page that is not there", 10
        ret
`.slice(1),
  "teaching-kernel/gdt.asm": `
; Segments. Paging does the protecting here, so all segments cover all of memory; what differs is the privilege level, which makes
; the rings. Under a hypervisor the table is the hypervisor's, and this is what it looks like. One more descriptor says where the TSS is.

        section .data
        align 8
; Each: limit, base (two words), base, access, flags and more limit, more base: the format of the 80286, stretched for the 80386.
gdt_table:
        dq 0                                    ; 00: the null descriptor: loading it is allowed, using it is not
        dw 0xFFFF, 0                            ; 08: kernel code
        db 0, 1001_1010b | KERNEL_RING << 5, 1100_1111b, 0         ;     present, DPL 0, code, readable; 4 KiB units, 32-bit
        dw 0xFFFF, 0                            ; 10: kernel data
        db 0, 1001_0010b | KERNEL_RING << 5, 1100_1111b, 0         ;     present, DPL 0, data, writable
        dw 0xFFFF, 0                            ; 18: user code
        db 0, 1111_1010b, 1100_1111b, 0         ;     present, DPL 3
        dw 0xFFFF, 0                            ; 20: user data
        db 0, 1111_0010b, 1100_1111b, 0
%ifndef PARAVIRTUAL
gdt_tss:
        dw 103, 0                               ; 28: TSS, 104 bytes; its base is filled in by gdt_load
        db 0, 1000_1001b, 0, 0                  ;     present, DPL 0, 32-bit TSS, not busy
%endif
gdt_end:

gdt_pointer:
        dw gdt_end - gdt_table - 1
        dd gdt_table

        section .text
gdt_load:
%ifndef PARAVIRTUAL
        mov eax, tss
        mov [gdt_tss + 2], ax                   ; base bits 0 to 15
        shr eax, 16
        mov [gdt_tss + 4], al                   ; 16 to 23
        mov [gdt_tss + 7], ah                   ; 24 to 31
        ; The one thing this TSS is for: the stack that an interrupt from ring 3 switches to. ESP0 changes with each task.
        mov dword [tss + 8], KERNEL_DATA        ; SS0
        mov word [tss + 102], 104               ; no I/O permission bitmap: ring 3 may use no port
        lgdt [gdt_pointer]
        jmp KERNEL_CODE:.reload                 ; a far jump is what loads CS
.reload:
        mov ax, KERNEL_DATA
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov ax, TSS_SELECTOR
        ltr ax
%endif
        ret
`.slice(1),
  "teaching-kernel/hypercalls.asm": `
; Numbers of Ringside's paravirtual interface, those of docs/hypercalls.md, and how to call it. Only with PARAVIRTUAL.

PV_VERSION              equ 1
START_MAGIC             equ 0x56505352
HYPERCALL_VECTOR        equ 0xF0
VMM_BASE                equ 0xFF800000

HC_SET_TRAPS            equ 1
HC_SET_STACK            equ 2
HC_SET_CALLBACK         equ 3
HC_IRET                 equ 4
HC_UPDATE_TABLES        equ 5
HC_MMU                  equ 6
HC_EVENT                equ 7
HC_SET_TIMER            equ 8
HC_SCHED                equ 9
HC_CONSOLE              equ 10

START_FRAME_BASE        equ 4
START_FRAME_COUNT       equ 8
START_SHARED_INFO       equ 12
START_DIRECTORY         equ 16

TRAP_SIZE               equ 8
TRAP_FLAG_DISABLE       equ 4
UPDATE_SIZE             equ 8

MMU_PIN_DIRECTORY       equ 1
MMU_SET_BASE            equ 3

EVENT_BIND              equ 0
EVENT_DELIVER           equ 4
SOURCE_TIMER            equ 0
SOURCE_CONSOLE          equ 1

SCHED_BLOCK             equ 1
SCHED_SHUTDOWN          equ 2
SHUTDOWN_POWER_OFF      equ 0
SHUTDOWN_REBOOT         equ 1

CONSOLE_WRITE           equ 0
CONSOLE_READ            equ 1

SHARED_ENABLED          equ 0x00
SHARED_PENDING          equ 0x01
SHARED_FAULT_ADDRESS    equ 0x04
SHARED_SELECTOR         equ 0x08
SHARED_TIME             equ 0x10
SHARED_PORTS_PENDING    equ 0x40
SHARED_TIME_NANOSECONDS equ SHARED_TIME + 16

; Where we map the shared-information page: the last page of the kernel's first 4 MiB.
SHARED_INFO             equ 0x3FF000
EVENT_VECTOR            equ 0x82                ; our own number for the callback; no gate has it
TICK_NANOSECONDS        equ 10000000

; Number in EAX, arguments in EBX, ECX, EDX, ESI; the result comes back in EAX.
%macro hypercall 1
        mov eax, %1
        int HYPERCALL_VECTOR
%endmacro
`.slice(1),
  "teaching-kernel/idt.asm": `
; Interrupts: exceptions, devices and system calls all come in here, through one stub for each vector, and all leave through
; interrupt_return. In between, the whole state of what was interrupted lies on the stack as a \`frame\` (layout.asm), so that to switch
; tasks is to leave with another frame.

STUB_SIZE       equ 16
GATE_INTERRUPT  equ 1000_1110b | KERNEL_RING << 5                 ; present, DPL 0, 32-bit interrupt gate: interrupts are off inside
GATE_USER       equ 1110_1110b                  ; the same with DPL 3: ring 3 may use it with INT

        section .data
idt_pointer:
        dw 256 * 8 - 1
        dd idt_table

        section .text
idt_load:
        mov eax, stubs
        xor ecx, ecx                            ; vectors 0 to 47: exceptions and devices
.next:  mov dh, GATE_INTERRUPT
        call idt_set
        add eax, STUB_SIZE
        inc ecx
        cmp ecx, 48
        jb .next
        mov ecx, 3                              ; breakpoints may be set by anyone
        mov eax, stubs + 3 * STUB_SIZE
        mov dh, GATE_USER
        call idt_set
        mov ecx, SYSCALL_VECTOR
        mov eax, stub_syscall
        mov dh, GATE_USER
        call idt_set
        mov ecx, SWITCH_VECTOR
        mov eax, stub_switch
        mov dh, GATE_INTERRUPT
        call idt_set
        load_idt
        ret

; Gate ECX leads to EAX with attributes DH. Keeps EAX and ECX.
idt_set:
        push eax
        mov [idt_table + ecx * 8], ax           ; offset bits 0 to 15
        mov word [idt_table + ecx * 8 + 2], KERNEL_CODE
        mov byte [idt_table + ecx * 8 + 4], 0
        mov [idt_table + ecx * 8 + 5], dh
        shr eax, 16
        mov [idt_table + ecx * 8 + 6], ax       ; 16 to 31
        pop eax
        ret

; For some exceptions the processor pushes an error code; for the others the stub pushes a zero, so that all frames look alike.
%macro stub 1
        %if %1 = 8 || (%1 >= 10 && %1 <= 14) || %1 = 17 || %1 = 21
        %else
        push dword 0
        %endif
        push dword %1
        jmp interrupt_common
%endmacro

        align 16
stubs:
%assign vector 0
%rep 48
        stub vector
        align STUB_SIZE
        %assign vector vector + 1
%endrep
stub_syscall:
        stub SYSCALL_VECTOR
stub_switch:
        stub SWITCH_VECTOR

interrupt_common:
        push ds
        push es
        push fs
        push gs
        pushad
        cld
        mov ax, KERNEL_DATA
        mov ds, ax
        mov es, ax
        mov ebp, esp                            ; EBP -> frame, for all handlers
        call interrupt_dispatch

; Leave by the frame at ESP, or by another task's if a switch is due.
interrupt_return:
        cmp dword [need_switch], 0
        je .leave
        call tasks_switch                       ; changes ESP
.leave: popad
        pop gs
        pop fs
        pop es
        pop ds
        add esp, 8                              ; vector and error code
        return_from_interrupt

; EBP -> frame. Handlers may change every other register.
interrupt_dispatch:
        mov eax, [ebp + frame.vector]
        cmp eax, 32
        jb fault
        cmp eax, SYSCALL_VECTOR
        je syscall_dispatch
        cmp eax, SWITCH_VECTOR
        je .switch
%ifdef PARAVIRTUAL
        cmp eax, EVENT_VECTOR
        je pv_events
        ret
%else
        push eax
        cmp eax, TIMER_VECTOR
        jne .keyboard
        call timer_interrupt
.keyboard:
        cmp dword [esp], KEYBOARD_VECTOR
        jne .serial
        call keyboard_interrupt
.serial:
        cmp dword [esp], SERIAL_VECTOR
        jne .end
        call serial_interrupt
.end:   pop eax
        jmp interrupt_end                       ; timer.asm
%endif
.switch:
        mov dword [need_switch], 1
        ret
`.slice(1),
  "teaching-kernel/input.asm": `
; Input: characters from the serial line and from the keyboard, put in one buffer by their interrupts, taken out by the shell.

KEYBOARD_DATA   equ 0x60
KEYBOARD_STATUS equ 0x64

        section .text
%ifndef PARAVIRTUAL
input_init:
        mov dx, COM1_IER
        mov al, 1                       ; interrupt when data is there
        out dx, al
.drain: in al, KEYBOARD_STATUS          ; a key pressed before our time must not block the next
        test al, 1
        jz .done
        in al, KEYBOARD_DATA
        jmp .drain
.done:  ret

; IRQ 4.
serial_interrupt:
        mov dx, COM1_LSR
        in al, dx
        test al, 1
        jz .done
        mov dx, COM1_DATA
        in al, dx
        call input_put
        jmp serial_interrupt
.done:  ret

; IRQ 1. The controller delivers scan codes of set 1: a make code, and on release the same with bit 7 set.
keyboard_interrupt:
        in al, KEYBOARD_STATUS
        test al, 1
        jz .done
        in al, KEYBOARD_DATA
        movzx eax, al
        mov ecx, eax
        and ecx, 0x7F
        cmp ecx, 0x2A                   ; the shift keys
        je .shift
        cmp ecx, 0x36
        je .shift
        test al, 0x80
        jnz .done
        cmp eax, scan_codes_shifted - scan_codes
        jae .done
        mov esi, scan_codes
        cmp dword [shift_down], 0
        je .look
        mov esi, scan_codes_shifted
.look:  mov al, [esi + eax]
        test al, al
        jz .done
        jmp input_put
.shift: not al
        and eax, 0x80
        mov [shift_down], eax
.done:  ret

%endif

; Put AL in the buffer and wake the shell. A full buffer loses it.
input_put:
        mov ebx, [input_head]
        lea ecx, [ebx + 1]
        and ecx, INPUT_SIZE - 1
        cmp ecx, [input_tail]
        je .done
        mov [input_buffer + ebx], al
        mov [input_head], ecx
        cmp dword [shell_task + task.state], STATE_INPUT
        jne .done
        mov dword [shell_task + task.state], STATE_READY
        mov dword [need_switch], 1
.done:  ret

; Take a character into AL; wait for one if there is none. Only the shell calls this.
input_get:
        push ebx
.again: interrupts_off                  ; no interrupt between looking and going to sleep
        mov ebx, [input_tail]
        cmp ebx, [input_head]
        jne .there
        mov dword [shell_task + task.state], STATE_INPUT
        int SWITCH_VECTOR
        jmp .again
.there: movzx eax, byte [input_buffer + ebx]
        inc ebx
        and ebx, INPUT_SIZE - 1
        mov [input_tail], ebx
        interrupts_on
        pop ebx
        ret

        section .rodata
scan_codes:
        db 0, 27, "1234567890-=", 8, 9
        db "qwertyuiop[]", 13, 0
        db "asdfghjkl;'\`", 0, "\\"
        db "zxcvbnm,./", 0, "*", 0, " "
scan_codes_shifted:
        db 0, 27, "!@#$%^&*()_+", 8, 9
        db "QWERTYUIOP{}", 13, 0
        db 'ASDFGHJKL:"~', 0, "|"
        db "ZXCVBNM<>?", 0, "*", 0, " "
        section .text
`.slice(1),
  "teaching-kernel/inspect.asm": `
; The shell's commands that show the state of the processor and of the tables it reads.

        section .text

; EBX = selector: its descriptor's DPL, printed.
print_dpl:
        push eax
        push ebx
        and ebx, ~7
        movzx eax, byte [gdt_table + ebx + 5]
        shr eax, 5
        and eax, 3
        print " DPL "
        call print_decimal
        pop ebx
        pop eax
        ret

; One selector with its name: print_selector "CS", register or memory
%macro print_selector 2
        print "  ", %1, " "
        xor ebx, ebx
        mov bx, %2
        print_short ebx
        call print_dpl
%endmacro

command_rings:
        print "this shell: CPL "
        mov eax, cs
        and eax, 3                              ; CS tells the level the code runs with
        call print_decimal
        print 10
        print_selector "CS", cs
        print_selector "SS", ss
        print_selector "DS", ds
        print 10
        mov edi, task_a
        call .task
        mov edi, task_b
.task:  print "task "
        mov esi, [edi + task.name]
        call print_text
        print ": CPL "
        mov edx, [edi + task.frame]             ; its saved frame
        mov eax, [edx + frame.cs]
        and eax, 3
        call print_decimal
        print 10
        print_selector "CS", [edx + frame.cs]
        print_selector "SS", [edx + frame.user_ss]
        print_selector "DS", [edx + frame.ds]
        print 10
        ret

; INT3 leads to fault_breakpoint, and from there to registers_show with the frame. Fixed values make the registers recognisable.
command_regs:
        mov eax, 0x11111111
        mov ebx, 0x22222222
        mov ecx, 0x33333333
        mov edx, 0x44444444
        mov esi, 0x55555555
        mov edi, 0x66666666
        mov ebp, 0x77777777
        int3
        ret

%macro show_register 2
        print "  ", %1, " "
        print_hex %2
%endmacro

; EBP -> frame.
registers_show:
        show_register "EAX", [ebp + frame.eax]
        show_register "EBX", [ebp + frame.ebx]
        show_register "ECX", [ebp + frame.ecx]
        show_register "EDX", [ebp + frame.edx]
        print 10
        show_register "ESI", [ebp + frame.esi]
        show_register "EDI", [ebp + frame.edi]
        show_register "EBP", [ebp + frame.ebp]
        lea eax, [ebp + frame.user_esp]         ; what ESP was before an interrupt from the same ring
        show_register "ESP", eax
        print 10
        show_register "EIP", [ebp + frame.eip]
        show_register "EFL", [ebp + frame.eflags]
        print "  CS "
        print_short [ebp + frame.cs]
        print "  DS "
        print_short [ebp + frame.ds]
        print 10
        show_control_registers
        print 10
        ret

        section .rodata
state_names:    dd .ready, .input, .idle, .job, .sleep
.ready:         db "ready", 0
.input:         db "waits for input", 0
.idle:          db "waits for a job", 0
.job:           db "waits for a task", 0
.sleep:         db "sleeps", 0
        section .text

command_tasks:
        print "  task   ring  CR3       ESP0      entry     state", 10
        mov edi, .order
.next:  mov ebx, [edi]
        add edi, 4
        test ebx, ebx
        jz .done
        print "  "
        mov esi, [ebx + task.name]
        mov ecx, 7
        call print_padded
        print_number [ebx + task.ring]
        print "     "
        print_hex [ebx + task.directory]
        print "  "
        print_hex [ebx + task.stack_top]
        print "  "
        print_hex [ebx + task.entry]
        print "  "
        mov esi, [ebx + task.state]
        mov esi, [state_names + esi * 4]
        cmp ebx, [current]
        jne .state
        mov esi, .running
.state: call print_text
        print 10
        jmp .next
.done:  ret
.order: dd shell_task, idle_task, task_a, task_b, 0
.running: db "runs", 0

command_gdt:
        print "  selector  base      limit     DPL  type", 10
        xor ebx, ebx
.next:  print "  "
        print_short ebx
        print "      "
        lea esi, [gdt_table + ebx]
        mov al, [esi + 7]
        shl eax, 24
        mov ecx, [esi + 2]
        and ecx, 0xFFFFFF
        or eax, ecx
        call print_hex32
        print "  "
        call descriptor_limit
        call print_hex32
        print "  "
        mov al, [esi + 5]
        shr al, 5
        and eax, 3
        call print_decimal
        print "    "
        call descriptor_type
        print 10
        add ebx, 8
        cmp ebx, gdt_end - gdt_table
        jb .next
        ret

; ESI -> descriptor: EAX = limit in bytes.
descriptor_limit:
        movzx eax, byte [esi + 6]
        and eax, 0x0F
        shl eax, 16
        mov ax, [esi]
        test byte [esi + 6], 0x80               ; in units of 4 KiB?
        jz .done
        shl eax, 12
        or eax, 0xFFF
.done:  ret

; ESI -> descriptor: print what it is.
descriptor_type:
        mov al, [esi + 5]
        test al, 0x80
        jz .null
        test al, 0x10                           ; S: code or data
        jz .system
        test al, 0x08
        jz .data
        print "code"
        ret
.data:  print "data"
        ret
.null:  print "not present"
        ret
.system:
        print "TSS"
        ret

; Vectors worth a line.
        section .rodata
idt_shown:      db 0, 3, 8, 13, 14, TIMER_VECTOR, KEYBOARD_VECTOR, SERIAL_VECTOR, SYSCALL_VECTOR, SWITCH_VECTOR
idt_shown_end:
        section .text
command_idt:
        print "  vector  handler        DPL  gate", 10
        mov esi, idt_shown
.next:  movzx ebx, byte [esi]
        inc esi
        print "  "
        mov al, bl
        push eax
        call print_hex8
        pop eax
        print "      "
        lea edi, [idt_table + ebx * 8]
        print_short [edi + 2]
        print ":"
        mov eax, [edi + 4]
        mov ax, [edi]                           ; bits 16 to 31 above, 0 to 15 here
        call print_hex32
        print "  "
        mov al, [edi + 5]
        shr al, 5
        and eax, 3
        call print_decimal
        print "    "
        test byte [edi + 5], 1
        jnz .trap
        print "interrupt", 10
        jmp .more
.trap:  print "trap", 10
.more:  cmp esi, idt_shown_end
        jb .next
        ret

command_paging:
        call parse_hex
        jnc .walk
        mov eax, USER_DATA_PAGE                 ; no address given: where each task's data is
.walk:  print "virtual address "
        call print_hex32
        print 10
        mov edi, task_a
        call .task
        mov edi, task_b
.task:  push eax
        print "  task "
        mov esi, [edi + task.name]
        call print_text
        mov ebx, [edi + task.directory]
        print ": CR3 "
        print_hex ebx
        call paging_walk
        print "  PDE "
        print_hex edx
        test edx, PAGE_PRESENT
        jz .absent
        print "  PTE "
        call print_hex32
        test eax, PAGE_PRESENT
        jz .absent
        print "  frame "
        mov ecx, eax
        and ecx, 0xFFFFF000
        print_hex ecx
        call paging_flags
        jmp .end
.absent:
        print "  not present"
.end:   print 10
        pop eax
        ret

; EAX = table entry, EDX = directory entry: both must allow ring 3, both must allow writing.
paging_flags:
        mov ecx, eax
        and ecx, edx
        test ecx, PAGE_USER
        jz .supervisor
        print " user"
        jmp .writable
.supervisor:
        print " supervisor"
.writable:
        test ecx, PAGE_WRITE
        jz .done
        print " writable"
.done:  ret

command_sensitive:
        print "ring ", '0' + KERNEL_RING, ":", 10
        mov edi, scratch
        sgdt [edi]
        print "  SGDT "
        call .table
        sidt [edi]
        print "  SIDT "
        call .table
        smsw ax
        print "  SMSW "
        call print_hex16
        str ax
        print "  STR "
        call print_hex16
        print 10
        job_for_a JOB_SENSITIVE
        print "ring 3, task A:", 10
        mov edi, data_a + seen.gdtr
        print "  SGDT "
        call .table
        mov edi, data_a + seen.idtr
        print "  SIDT "
        call .table
        print "  SMSW "
        print_short [data_a + seen.msw]
        print "  STR "
        print_short [data_a + seen.tr]
        print "  CS "
        print_short [data_a + seen.cs]
        print 10
        mov eax, [data_a + seen.flags_after]
        test eax, 1 << 9
        jz .off
        print "  POPF with IF clear: ignored, interrupts are still on", 10
        ret
.off:   print "  POPF with IF clear: interrupts are off!", 10
        ret
.table: print "base "
        print_hex [edi + 2]
        print " limit "
        print_short [edi]
        print 10
        ret

command_mem:
        print "  00100000  kernel image, "
        print_number image_end - 0x100000
        print " bytes", 10
        print "  00200000  variables and stacks", 10
        print "  00300000  page tables and task pages", 10
        mov eax, [memory_above_1m]
        test eax, eax
        jz .unknown
        print "  above 1 MiB the loader found "
        shr eax, 10
        call print_decimal
        print " MiB", 10
        ret
.unknown:
        print "  the loader did not tell the size of memory", 10
        ret
`.slice(1),
  "teaching-kernel/kernel.asm": `
; The teaching kernel: the smallest thing that still shows what an operating system does with an x86 processor.
;
;   rings          the kernel and its shell run in ring 0 (privileged.asm: or in ring 1, under a hypervisor), two tasks in ring 3
;   segments       gdt.asm     flat segments, and a TSS for the way from ring 3 back to ring 0
;   interrupts     idt.asm     one way in and out for exceptions, devices and system calls
;   devices        timer.asm, console.asm, input.asm
;   paging         paging.asm  the kernel is seen by all, each task has pages of its own
;   tasks          tasks.asm   round robin, 100 times a second
;   system calls   syscalls.asm, and user.asm for the other side
;   a shell        shell.asm, commands.asm, inspect.asm: type \`help\`
;
; It is a flat binary with a multiboot header: any multiboot loader puts it at 1 MiB and jumps to \`entry\` in 32-bit protected mode.
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
`.slice(1),
  "teaching-kernel/layout.asm": `
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

; The kernel's variables. \`absolute\` names addresses without putting bytes in the image.
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
`.slice(1),
  "teaching-kernel/macros.asm": `
; Shorthand. None of these changes a register, apart from flags.

; print "text", 10: put a string where strings belong, and print it here.
%macro print 1+
        [section .rodata]
%%text: db %1, 0
        __?SECT?__
        push esi
        mov esi, %%text
        call print_text
        pop esi
%endmacro

; print_hex what: eight hexadecimal digits.
%macro print_hex 1
        push eax
        mov eax, %1
        call print_hex32
        pop eax
%endmacro

; print_short what: four hexadecimal digits.
%macro print_short 1
        push eax
        mov eax, %1
        call print_hex16
        pop eax
%endmacro

; print_number what: decimal.
%macro print_number 1
        push eax
        mov eax, %1
        call print_decimal
        pop eax
%endmacro
`.slice(1),
  "teaching-kernel/paging.asm": `
; Paging. One page directory for the kernel alone, and one for each user task. All of them begin with the same table, which maps the
; first 4 MiB one to one for ring 0 only; a task's directory has a second table for the task's own pages.

KERNEL_PAGES    equ PAGE_PRESENT | PAGE_WRITE
CR0_VALUE       equ 1 << 31 | 1 << 16 | 1 << 5 | 1 << 4 | 1 << 1 | 1 << 0       ; PG WP NE ET MP PE

        section .text
paging_enable:
        call paging_build_kernel
        mov ebx, directory_a
        call paging_build_user
        mov ebx, directory_b
        call paging_build_user
        enable_paging
        ret

paging_build_kernel:
        mov edi, kernel_table
        mov eax, KERNEL_PAGES
        to_host_register eax
        mov ecx, 1024
.next:  mov [edi], eax
        add edi, 4
        add eax, 4096
        dec ecx
        jnz .next
        mov dword [kernel_table], 0             ; page 0 stays out: a null pointer shall fault
        mov dword [kernel_directory], kernel_table + KERNEL_PAGES
        to_host dword [kernel_directory]
        ret

; EBX -> a task's directory, followed in memory by its table, data page and stack page.
paging_build_user:
        mov dword [ebx], kernel_table + KERNEL_PAGES
        to_host dword [ebx]
        lea eax, [ebx + 0x1000 + PAGE_PRESENT + PAGE_WRITE + PAGE_USER]
        mov [ebx + (USER_BASE >> 22) * 4], eax
        to_host dword [ebx + (USER_BASE >> 22) * 4]
        ; Code: one page that both tasks share, and neither may write.
        mov dword [ebx + 0x1000], user_image + PAGE_PRESENT + PAGE_USER
        to_host dword [ebx + 0x1000]
        lea eax, [ebx + 0x2000 + PAGE_PRESENT + PAGE_WRITE + PAGE_USER]
        to_host_register eax
        mov [ebx + 0x1000 + 1 * 4], eax         ; data
        add eax, 0x1000
        mov [ebx + 0x1000 + 2 * 4], eax         ; stack
        ret

; Walk the tables at EBX (physical) for virtual address EAX. Returns EDX = directory entry, EAX = table entry (0 if there is no table).
paging_walk:
        mov ecx, eax
        shr ecx, 22
        mov edx, [ebx + ecx * 4]
        test edx, PAGE_PRESENT
        jz .none
        mov ecx, eax
        shr ecx, 12
        and ecx, 0x3FF
        mov eax, edx
        and eax, 0xFFFFF000
        from_host eax
        mov eax, [eax + ecx * 4]                ; tables lie in the first 4 MiB, which are mapped one to one
        ret
.none:  xor eax, eax
        ret
`.slice(1),
  "teaching-kernel/paravirtual.asm": `
; The kernel's side of Ringside's paravirtual interface (docs/hypercalls.md): what stands behind privileged.asm there, and what a hypervisor
; has in place of timer, keyboard and serial line. Only with PARAVIRTUAL.

        section .data
        align 4
pv_offset:      dd 0                            ; host-physical address of our address 0
pv_shared_info: dd 0                            ; host-physical
pv_first_directory: dd 0                        ; the hypervisor's, host-physical
pv_directory:   dd 0                            ; ours that is in use
pv_next_tick:   dq 0
pv_timer_port:  dd 0
pv_console_port: dd 0
pv_byte:        db 0

        section .rodata
        align 4
; The frames that become page tables: nobody may have them writable.
pv_tables:      dd kernel_directory, kernel_table, directory_a, table_a, directory_b, table_b
PV_TABLES       equ ($ - pv_tables) / 4

        section .text
; EBX -> start information.
pv_remember_start:
        mov eax, [ebx + START_FRAME_BASE]
        shl eax, 12
        mov [pv_offset], eax
        mov eax, [ebx + START_SHARED_INFO]
        mov [pv_shared_info], eax
        mov eax, [ebx + START_DIRECTORY]
        mov [pv_first_directory], eax
        mov eax, [ebx + START_FRAME_COUNT]
        shl eax, 2                              ; KiB
        sub eax, 1024
        mov [memory_above_1m], eax
        ret

; The gates that idt.asm has made, as traps: put together where the idle task's stack will be, which does not run yet.
pv_set_traps:
        xor ecx, ecx                            ; vector
        mov edi, idle_stack
.next:  mov dl, [idt_table + ecx * 8 + 5]
        test dl, 0x80                           ; present?
        jz .skip
        mov [edi], cl
        shr dl, 5
        and dl, 3                               ; its DPL
        or dl, TRAP_FLAG_DISABLE
        mov [edi + 1], dl
        mov ax, [idt_table + ecx * 8 + 2]       ; selector
        mov [edi + 2], ax
        mov ax, [idt_table + ecx * 8]           ; offset, low and high
        mov [edi + 4], ax
        mov ax, [idt_table + ecx * 8 + 6]
        mov [edi + 6], ax
        add edi, TRAP_SIZE
.skip:  inc ecx
        cmp ecx, 256
        jb .next
        mov ebx, idle_stack
        mov ecx, edi
        sub ecx, ebx
        shr ecx, 3
        hypercall HC_SET_TRAPS
        mov ebx, stub_event
        hypercall HC_SET_CALLBACK
        ret

; EAX: top of the stack for entries from ring 3.
pv_set_stack:
        push ebx
        push ecx
        mov ebx, KERNEL_DATA
        mov ecx, eax
        hypercall HC_SET_STACK
        pop ecx
        pop ebx
        ret

; ECX -> page directory.
pv_load_directory:
        push ebx
        push ecx
        mov [pv_directory], ecx
        mov ebx, MMU_SET_BASE
        call pv_mmu
        pop ecx
        pop ebx
        ret

; EBX: operation of HC_MMU on the page at ECX. Changes EAX and ECX.
pv_mmu:
        add ecx, [pv_offset]
        shr ecx, 12                             ; a frame's number
        hypercall HC_MMU
        ret

; Our tables in place of the hypervisor's first ones. Until now those map everything writable, tables as well.
pv_enable_paging:
        mov eax, [pv_shared_info]
        or eax, PAGE_PRESENT | PAGE_WRITE
        mov [kernel_table + (SHARED_INFO >> 12) * 4], eax
        mov esi, [pv_first_directory]
        from_host esi
        mov edx, [esi]                          ; entry of the table for the first 4 MiB
        and edx, 0xFFFFF000
        mov edi, idle_stack                     ; requests
        xor ecx, ecx
.next:  mov eax, [pv_tables + ecx * 4]
        mov ebx, eax
        shr ebx, 10                             ; page number times 4
        and dword [kernel_table + ebx], ~PAGE_WRITE
        add ebx, edx
        mov [edi], ebx                          ; the entry's host-physical address
        or eax, PAGE_PRESENT
        to_host_register eax
        mov [edi + 4], eax                      ; read-only
        add edi, UPDATE_SIZE
        inc ecx
        cmp ecx, PV_TABLES
        jb .next
        mov ebx, idle_stack
        hypercall HC_UPDATE_TABLES
        mov ecx, kernel_directory
        call pv_load_directory
        mov ebx, MMU_PIN_DIRECTORY
        mov ecx, directory_a
        call pv_mmu
        mov ecx, directory_b
        call pv_mmu
        jmp pv_start_timer

; Here, because the time is in the shared-information page. (The hypervisor calls back only once a task has events enabled.)
pv_start_timer:
        mov ebx, EVENT_BIND
        mov ecx, SOURCE_TIMER
        hypercall HC_EVENT
        mov [pv_timer_port], eax
        mov eax, [SHARED_INFO + SHARED_TIME_NANOSECONDS]
        mov edx, [SHARED_INFO + SHARED_TIME_NANOSECONDS + 4]
        mov [pv_next_tick], eax
        mov [pv_next_tick + 4], edx
pv_next_timer:
        add dword [pv_next_tick], TICK_NANOSECONDS
        adc dword [pv_next_tick + 4], 0
        mov ebx, [pv_next_tick]
        mov ecx, [pv_next_tick + 4]
        hypercall HC_SET_TIMER
        ret

; What a bare machine's devices need.
interrupt_controller_init:
timer_init:
console_init:
serial_drain:
cursor_show:
        ret

input_init:
        mov ebx, EVENT_BIND
        mov ecx, SOURCE_CONSOLE
        hypercall HC_EVENT
        mov [pv_console_port], eax
        ret

; AL to the console.
serial_send:
        pushad
        mov [pv_byte], al
.again: mov ebx, CONSOLE_WRITE
        mov ecx, pv_byte
        mov edx, 1
        hypercall HC_CONSOLE
        test eax, eax                           ; not taken: again
        jz .again
        popad
        ret

pv_deliver:
        push eax
        push ebx
        mov ebx, EVENT_DELIVER
        hypercall HC_EVENT
        pop ebx
        pop eax
        ret

; ECX: why.
pv_shutdown:
        mov ebx, SCHED_SHUTDOWN
        hypercall HC_SCHED
        jmp pv_shutdown

; The callback. Ports are few: all are in the first word.
stub_event:
        stub EVENT_VECTOR

pv_events:
        mov byte [SHARED_INFO + SHARED_PENDING], 0
        mov dword [SHARED_INFO + SHARED_SELECTOR], 0
        xor eax, eax
        xchg eax, [SHARED_INFO + SHARED_PORTS_PENDING]
        push eax
        mov ecx, [pv_timer_port]
        bt eax, ecx
        jnc .console
        call timer_interrupt
        call pv_next_timer
.console:
        pop eax
        mov ecx, [pv_console_port]
        bt eax, ecx
        jnc .done
.read:  mov ebx, CONSOLE_READ
        mov ecx, pv_byte
        mov edx, 1
        hypercall HC_CONSOLE
        cmp eax, 1
        jne .done
        mov al, [pv_byte]
        call input_put
        jmp .read
.done:  ret
`.slice(1),
  "teaching-kernel/privileged.asm": `
; What only the most privileged code may do, under one name each, with two expansions: on the bare machine the instruction itself; with
; PARAVIRTUAL defined, for ring 1 under Ringside's hypervisor, what docs/hypercalls.md has in its place (paravirtual.asm).
; Names in the comments are the registers an operation takes; it changes no others but flags.

%ifndef PARAVIRTUAL

%define CONSOLE_NAME "COM1 and the screen"

%macro enter_quietly 0                          ; no interrupts until we can take them
        cli
%endmacro
%macro remember_loader 0                        ; EDX, EBX: the loader's EAX and EBX
        call remember_memory_size
%endmacro
%macro interrupts_off 0
        cli
%endmacro
%macro interrupts_on 0
        sti
%endmacro
%macro wait_for_interrupt 0                     ; with interrupts on; may change EAX and EBX
        sti
        hlt
%endmacro
%macro load_idt 0
        lidt [idt_pointer]
%endmacro
%macro return_from_interrupt 0                  ; by the frame at ESP
        iretd
%endmacro
%macro set_kernel_stack 0                       ; EAX: where the next interrupt from ring 3 begins to push
        mov [tss + 4], eax                      ; ESP0
%endmacro
%macro read_directory 0                         ; EAX = the page directory in use
        mov eax, cr3
%endmacro
%macro load_directory 0                         ; ECX
        mov cr3, ecx
%endmacro
%macro read_fault_address 0                     ; EAX = the address that could not be reached
        mov eax, cr2
%endmacro
%macro to_host 1                                ; a table entry in memory; tables hold physical addresses: nothing to add
%endmacro
%macro to_host_register 1
%endmacro
%macro from_host 1
%endmacro
%macro enable_paging 0                          ; with kernel_directory
        xor eax, eax
        mov cr4, eax                            ; none of the extensions
        mov eax, kernel_directory
        mov cr3, eax
        mov eax, CR0_VALUE
        mov cr0, eax                            ; from the next instruction on every address is translated
        jmp %%paged                             ; the jump drops what was fetched without translation
%%paged:
%endmacro
%macro show_control_registers 0
        mov eax, cr0
        show_register "CR0", eax
        mov eax, cr3
        show_register "CR3", eax
        mov eax, cr4
        show_register "CR4", eax
%endmacro
%macro reset_machine 0
%%wait: in al, KEYBOARD_STATUS
        test al, 2                              ; the controller's input buffer is still full
        jnz %%wait
        mov al, 0xFE                            ; pulse the processor's reset line
        out KEYBOARD_STATUS, al
%%halt: hlt
        jmp %%halt
%endmacro
%macro switch_machine_off 0
        mov dx, 0x604                           ; PM1a control of QEMU's PC board
        mov ax, 1 << 13                         ; SLP_EN with sleep type 0: soft off
        out dx, ax
%%halt: hlt
        jmp %%halt
%endmacro

%else

%define CONSOLE_NAME "the hypervisor's console"

%macro enter_quietly 0                          ; we are entered with events disabled
%endmacro
%macro remember_loader 0
        call pv_remember_start
%endmacro
%macro interrupts_off 0
        mov byte [SHARED_INFO + SHARED_ENABLED], 0
%endmacro
%macro interrupts_on 0
        mov byte [SHARED_INFO + SHARED_ENABLED], 1
        cmp byte [SHARED_INFO + SHARED_PENDING], 0
        je %%none
        call pv_deliver                         ; what came while they were off
%%none:
%endmacro
%macro wait_for_interrupt 0
        mov ebx, SCHED_BLOCK
        hypercall HC_SCHED
%endmacro
%macro load_idt 0
        call pv_set_traps
%endmacro
%macro return_from_interrupt 0
        push eax                                ; the call takes it from the stack
        hypercall HC_IRET
%endmacro
%macro set_kernel_stack 0
        call pv_set_stack
%endmacro
%macro read_directory 0
        mov eax, [pv_directory]
%endmacro
%macro load_directory 0
        call pv_load_directory
%endmacro
%macro read_fault_address 0
        mov eax, [SHARED_INFO + SHARED_FAULT_ADDRESS]
%endmacro
%macro to_host 1
        push eax
        mov eax, [pv_offset]
        add %1, eax
        pop eax
%endmacro
%macro to_host_register 1
        add %1, [pv_offset]
%endmacro
%macro from_host 1
        sub %1, [pv_offset]
%endmacro
%macro enable_paging 0
        call pv_enable_paging
%endmacro
%macro show_control_registers 0                 ; the others are the hypervisor's
        mov eax, [pv_directory]
        show_register "CR3", eax
%endmacro
%macro reset_machine 0
        mov ecx, SHUTDOWN_REBOOT
        jmp pv_shutdown
%endmacro
%macro switch_machine_off 0
        mov ecx, SHUTDOWN_POWER_OFF
        jmp pv_shutdown
%endmacro

%endif
`.slice(1),
  "teaching-kernel/shell.asm": `
; The shell: reads a line, finds the command, calls it. It is a task of its own, in ring 0.

        section .text
shell_main:
        call shell_wait_for_tasks
        call shell_banner
.line:  print "ring", '0' + KERNEL_RING, "> "
        call line_read
        call command_run
        jmp .line

; After a fault the shell starts here again: greet only once.
shell_banner:
        cmp dword [shell_greeted], 0
        jne .done
        mov dword [shell_greeted], 1
        print 10, "Ringside teaching kernel", 10
        print "Ring ", '0' + KERNEL_RING, " shell on ", CONSOLE_NAME, "; tasks A and B in ring 3. Type help.", 10
.done:  ret

; Both tasks must be waiting for jobs before the first command.
shell_wait_for_tasks:
        cmp dword [task_a + task.state], STATE_IDLE
        jne .wait
        cmp dword [task_b + task.state], STATE_IDLE
        je .done
.wait:  int SWITCH_VECTOR
        jmp shell_wait_for_tasks
.done:  ret

; Read a line into line_buffer, with echo; a zero ends it.
line_read:
        xor edi, edi
.next:  call input_get
        cmp al, 13
        je .done
        cmp al, 10
        je .done
        cmp al, 8
        je .erase
        cmp al, 127
        je .erase
        cmp al, ' '
        jb .next
        cmp edi, LINE_SIZE - 1
        jae .next
        mov [line_buffer + edi], al
        inc edi
        call print_char
        jmp .next
.erase: test edi, edi
        jz .next
        dec edi
        print 8, " ", 8
        jmp .next
.done:  mov byte [line_buffer + edi], 0
        print 10
        ret

; Find the first word in the table and call its command with ESI -> the rest of the line.
command_run:
        mov esi, line_buffer
        call skip_blanks
        cmp byte [esi], 0
        je .done
        mov ebx, commands
.next:  mov edi, [ebx]
        test edi, edi
        jz .unknown
        call word_equals
        je .found
        add ebx, command_size
        jmp .next
.found: mov esi, eax
        call skip_blanks
        call [ebx + command.run]
.done:  ret
.unknown:
        print "unknown command; type help", 10
        ret

skip_blanks:
        cmp byte [esi], ' '
        jne .done
        inc esi
        jmp skip_blanks
.done:  ret

; Does the word at ESI equal the string at EDI? ZF says so; then EAX -> what follows the word.
word_equals:
        push edi
        mov eax, esi
.next:  mov cl, [eax]
        cmp cl, ' '
        jne .letter
        xor cl, cl                      ; a blank ends a word as well as the end of the line
.letter:
        cmp cl, [edi]
        jne .done
        test cl, cl
        jz .done
        inc eax
        inc edi
        jmp .next
.done:  pop edi
        ret

; Read a hexadecimal number at ESI into EAX; carry if there is none.
parse_hex:
        xor eax, eax
        xor edx, edx                    ; digits so far
.next:  movzx ecx, byte [esi]
        or cl, 0x20                     ; lower case
        sub ecx, '0'
        cmp ecx, 9
        jbe .digit
        sub ecx, 'a' - '0' - 10
        cmp ecx, 10
        jb .end
        cmp ecx, 15
        ja .end
.digit: shl eax, 4
        or eax, ecx
        inc esi
        inc edx
        jmp .next
.end:   cmp edx, 1                      ; sets carry if there was no digit
        ret

        section .data
shell_greeted:  dd 0
        section .text
`.slice(1),
  "teaching-kernel/syscalls.asm": `
; System calls: INT 0x80 from ring 3 with the number in EAX, arguments in EBX and ECX; the result comes back in EAX, -1 for an error.

SYS_EXIT        equ 0                   ; end and start again
SYS_WRITE       equ 1                   ; EBX -> text, ECX bytes; returns the number written
SYS_YIELD       equ 2                   ; let others run
SYS_TIME        equ 3                   ; returns ticks since the start
SYS_NAME        equ 4                   ; returns the task's letter
SYS_SLEEP       equ 5                   ; EBX ticks
SYS_JOB         equ 6                   ; the last job is done; wait for the next and return its number
SYS_COUNT       equ 7

        section .rodata
syscall_table:
        dd sys_exit, sys_write, sys_yield, sys_time, sys_name, sys_sleep, sys_job

        section .text
; EBP -> frame. The caller's registers are in it.
syscall_dispatch:
        mov eax, [ebp + frame.eax]
        cmp eax, SYS_COUNT
        jae .unknown
        mov ebx, [current]
        mov esi, [ebp + frame.ebx]
        mov ecx, [ebp + frame.ecx]
        call [syscall_table + eax * 4]
        mov [ebp + frame.eax], eax
        ret
.unknown:
        mov dword [ebp + frame.eax], -1
        ret

; Each: EBX -> task, ESI and ECX the arguments; returns EAX.
sys_exit:
        call task_reset
        call task_job_done
        mov esp, BOOT_STACK_TOP
        jmp tasks_first

sys_write:
        mov eax, esi                    ; never trust an address from ring 3: all of it must lie in the task's own pages
        cmp eax, USER_BASE
        jb .bad
        cmp eax, USER_END
        ja .bad
        mov edx, USER_END
        sub edx, eax
        cmp ecx, edx
        ja .bad
        push ecx
        test ecx, ecx
        jz .done
.next:  mov al, [esi]
        call print_char
        inc esi
        dec ecx
        jnz .next
.done:  pop eax
        ret
.bad:   mov eax, -1
        ret

sys_yield:
        mov dword [need_switch], 1
        xor eax, eax
        ret

sys_time:
        mov eax, [ticks]
        ret

sys_name:
        mov eax, [ebx + task.name]
        movzx eax, byte [eax]
        ret

sys_sleep:
        mov eax, [ticks]
        add eax, esi
        mov [ebx + task.wake_at], eax
        mov dword [ebx + task.state], STATE_SLEEP
        mov dword [need_switch], 1
        xor eax, eax
        ret

; With a job waiting, return it. Otherwise sleep, and ask again when woken: EIP goes back over the INT instruction (two bytes).
sys_job:
        mov eax, [ebx + task.job]
        test eax, eax
        jz .wait
        test eax, JOB_TAKEN
        jnz .finished
        or dword [ebx + task.job], JOB_TAKEN
        ret
.finished:
        mov dword [ebx + task.job], 0
        call task_job_done
.wait:  mov dword [ebx + task.state], STATE_IDLE
        mov dword [need_switch], 1
        sub dword [ebp + frame.eip], 2
        mov eax, [ebp + frame.eax]
        ret

JOB_TAKEN       equ 1 << 31
`.slice(1),
  "teaching-kernel/tasks.asm": `
; Tasks and their switching. A task that does not run has its frame on its ring 0 stack; to run it is to point ESP there and return
; from the interrupt.

        section .data
        align 4
;                  frame  stack top         directory         entry       name        ring
shell_task:     dd 0,     shell_stack_top,  kernel_directory, shell_main, shell_name, KERNEL_RING
                dd STATE_READY, 0, 0, 0, 0
idle_task:      dd 0,     idle_stack_top,   kernel_directory, idle_main,  idle_name,  KERNEL_RING
                dd STATE_READY, 0, 0, 0, 0
task_a:         dd 0,     task_a_stack_top, directory_a,      user_main,  a_name,     3
                dd STATE_READY, 0, 0, 0, data_a
task_b:         dd 0,     task_b_stack_top, directory_b,      user_main,  b_name,     3
                dd STATE_READY, 0, 0, 0, data_b
; The order of the round. The idle task stands outside: it runs when nobody else can.
task_list:      dd task_a, task_b, shell_task, 0

        section .rodata
shell_name:     db "shell", 0
idle_name:      db "idle", 0
a_name:         db "A", 0
b_name:         db "B", 0

        section .text
tasks_init:
        mov ebx, idle_task
        call task_reset
        mov ebx, shell_task
        call task_reset
        mov ebx, task_a
        call task_reset
        mov ebx, task_b
        jmp task_reset

; Give task EBX a fresh frame: it will start at its entry. Keeps EBX.
task_reset:
        push edi
        mov edi, [ebx + task.stack_top]
        sub edi, frame_size
        mov [ebx + task.frame], edi
        push edi
        xor eax, eax
        mov ecx, frame_size / 4
        rep stosd
        pop edi
        mov eax, [ebx + task.entry]
        mov [edi + frame.eip], eax
        mov dword [edi + frame.eflags], 1 << 9 | 1 << 1 ; interrupts on; bit 1 is always set
        mov dword [ebx + task.state], STATE_READY
        mov dword [ebx + task.job], 0
        mov ax, KERNEL_DATA
        mov dword [edi + frame.cs], KERNEL_CODE
        cmp dword [ebx + task.ring], KERNEL_RING
        je .segments
        mov ax, USER_DATA
        mov dword [edi + frame.cs], USER_CODE
        mov dword [edi + frame.user_esp], USER_STACK_TOP
        mov dword [edi + frame.user_ss], USER_DATA
.segments:
        movzx eax, ax
        mov [edi + frame.ds], eax
        mov [edi + frame.es], eax
        mov [edi + frame.fs], eax
        mov [edi + frame.gs], eax
        pop edi
        ret

; Run the first task.
tasks_start:
        mov dword [current], idle_task
        jmp tasks_first

; Called with the frame of the current task just above the return address. Returns with ESP at the next task's frame.
tasks_switch:
        lea eax, [esp + 4]
        mov ebx, [current]
        mov [ebx + task.frame], eax
tasks_first:
        mov dword [need_switch], 0
        call tasks_pick                         ; EBX -> next
        mov [current], ebx
        mov eax, [ebx + task.stack_top]
        set_kernel_stack
        mov ecx, [ebx + task.directory]
        read_directory
        cmp eax, ecx
        je .same
        load_directory
.same:  mov esp, [ebx + task.frame]
        jmp interrupt_return

; EBX -> the next task that can run, after the current one in the list.
tasks_pick:
        mov esi, task_list
        mov ecx, task_list                      ; if the current task is not in the list, begin at its start
.find:  mov eax, [esi]
        add esi, 4
        test eax, eax
        jz .found
        cmp eax, [current]
        jne .find
        mov ecx, esi
.found: mov esi, ecx
        mov edx, 4                              ; look at each entry once, the end mark included
.next:  mov ebx, [esi]
        add esi, 4
        test ebx, ebx
        jnz .look
        mov esi, task_list
        jmp .count
.look:  cmp dword [ebx + task.state], STATE_READY
        je .done
.count: dec edx
        jnz .next
        mov ebx, idle_task
.done:  ret

; What the processor does when there is nothing to do.
idle_main:
        wait_for_interrupt
        jmp idle_main

; The shell hands job EAX to task EBX and waits until it is done.
task_run_job:
        interrupts_off
        mov [ebx + task.job], eax
        mov dword [ebx + task.state], STATE_READY
        mov dword [shell_task + task.state], STATE_JOB
        int SWITCH_VECTOR
        interrupts_on
        ret

; A job has ended, by itself or by a fault: the shell may go on once no other task still has one.
task_job_done:
        cmp dword [task_a + task.job], 0
        jne .done
        cmp dword [task_b + task.job], 0
        jne .done
        cmp dword [shell_task + task.state], STATE_JOB
        jne .done
        mov dword [shell_task + task.state], STATE_READY
.done:  ret
`.slice(1),
  "teaching-kernel/timer.asm": `
; The interrupt controllers and the timer.

PIC1_COMMAND    equ 0x20
PIC1_DATA       equ 0x21
PIC2_COMMAND    equ 0xA0
PIC2_DATA       equ 0xA1
END_OF_INTERRUPT equ 0x20

PIT_COUNTER0    equ 0x40
PIT_CONTROL     equ 0x43
PIT_FREQUENCY   equ 1193182                     ; Hz
TICKS_A_SECOND  equ 100

        section .text
%ifndef PARAVIRTUAL
; The controllers come up with IRQ 0 to 7 on vectors 8 to 15, where exceptions are. Move them to 32 and up.
interrupt_controller_init:
        mov al, 0x11                            ; ICW1: initialise, ICW4 follows
        out PIC1_COMMAND, al
        out PIC2_COMMAND, al
        mov al, 0x20                            ; ICW2: first vector
        out PIC1_DATA, al
        mov al, 0x28
        out PIC2_DATA, al
        mov al, 1 << 2                          ; ICW3: the second controller hangs on IRQ 2
        out PIC1_DATA, al
        mov al, 2
        out PIC2_DATA, al
        mov al, 1                               ; ICW4: 8086 mode
        out PIC1_DATA, al
        out PIC2_DATA, al
        mov al, 1110_1100b                      ; masks: let IRQ 0, 1 and 4 through
        out PIC1_DATA, al
        mov al, 0xFF
        out PIC2_DATA, al
        ret

timer_init:
        mov al, 0011_0100b                      ; counter 0, low byte then high byte, mode 2: rate generator
        out PIT_CONTROL, al
        mov al, (PIT_FREQUENCY / TICKS_A_SECOND) & 0xFF
        out PIT_COUNTER0, al
        mov al, (PIT_FREQUENCY / TICKS_A_SECOND) >> 8
        out PIT_COUNTER0, al
        ret

; Tell the controller that the interrupt in EAX was served.
interrupt_end:
        mov ecx, eax
        mov al, END_OF_INTERRUPT
        cmp ecx, 0x28
        jb .first
        out PIC2_COMMAND, al
.first: out PIC1_COMMAND, al
        ret

%endif

; IRQ 0: count, wake sleepers, and let the next task run.
timer_interrupt:
        inc dword [ticks]
        mov dword [need_switch], 1
        mov ebx, [current]
        inc dword [ebx + task.preempted]
        mov esi, task_list
.next:  mov ebx, [esi]
        add esi, 4
        test ebx, ebx
        jz .done
        cmp dword [ebx + task.state], STATE_SLEEP
        jne .next
        mov eax, [ticks]
        cmp eax, [ebx + task.wake_at]
        js .next                                ; not yet; the difference is right even when the counter wraps
        mov dword [ebx + task.state], STATE_READY
        jmp .next
.done:  ret
`.slice(1),
  "teaching-kernel/user.asm": `
; The other side: what the two tasks run in ring 3. Both run the same code, each with data and a stack of its own. They wait for jobs
; from the shell, so that nothing happens unless asked for.

        section .user follows=.data align=4096 vstart=USER_BASE

; Jobs.
JOB_READ_NOWHERE        equ 1
JOB_WRITE_CODE          equ 2
JOB_READ_KERNEL         equ 3
JOB_DIVIDE              equ 4
JOB_CLI                 equ 5
JOB_SYSCALLS            equ 6
JOB_SPIN                equ 7
JOB_SENSITIVE           equ 8
JOB_LAST                equ 8

; In the task's data page: what the sensitive instructions told (see inspect.asm).
struc seen
.gdtr:          resb 6
                resw 1
.idtr:          resb 6
                resw 1
.msw:           resd 1
.tr:            resd 1
.ldtr:          resd 1
.cs:            resd 1
.flags_before:  resd 1
.flags_after:   resd 1
.counter:       resd 1
endstruc

NOWHERE         equ 0x50000000          ; no page there
KERNEL_ADDRESS  equ 0x00100000          ; a page there, but not for ring 3

%macro syscall 1
        mov eax, %1
        int 0x80
%endmacro

        section .user
user_main:
        syscall 6                       ; SYS_JOB
        dec eax
        cmp eax, JOB_LAST
        jae user_main
        call [user_jobs + eax * 4]
        jmp user_main

user_jobs:
        dd user_read_nowhere, user_write_code, user_read_kernel, user_divide, user_cli, user_syscalls, user_spin, user_sensitive

user_read_nowhere:
        mov eax, [NOWHERE]
        ret

user_write_code:
        mov byte [user_main], 0x90
        ret

user_read_kernel:
        mov eax, [KERNEL_ADDRESS]
        ret

user_divide:
        mov eax, 1
        xor edx, edx
        xor ecx, ecx
        div ecx
        ret

user_cli:
        cli
        ret

; Text and its length for SYS_WRITE.
%macro user_write 1+
        jmp %%over
%%text: db %1
%%over: mov ebx, %%text
        mov ecx, %%over - %%text
        syscall 1                       ; SYS_WRITE
%endmacro

; Print EAX as a digit, or "-1".
user_write_result:
        mov edi, USER_DATA_PAGE
        mov ecx, 1
        cmp eax, -1
        jne .digit
        mov word [edi], '-1'
        mov ecx, 2
        jmp .write
.digit: cmp eax, 9                      ; a letter is its own text
        ja .text
        add al, '0'
.text:  mov [edi], al
.write: mov ebx, edi
        syscall 1
        ret

user_syscalls:
        user_write "  write: this text comes from ring 3", 10
        user_write "  name: I am task "
        syscall 4                       ; SYS_NAME
        call user_write_result
        user_write 10, "  yield: returns "
        syscall 2                       ; SYS_YIELD
        call user_write_result
        user_write 10, "  sleep for 3 ticks: returns "
        mov ebx, 3
        syscall 5                       ; SYS_SLEEP
        call user_write_result
        user_write 10, "  write from a kernel address: returns "
        mov ebx, KERNEL_ADDRESS
        mov ecx, 16
        syscall 1
        call user_write_result
        user_write 10, "  call 99, which does not exist: returns "
        syscall 99
        call user_write_result
        user_write 10
        ret

; Count for 20 ticks, never giving the processor away: only the timer can take it.
user_spin:
        syscall 3                       ; SYS_TIME
        lea esi, [eax + 20]
.again: mov ecx, 10000
.count: inc dword [USER_DATA_PAGE + seen.counter]
        dec ecx
        jnz .count
        syscall 3
        cmp eax, esi
        js .again
        ret

; These five read the processor's privileged state, and POPF is told to turn interrupts off; none of them traps in ring 3.
user_sensitive:
        mov edi, USER_DATA_PAGE
        sgdt [edi + seen.gdtr]
        sidt [edi + seen.idtr]
        smsw word [edi + seen.msw]
        str word [edi + seen.tr]
        sldt word [edi + seen.ldtr]
        mov [edi + seen.cs], cs
        pushfd
        pop dword [edi + seen.flags_before]
        pushfd
        and dword [esp], ~(1 << 9)
        popfd
        pushfd
        pop dword [edi + seen.flags_after]
        ret
user_end:
        times 4096 - ($ - $$) db 0      ; the page is the task's alone: nothing of the kernel may share it
image_end       equ user_image + 4096
`.slice(1),
};
