; Paging: error codes, accessed and dirty bits, WP, user and supervisor, 4 MiB pages, PAE with NX, reserved bits, global pages, SMEP, SMAP.
; features: smep,smap
; qemu differs: reserved|NX without NXE: it leaves P clear in the error code, and does not check PDPTEs
; qemu differs: written but not loaded: it reads PDPTEs from memory
; qemu differs: enter with|pusha to: it writes in another order, or not at all
; qemu differs: read-modify-write: it reads first
; qemu differs: global, after mov cr3: it may forget more than it must

%define DIRECTORY PAGES
%define TABLE (PAGES + 0x1000)
%define PDPT (PAGES + 0x2000)
%define PAE_DIRECTORY (PAGES + 0x3000)
%define PAE_TABLE (PAGES + 0x4000)
%define WINDOW 0x00400000       ; the 4 MiB that the table maps
%define BIG 0x00c00000          ; a 4 MiB page

main:
        enter_protected
        ; identity map of the first 4 MiB, open to all; the window has no pages yet
        mov edi, DIRECTORY
        xor eax, eax
        mov ecx, 0x5000 / 4
        cld
        rep stosd
        mov dword [DIRECTORY + 0 * 4], 0x87
        mov dword [DIRECTORY + 1 * 4], TABLE + 7
        mov dword [DIRECTORY + 3 * 4], 0x1000000 - 0x400000 + 0x87
        mov eax, cr4
        or al, 0x10
        mov cr4, eax
        mov eax, DIRECTORY
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax

        mov dword [SPARE], 0x11223344
        attempt "absent, read", mov eax, [WINDOW]
        attempt "absent, write", mov [WINDOW + 0x123], eax
        attempt "absent directory entry", mov eax, [0x80000000]
        attempt "absent, ring 3", ring3 r3_read
        attempt "absent, fetch", jmp WINDOW
        attempt "absent, read-modify-write", inc dword [WINDOW]

        mov dword [TABLE], SPARE + 1
        show "entry before: ", [TABLE]
        attempt "supervisor page, read", mov eax, [WINDOW]
        show "read: ", eax
        show "entry after read: ", [TABLE]
        show "directory entry: ", [DIRECTORY + 4]
        attempt "read-only page, write without WP", mov [WINDOW + 4], eax
        show "entry after write: ", [TABLE]
        attempt "supervisor page, ring 3 read", ring3 r3_read
        attempt "supervisor page, ring 3 write", ring3 r3_write
        mov eax, cr0
        or eax, 0x10000
        mov cr0, eax
        attempt "read-only page, write with WP", mov [WINDOW + 4], eax
        attempt "read-only page, read-modify-write with WP", add [WINDOW + 4], eax
        mov eax, cr0
        and eax, ~0x10000
        mov cr0, eax
        mov dword [TABLE], SPARE + 5
        invlpg [WINDOW]
        attempt "user read-only page, ring 3 read", ring3 r3_read
        attempt "user read-only page, ring 3 write", ring3 r3_write
        mov dword [DIRECTORY + 4], TABLE + 3
        mov dword [TABLE], SPARE + 7
        mov eax, cr3
        mov cr3, eax
        attempt "user page in a supervisor directory, ring 3", ring3 r3_read
        mov dword [DIRECTORY + 4], TABLE + 5
        mov eax, cr3
        mov cr3, eax
        attempt "writable page in a read-only directory, ring 3", ring3 r3_write
        mov dword [DIRECTORY + 4], TABLE + 7

        ; a cached translation stays until it is flushed, a global one outlives CR3
        mov dword [SPARE + 0x1000], 0x55667788
        mov dword [TABLE], SPARE + 7
        mov eax, cr3
        mov cr3, eax
        mov eax, [WINDOW]
        mov dword [TABLE], SPARE + 0x1000 + 7
        invlpg [WINDOW]
        show "after invlpg: ", [WINDOW]
        mov eax, cr4
        or al, 0x80
        mov cr4, eax
        mov dword [TABLE], SPARE + 0x107
        invlpg [WINDOW]
        mov eax, [WINDOW]
        mov dword [TABLE], SPARE + 0x1107
        mov eax, cr3
        mov cr3, eax
        show "global, after mov cr3: ", [WINDOW]
        mov eax, cr4
        and al, ~0x80
        mov cr4, eax
        show "global, after PGE: ", [WINDOW]

        ; across a page boundary
        mov dword [TABLE], SPARE + 7
        mov dword [TABLE + 4], 0
        invlpg [WINDOW]
        attempt "read across into an absent page", mov eax, [WINDOW + 0xffe]
        mov dword [WINDOW + 0xffc], 0
        attempt "write across into an absent page", mov dword [WINDOW + 0xffe], -1
        show "nothing written: ", [WINDOW + 0xffc]
        mov word [WINDOW + 0xffe], 0x00b8
        attempt "instruction across into an absent page", jmp WINDOW + 0xffe

        ; stacks
        attempt "push to an absent page", ring3 r3_push, DATA3, WINDOW + 0x1004 + 0x1000
        mov dword [TABLE + 8], SPARE + 0x2000 + 7
        attempt "enter with its frame in an absent page", ring3 r3_enter, DATA3, WINDOW + 0x2010
        attempt "pusha to an absent page", ring3 r3_pusha, DATA3, WINDOW + 0x2010
        attempt "call to an absent page", ring3 r3_call, DATA3, WINDOW + 0x2000

        ; 4 MiB pages
        mov dword [DIRECTORY + 2 * 4], 0x00200087
        attempt "4 MiB page with a reserved bit", mov eax, [0x800000]
        mov dword [BIG], 0x99aabbcc
        show "through a 4 MiB page: ", [BIG]
        show "its entry: ", [DIRECTORY + 3 * 4]

        ; SMEP and SMAP
        mov dword [TABLE], SPARE + 7
        mov byte [SPARE], 0xc3
        mov eax, cr3
        mov cr3, eax
        mov eax, cr4
        mov dword [DIRECTORY], 0x83
        or eax, 0x100000
        mov cr4, eax
        mov eax, WINDOW
        attempt "SMEP: fetch from a user page", call eax
        attempt "SMEP: read from a user page", mov eax, [WINDOW]
        mov eax, cr4
        xor eax, 0x300000
        mov cr4, eax
        attempt "SMAP: read from a user page", mov eax, [WINDOW]
        attempt "SMAP: write to a user page", mov [WINDOW], eax
        stac
        attempt "SMAP: read with AC", mov eax, [WINDOW]
        clac
        attempt "SMAP: read without AC", mov eax, [WINDOW]
        mov eax, WINDOW
        attempt "SMAP: fetch from a user page", call eax
        mov eax, cr4
        and eax, ~0x300000
        mov cr4, eax
        mov dword [DIRECTORY], 0x87

        ; PAE
        mov eax, cr0
        and eax, 0x7fffffff
        mov cr0, eax
        mov eax, cr4
        or al, 0x20
        mov cr4, eax
        mov dword [PDPT], PAE_DIRECTORY + 1
        mov dword [PAE_DIRECTORY], 0x87
        mov dword [PAE_DIRECTORY + 8], 0x200087
        mov dword [PAE_DIRECTORY + 16], PAE_TABLE + 7
        mov dword [PAE_TABLE], SPARE + 7
        mov dword [PAE_TABLE + 4], 0
        mov eax, PDPT
        mov cr3, eax
        mov dword [SPARE], 0x11223344
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        show "PAE: ", [WINDOW]
        show "its entry: ", [PAE_TABLE]
        attempt "PAE: absent PDPTE", mov eax, [0x40000000]
        mov dword [PAE_TABLE + 4], 0x80000000
        invlpg [WINDOW]
        attempt "PAE: NX without NXE", mov eax, [WINDOW]
        mov ecx, 0xc0000080
        rdmsr
        or ah, 8
        wrmsr
        mov byte [SPARE], 0xc3
        invlpg [WINDOW]
        attempt "PAE: read from an NX page", mov eax, [WINDOW]
        mov eax, WINDOW
        attempt "PAE: fetch from an NX page", call eax
        attempt "PAE: fetch from an NX page, ring 3", ring3 WINDOW
        attempt "PAE: fetch from an absent page", jmp WINDOW + 0x1000
        mov dword [PAE_TABLE + 4], 0x00100000
        invlpg [WINDOW]
        attempt "PAE: reserved address bit", mov eax, [WINDOW]
        mov dword [PAE_TABLE + 4], 0
        mov dword [PDPT + 8], 0x1e7
        mov eax, PDPT
        attempt "PAE: reserved bits in a PDPTE", mov cr3, eax
        show "still there: ", [WINDOW]
        mov dword [PDPT + 8], 0
        ; a PDPTE that changes in memory is not seen before CR3 is written
        mov dword [PDPT + 24], PAE_DIRECTORY + 1
        attempt "PAE: PDPTE written but not loaded", mov eax, [0xc0000000 + SPARE]
        mov eax, cr3
        mov cr3, eax
        attempt "PAE: PDPTE loaded", mov eax, [0xc0000000 + SPARE]

        ; a page fault whose handler's page is absent: double fault
        mov dword [PAE_DIRECTORY + 24], 0
        mov eax, [idt + 14 * 8]
        mov word [idt + 14 * 8 + 6], 0x0060
        mov eax, cr3
        mov cr3, eax
        mov dword [idt + 14 * 8], (0x18 << 16)
        set_descriptor 0x18, 0, 0xfffff, 0x12, 12
        attempt "#PF with an absent handler segment", mov eax, [0x40000000]
        jmp quit

r3_read:
        mov eax, [WINDOW]
        hlt
r3_write:
        mov [WINDOW], eax
        hlt
r3_push:
        push eax
        hlt
r3_enter:
        enter 0x40, 0
        hlt
r3_pusha:
        pusha
        hlt
r3_call:
        call r3_push
