; A guest that attacks its host: one attempt after another, from a table of kinds, with random values. Exceptions lead on to the next attempt, and so
; do resets, since the count is kept in memory that a reset leaves alone. When all are made it says so on COM1; then comes what a road with ring
; compression refuses to go on with, and halts for good where it is not refused.
;
;   ATTEMPTS  how many

        bits 32
        org 0x100000

KEPT            equ 0x2f0000            ; magic, count, seed
MAGIC           equ 0x5eed1e55
STACK           equ 0x2e0000
TABLES          equ 0x200000            ; a page directory, a page table, fw_cfg's descriptor
SCRATCH         equ 0x210000
OUTSIDE         equ 0x400000            ; memory ends here

        align 4
header: dd 0x1BADB002, 1 << 16, -(0x1BADB002 + (1 << 16)) & 0xFFFFFFFF
        dd header, 0x100000, image_end, image_end, entry

entry:  cmp dword [KEPT], MAGIC
        je next
        mov dword [KEPT], MAGIC
        mov dword [KEPT + 4], 0
        mov dword [KEPT + 8], 12345
        mov dword [KEPT + 12], 0

; Everything as at the beginning, then the next attempt.
next:   mov esp, STACK
        mov eax, 0x31
        mov cr0, eax
        xor eax, eax
        mov cr4, eax
        lgdt [gdt_pointer]
        lidt [idt_pointer]
        jmp 8:.flat
.flat:  mov eax, 0x10
        mov ds, eax
        mov es, eax
        mov fs, eax
        mov gs, eax
        mov ss, eax
        mov esp, STACK
        xor eax, eax
        lldt ax
; The descriptors that attempts play with are empty again.
        mov edi, games
        mov ecx, 2 * 4
        rep stosd
        mov eax, [KEPT + 4]
        cmp eax, ATTEMPTS
        jae done
        inc dword [KEPT + 4]
        and eax, 15
        mov esi, [kinds + eax * 4]
        call random
        mov ebx, eax
        call random
        mov edx, eax
        call random
        jmp esi

; EAX: random. Keeps the others.
random: mov eax, [KEPT + 8]
        imul eax, 1664525
        add eax, 1013904223
        mov [KEPT + 8], eax
        rol eax, 13
        ret

done:   cmp dword [KEPT + 12], 0
        jne .end
        inc dword [KEPT + 12]
        mov al, 3
        mov edx, 0x3fb
        out dx, al
        mov edx, 0x3f8
        mov esi, said
.say:   lodsb
        test al, al
        jz outside_tables
        out dx, al
        jmp .say
.end:   cli
        hlt

; ---- Attempts. EAX, EBX, EDX: random.

store:  or ebx, OUTSIDE
        mov [ebx], eax
        mov [ebx], al
        or edx, OUTSIDE
        lock xadd [edx], eax
        jmp next

fetch:  mov eax, [ebx]
        mov esi, edx
        mov edi, SCRATCH
        mov ecx, 16
        rep movsd
        jmp next

fill:   mov edi, ebx
        or edi, OUTSIDE
        mov ecx, 64
        rep stosd
        jmp next

; Page tables of garbage, inside and outside of memory.
garbage_tables:
        and ebx, 0x3ff000
load_tables:
        mov cr3, ebx
        and edx, 0x30
        mov cr4, edx
        mov eax, 0x80000031
        mov cr0, eax
        jmp next

; All of the address space is mapped then.
outside_tables:
        mov ebx, OUTSIDE
        xor edx, edx
        jmp load_tables

; Good tables: the first 4 MiB one to one, the next through a table of random entries; then stores through them.
good_tables:
        call make_tables
        mov esi, 0x800000
        mov ecx, 64
.next:  mov [esi], eax
        mov eax, [esi + 8]
        add esi, 0x1000
        loop .next
        jmp next

; Tables that name themselves, so that stores change what they go through.
own_tables:
        call make_tables
        mov dword [TABLES + 0x1000], TABLES + 0x1007
        mov dword [TABLES + 0x1004], TABLES + 0x0007
        mov eax, cr3
        mov cr3, eax
        or edx, 7
        mov [0x800000 + 8], edx
        mov ebx, [0x802000]
        mov [0x802000], eax
        mov dword [0x801000 + 8], 0
        mov [0x800000], edx
        jmp next

make_tables:
        mov edi, TABLES
        xor eax, eax
        mov ecx, 1024
        rep stosd
        mov dword [TABLES], 0x00000087
        mov dword [TABLES + 8], TABLES + 0x1007
        mov edi, TABLES + 0x1000
        mov ecx, 1024
.next:  call random
        or eax, OUTSIDE | 7
        stosd
        loop .next
        mov eax, 0x10
        mov cr4, eax
        mov eax, TABLES
        mov cr3, eax
        mov eax, 0x80010031
        mov cr0, eax
        ret

