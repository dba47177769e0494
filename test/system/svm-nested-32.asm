; SVM: nested paging with 32-bit tables, and without any paging of the host or of the guest.
; features: svm
; qemu: it walks nested tables only where host and guest page, and the host in PAE mode or long mode
%define ENTRY 4
%include "svm.inc"
%include "svm-nested.inc"
bits 16
main:
        enter_protected
        call begin_nested
        call nested_vmcb
        mov eax, g_done
        call run_guest
        stgi
        show "without paging of the host: ", EXITCODE
        mov dword [HOST_DIRECTORY], 0x83
        mov eax, cr4
        or al, 0x10
        mov cr4, eax
        mov eax, HOST_DIRECTORY
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        call test_nested
        call nested_vmcb
        mov dword S_CR0, 0x11
        mov dword [NESTED_TABLE], SPARE + 7
        guest "guest without paging, read", g_read
        mov dword [NESTED_TABLE], 0
        guest "guest without paging, absent", g_read
        mov dword [NESTED_TABLE], SPARE + 7
        call test_pae_guest
        jmp quit
