; SVM: nested paging with PAE tables: translation, #NPF and its EXITINFO, accessed and dirty bits, the guest's own paging in both modes;
; TLBs of host and guest apart.
; features: svm
; qemu differs: reserved bit|NX without NXE: it leaves P clear in the error code
; qemu differs: PDPTE gone: it faults on the data, not on the next instruction
%define ENTRY 8
%include "svm.inc"
%include "svm-nested.inc"
bits 16
main:
        enter_protected
        call begin_nested
        mov ecx, 0xc0000080
        rdmsr
        or eax, 0x800
        wrmsr
        mov dword [HOST_PDPT], HOST_DIRECTORY + 1
        mov dword [HOST_DIRECTORY], 0x83
        mov dword [HOST_DIRECTORY + 8], 0x200083
        mov eax, cr4
        or al, 0x30
        mov cr4, eax
        mov eax, HOST_PDPT
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        call test_nested
        call nested_vmcb
        mov dword [NESTED_TABLE], SPARE + 7
        mov dword [NESTED_TABLE + 4], 0x80000000
        guest "NX, read", g_read
        guest "NX, fetch", g_fetch
        mov dword [NESTED_TABLE + 4], 0x10000000
        guest "reserved bit of an entry", g_read
        mov dword [NESTED_TABLE + 4], 0
        call test_pae_guest

        ; without nested paging: the guest's tables are the host's business
        call reset_vmcb
        mov dword I_EXC, -1
        mov dword S_CR4, 0x30
        mov dword S_CR3, NESTED_PDPT
        mov dword S_CR0, 0x80000011
        guest "guest's own tables", g_read
        mov dword [NESTED_TABLE], 0
        guest "guest's own tables, absent", g_write
        show "cr2: ", S_CR2
        jmp quit
