/**
 * A bare processor on which one instruction is executed in a ring of one's choice, in one of two worlds: the guest's own (what its kernel would
 * find alone on the machine) and the VMM's (what is really there when that kernel was moved out of ring 0, its descriptors with it). No paging,
 * no devices; flat segments; every gate leads to ring 0.
 *
 * Not here: more than one instruction at a time, 16-bit code, virtual-8086 mode.
 */
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import { Cpu, type CpuOptions } from "../cpu/cpu.js";
import { readSegment } from "../cpu/segment.js";

export type Ring = 0 | 1 | 2 | 3;
export type World = "guest" | "vmm";

export const RAM = 0x60000;
/** Where the instruction lies, a page of data, and a stack, for every ring the same. */
export const CODE = 0x4000;
export const DATA = 0x8000;
export const STACK = 0xc800;

/** Each world has its tables at its own place, so that an address tells whose they are. */
const AT: Readonly<Record<World, number>> = { guest: 0x30000, vmm: 0x40000 };
const GDT = 0x0000;
const IDT = 0x1000;
const HANDLERS = 0x2000;
const TSS = 0x3000;
const LDT = 0x4000;
const FAST_CALL = 0x5000;
const RING0_STACK = 0x6800;
const WORLD_END = 0x7000;

/** Selectors of the guest's segments, with RPL 0. */
export const KERNEL_CODE = 0x08;
export const KERNEL_DATA = 0x10;
export const USER_CODE = 0x18;
export const USER_DATA = 0x20;
export const GUEST_TSS = 0x28;
export const GUEST_LDT = 0x30;
/** The VMM's own, in its table only. */
const VMM_CODE = 0x40;
const VMM_DATA = 0x48;
const VMM_TSS = 0x50;
const VMM_LDT = 0x58;

/** The VMM keeps the last 4 MiB of linear memory for itself: the guest's segments end below. */
const LIMITS: Readonly<Record<World, number>> = { guest: 0xfffff, vmm: 0xffbff };
const PE_ET_NE = 0x31;
const TS = 8;
/** The guest has set CR0.TS, the VMM has not. */
const CR0: Readonly<Record<World, number>> = { guest: PE_ET_NE | TS, vmm: PE_ET_NE };
/** OSFXSR, OSXMMEXCPT. */
const CR4_SSE = 0x600;
const HLT = 0xf4;
const FLAGS_FIXED = 2;
/** Gates that every ring may use: INT3, INTO, and the system call of Linux. */
export const OPEN_VECTORS: readonly number[] = [3, 4, 0x80];

const NOTHING = {
  portIn: () => 0xff,
  portOut: () => {},
  mmioRead: () => 0xff,
  mmioWrite: () => {},
  interruptAcknowledge: () => -1,
  timeStamp: () => 0x1234,
  msrWritten: () => {},
};

export interface RingSetup {
  /** The real one. */
  readonly ring: Ring;
  readonly world: World;
  /** DPL of the guest kernel's segments: 0 in its own world; in the VMM's the ring it was moved to. */
  readonly kernelDpl: Ring;
  /** Run with the guest's user segments; else with its kernel's. */
  readonly user?: boolean;
  readonly code: ArrayLike<number>;
  /** EAX ECX EDX EBX ESP EBP ESI EDI; default 0, ESP at the stack. */
  readonly registers?: readonly number[];
  readonly flags?: number;
  readonly cr0?: number;
  /** Bits of CR4 beside those for SSE. */
  readonly cr4?: number;
  /** What the data page begins with, and what the stack has at ESP. */
  readonly data?: ArrayLike<number>;
  readonly stack?: readonly number[];
  /** Last-minute changes of the processor. */
  readonly prepare?: (cpu: Cpu) => void;
}

export interface RingOutcome {
  /** The exception that was raised, if one was. */
  readonly exception: { readonly vector: number; readonly error: number } | undefined;
  /** Whose handler the processor stands at: after an exception, or a software interrupt by `vector`. */
  readonly handler: { readonly world: World; readonly vector: number } | undefined;
  readonly eip: number;
  readonly cpl: number;
  readonly flags: number;
  readonly registers: readonly number[];
  /** Selectors of ES CS SS DS FS GS. */
  readonly selectors: readonly number[];
  readonly halted: boolean;
}

