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
