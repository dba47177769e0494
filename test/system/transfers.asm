; Far JMP, CALL and RET: direct, conforming, call gates of both sizes, to the same and to inner and outer rings.
; qemu differs: call gate to conforming: it lets CS.RPL become the segment's DPL

%define C_CONF FREE             ; conforming code, DPL 0
%define C_DPL3 (FREE + 8)       ; code, DPL 3
%define C_GONE (FREE + 16)      ; code, not present
%define G_SAME (FREE + 32)      ; call gate, DPL 0, to CODE0
%define G_INNER (FREE + 40)     ; call gate, DPL 3, to CODE0, 3 parameters
%define G_INNER16 (FREE + 48)   ; 16-bit call gate, DPL 3, to CODE0, 2 parameters
%define G_GONE (FREE + 56)      ; call gate, DPL 3, not present
%define G_NULL (FREE + 64)      ; call gate, DPL 3, to the null selector
%define G_DATA (FREE + 72)      ; call gate, DPL 3, to data
%define G_CONF (FREE + 80)      ; call gate, DPL 3, to the conforming segment
%define G_RING1 (FREE + 88)     ; call gate, DPL 3, to CODE1
%define G_DPL0 (FREE + 96)      ; call gate, DPL 0

main:
        enter_protected
        set_descriptor C_CONF, 0, 0xfffff, 0x9f, 12
        set_descriptor C_DPL3, 0, 0xfffff, 0xfb, 12
        set_descriptor C_GONE, 0, 0xfffff, 0x1b, 12
        set_gate G_SAME, CODE0, callee, 0x8c, 0
        set_gate G_INNER, CODE0, callee3, 0xec, 3
        set_gate G_INNER16, CODE0, callee16, 0xe4, 2
        set_gate G_GONE, CODE0, callee, 0x6c, 0
        set_gate G_NULL, 0, callee, 0xec, 0
        set_gate G_DATA, DATA0, callee, 0xec, 0
        set_gate G_CONF, C_CONF, callee, 0xec, 0
        set_gate G_RING1, CODE1 & 0xfc, callee1, 0xec, 1
        set_gate G_DPL0, CODE0, callee, 0x8c, 0

        attempt "jmp null", jmp 0:callee
        attempt "jmp beyond the GDT", jmp FREE + 32 * 8:callee
        attempt "jmp data", jmp DATA0:callee
        attempt "jmp absent code", jmp C_GONE:callee
        attempt "jmp code of DPL 3", jmp C_DPL3:callee
        attempt "jmp code with RPL 3", jmp CODE0 + 3:callee
        attempt "jmp conforming with RPL 3", jmp C_CONF + 3:conforming
        attempt "call direct", call CODE0:callee
        attempt "call through a gate", call G_SAME:0x12345678
        attempt "call through a gate with RPL 3", call G_SAME + 3:0
        attempt "call an absent gate", call G_GONE:0
        attempt "call a gate to null", call G_NULL:0
        attempt "call a gate to data", call G_DATA:0
        attempt "call from memory", call far [pointer]
        attempt "jmp from memory, 16-bit", o16 jmp far [pointer16]
