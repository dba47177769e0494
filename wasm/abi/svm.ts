// The virtual machine control block (VMCB): a page of physical memory. AMD APM vol. 2 appendix B "Layout of VMCB".
// Offsets in bytes from its start. Not here: fields of what CPUID does not claim (LBR virtualization, SEV, AVIC, clean bits, decode assists).

// Control area.

/** u32 vectors 0 to 4 of intercepts: bit n of them all is exit code n. */
export const VMCB_INTERCEPTS: i32 = 0x00;
export const VMCB_INTERCEPT_WORDS: i32 = 5;
export const VMCB_IOPM_BASE: i32 = 0x40;
export const VMCB_MSRPM_BASE: i32 = 0x48;
export const VMCB_TSC_OFFSET: i32 = 0x50;
export const VMCB_ASID: i32 = 0x58;
/** u8 behind the ASID. */
export const VMCB_TLB_CONTROL: i32 = 0x5c;
/** u64: V_* below. */
export const VMCB_V_INTR: i32 = 0x60;
/** u64: bit 0 says that the guest is in an interrupt shadow. */
export const VMCB_INTERRUPT_SHADOW: i32 = 0x68;
export const VMCB_EXITCODE: i32 = 0x70;
export const VMCB_EXITINFO1: i32 = 0x78;
export const VMCB_EXITINFO2: i32 = 0x80;
export const VMCB_EXITINTINFO: i32 = 0x88;
/** u64: bit 0 is NP_ENABLE. */
export const VMCB_NP_ENABLE: i32 = 0x90;
export const VMCB_EVENTINJ: i32 = 0xa8;
export const VMCB_N_CR3: i32 = 0xb0;
export const VMCB_NRIP: i32 = 0xc8;

// V_INTR: low half.
export const V_TPR_MASK: i32 = 0xf;
export const V_IRQ: i32 = 1 << 8;
export const V_INTR_PRIO_SHIFT: i32 = 16;
export const V_IGN_TPR: i32 = 1 << 20;
export const V_INTR_MASKING: i32 = 1 << 24;

// EVENTINJ and EXITINTINFO: vector in bits 0-7, type 8-10, then the bits below; the error code is the high half.
export const EVENT_TYPE_SHIFT: i32 = 8;
export const EVENT_EXTERNAL: i32 = 0;
export const EVENT_NMI: i32 = 2;
export const EVENT_EXCEPTION: i32 = 3;
export const EVENT_SOFTWARE: i32 = 4;
export const EVENT_HAS_CODE: i32 = 1 << 11;
/** Bit number of V. */
export const EVENT_VALID_BIT: i32 = 31;

// State save area. Segment registers ES CS SS DS FS GS, GDTR, LDTR, IDTR, TR, 16 bytes each: u16 selector, u16 attributes (descriptor bits 40-47
// and 52-55), u32 limit in bytes, u64 base.
export const VMCB_SEGMENTS: i32 = 0x400;
export const VMCB_SEGMENT_SIZE: i32 = 16;
export const VMCB_GDTR: i32 = 0x460;
export const VMCB_LDTR: i32 = 0x470;
export const VMCB_IDTR: i32 = 0x480;
export const VMCB_TR: i32 = 0x490;
export const VMCB_CPL: i32 = 0x4cb;
export const VMCB_EFER: i32 = 0x4d0;
export const VMCB_CR4: i32 = 0x548;
export const VMCB_CR3: i32 = 0x550;
export const VMCB_CR0: i32 = 0x558;
export const VMCB_DR7: i32 = 0x560;
export const VMCB_DR6: i32 = 0x568;
export const VMCB_RFLAGS: i32 = 0x570;
export const VMCB_RIP: i32 = 0x578;
export const VMCB_RSP: i32 = 0x5d8;
export const VMCB_RAX: i32 = 0x5f8;
export const VMCB_SYSENTER_CS: i32 = 0x628;
export const VMCB_SYSENTER_ESP: i32 = 0x630;
export const VMCB_SYSENTER_EIP: i32 = 0x638;
export const VMCB_CR2: i32 = 0x640;
export const VMCB_G_PAT: i32 = 0x668;

