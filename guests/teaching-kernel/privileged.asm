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