; A descriptor table anywhere.
wild_gdt:
        mov [SCRATCH], ax
        mov [SCRATCH + 2], ebx
        lgdt [SCRATCH]
        and edx, 0xfff8
        mov fs, edx
        mov [fs:ebx], eax
        jmp next

; Segments of random base and limit.
games_of_descriptors:
        or edx, 0x00001000
        and edx, 0xffff9fff
        mov [games], ebx
        mov [games + 4], edx
        mov eax, games - gdt
        mov fs, eax
        mov [fs:eax], ebx
        mov ss, eax
        push eax
        call (games - gdt):store
        jmp next

; Local tables and task registers of random descriptors; loads through them.
system_descriptors:
        mov al, bl
        and edx, 0xff0000ff
        or edx, 0x00008200
        test al, 1
        jz .made
        or edx, 0x00000900
.made:  mov [games], ebx
        mov [games + 4], edx
        mov eax, games - gdt
        test bl, 1
        jz .local
        ltr ax
        jmp next
.local: lldt ax
        and ebx, 0xfffc
        or ebx, 4
        mov gs, ebx
        mov eax, [gs:ebx]
        jmp next

wild_idt:
        mov [SCRATCH], ax
        mov [SCRATCH + 2], ebx
        lidt [SCRATCH]
        int 0x80
        jmp next

; VMRUN and its kin on any address.
svm:    mov eax, ebx
        and edx, 7
        jmp [svm_instructions + edx * 4]
%macro svm_instruction 1
        db 0x0f, 0x01, %1
        jmp next
%endmacro
vmrun:  svm_instruction 0xd8
vmmcall: svm_instruction 0xd9
vmload: svm_instruction 0xda
vmsave: svm_instruction 0xdb
stgi:   svm_instruction 0xdc
clgi:   svm_instruction 0xdd
skinit: svm_instruction 0xde
invlpga: svm_instruction 0xdf

; SVM on, host save area anywhere, KVM's records anywhere.
registers:
        and edx, 7
        mov ecx, [register_numbers + edx * 4]
        mov eax, ebx
        xor edx, edx
        wrmsr
        jmp next

; fw_cfg's DMA: to and from anywhere, its descriptor too.
firmware:
        mov edi, TABLES + 0x2000
        mov dword [edi], 0x0a001900             ; big-endian: item 19h, select and read
        mov eax, edx
        and eax, 0x0000ffff
        mov [edi + 4], eax
        mov dword [edi + 8], 0
        test bl, 2
        jz .low
        mov dword [edi + 8], 0x01000000
.low:   mov [edi + 12], ebx
        test bl, 1
        jz .inside
        or edi, edx
.inside:
        mov dx, 0x514
        xor eax, eax
        out dx, eax
        mov eax, edi
        bswap eax
        mov dx, 0x518
        out dx, eax
        jmp next

; The DMA controller from memory to memory, with pages that are not there.
dma:    mov al, 1
        out 0x08, al
        mov eax, ebx
        or al, 0x40
        out 0x87, al
        mov al, ah
        or al, 0x40
        out 0x83, al
        mov ecx, 4
        xor edx, edx
.registers:
        mov al, bl
        out dx, al
        mov al, bh
        out dx, al
        inc edx
        loop .registers
        mov al, 0x88
        out 0x0b, al
        mov al, 0x85
        out 0x0b, al
        mov al, 0
        out 0x0f, al
        mov al, 4
        out 0x09, al
        jmp next

; A PCI device's memory over anything, and stores to it.
pci:    mov eax, edx
        and eax, 0x1800
        or eax, 0x80000010
        mov dx, 0xcf8
        out dx, eax
        mov eax, ebx
        mov dx, 0xcfc
        out dx, eax
        and ebx, 0xfffffff0
        or ebx, OUTSIDE
        mov [ebx], eax
        mov [ebx + 0x1000], eax
        jmp next

        align 4
kinds:  dd store, fetch, fill, garbage_tables, store, good_tables, own_tables, wild_gdt
        dd games_of_descriptors, system_descriptors, wild_idt, svm, registers, firmware, dma, pci
svm_instructions:
        dd vmrun, vmmcall, vmload, vmsave, stgi, clgi, skinit, invlpga
register_numbers:
        dd 0xc0000080, 0xc0010117, 0x4b564d00, 0x4b564d01, 0x4b564d03, 0x4b564d04, 0x174, 0x277
said:   db "all attempts made", 10, 0

        align 8
gdt:    dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
games:  dq 0, 0, 0, 0
gdt_end:
gdt_pointer:
        dw gdt_end - gdt - 1
        dd gdt
idt_pointer:
        dw 255
        dd idt
        align 8
; Every exception: the next attempt.
idt:
%rep 32
        dw next - $$
        dw 8
        dw 0x8e00
        dw 0x10
%endrep
image_end:
