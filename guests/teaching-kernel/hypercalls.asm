; Numbers of Ringside's paravirtual interface, those of docs/hypercalls.md, and how to call it. Only with PARAVIRTUAL.

PV_VERSION              equ 1
START_MAGIC             equ 0x56505352
HYPERCALL_VECTOR        equ 0xF0
VMM_BASE                equ 0xFF800000

HC_SET_TRAPS            equ 1
HC_SET_STACK            equ 2
HC_SET_CALLBACK         equ 3
HC_IRET                 equ 4
HC_UPDATE_TABLES        equ 5
HC_MMU                  equ 6
HC_EVENT                equ 7
HC_SET_TIMER            equ 8
HC_SCHED                equ 9
HC_CONSOLE              equ 10

START_FRAME_BASE        equ 4
START_FRAME_COUNT       equ 8
START_SHARED_INFO       equ 12
START_DIRECTORY         equ 16

TRAP_SIZE               equ 8
TRAP_FLAG_DISABLE       equ 4
UPDATE_SIZE             equ 8

MMU_PIN_DIRECTORY       equ 1
MMU_SET_BASE            equ 3

EVENT_BIND              equ 0
EVENT_DELIVER           equ 4
SOURCE_TIMER            equ 0
SOURCE_CONSOLE          equ 1

SCHED_BLOCK             equ 1
SCHED_SHUTDOWN          equ 2
SHUTDOWN_POWER_OFF      equ 0
SHUTDOWN_REBOOT         equ 1

CONSOLE_WRITE           equ 0
CONSOLE_READ            equ 1

SHARED_ENABLED          equ 0x00
SHARED_PENDING          equ 0x01
SHARED_FAULT_ADDRESS    equ 0x04
SHARED_SELECTOR         equ 0x08
SHARED_TIME             equ 0x10
SHARED_PORTS_PENDING    equ 0x40
SHARED_TIME_NANOSECONDS equ SHARED_TIME + 16

; Where we map the shared-information page: the last page of the kernel's first 4 MiB.
SHARED_INFO             equ 0x3FF000
EVENT_VECTOR            equ 0x82                ; our own number for the callback; no gate has it
TICK_NANOSECONDS        equ 10000000

; Number in EAX, arguments in EBX, ECX, EDX, ESI; the result comes back in EAX.
%macro hypercall 1
        mov eax, %1
        int HYPERCALL_VECTOR
%endmacro
