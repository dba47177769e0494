; Common part of the guests in this folder: it stands before each of them. The image lies at linear 0x1000 and starts there in real mode
; with CS = DS = ES = SS = 0, after the reset code in epilogue.asm has put it there. Port 0xE9 prints, port 0xF4 ends.
;
; A guest defines `main` (16-bit code). `enter_protected` goes on in 32-bit code, ring 0, flat segments, with all exceptions reported.

bits 16
org 0x1000

%define STACK0 0x20000      ; ring 0
%define STACK1 0x22000      ; ring 1
%define STACK3 0x24000      ; ring 3
%define STACK16 0x0ff0      ; real mode
%define PAGES 0x40000       ; page tables, to 0x80000
%define SPARE 0x80000       ; scratch memory

        jmp near main

; A label as a number, so that it can be taken apart.
%define at(label) ((label) - $$ + 0x1000)

; ---------------------------------------------------------------------------------------------------------------- 16-bit output

; Print the string at DS:SI.
print16:
        pushf
        push ax
        cld
.next:
        lodsb
        test al, al
        jz .done
        out 0xe9, al
        jmp .next
.done:
        pop ax
        popf
        ret

; Print AX in hexadecimal.
hex16:
        pushf
        push ax
        push cx
        mov cx, 4
.next:
        rol ax, 4
        push ax
        and al, 15
        add al, '0'
        cmp al, '9'
        jbe .digit
        add al, 7
.digit:
        out 0xe9, al
        pop ax
        loop .next
        pop cx
        pop ax
        popf
        ret

newline16:
        push ax
        mov al, 10
        out 0xe9, al
        pop ax
        ret

; say16 "text": print a constant.
%macro say16 1+
        push si
        push ds
        push word 0
        pop ds
        mov si, %%text
        call print16
        pop ds
        pop si
        jmp %%over
%%text: db %1, 0
%%over:
%endmacro

; show16 "name", register or memory or constant of 16 bits
%macro show16 2
        push ax
        push ax
        mov ax, %2
        mov [cs:scratch16], ax
        pop ax
        say16 {%1}
        mov ax, [cs:scratch16]
        call hex16
        call newline16
        pop ax
%endmacro

scratch16: dw 0

quit16:
        mov al, 1
        out 0xf4, al
        cli
        hlt
        jmp quit16

; ------------------------------------------------------------------------------------------------ real-mode exceptions, reported

; Point the real-mode vector %1 at %2.
%macro vector16 2
        mov word [(%1) * 4], at(%2)
        mov word [(%1) * 4 + 2], 0
%endmacro
; Report the exceptions of real mode.
%macro vectors16 0
        vector16 0, fault0
        vector16 1, fault1
        vector16 3, fault3
        vector16 4, fault4
        vector16 5, fault5
        vector16 6, fault6
        vector16 8, fault8
        vector16 12, fault12
        vector16 13, fault13
        vector16 0x80, fault80
%endmacro

; The counterpart of `attempt` (below) for real mode.
%macro attempt16 2+
        say16 %1
        mov word [cs:site16], %%site
        mov word [cs:resume16], %%after
        mov [cs:sp16], sp
%%site: %2
        say16 {": ok", 10}
%%after:
%endmacro

site16: dw 0
resume16: dw 0
sp16:   dw 0

%macro fault16 1
fault%1:
        push word 0x%1
        jmp report16
%endmacro
        fault16 0
        fault16 1
        fault16 3
        fault16 4
        fault16 5
        fault16 6
        fault16 8
        fault16 12
        fault16 13
        fault16 80

; Stack: vector (its decimal digits), IP, CS, FLAGS. A trap (1) returns; all else goes on at resume16.
report16:
        push ax
        push bp
        mov bp, sp
        say16 ": #"
        mov ax, [bp + 4]
        call hex16
        say16 " ip+"
        mov ax, [bp + 6]
        sub ax, [cs:site16]
        call hex16
        say16 " cs "
        mov ax, [bp + 8]
        call hex16
        say16 " flags "
        mov ax, [bp + 10]
        and ax, 0x7300
        call hex16
        cmp word [bp + 4], 1
        je .trap
        call newline16
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, [cs:sp16]
        jmp [cs:resume16]
