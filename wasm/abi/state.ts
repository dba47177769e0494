// Processor state: absolute byte addresses in linear memory. Every field is 8 bytes apart unless its comment says otherwise.
// 32-bit code uses the low half of a 64-bit field. (Files in wasm/abi import nothing: asc and tsc spell paths differently.)

export const STATE_BASE: i32 = 0x1000;

/** General registers: 16 x u64 (rax rcx rdx rbx rsp rbp rsi rdi r8..r15), then a slot that is always zero. */
export const REGS: i32 = STATE_BASE;
/** Byte offset in the register file of the always-zero slot: a missing base or index register. */
export const REG_ZERO: i32 = 128;
export const RAX: i32 = 0;
export const RCX: i32 = 8;
export const RDX: i32 = 16;
export const RBX: i32 = 24;
export const RSP: i32 = 32;
export const RBP: i32 = 40;
export const RSI: i32 = 48;
export const RDI: i32 = 56;

/** Instruction pointer, relative to the CS base. While run() is inside a page it is derived from the micro-op; see cpu/state.ts. */
export const RIP: i32 = STATE_BASE + 136;
/** EFLAGS. Inside run() the bits OSZAPC live in the lazy-flag globals (cpu/flags.ts) and are zero here. */
export const RFLAGS: i32 = STATE_BASE + 144;

/**
 * Segment registers ES CS SS DS FS GS LDTR TR: 32 bytes each:
 * u32 selector, u32 limit (bytes, already scaled by G), u64 base, u32 access (descriptor bits 40-55: type 0-3, S 4, DPL 5-6, P 7,
 * AVL 12, L 13, D/B 14, G 15), u32 MARK_* bits, derived from the others by synchronize(), 8 bytes reserved.
 */
export const SEGS: i32 = STATE_BASE + 160;
export const SEG_STRIDE: i32 = 32;
export const SEG_SELECTOR: i32 = 0;
export const SEG_LIMIT: i32 = 4;
export const SEG_BASE: i32 = 8;
export const SEG_ACCESS: i32 = 16;
export const SEG_MARKS: i32 = 20;
/** Marks: usable (not null), readable, writable, and flat (base 0, limit 4 GiB - 1, expand-up, readable, writable if not code). */
export const MARK_USABLE: i32 = 1;
export const MARK_READ: i32 = 2;
export const MARK_WRITE: i32 = 4;
export const MARK_FLAT: i32 = 8;
export const MARK_EXPAND_DOWN: i32 = 16;
/** As if flat, but it ends between 64 KiB and 4 GiB; never of CS. */
export const MARK_CUT: i32 = 32;
export const ES: i32 = 0;
export const CS: i32 = 1;
export const SS: i32 = 2;
export const DS: i32 = 3;
export const FS: i32 = 4;
export const GS: i32 = 5;
export const LDTR: i32 = 6;
export const TR: i32 = 7;

export const GDTR_BASE: i32 = STATE_BASE + 416;
export const GDTR_LIMIT: i32 = STATE_BASE + 424;
export const IDTR_BASE: i32 = STATE_BASE + 432;
export const IDTR_LIMIT: i32 = STATE_BASE + 440;

export const CR0: i32 = STATE_BASE + 448;
export const CR2: i32 = STATE_BASE + 456;
export const CR3: i32 = STATE_BASE + 464;
export const CR4: i32 = STATE_BASE + 472;
export const CR8: i32 = STATE_BASE + 480;
/** DR0-DR7, 8 x u64. */
export const DRS: i32 = STATE_BASE + 488;
export const EFER: i32 = STATE_BASE + 552;
/** PDPTEs of PAE paging, as loaded by MOV to CR3: 4 x u64. */
export const PDPTES: i32 = STATE_BASE + 560;
/** Current privilege level. */
export const CPL: i32 = STATE_BASE + 592;