function descriptor(base: number, limit: number, access: number): bigint {
  const [b, l] = [BigInt(base), BigInt(limit)];
  return (l & 0xffffn) | ((b & 0xffffffn) << 16n) | (BigInt(access) << 40n) | ((l >> 16n) << 48n) | ((b >> 24n) << 56n);
}

export class RingMachine {
  readonly cpu: Cpu;
  readonly ram: DataView;

  /** `features`: STATE.FEATURE_* switches. */
  constructor(module: CpuOptions["module"], features = 0) {
    this.cpu = Cpu.create({ module, ramBytes: RAM, host: NOTHING, features });
    this.cpu.mapPages(0, RAM, "ram", RAM_BASE);
    this.ram = new DataView(this.cpu.memory.buffer, RAM_BASE, RAM);
  }

  /** Execute one instruction (of a repeated string instruction, its first chunk). Memory is as the setup says, zero elsewhere. */
  run(setup: RingSetup): RingOutcome {
    const { cpu } = this;
    this.prepare(setup);
    const before = cpu.view.getUint32(STATE.EXCEPTIONS, true);
    cpu.run(1);
    return this.outcome(cpu.view.getUint32(STATE.EXCEPTIONS, true) !== before);
  }

  /** Memory and processor as the setup says. */
  prepare(setup: RingSetup): void {
    this.fillMemory(setup);
    this.cpu.reset();
    this.setProcessor(setup);
  }

  private fillMemory({ kernelDpl, code, data, stack, registers }: RingSetup): void {
    const { cpu, ram } = this;
    cpu.ram.fill(0);
    this.buildWorld("guest", 0);
    this.buildWorld("vmm", kernelDpl);
    cpu.ram.set(Array.from(code), CODE);
    if (data) cpu.ram.set(Array.from(data), DATA);
    const esp = registers?.[4] ?? STACK;
    stack?.forEach((word, n) => {
      ram.setUint32(esp + n * 4, word, true);
    });
    cpu.memoryWritten(0, RAM);
  }

  private buildWorld(world: World, dpl: number): void {
    const { ram } = this;
    const at = AT[world];
    const limit = LIMITS[world];
    const own = world === "vmm";
    const code = own ? VMM_CODE : KERNEL_CODE;
    const entries: readonly (readonly [number, bigint])[] = [
      [KERNEL_CODE, descriptor(0, limit, 0xc09b | (dpl << 5))],
      [KERNEL_DATA, descriptor(0, limit, 0xc093 | (dpl << 5))],
      [USER_CODE, descriptor(0, limit, 0xc0fb)],
      [USER_DATA, descriptor(0, limit, 0xc0f3)],
      [GUEST_TSS, descriptor(at + TSS, 0x67, 0x89)],
      [GUEST_LDT, descriptor(at + LDT, 0xff, 0x82)],
    ];
    const vmm: readonly (readonly [number, bigint])[] = [
      [VMM_CODE, descriptor(0, 0xfffff, 0xc09b)],
      [VMM_DATA, descriptor(0, 0xfffff, 0xc093)],
      [VMM_TSS, descriptor(at + TSS, 0x67, 0x89)],
      [VMM_LDT, descriptor(at + LDT, 0xff, 0x82)],
    ];
    for (const [selector, entry] of own ? [...entries, ...vmm] : entries) ram.setBigUint64(at + GDT + selector, entry, true);
    for (let vector = 0; vector < 256; vector++) {
      const access = OPEN_VECTORS.includes(vector) ? 0xee00 : 0x8e00;
      const handler = at + HANDLERS + vector;
      ram.setUint32(at + IDT + vector * 8, (code << 16) | (handler & 0xffff), true);
      ram.setUint32(at + IDT + vector * 8 + 4, (handler & 0xffff0000) | access, true);
      ram.setUint8(handler, HLT);
    }
    ram.setUint32(at + TSS + 4, at + RING0_STACK, true);
    ram.setUint32(at + TSS + 8, own ? VMM_DATA : KERNEL_DATA, true);
    // No I/O bitmap: it would begin behind the segment.
    ram.setUint16(at + TSS + 0x66, 0x68, true);
    ram.setUint8(at + FAST_CALL, HLT);
  }

