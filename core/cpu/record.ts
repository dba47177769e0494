// What a processor record may hold. A record may come from a damaged or hostile snapshot; one that no processor can be in is refused.
import * as STATE from "../../wasm/abi/state.js";

const CR0_PE = 1n;
const FLAG_VM = 0x20000;
const FLAGS = 0x3f7fd7;
const FEATURES = STATE.FEATURE_UMIP | STATE.FEATURE_SMEP | STATE.FEATURE_SMAP | STATE.FEATURE_SVM | STATE.FEATURE_KVM;
const A20_MASKS = [0xffffffff, 0xffefffff];

const LIMITS: readonly (readonly [name: string, address: number, most: number])[] = [
  ["CPL", STATE.CPL, 3],
  ["activity", STATE.ACTIVITY, STATE.ACTIVITY_EXITED],
  ["interrupt shadow", STATE.SHADOW, STATE.SHADOW_STI | STATE.SHADOW_MOV_SS | STATE.SHADOW_GUEST],
  ["GIF", STATE.GIF_CLEAR, 1],
  ["guest mode", STATE.GUEST, STATE.GUEST_OF_FACADE],
  ["INTR", STATE.INTR, 1],
  ["features", STATE.FEATURES, FEATURES],
  ["x87 control word", STATE.FPU_CONTROL, 0xffff],
  ["x87 status word", STATE.FPU_STATUS, 0xffff],
  ["x87 tag word", STATE.FPU_TAGS, 0xffff],
  ["MXCSR", STATE.MXCSR, 0xffff],
];

/** Name of the first impossible thing in a record, or undefined. */
export function impossibleInRecord(record: Uint8Array): string | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const u32 = (address: number) => view.getUint32(address - STATE.STATE_BASE, true);
  const u64 = (address: number) => view.getBigUint64(address - STATE.STATE_BASE, true);
  for (let n = 0; n < 8; n++) if (u64(STATE.REGS + n * 8) >> 32n) return `general register ${n}`;
  if (u64(STATE.REGS + STATE.REG_ZERO) !== 0n) return "general register 16";
  if (u64(STATE.RIP) >> 32n) return "EIP";
  for (let n = STATE.ES; n <= STATE.TR; n++) if (u64(STATE.SEGS + n * STATE.SEG_STRIDE + STATE.SEG_BASE) >> 32n) return `segment ${n}`;
  for (const [name, address, most] of LIMITS) if (u32(address) > most) return name;
  const flags = u32(STATE.RFLAGS);
  if (flags & ~FLAGS || !(flags & 2)) return "EFLAGS";
  if (flags & FLAG_VM && u32(STATE.CPL) !== 3) return "virtual-8086 mode";
  if (!(u64(STATE.CR0) & CR0_PE) && (u32(STATE.CPL) !== 0 || flags & FLAG_VM)) return "privilege in real mode";
  if (u32(STATE.ACTIVITY) === STATE.ACTIVITY_HALTED && u32(STATE.SHADOW) !== 0) return "halt in an interrupt shadow";
  return A20_MASKS.includes(u32(STATE.A20_MASK)) ? undefined : "A20 mask";
}
