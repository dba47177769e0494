; Nanobench: what single things cost a kernel. One loop for each: a system call, a port, a page fault, and so on.
;
; Each loop is run twice, to warm up and to be timed. The serial line then says
;   nano NAME ITERATIONS TICKS
; where ticks are those of the time-stamp counter for all iterations, the loop's own two instructions included. `nano BEGIN NAME` and
; `nano END NAME` before and behind the timed run let a host measure for itself, on any road; `nano TRY NAME` comes before either run, and tells
; what it was if the guest gets no further; `nano NOT NAME` is in the place of the rest where this processor does not do such a thing, or does not
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
