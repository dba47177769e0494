// Memory type range registers and the page attribute table: which numbers exist and which values they take. SDM 3A "Memory Type Range
// Registers (MTRRs)". Their effect (caching) is not modelled.

/** 8 variable ranges, fixed ranges, write combining. */
export const MTRR_CAP: u64 = 0x508;
const IA32_PAT: u32 = 0x277;
const IA32_MTRR_DEF_TYPE: u32 = 0x2ff;
const VARIABLE_FIRST: u32 = 0x200;
const VARIABLE_LAST: u32 = 0x20f;
/** Types UC WC WT WP WB, a bit each; the PAT also knows UC-. */
const TYPES: u32 = 0x73;
const PAT_TYPES: u32 = 0xf3;
/** Physical addresses have 36 bits. */
const ADDRESS: u64 = 0xffffff000;
const MASK_VALID: u64 = 0x800;
/** Enable and fixed-range enable of the default-type register. */
const DEF_TYPE_ENABLES: u64 = 0xc00;

export function isVariableMtrr(index: u32): bool {
  return index >= VARIABLE_FIRST && index <= VARIABLE_LAST;
}

/** Position of a fixed-range register in address order, or -1. */
export function fixedMtrr(index: u32): i32 {
  if (index == 0x250) return 0;
  if (index == 0x258 || index == 0x259) return <i32>index - 0x257;
  if (index >= 0x268 && index <= 0x26f) return <i32>index - 0x265;
  return -1;
}

function isType(value: u64, types: u32): bool {
  return value < 8 && ((types >> <u32>value) & 1) != 0;
}

/** Eight types, a byte each. */
function areTypes(value: u64, types: u32): bool {
  for (let i = 0; i < 64; i += 8) if (!isType((value >> i) & 0xff, types)) return false;
  return true;
}

/** Whether the MTRR or PAT `index` takes a value; others are #GP. */
export function mtrrIsValid(index: u32, value: u64): bool {
  if (index == IA32_PAT) return areTypes(value, PAT_TYPES);
  if (index == IA32_MTRR_DEF_TYPE) return (value & ~(DEF_TYPE_ENABLES | 0xff)) == 0 && isType(value & 0xff, TYPES);
  if (!isVariableMtrr(index)) return areTypes(value, TYPES);
  if (index & 1) return (value & ~(ADDRESS | MASK_VALID)) == 0;
  return (value & ~(ADDRESS | 0xff)) == 0 && isType(value & 0xff, TYPES);
}