  private setProcessor(setup: RingSetup): void {
    const { cpu } = this;
    const { view } = cpu;
    const at = AT[setup.world];
    const own = setup.world === "vmm";
    const put = (field: number, value: number) => view.setBigUint64(field, BigInt(value >>> 0), true);
    put(STATE.GDTR_BASE, at + GDT);
    put(STATE.GDTR_LIMIT, own ? 0x5f : 0x37);
    put(STATE.IDTR_BASE, at + IDT);
    put(STATE.IDTR_LIMIT, 0x7ff);
    put(STATE.CR0, setup.cr0 ?? CR0[setup.world]);
    put(STATE.CR4, CR4_SSE | (setup.cr4 ?? 0));
    put(STATE.CPL, setup.ring);
    put(STATE.RIP, CODE);
    put(STATE.MSR_SYSENTER_CS, own ? VMM_CODE : KERNEL_CODE);
    put(STATE.MSR_SYSENTER_EIP, at + FAST_CALL);
    put(STATE.MSR_SYSENTER_ESP, at + RING0_STACK);
    const data = (setup.user ? USER_DATA : KERNEL_DATA) | setup.ring;
    for (const n of [STATE.ES, STATE.SS, STATE.DS, STATE.FS, STATE.GS]) this.setSegment(n, data, at);
    this.setSegment(STATE.CS, (setup.user ? USER_CODE : KERNEL_CODE) | setup.ring, at);
    this.setSegment(STATE.LDTR, own ? VMM_LDT : GUEST_LDT, at);
    this.setSegment(STATE.TR, own ? VMM_TSS : GUEST_TSS, at);
    for (let n = 0; n < 8; n++) put(STATE.REGS + n * 8, setup.registers?.[n] ?? (n === 4 ? STACK : 0));
    cpu.flags = FLAGS_FIXED | (setup.flags ?? 0);
    setup.prepare?.(cpu);
    cpu.synchronize();
  }

  /** With the hidden part that loading it from this world's table gives. */
  private setSegment(n: number, selector: number, at: number): void {
    const raw = this.ram.getBigUint64(at + GDT + (selector & 0xfff8), true);
    const access = Number((raw >> 40n) & 0xf0ffn) | (n === STATE.TR ? 2 : 0);
    const limit = Number((raw & 0xffffn) | ((raw >> 32n) & 0xf0000n));
    const base = Number(((raw >> 16n) & 0xffffffn) | ((raw >> 32n) & 0xff000000n));
    this.cpu.setSegment(n, { selector, base, limit: access & 0x8000 ? ((limit << 12) | 0xfff) >>> 0 : limit, access });
  }

  private outcome(raised: boolean): RingOutcome {
    const { cpu } = this;
    const { view } = cpu;
    const exception = raised
      ? { vector: view.getUint32(STATE.LAST_EXCEPTION, true), error: view.getUint32(STATE.LAST_EXCEPTION + 4, true) }
      : undefined;
    return { exception, ...standing(view, cpu.flags), halted: cpu.halted };
  }
}

/** Where a processor stands, by its state record. */
export function standing(view: DataView, flags: number): Omit<RingOutcome, "exception" | "halted"> {
  const eip = view.getUint32(STATE.RIP, true);
  const world = worldOf(eip);
  const vector = world === undefined ? -1 : eip - AT[world] - HANDLERS;
  const atHandler = world !== undefined && vector >= 0 && vector < 256;
  return {
    handler: atHandler ? { world, vector } : undefined,
    eip,
    cpl: view.getUint32(STATE.CPL, true),
    flags,
    registers: Array.from({ length: 8 }, (_, n) => view.getUint32(STATE.REGS + n * 8, true)),
    selectors: Array.from({ length: 6 }, (_, n) => readSegment(view, n).selector),
  };
}

/** Whose tables, handlers and stacks an address is among. */
export function worldOf(address: number): World | undefined {
  return (["guest", "vmm"] as const).find((world) => address >= AT[world] && address < AT[world] + WORLD_END);
}