export const MSR_SYSENTER_CS: i32 = STATE_BASE + 600;
export const MSR_SYSENTER_ESP: i32 = STATE_BASE + 608;
export const MSR_SYSENTER_EIP: i32 = STATE_BASE + 616;
export const MSR_PAT: i32 = STATE_BASE + 624;
export const MSR_APIC_BASE: i32 = STATE_BASE + 632;
export const MSR_MISC_ENABLE: i32 = STATE_BASE + 640;
export const MSR_MTRR_DEF_TYPE: i32 = STATE_BASE + 648;
/** 8 variable-range pairs (base, mask), then the 11 fixed-range registers: 27 x u64. */
export const MSR_MTRR_VARIABLE: i32 = STATE_BASE + 656;
export const MSR_MTRR_FIXED: i32 = STATE_BASE + 784;
/** Added to the clock by WRMSR to IA32_TIME_STAMP_COUNTER. */
export const TSC_OFFSET: i32 = STATE_BASE + 872;
export const MSR_BIOS_SIGN: i32 = STATE_BASE + 880;
export const MSR_FEATURE_CONTROL: i32 = STATE_BASE + 888;

/** Instructions retired since reset, exact whenever a host import is called and when run() has returned. */
export const INSTRUCTIONS: i32 = STATE_BASE + 960;
/** Level of the INTR pin, written by the facade: u32 0 or 1. */
export const INTR: i32 = STATE_BASE + 968;
/** Edge-latched NMI request, written by the facade. */
export const NMI_PENDING: i32 = STATE_BASE + 976;
/** NMIs are blocked until the next IRET. */
export const NMI_BLOCKED: i32 = STATE_BASE + 984;
/** 0 running, 1 halted, 2 shut down (triple fault), 3 about to leave run() with an event: ACTIVITY_*. */
export const ACTIVITY: i32 = STATE_BASE + 992;
export const ACTIVITY_RUNNING: i32 = 0;
export const ACTIVITY_HALTED: i32 = 1;
export const ACTIVITY_SHUTDOWN: i32 = 2;
/** The guest that enterGuest() entered has left: nothing runs until another is entered, or the facade sets another state. */
export const ACTIVITY_EXITED: i32 = 3;
/** Only inside run(): see abi/deprivileged.ts. */
export const ACTIVITY_EVENT: i32 = 4;
/** Interrupt shadow after STI (bit 0) and MOV SS / POP SS (bit 1), and the one that a VMCB asked for (bit 2): lasts one instruction. */
export const SHADOW: i32 = STATE_BASE + 1000;
export const SHADOW_STI: i32 = 1;
export const SHADOW_MOV_SS: i32 = 2;
export const SHADOW_GUEST: i32 = 4;
/** The facade sets this to 1 to make run() return after the current instruction. */
export const STOP_REQUEST: i32 = STATE_BASE + 1008;
/** Value of the A20 mask for physical addresses: 0xffffffff or 0xffefffff. */
export const A20_MASK: i32 = STATE_BASE + 1016;
/** FEATURE_* switches the facade set before reset (UMIP, SMEP, SMAP, and so on). */
export const FEATURES: i32 = STATE_BASE + 1024;
export const FEATURE_UMIP: i32 = 1;
export const FEATURE_SMEP: i32 = 2;
export const FEATURE_SMAP: i32 = 4;
/** AMD's secure virtual machine; the vendor is AMD's then. */
export const FEATURE_SVM: i32 = 8;
/** CPUID says that a hypervisor with KVM's interface is there, and the host answers its registers. */
export const FEATURE_KVM: i32 = 0x100;
/** Last exception delivered, for observers: u32 vector, u32 error code at +4. */
export const LAST_EXCEPTION: i32 = STATE_BASE + 1032;
/** Exceptions delivered since reset, for observers. */
export const EXCEPTIONS: i32 = STATE_BASE + 1048;
/** Debug conditions found by the current instruction, to be put in DR6 when #DB is delivered. */
export const PENDING_DEBUG: i32 = STATE_BASE + 1040;

// SVM: AMD APM vol. 2 "Secure Virtual Machine". Outside guest mode the fields from VMCB on are 0, so that nobody has to ask for the mode.