.trap:  pop bp
        pop ax
        add sp, 2
        iret

; ---------------------------------------------------------------------------------------------------------------- 32-bit output
bits 32

print:
        pushfd
        push eax
        cld
.next:
        lodsb
        test al, al
        jz .done
        out 0xe9, al
        jmp .next
.done:
        pop eax
        popfd
        ret

; Print EAX in hexadecimal.
hex:
        pushfd
        push eax
        push ecx
        mov ecx, 8
.next:
        rol eax, 4
        push eax
        and al, 15
        add al, '0'
        cmp al, '9'
        jbe .digit
        add al, 7
.digit:
        out 0xe9, al
        pop eax
        loop .next
        pop ecx
        pop eax
        popfd
        ret

newline:
        push eax
        mov al, 10
        out 0xe9, al
        pop eax
        ret

%macro say 1+
        push esi
        mov esi, %%text
        call print
        pop esi
        jmp %%over
%%text: db %1, 0
%%over:
%endmacro

; show "name", 32-bit operand not relative to ESP
%macro show 2
        push eax
        mov eax, %2
        say {%1}
        call hex
        call newline
        pop eax
%endmacro

quit:
        mov al, 1
        out 0xf4, al
        cli
        hlt
        jmp quit

; ------------------------------------------------------------------------------------------------------------------- descriptors

; descriptor base, limit (20 bits), access, flags (G D/B L AVL in bits 3-0)
%macro descriptor 4
        dw (%2) & 0xffff, (%1) & 0xffff
        db ((%1) >> 16) & 0xff, %3, ((%4) << 4) | (((%2) >> 16) & 15), ((%1) >> 24) & 0xff
%endmacro

; gate selector, offset, access, count
%macro gate 4
        dw (%2) & 0xffff, %1
        db %4, %3
        dw ((%2) >> 16) & 0xffff
%endmacro

%define CODE0 0x08
%define DATA0 0x10
%define CODE1 (0x18 | 1)
%define DATA1 (0x20 | 1)
%define CODE3 (0x28 | 3)
%define DATA3 (0x30 | 3)
%define TSS0 0x38
%define CODE16 0x40
%define DATA16 0x48
%define FREE 0x50           ; first of the entries that a guest may fill

align 8
gdt:
        dq 0
        descriptor 0, 0xfffff, 0x9b, 12
        descriptor 0, 0xfffff, 0x93, 12
        descriptor 0, 0xfffff, 0xbb, 12
        descriptor 0, 0xfffff, 0xb3, 12
        descriptor 0, 0xfffff, 0xfb, 12
        descriptor 0, 0xfffff, 0xf3, 12
        descriptor at(tss), tss_end - tss - 1, 0x89, 0
        descriptor 0, 0xffff, 0x9b, 0
        descriptor 0, 0xffff, 0x93, 0
gdt_free:
        times 32 dq 0
gdt_end:

gdtr:   dw gdt_end - gdt - 1
        dd gdt
idtr:   dw 256 * 8 - 1
        dd idt
idtr16: dw 0x3ff
        dd 0

; The I/O bitmap opens 0xE9 and 0xF4 alone, so that every ring can print. The interrupt redirection bitmap before it is all ones.
align 4
tss:
        dd 0
        dd STACK0, DATA0, STACK1, DATA1, 0, 0
        times 18 dd 0
        dw 0, tss_io - tss
tss_redirection:
        times 32 db 0xff
tss_io:
        times 0xe9 >> 3 db 0xff
        db 0xff & ~(1 << (0xe9 & 7))
        db 0xff
        times 1 db 0xff & ~(1 << (0xf4 & 7))
        times (0x400 >> 3) - (0xf4 >> 3) - 1 db 0xff
        db 0xff
tss_end:

; Set GDT entry %1 (selector) to base, limit, access, flags.
%macro set_descriptor 5
        mov dword [gdt + ((%1) & 0xfff8)], ((%3) & 0xffff) | (((%2) & 0xffff) << 16)
        mov dword [gdt + ((%1) & 0xfff8) + 4], (((%2) >> 16) & 0xff) | ((%4) << 8) | ((%3) & 0xf0000) | ((%5) << 20) | ((%2) & 0xff000000)
