// The micro-op: one decoded instruction, 32 bytes. Offsets in bytes. Interpreter, translator and hypervisor read it.

export const UOP_SIZE: i32 = 32;
/** u16: hot handler number (generated, cpu/generated/hot-ops.ts). */
export const U_OP: i32 = 0;
/** u8: destination register: byte offset in its file (general 8 x n, plus 1 for AH-BH; XMM, x87 and MMX 16 x n; segment, CR, DR n). */
export const U_DST: i32 = 2;
/** u8: source register, likewise. */
export const U_SRC: i32 = 3;
/** i32: immediate, sign-extended; for near branches the displacement; for far pointers the offset. */
export const U_IMM: i32 = 4;
/** i32: displacement of the memory operand. */
export const U_DISP: i32 = 8;
/** u8: base register offset, REG_ZERO where there is none. */
export const U_BASE: i32 = 12;
/** u8: index register offset, REG_ZERO where there is none. */
export const U_INDEX: i32 = 13;
/** u8: shift of the index, 0-3. */
export const U_SCALE: i32 = 14;
/** u8: segment number of the memory operand. */
export const U_SEG: i32 = 15;
/** u16: offset of the instruction's first byte in its page. */
export const U_OFFSET: i32 = 16;
/** u8: length of the instruction in bytes. */
export const U_LENGTH: i32 = 18;
/** u8: UF_* flags. */
export const U_FLAGS: i32 = 19;
/** u16: index in the module's function table of the exec function, for handlers that call it. */
export const U_EXEC: i32 = 20;
/** u8: operand size in bytes (1, 2, 4, 8). */
export const U_SIZE: i32 = 22;
/** u8: address size in bytes (2, 4, 8). */
export const U_ASIZE: i32 = 23;
/** u32: cached target micro-op of a direct branch inside the page, or 0. */
export const U_LINK: i32 = 24;
/** u32: second immediate (ENTER's level, a far pointer's selector, the high half of a 64-bit immediate); x87: opcode bits for FOP. */
export const U_IMM2: i32 = 28;

export const UF_DST_MEM: i32 = 1;
export const UF_SRC_MEM: i32 = 2;
export const UF_SRC_IMM: i32 = 4;
export const UF_LOCK: i32 = 8;
/** REP or REPE (F3). */
export const UF_REP: i32 = 16;
/** REPNE (F2). */
export const UF_REPNE: i32 = 32;

// An instruction that goes on in the next page has U_OP = OP_STRADDLE in its first page, and a second slot after it, at UOP_SIZE, with the
// fields below. Its own fields are those of the whole instruction, U_LENGTH included, if STRADDLE_SECOND is not 0. That is so from its
// first execution on, until something is stored to its bytes in the second page or that page is dropped. Whoever executes it must
// see that the next linear page is still the one of STRADDLE_SECOND, and go on there, at U_OFFSET + U_LENGTH - 4096.
// No other handler may take the place of OP_STRADDLE: the slot is found through it.
/** u32: descriptor of the page that the rest of the instruction was in, or 0. */
export const STRADDLE_SECOND: i32 = UOP_SIZE + 4;
/** u32: the next micro-op of those whose rest is in that page. */
export const STRADDLE_NEXT: i32 = UOP_SIZE + 8;
/** u32: 1 if the row of the instruction ends a run. */
export const STRADDLE_ENDS: i32 = UOP_SIZE + 12;
