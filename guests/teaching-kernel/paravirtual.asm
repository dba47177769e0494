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
