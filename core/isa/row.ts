/**
 * One row per encoding: the master of decoder, dispatch, support table and the check against iced-x86.
 *
 * `opcode`: bytes in hex, in manual order, with an optional mandatory prefix first: `"01"`, `"0F AF"`, `"66 0F 58"`, `"F3 0F 10"`;
 * `NP` first means "none of 66, F2, F3 selects another row here". Then at most one of
 *   `/0`..`/7`  modrm.reg extends the opcode;   `=C8`  the whole modrm byte is fixed;   `+r`  the low three bits name a register.
 * Operand codes are those of SDM Vol. 2 Appendix A ("Codes for Addressing Method", "Codes for Operand Type"). `M*` operands match only
 * memory, `R*` `U*` `N*` `STi` only registers; so two rows may share an opcode and differ there. `ST0`/`STi` are x87 registers,
 * `1` is the constant one, fixed registers are spelled out (`AL`, `DX`, `eAX`, `CS`).
 *
 * Decoding to a micro-op (abi/uop.ts): the first operand is U_DST or, if it is memory, UF_DST_MEM; the second U_SRC, UF_SRC_MEM or
 * UF_SRC_IMM with U_IMM; a third is always U_IMM, or CL (then U_IMM is not read). A single memory, register or immediate operand that
 * is only read (`role: "src"`) goes to the source side: PUSH, CALL, JMP, MUL, FLD and so on.
 */
export interface InstructionRow {
  readonly opcode: string;
  readonly mnemonic: string;
  /** Operand codes, comma separated; empty if none. */
  readonly operands: string;
  /** Name of the exported AssemblyScript function; `name<T>` is instantiated for each operand size (u8 for b, else u16 u32 u64). */
  readonly exec: string;
  /** Letters of OSZAPC, and D I T N (nested task) V (AC) for system flags. */
  readonly flags?: Flags;
  /** Exceptions besides those of fetching, separated by blanks: `"#PF #GP #SS #AC"`. Filled by `mem` when omitted and an operand may be memory. */
  readonly faults?: string;
  /** CPUID feature or processor generation that brought it: `8086` `186` `286` `386` `486` `586` `686` `FPU` `CMOV` `MMX` `SSE2` ... */
  readonly feature: string;
  /** The instruction may change RIP, CS, a mode, or what the next fetch sees: it ends a run of micro-ops. */
  readonly ends?: boolean;
  /** Where a lone operand goes; default `"dst"`. */
  readonly role?: "src" | "dst";
  /** LOCK is allowed when the destination is memory. */
  readonly lock?: boolean;
  /** Valid only outside (`"32"`) or only inside (`"64"`) 64-bit mode; default both. */
  readonly mode?: "32" | "64";
  /** Operand size in 64-bit mode is 64 without REX.W (near branches, stack). */
  readonly default64?: boolean;
  /** String instruction: REP prefixes mean repetition; `"z"` if REPE/REPNE also test ZF. */
  readonly rep?: "plain" | "z";
  /**
   * When it faults for want of privilege: `cpl0` outside ring 0, `iopl` where CPL is above IOPL, `io` there too, where the I/O bitmap forbids it.
   * `sensitive`: it never does so, although `touches` says it should (Robin and Irvine).
   */
  readonly privilege?: "cpl0" | "iopl" | "io" | "sensitive";
  /** It faults outside ring 0 while CR4.TSD is set, or while CR4.PCE is clear. */
  readonly cr4?: "tsd" | "pce";
  /** State that belongs to whoever owns the machine: what the result depends on, what the instruction changes. */
  readonly touches?: { readonly reads?: readonly ProtectedState[]; readonly writes?: readonly ProtectedState[] };
  /** #GP(0) outside ring 0 while CR4.UMIP is set. */
  readonly umip?: boolean;
  /** The decoded fixed operand size in bytes, where no `v`/`b` operand tells it (x87 and SSE rows set what their exec wants in U_SIZE). */
  readonly size?: 1 | 2 | 4 | 8 | 10 | 16;
  /** Why this row differs from iced-x86's list, shown in the support table. */
  readonly note?: string;
}

/**
 * Protected state, as registers of the manuals or as `CPL` (the processor's mode), `selector` (of a segment register: its RPL is the CPL of who
 * loaded it), `descriptors` (their DPL against the CPL), `activity` (running or halted), `caches`, `ports`.
 */
export type ProtectedState =
  | "CPL"
  | "selector"
  | "descriptors"
  | "IF"
  | "IOPL"
  | "AC"
  | "GDTR"
  | "IDTR"
  | "LDTR"
  | "TR"
  | "CR0"
  | "CRn"
  | "DRn"
  | "MSRs"
  | "TSC"
  | "PMCs"
  | "TLB"
  | "caches"
  | "ports"
  | "activity";

export interface Flags {
  readonly reads?: string;
  readonly writes?: string;
  readonly undefined?: string;
  readonly sets?: string;
  readonly clears?: string;
}
