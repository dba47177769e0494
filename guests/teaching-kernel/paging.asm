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