export const MSR_VM_CR: i32 = STATE_BASE + 1056;
export const MSR_VM_HSAVE_PA: i32 = STATE_BASE + 1064;
/** 1 while the global interrupt flag is clear, which it is not at reset. */
export const GIF_CLEAR: i32 = STATE_BASE + 1072;
/** 0, or who gets control at the next #VMEXIT: GUEST_OF_*. */
export const GUEST: i32 = STATE_BASE + 1080;
/** The code that executed VMRUN. */
export const GUEST_OF_CODE: i32 = 1;
/** Who called enterGuest(). */
export const GUEST_OF_FACADE: i32 = 2;
/** Physical address of the VMCB in use. */
export const VMCB: i32 = STATE_BASE + 1088;
/** What is intercepted: 5 x u32, so that bit n is exit code n (abi/svm.ts). Then 4 bytes that are 0. */
export const INTERCEPTS: i32 = STATE_BASE + 1096;
/** Physical addresses of the permission maps. */
export const IO_PERMISSIONS: i32 = STATE_BASE + 1120;
export const MSR_PERMISSIONS: i32 = STATE_BASE + 1128;
/** Added to the time-stamp counter. */
export const GUEST_TSC_OFFSET: i32 = STATE_BASE + 1136;
/** The VMCB's virtual-interrupt field, as it stands. */
export const VIRTUAL_INTERRUPT: i32 = STATE_BASE + 1144;
/** What concerns interrupts in guest mode: GUEST_EVENT_*, derived from VIRTUAL_INTERRUPT but for the last. */
export const GUEST_EVENTS: i32 = STATE_BASE + 1152;
/** A virtual interrupt waits whose priority is above V_TPR. */
export const GUEST_EVENT_VIRQ: i32 = 1;
/** V_INTR_MASKING: EFLAGS.IF is for virtual interrupts only; GUEST_EVENT_HOST_IF is the host's, for the INTR pin. */
export const GUEST_EVENT_MASKING: i32 = 2;
export const GUEST_EVENT_HOST_IF: i32 = 4;
/** Not 0: translated code must leave PUSHF and POPF to their exec functions. */
export const GUEST_ATTENTION: i32 = STATE_BASE + 1160;
/** Nested paging: 0, or NESTED_* of the tables at NESTED_CR3, which have the format of the host's paging when VMRUN was executed. */
export const NESTED: i32 = STATE_BASE + 1168;
export const NESTED_ON: i32 = 1;
export const NESTED_PAE: i32 = 2;
export const NESTED_NXE: i32 = 4;
export const NESTED_PSE: i32 = 8;
export const NESTED_CR3: i32 = STATE_BASE + 1176;
/** First byte behind the fields of guest mode. */
export const GUEST_END: i32 = STATE_BASE + 1184;
/** Registers of AMD's processors that kernels look for there. */
export const MSR_SYSCFG: i32 = STATE_BASE + 1184;
export const MSR_HWCR: i32 = STATE_BASE + 1192;
/** First byte behind the fields of SVM. */
export const SVM_END: i32 = STATE_BASE + 1200;

/**
 * x87 registers R0-R7 by physical number: 8 x 16 bytes: u64 significand, u16 sign and exponent, 6 bytes zero.
 * ST(i) is R((TOP + i) & 7). MMX register i is the significand of Ri.
 */
export const FPU_REGS: i32 = STATE_BASE + 1280;
export const FPU_CONTROL: i32 = STATE_BASE + 1408;
/** Status word, TOP in bits 11-13 included. */
export const FPU_STATUS: i32 = STATE_BASE + 1416;
/** Full tag word by physical register: 2 bits each, 3 is empty. Other values are recomputed from the contents when stored. */
export const FPU_TAGS: i32 = STATE_BASE + 1424;
export const FPU_OPCODE: i32 = STATE_BASE + 1432;
export const FPU_IP: i32 = STATE_BASE + 1440;
export const FPU_CS: i32 = STATE_BASE + 1448;
export const FPU_DP: i32 = STATE_BASE + 1456;
export const FPU_DS: i32 = STATE_BASE + 1464;

/** XMM0-XMM15, 16 x 16 bytes (16-byte aligned). */
export const XMM: i32 = STATE_BASE + 1536;
export const MXCSR: i32 = STATE_BASE + 1792;

/** End of the architectural record that save() copies and load() restores. */
export const STATE_END: i32 = STATE_BASE + 2048;