%endmacro

; Set GDT entry %1 to a gate: selector, offset, access, count.
%macro set_gate 5
        mov dword [gdt + ((%1) & 0xfff8)], %3
        mov word [gdt + ((%1) & 0xfff8) + 2], %2
        mov dword [gdt + ((%1) & 0xfff8) + 4], %3
        mov word [gdt + ((%1) & 0xfff8) + 4], ((%4) << 8) | (%5)
%endmacro

; Set IDT entry %1: selector, offset, access.
%macro set_vector 4
        mov dword [idt + (%1) * 8], %3
        mov word [idt + (%1) * 8 + 2], %2
        mov dword [idt + (%1) * 8 + 4], %3
        mov word [idt + (%1) * 8 + 4], (%4) << 8
%endmacro

; --------------------------------------------------------------------------------------------------------- exceptions, reported

; attempt "what", instruction: print what came of it: "ok", or vector, error code, EIP relative to the instruction, and the
; interesting bits of CS and EFLAGS. Goes on in ring 0 after it. The instruction starts with the registers as they are.
%macro attempt 2+
        say {%1}
        mov dword [site], %%site
        mov dword [resume], %%after
        mov [resume_esp], esp
%%site:
        %2
        call report_ok
%%after:
%endmacro

; Takes the flat DS and ES back, so a segment under test belongs in FS, GS or SS.
report_ok:
        push eax
        mov eax, DATA0
        mov ds, eax
        mov es, eax
        pop eax
        say {": ok", 10}
        ret

site:   dd 0
resume: dd 0
resume_esp: dd 0
vector: dd 0

; Exceptions that push an error code.
%define HAS_CODE(n) ((n) == 8 || ((n) >= 10 && (n) <= 14) || (n) == 17)

%assign n 0
%rep 32
stub %+ n:
  %if HAS_CODE(n) == 0
        push dword 0
  %endif
        push dword n
        jmp report
%assign n n + 1
%endrep

; Stack: vector, code, EIP, CS, EFLAGS, and ESP, SS if from an outer ring.
report:
        pushad
        push ss
        pop ds
        push ss
        pop es
        mov eax, [esp + 32]
        mov [vector], eax
        say ": #"
        call hex_byte
        say " code "
        mov eax, [esp + 36]
        call hex
        say " eip+"
        mov eax, [esp + 40]
        sub eax, [site]
        call hex
        say " cs "
        mov eax, [esp + 44]
        call hex
        say " flags "
        mov eax, [esp + 48]
        and eax, [flag_mask]
        call hex
        mov eax, [vector]
        cmp eax, 14
        jne .end
        say " cr2 "
        mov eax, cr2
        call hex
.end:
        call newline
        mov ax, DATA0
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, [resume_esp]
        jmp [resume]

; VM, NT, IOPL, IF, TF, AC. (Not RF: QEMU 7.2 does not set it for faults.)
flag_mask: dd 0x00067300

hex_byte:
        push eax
        shr al, 4
        call .digit
        pop eax
        push eax
        and al, 15
        call .digit
        pop eax
        ret
.digit:
        add al, '0'
        cmp al, '9'
        jbe .put
        add al, 7
.put:
        out 0xe9, al
        ret

align 8
idt:
%assign n 0
%rep 32
        gate CODE0, at(stub %+ n), 0x8e, 0
%assign n n + 1
%endrep
        times (256 - 32) dq 0

; ring3 label [, stack selector, stack pointer]: go to ring 3, with flat DS and ES; within `attempt`, whose report is the way back.
%macro ring3 1-3 DATA3, STACK3
        push dword %2
        push dword %3
        push dword 2
        push dword CODE3
        push dword %1
        mov ax, DATA3
        mov ds, ax
        mov es, ax
        iretd
%endmacro

bits 16
%macro enter_protected 0
        cli
        o32 lgdt [gdtr]
        o32 lidt [idtr]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp dword CODE0:%%flat
bits 32
%%flat:
        mov ax, DATA0
        mov ds, ax
        mov es, ax
        mov fs, ax
        mov gs, ax
        mov ss, ax
        mov esp, STACK0 - 0x100
        mov ax, TSS0
        ltr ax
%endmacro
