// The registers a debugger sees, in the order of gdb's numbers: those of gdb's standard features for i386, then the system's.

export interface RegisterDescription {
  readonly name: RegisterName;
  readonly bits: number;
  /** gdb's type. */
  readonly type: string;
  readonly feature: "core" | "sse" | "system";
}

const GENERAL = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"] as const;
const SELECTORS = ["cs", "ss", "ds", "es", "fs", "gs"] as const;
const STACK = ["st0", "st1", "st2", "st3", "st4", "st5", "st6", "st7"] as const;
const FLOAT_CONTROL = ["fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop"] as const;
const VECTORS = ["xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"] as const;
const BASES = ["cs_base", "ss_base", "ds_base", "es_base", "fs_base", "gs_base"] as const;
const CONTROL = ["cr0", "cr2", "cr3", "cr4", "cr8", "efer"] as const;

export type RegisterName =
  | (typeof GENERAL)[number]
  | "eip"
  | "eflags"
  | (typeof SELECTORS)[number]
  | (typeof STACK)[number]
  | (typeof FLOAT_CONTROL)[number]
  | (typeof VECTORS)[number]
  | "mxcsr"
  | (typeof BASES)[number]
  | (typeof CONTROL)[number];

const row = (feature: RegisterDescription["feature"], bits: number, type: string) => (name: RegisterName) => ({
  name,
  bits,
  type,
  feature,
});

export const REGISTERS: readonly RegisterDescription[] = [
  ...GENERAL.map((name) => row("core", 32, name === "esp" || name === "ebp" ? "data_ptr" : "int32")(name)),
  row("core", 32, "code_ptr")("eip"),
  row("core", 32, "i386_eflags")("eflags"),
  ...SELECTORS.map(row("core", 32, "int32")),
  ...STACK.map(row("core", 80, "i387_ext")),
  ...FLOAT_CONTROL.map(row("core", 32, "int")),
  ...VECTORS.map(row("sse", 128, "vec128")),
  row("sse", 32, "i386_mxcsr")("mxcsr"),
  ...BASES.map(row("system", 32, "data_ptr")),
  ...CONTROL.map(row("system", 32, "int32")),
];