// Exit codes. AMD APM vol. 2 appendix C "SVM Intercept Exit Codes".
export const VMEXIT_CR_READ: i32 = 0x00;
export const VMEXIT_CR_WRITE: i32 = 0x10;
export const VMEXIT_DR_READ: i32 = 0x20;
export const VMEXIT_DR_WRITE: i32 = 0x30;
export const VMEXIT_EXCEPTION: i32 = 0x40;
export const VMEXIT_INTR: i32 = 0x60;
export const VMEXIT_NMI: i32 = 0x61;
export const VMEXIT_VINTR: i32 = 0x64;
export const VMEXIT_CR0_SEL_WRITE: i32 = 0x65;
export const VMEXIT_IDTR_READ: i32 = 0x66;
export const VMEXIT_GDTR_READ: i32 = 0x67;
export const VMEXIT_LDTR_READ: i32 = 0x68;
export const VMEXIT_TR_READ: i32 = 0x69;
export const VMEXIT_IDTR_WRITE: i32 = 0x6a;
export const VMEXIT_GDTR_WRITE: i32 = 0x6b;
export const VMEXIT_LDTR_WRITE: i32 = 0x6c;
export const VMEXIT_TR_WRITE: i32 = 0x6d;
export const VMEXIT_RDTSC: i32 = 0x6e;
export const VMEXIT_RDPMC: i32 = 0x6f;
export const VMEXIT_PUSHF: i32 = 0x70;
export const VMEXIT_POPF: i32 = 0x71;
export const VMEXIT_CPUID: i32 = 0x72;
export const VMEXIT_IRET: i32 = 0x74;
export const VMEXIT_SWINT: i32 = 0x75;
export const VMEXIT_INVD: i32 = 0x76;
export const VMEXIT_PAUSE: i32 = 0x77;
export const VMEXIT_HLT: i32 = 0x78;
export const VMEXIT_INVLPG: i32 = 0x79;
export const VMEXIT_INVLPGA: i32 = 0x7a;
export const VMEXIT_IOIO: i32 = 0x7b;
export const VMEXIT_MSR: i32 = 0x7c;
export const VMEXIT_TASK_SWITCH: i32 = 0x7d;
export const VMEXIT_FERR_FREEZE: i32 = 0x7e;
export const VMEXIT_SHUTDOWN: i32 = 0x7f;
export const VMEXIT_VMRUN: i32 = 0x80;
export const VMEXIT_VMMCALL: i32 = 0x81;
export const VMEXIT_VMLOAD: i32 = 0x82;
export const VMEXIT_VMSAVE: i32 = 0x83;
export const VMEXIT_STGI: i32 = 0x84;
export const VMEXIT_CLGI: i32 = 0x85;
export const VMEXIT_SKINIT: i32 = 0x86;
export const VMEXIT_ICEBP: i32 = 0x88;
export const VMEXIT_WBINVD: i32 = 0x89;
export const VMEXIT_NPF: i32 = 0x400;
/** The VMCB is not one that a guest can be entered with. Sign-extended to 64 bits. */
export const VMEXIT_INVALID: i32 = -1;

// EXITINFO1 of IOIO: port in bits 16-31.
export const IOIO_IN: i32 = 1;
export const IOIO_STRING: i32 = 4;
export const IOIO_REP: i32 = 8;
/** Times the operand size in bytes (1, 2, 4): SZ8, SZ16, SZ32. */
export const IOIO_SIZE: i32 = 0x10;
/** Times half the address size in bytes (2, 4): A16, A32. */
export const IOIO_ADDRESS_SIZE: i32 = 0x80;

// High half of EXITINFO1 of NPF; the low half is a page fault's error code.
/** The guest-physical address of an access itself. */
export const NPF_FINAL: i32 = 1;
/** That of an entry of the guest's page tables. */
export const NPF_TABLE: i32 = 2;

// EXITINFO2 of TASK_SWITCH: error code in the low half; bit numbers.
export const TASK_BY_IRET_BIT: i32 = 36;
export const TASK_BY_JUMP_BIT: i32 = 38;
export const TASK_HAS_CODE_BIT: i32 = 44;
export const TASK_RF_BIT: i32 = 48;
