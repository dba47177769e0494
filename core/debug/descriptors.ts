// Descriptor tables and the task-state segment of a guest, decoded. SDM 3A "Segment Descriptors", "System Descriptor Types", "IDT Descriptors",
// "Task-State Segment (TSS)". Not here: 64-bit forms; the I/O permission bitmap's bits.
import * as STATE from "../../wasm/abi/state.js";
import type { DebugVcpu } from "./target.js";

export interface SegmentDescriptor {
  readonly kind: "segment";
  readonly index: number;
  readonly base: number;
  /** In bytes, granularity applied. */
  readonly limit: number;
  readonly dpl: number;
  readonly present: boolean;
  /** The type in words. */
  readonly type: string;
}

export interface GateDescriptor {
  readonly kind: "gate";
  readonly index: number;
  readonly selector: number;
  readonly offset: number;
  readonly dpl: number;
  readonly present: boolean;
  readonly type: string;
}

/** Whose tables are read: a guest's, or those that the hypervisor gives to the processor instead. */
export type DescriptorTables = Pick<DebugVcpu, "readMemory" | "segment" | "tableRegister">;

export type Descriptor = SegmentDescriptor | GateDescriptor;

const SYSTEM_TYPES: Readonly<Record<number, string>> = {
  1: "16-bit TSS, available",
  2: "LDT",
  3: "16-bit TSS, busy",
  4: "16-bit call gate",
  5: "task gate",
  6: "16-bit interrupt gate",
  7: "16-bit trap gate",
  9: "32-bit TSS, available",
  11: "32-bit TSS, busy",
  12: "32-bit call gate",
  14: "32-bit interrupt gate",
  15: "32-bit trap gate",
};
const GATES = new Set([4, 5, 6, 7, 12, 14, 15]);
const GATES_32 = 8;

function segmentType(type: number, big: boolean): string {
  const accessed = type & 1 ? ", accessed" : "";
  const size = big ? "32-bit" : "16-bit";
  if (type & 8) return `${size} code${type & 4 ? ", conforming" : ""}${type & 2 ? ", readable" : ""}${accessed}`;
  return `${size} data${type & 4 ? ", expand-down" : ""}${type & 2 ? ", writable" : ""}${accessed}`;
}

/** The eight bytes of an entry; `index` is its place in the table. */
export function decodeDescriptor(raw: bigint, index: number): Descriptor {
  const low = Number(raw & 0xffffffffn);
  const high = Number(raw >> 32n);
  const type = (high >>> 8) & 15;
  const dpl = (high >>> 13) & 3;
  const present = (high & 0x8000) !== 0;
  const isSystem = !(high & 0x1000);
  if (isSystem && GATES.has(type)) {
    const offset = type === 5 ? 0 : ((low & 0xffff) | (type & GATES_32 ? high & 0xffff0000 : 0)) >>> 0;
    return { kind: "gate", index, selector: low >>> 16, offset, dpl, present, type: SYSTEM_TYPES[type]! };
  }
  const base = ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000)) >>> 0;
  const pages = (low & 0xffff) | (high & 0xf0000);
  const limit = high & 0x800000 ? ((pages << 12) | 0xfff) >>> 0 : pages;
  const words = isSystem ? (SYSTEM_TYPES[type] ?? `reserved type ${type}`) : segmentType(type, (high & 0x400000) !== 0);
  return { kind: "segment", index, base, limit, dpl, present, type: words };
}

/** A table of eight-byte entries at a linear address; entries that are zero, or in no memory, are left out. */
function readTable(vcpu: DescriptorTables, base: number, limit: number): Descriptor[] {
  const found: Descriptor[] = [];
  for (let at = 0; at + 7 <= Math.min(limit, 0xffff); at += 8) {
    const bytes = vcpu.readMemory((base + at) >>> 0, 8);
    if (bytes.length < 8) continue;
    const raw = new DataView(bytes.buffer).getBigUint64(0, true);
    if (raw !== 0n) found.push(decodeDescriptor(raw, at / 8));
  }
  return found;
}

/** Without entry 0, which is for null selectors. */
export function readGdt(vcpu: DescriptorTables): Descriptor[] {
  const { base, limit } = vcpu.tableRegister("gdt");
  return readTable(vcpu, base, limit).filter(({ index }) => index > 0);
}

export function readIdt(vcpu: DescriptorTables): Descriptor[] {
  const { base, limit } = vcpu.tableRegister("idt");
  return readTable(vcpu, base, Math.min(limit, 0x7ff));
}

/** Empty if LDTR holds a null selector. */
export function readLdt(vcpu: DescriptorTables): Descriptor[] {
  const { selector, base, limit } = vcpu.segment(STATE.LDTR);
  return selector & ~3 ? readTable(vcpu, base, limit) : [];
}

/** Fields of the 32-bit TSS: name, offset, bytes. */
const TSS_32: readonly (readonly [name: string, offset: number, bytes: 2 | 4])[] = [
  ["link", 0, 2],
  ["esp0", 4, 4],
  ["ss0", 8, 2],
  ["esp1", 12, 4],
  ["ss1", 16, 2],
  ["esp2", 20, 4],
  ["ss2", 24, 2],
  ["cr3", 28, 4],
  ["eip", 32, 4],
  ["eflags", 36, 4],
  ["eax", 40, 4],
  ["ecx", 44, 4],
  ["edx", 48, 4],
  ["ebx", 52, 4],
  ["esp", 56, 4],
  ["ebp", 60, 4],
  ["esi", 64, 4],
  ["edi", 68, 4],
  ["es", 72, 2],
  ["cs", 76, 2],
  ["ss", 80, 2],
  ["ds", 84, 2],
  ["fs", 88, 2],
  ["gs", 92, 2],
  ["ldt", 96, 2],
  ["i/o map", 102, 2],
];
const TSS_16: typeof TSS_32 = [
  ...["link", "sp0", "ss0", "sp1", "ss1", "sp2", "ss2", "ip", "flags", "ax", "cx", "dx", "bx", "sp", "bp", "si", "di"],
  ...["es", "cs", "ss", "ds", "ldt"],
].map((name, n) => [name, n * 2, 2] as const);

/** The task-state segment that TR points to: its fields as far as they lie in memory and in its limit. Empty if TR is null. */
export function readTss(vcpu: DescriptorTables): ReadonlyMap<string, number> {
  const { selector, base, limit, access } = vcpu.segment(STATE.TR);
  const fields = new Map<string, number>();
  if (!(selector & ~3)) return fields;
  for (const [name, offset, size] of access & GATES_32 ? TSS_32 : TSS_16) {
    if (offset + size - 1 > limit) break;
    const bytes = vcpu.readMemory((base + offset) >>> 0, size);
    if (bytes.length < size) continue;
    const view = new DataView(bytes.buffer);
    fields.set(name, size === 4 ? view.getUint32(0, true) : view.getUint16(0, true));
  }
  return fields;
}
