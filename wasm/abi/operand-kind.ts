// What the decoder does for an operand. Numbers stand in the generated decode tables (core/isa/generate).

export const K_NONE: i32 = 0;
/** modrm.reg as general register: of operand size, or a byte register. */
export const K_REG: i32 = 1;
export const K_REG8: i32 = 2;
/** modrm.rm: general register or memory. */
export const K_RM: i32 = 3;
export const K_RM8: i32 = 4;
export const K_MEM: i32 = 5;
export const K_XMM_REG: i32 = 7;
/** modrm.rm: XMM (or MMX) register or memory. */
export const K_XMM_RM: i32 = 8;
export const K_MMX_REG: i32 = 9;
export const K_MMX_RM: i32 = 10;
/** Plain numbers from modrm.reg. */
export const K_SEGMENT: i32 = 11;
export const K_NUMBER: i32 = 12;
/** Low three bits of the opcode. */
export const K_OPCODE_REG: i32 = 14;
export const K_OPCODE_REG8: i32 = 15;
export const K_ST0: i32 = 17;
export const K_STI: i32 = 18;
export const K_IMM8: i32 = 19;
export const K_IMM8_SIGNED: i32 = 20;
export const K_IMM16: i32 = 21;
/** 2 bytes with 16-bit operand size, else 4, sign-extended. */
export const K_IMM_Z: i32 = 22;
/** 2, 4 or 8 bytes by operand size. */
export const K_IMM_V: i32 = 23;
export const K_FAR_POINTER: i32 = 26;
/** The constant one. */
export const K_ONE: i32 = 27;
/** Absolute offset of address size. */
export const K_OFFSET: i32 = 28;
/** Implied memory of string instructions: nothing to decode. */
export const K_STRING: i32 = 29;
/** + register number: a fixed general register. */
export const K_FIXED: i32 = 64;
/** + segment number. */
export const K_FIXED_SEGMENT: i32 = 96;

// Rules for U_SIZE: a number of bytes (1 to 16), or one of these.
export const SIZE_OPERAND: i32 = 0;
/** 4, or 8 with REX.W. */
export const SIZE_Y: i32 = 32;

// Leaf flags.
export const LEAF_MODRM: i32 = 1;
export const LEAF_ENDS: i32 = 2;
export const LEAF_LOCK: i32 = 4;
export const LEAF_DEFAULT64: i32 = 8;
export const LEAF_CONDITION: i32 = 16;
export const LEAF_X87: i32 = 32;
/** A string instruction: it only ends a run when a REP prefix makes it repeat. */
export const LEAF_STRING: i32 = 64;
/** modrm.mod is ignored: the operand is always a register (MOV to and from control and debug registers). */
export const LEAF_IGNORES_MOD: i32 = 128;
export const LEAF_SIZE: i32 = 16;

// Node kinds: the top three bits of a u16. The rest is an index into the leaves (kind 0, plus one; 0 is undefined) or the nodes.
/** Four children: no prefix, 66, F3, F2. */
export const NODE_PREFIX: i32 = 1;
/** Two children: memory, register. */
export const NODE_MOD: i32 = 2;
/** Eight children by modrm.reg. */
export const NODE_REG: i32 = 3;
/** Eight children by modrm.rm. */
export const NODE_RM: i32 = 4;
/** Two children: 16/32-bit code, 64-bit code. */
export const NODE_MODE: i32 = 5;
