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
