// System calls, exceptions and returns, many of each, while what they depend on changes from one to the next. Programs as in trap-programs.ts.
import { DONE } from "./program-parts.js";

/** [DATA]: bytes of the log; [DATA + 4]: turn. */
const CROSSINGS = `
LOG equ DATA + 0x100
TURN equ DATA + 4
HELD equ DATA + 8
; Behind PUSHAD: what lies above it, and the data segments.
%macro note 2           ; number, words of the frame
        mov edi, [DATA]
        mov dword [LOG + edi], %1 << 24
        mov [LOG + edi + 4], esp
        mov eax, ds
        mov [LOG + edi + 8], ax
        mov eax, es
        mov [LOG + edi + 10], ax
        mov eax, fs
        mov [LOG + edi + 12], ax
        mov eax, gs
        mov [LOG + edi + 14], ax
        mov [LOG + edi + 16], esi
        lea edx, [esp + 32]
        xor ecx, ecx
%%next: mov eax, [edx + ecx * 4]
        mov [LOG + edi + ecx * 4 + 20], eax
        inc ecx
        cmp ecx, %2
        jb %%next
        add dword [DATA], 48
%endmacro
start:  call map_pages
        fninit
        mov dword [PAGES + 0x1000 + 7 * 4], 0x2f007     ; behind 7000H comes another frame
        mov ecx, 0x174
        mov eax, CODE0
        xor edx, edx
        wrmsr
        inc ecx
        mov eax, 0x7800
        wrmsr
        inc ecx
        mov eax, fast
        wrmsr
        mov eax, [IDT + 0x30 * 8]
        mov [HELD], eax
        to_user user

user:   mov eax, DATA3
        mov ds, eax
        mov es, eax
        xor esi, esi
.again: int 0x30
        inc esi
        mov ecx, esp
        mov edx, .back
        sysenter
.back:  inc esi
        ud2
        inc esi
        mov eax, [ss:0x1ffff0]          ; five bytes and a prefix: not mapped, or behind the limit
        inc esi
        cmp dword [TURN], 11
        jne .same
        std
        push dword 0x240246                     ; AC, ID
        popfd
.same:  cmp dword [TURN], 12
        jne .other
        mov eax, DATA3
        mov fs, eax
.other: int 0x30
        fld1
        fstp dword [HELD + 16]
        cmp dword [TURN], 30
        jb .again
        int 0x31

vector48:
        pushad
        note 0x30, 5
        inc dword [TURN]
        cmp dword [TURN], 2
        jne .2
        mov al, 0x40
        out 0xf5, al
.2:     cmp dword [TURN], 3
        jne .3
        mov dword [TSS_AT + 4], 0x6ff0
.3:     cmp dword [TURN], 4
        jne .4
        mov al, 0x40                            ; taken behind the return
        out 0xf5, al
        nop
        note 0x32, 5
.4:     cmp dword [TURN], 5
        jne .5
        mov eax, other
        mov [IDT + 0x30 * 8], ax
.5:     cmp dword [TURN], 7
        jne .7
        mov eax, DATA3
        mov fs, eax
.7:     cmp dword [TURN], 8
        jne .8
        mov eax, [HELD]
        mov [IDT + 0x30 * 8], ax
        mov byte [GDT + 0x20 + 6], 0x4f         ; DATA3 ends at 1 MiB
.8:     cmp dword [TURN], 9
        jne .9
        mov eax, DATA0
        mov fs, eax                             ; none behind the return
.9:     cmp dword [TURN], 10
        jne .10
        mov byte [GDT + 0x20 + 6], 0xcf
.10:    cmp dword [TURN], 13
        jne .13
        mov eax, DATA3
        mov gs, eax
        mov al, 0x40
        out 0xf5, al
.13:    cmp dword [TURN], 14
        jne .14
        mov byte [IDT + 0x30 * 8 + 5], 0xef     ; a trap gate
.14:    cmp dword [TURN], 15
        jne .15
        mov al, 0x40                            ; taken here
        out 0xf5, al
        nop
        note 0x31, 5
.15:    cmp dword [TURN], 16
        jne .16
        mov byte [IDT + 0x30 * 8 + 5], 0x8e     ; for ring 0 only
.16:    cmp dword [TURN], 18
        jne .18
        mov byte [IDT + 0x30 * 8 + 5], 0x6e     ; not there
.18:    cmp dword [TURN], 19
        jne .19
        mov eax, cr0
        or eax, 8                               ; TS
        mov cr0, eax
.19:    cmp dword [TURN], 20
        jne .20
        mov dword [TSS_AT + 4], 0x7008          ; frames over a page's end
.20:    cmp dword [TURN], 21
        jne .21
        mov ecx, 0x174
        xor eax, eax
        xor edx, edx
        wrmsr
.21:    cmp dword [TURN], 22
        jne .22
        mov dword [PAGES + 0x1000 + 0x3f7 * 4], 0x5007
        mov ecx, [0x3f7000]
        mov dword [TSS_AT + 4], PAGES + 0x1ff0  ; in the page of a page table
.22:    cmp dword [TURN], 23
        jb .24
        invlpg [0x3f7000]                       ; EIP of the frame maps it now, or does not
        mov ecx, [0x3f7000]
        mov [HELD + 20], ecx
.23:    cmp dword [TURN], 24
        jne .24
        mov dword [TSS_AT + 4], 0x7000
        or dword [esp + 40], 0x100              ; TF behind the return
.24:    cmp dword [TURN], 26
        jne .26
        mov byte [GDT + 0x18 + 5], 0x7b         ; no ring 3 to return to
.26:    popad
        iretd
other:  inc dword [HELD + 8]
        jmp vector48
fast:   pushad
        note 0x34, 1
        popad
        sti
        sysexit
vector6:
        pushad
        note 6, 5
        popad
        add dword [esp], 2
        iretd
vector14:
        pushad
        mov eax, cr2
        mov [HELD + 4], eax
        note 14, 6
        popad
        add esp, 4
        add dword [esp], 6
        iretd
vector12:
        pushad
        note 12, 6
        popad
        add esp, 4
        add dword [esp], 6
        iretd
vector7:
        pushad
        clts
        note 7, 5
        popad
        iretd
vector13:                                       ; INT 30H through a gate of ring 0, or SYSENTER without a code segment
        pushad
        note 13, 6
        mov ecx, 0x174
        mov eax, CODE0
        xor edx, edx
        wrmsr
        mov byte [IDT + 0x30 * 8 + 5], 0xee
        popad
        add esp, 4
        iretd
vector11:                                       ; or one that is not there; or a return
        pushad
        note 11, 6
        mov byte [IDT + 0x30 * 8 + 5], 0xee
        mov byte [GDT + 0x18 + 5], 0xfb
        popad
        add esp, 4
        iretd
vector1:
        pushad
        note 1, 5
        popad
        and dword [esp + 8], ~0x100
        iretd
vector64:
        pushad
        note 0x40, 5
        popad
        iretd
vector49:
${DONE}
`;

export const CROSSING_PROGRAMS: Readonly<Record<string, string>> = {
  "ring crossings, again and again": CROSSINGS,
};