pointer16_target:
        say {10}
        attempt "call 16-bit direct", call word CODE0:at(callee_o16)

        ; from ring 3
        attempt "ring 3: jmp CODE0", ring3 r3_jmp
        attempt "ring 3: jmp conforming", ring3 r3_conforming
        attempt "ring 3: call gate of DPL 0", ring3 r3_dpl0
        attempt "ring 3: jmp through a gate to inner", ring3 r3_jmp_gate
        attempt "ring 3: call gate with parameters", ring3 r3_call
        attempt "ring 3: 16-bit call gate", ring3 r3_call16
        attempt "ring 3: call gate to conforming", ring3 r3_call_conf
        attempt "ring 3: call gate to ring 1", ring3 r3_ring1
        mov word [tss + 16], DATA3
        attempt "ring 3: bad SS1 in the TSS", ring3 r3_bad
        mov word [tss + 16], 0
        attempt "ring 3: null SS1 in the TSS", ring3 r3_bad
        mov word [tss + 16], FREE + 32 * 8
        attempt "ring 3: SS1 beyond the GDT", ring3 r3_bad
        mov word [tss + 16], DATA1

        ; returns
        push dword DATA3
        push dword STACK3
        push dword CODE3
        push dword r3_return
        mov ax, DATA0
        mov fs, ax
        mov ax, DATA3
        mov gs, ax
        attempt "retf to ring 3", retf
        attempt "retf to null", jmp return_null
        attempt "retf to data", jmp return_data
        attempt "retf to absent code", jmp return_gone
        attempt "retf to an inner ring", ring3 r3_retf
        attempt "retf with a bad SS", jmp return_ss
        attempt "retf with a null SS", jmp return_ss_null
        attempt "retf 8", jmp return_pop
        jmp quit

pointer: dd callee, CODE0
pointer16: dw at(pointer16_target16), CODE0
pointer16_target16:
        say " arrived"
        jmp pointer16_target

; Print CS, SS, ESP relative to the frame's base and what is on the stack.
callee:
        call where
        retf
callee_o16:
        call where
        o16 retf
conforming:
        call where
        jmp CODE0:.back
.back:
        call report_ok
        jmp [resume]

where:
        push eax
        say " [cs "
        mov eax, cs
        call hex
        say " ss "
        mov eax, ss
        call hex
        say " esp "
        mov eax, esp
        call hex
        say "]"
        pop eax
        ret

; The stack: EIP, CS, parameters, ESP, SS.
callee3:
        call where
        mov ecx, 7
        call dump
        push ds
        pop ds
        retf 12
callee1:
        call where
        mov ecx, 5
        call dump
        retf 4
dump:
        lea esi, [esp + 4]
.next:
        mov eax, [ss:esi]
        cmp eax, 0x1000
        jb .small
        cmp eax, 0x1f000
        jae .small
        sub eax, [ss:site]
.small:
        push esi
        say " "
        call hex
        pop esi
        add esi, 4
        loop .next
        ret
callee16:
        call where
        mov eax, [esp]
        sub eax, [site]
        and eax, 0xffff
        say " "
        call hex
        mov eax, [esp + 4]
        say " "
        call hex
        mov eax, [esp + 8]
        say " "
        call hex
        o16 retf 4

r3_jmp: jmp CODE0:callee
r3_conforming:
        jmp C_CONF:.there
.there: call where
        hlt
r3_dpl0: call G_DPL0:0
r3_jmp_gate: jmp G_INNER:0
r3_call:
        push dword 0x333
        push dword 0x222
        push dword 0x111
        call G_INNER:0
        call where
        mov eax, ds
        show " ds: ", eax
        hlt
r3_call16:
        push word 0x222
        push word 0x111
        o16 call far [.pointer]
        call where
        hlt
.pointer: dw 0, G_INNER16
r3_call_conf:
        call G_CONF:0
        call where
        hlt
r3_ring1:
        push dword 0x77
        call G_RING1:0
        call where
        hlt
r3_bad:
        call G_RING1:0
r3_return:
        mov edx, ds
        mov ax, DATA3
        mov ds, ax
        call where
        show " ds: ", edx
        mov eax, fs
        show " fs: ", eax
        mov eax, gs
        show "gs: ", eax
        hlt
r3_retf:
        push dword CODE0
        push dword callee
        retf
return_null:
        push dword 0
        push dword callee
        retf
return_data:
        push dword DATA0
        push dword callee
        retf
return_gone:
        push dword C_GONE
        push dword callee
        retf
return_ss:
        push dword DATA0
        push dword STACK3
        push dword CODE3
        push dword callee
        retf
return_ss_null:
        push dword 0
        push dword STACK3
        push dword CODE3
        push dword callee
        retf
return_pop:
        push dword 0x55
        push dword 0x66
        push dword CODE0
        push dword .here
        retf 8
.here:
        call where
        ud2
