// Random states of a processor. What is generated:
//   - real, protected and virtual-8086 mode; CR0, CR4 and EFER by the rules of MOV and WRMSR, but for one case in ten, where CR0 is arbitrary
//     (paging without protection, say), which no instruction sequence can make;
//   - segment caches with any base, limit and type, whatever the descriptor tables say; CPL that does not fit to SS;
//   - descriptor tables, task-state segment, vector table and page tables of noise mixed with plausible entries, anywhere in memory;
//   - all registers, x87, SSE and debug registers, MSRs of SYSENTER; interrupt shadows, pending NMI and INTR; A20 open or closed;
//   - EIP often just before the end of a page.
// Not generated, because nothing can make them: CPL above 3, ring 0 in virtual-8086 mode, registers above 32 bits, a halted processor with
// an interrupt shadow.
import * as STATE from "../../wasm/abi/state.js";
import { integerOperand, type Random } from "../oracle/random.js";
import { type FuzzMachine, RAM_BYTES } from "./machine.js";

const CR0_PE = 1;
const CR0_PG = 0x80000000;
const CR0_ET = 0x10;
const CR0_BITS = 0xe005002e;
const CR0_NW = 0x20000000;
const CR0_CD = 0x40000000;
const CR4_BITS = 0x3007ff | 0x800;
const CR4_PAE = 0x20;
const FLAGS_RANDOM = 0x3d7fd5;
const FLAG_VM = 0x20000;
const DR7_BITS = 0xffff23ff;

interface Noise {
  readonly bytes: Uint8Array;
}

/** RAM full of noise, made once: each case sees another part of it first. */
export function createNoise(random: Random): Noise {
  const bytes = new Uint8Array(RAM_BYTES * 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = random.u32() >>> 24;
  return { bytes };
}

class StateBuilder {
  private readonly view: DataView;
  private readonly ram: DataView;

  constructor(
    private readonly machine: FuzzMachine,
    private readonly random: Random,
  ) {
    this.view = machine.cpu.view;
    this.ram = new DataView(machine.cpu.ram.buffer, machine.cpu.ram.byteOffset, RAM_BYTES);
  }

  private set(address: number, value: number): void {
    this.view.setBigUint64(address, BigInt(value >>> 0), true);
  }

  /** A linear or physical address: mostly in RAM, sometimes at its edges or anywhere. */
  address(): number {
    const { random } = this;
    const n = random.below(20);
    if (n === 0) return random.u32();
    if (n === 1) return (RAM_BYTES - random.below(64)) >>> 0;
    if (n === 2) return (0 - random.below(64)) >>> 0;
    if (n === 3) return 0xb0000 + random.below(0x8000);
    if (n < 8) return (4096 * random.below(256) + 4096 - random.below(32)) >>> 0;
    return random.below(RAM_BYTES);
  }

  private number(): number {
    return this.random.chance(60) ? this.address() : Number(integerOperand(this.random, 32));
  }

  control(): "real" | "protected" | "virtual8086" {
    const { random } = this;
    let cr0 = (random.u32() & random.u32() & CR0_BITS) | CR0_ET;
    if (random.chance(75)) cr0 |= CR0_PE;
    if (cr0 & CR0_PE && random.chance(50)) cr0 |= CR0_PG;
    else cr0 &= ~CR0_PG;
    if (!(cr0 & CR0_CD)) cr0 &= ~CR0_NW;
    if (random.chance(10)) cr0 = random.u32();
    const cr4 = random.u32() & (random.chance(50) ? random.u32() : -1) & CR4_BITS;
    this.set(STATE.CR0, cr0);
    this.set(STATE.CR2, this.number());
    this.set(STATE.CR3, this.address() & (random.chance(90) ? 0xfffff000 : -1));
    this.set(STATE.CR4, random.chance(50) ? cr4 & ~CR4_PAE : cr4);
    this.set(STATE.EFER, random.chance(50) ? 0x800 : 0);
    for (let i = 0; i < 4; i++) this.view.setBigUint64(STATE.PDPTES + i * 8, this.pageEntry(true) & 0xffffff001n, true);
    if (!(cr0 & CR0_PE)) return "real";
    return random.chance(20) ? "virtual8086" : "protected";
  }

  private pageEntry(present = false): bigint {
    const { random } = this;
    if (random.chance(10)) return random.u64();
    const high = random.chance(5) ? BigInt(random.below(16)) << 32n : random.chance(5) ? 1n << 63n : 0n;
    return high | BigInt(((this.address() & 0xfffff000) | (random.u32() & 0x1ff) | (present || random.chance(90) ? 7 : 0)) >>> 0);
  }

  /** Some of the entries that CR3 leads to are plausible, and so are some of those that these lead to. */
  pageTables(): void {
    const { random } = this;
    const root = (this.view.getUint32(STATE.CR3, true) & 0xfffff000) >>> 0;
    const identity = random.chance(60);
    for (const table of [root, (this.address() & 0xfffff000) >>> 0]) {
      if (table + 4096 > RAM_BYTES) continue;
      for (let i = 0; i < 512; i++) {
        const entry = identity && random.chance(85) ? BigInt((i << 12) | 7 | (random.u32() & 0x160)) : this.pageEntry();
        this.ram.setBigUint64(table + i * 8, random.chance(50) ? entry : (entry << 32n) | (entry & 0xffffffffn), true);
      }
    }
  }

  segments(kind: "real" | "protected" | "virtual8086"): void {
    const { random } = this;
    const flat = random.chance(40);
    for (let n = 0; n < 8; n++) {
      const at = STATE.SEGS + n * STATE.SEG_STRIDE;
      const selector = random.chance(50) ? random.below(0x100) : random.below(0x10000);
      const paragraph = kind !== "protected" && n < 6 && random.chance(80);
      const base = paragraph ? selector << 4 : flat ? 0 : random.chance(30) ? random.u32() : random.below(RAM_BYTES);
      const limit = paragraph ? 0xffff : flat ? 0xffffffff : random.chance(50) ? 0xffff : Number(integerOperand(random, 32));
      const type = n === STATE.CS ? 0x9b : n < 6 ? 0x93 : n === STATE.LDTR ? 0x82 : random.pick([0x83, 0x8b]);
      const usual = type | (random.chance(70) ? 0x4000 : 0) | (random.below(4) << 5);
      this.view.setUint32(at + STATE.SEG_SELECTOR, selector, true);
      this.view.setUint32(at + STATE.SEG_LIMIT, limit >>> 0, true);
      this.view.setBigUint64(at + STATE.SEG_BASE, BigInt(base >>> 0), true);
      this.view.setUint32(at + STATE.SEG_ACCESS, random.chance(85) ? usual : random.u32() & 0xf0ff, true);
    }
  }

  private descriptor(): bigint {
    const { random } = this;
    if (random.chance(15)) return random.u64();
    const base = random.chance(50) ? 0 : this.address();
    const type = random.chance(60) ? 0x93 | (random.below(2) << 3) : 0x80 | random.below(32);
    const high = (base & 0xff000000) | (random.pick([0xc, 0x4, 0x0]) << 20) | 0xf0000 | ((type | (random.below(4) << 5)) << 8);
    return (BigInt((high | ((base >>> 16) & 0xff)) >>> 0) << 32n) | BigInt((((base & 0xffff) << 16) | 0xffff) >>> 0);
  }

  private gate(): bigint {
    const { random } = this;
    if (random.chance(10)) return random.u64();
    const offset = this.address();
    const type = random.pick([0x85, 0x86, 0x87, 0x8e, 0x8e, 0x8f, 0x8e]) | (random.below(4) << 5);
    const selector = random.below(32) * 8 + random.below(8);
    return (BigInt(((offset & 0xffff0000) | (type << 8)) >>> 0) << 32n) | BigInt(((selector << 16) | (offset & 0xffff)) >>> 0);
  }

  tables(): void {
    const { random } = this;
    const place = (base: number, limit: number, content: () => bigint) => {
      const at = this.address();
      this.set(base, at);
      this.set(limit, random.chance(70) ? 0x7ff : random.below(0x10000));
      if (random.chance(80)) for (let i = 0; i < 64 && at + i * 8 + 8 <= RAM_BYTES; i++) this.ram.setBigUint64(at + i * 8, content(), true);
    };
    place(STATE.GDTR_BASE, STATE.GDTR_LIMIT, () => this.descriptor());
    place(STATE.IDTR_BASE, STATE.IDTR_LIMIT, () => this.gate());
  }

  registers(kind: "real" | "protected" | "virtual8086"): void {
    const { random } = this;
    for (let n = 0; n < 8; n++) this.machine.cpu.setRegister(n * 8, BigInt(this.number() >>> 0));
    const vm = kind === "virtual8086" ? FLAG_VM : 0;
    const trap = random.chance(90) ? ~0x100 : -1;
    this.machine.cpu.flags = (random.u32() & FLAGS_RANDOM & trap) | vm | 2;
    this.set(STATE.CPL, kind === "real" ? 0 : vm ? 3 : random.below(4));
    if (random.chance(20)) for (let n = 0; n < 4; n++) this.set(STATE.DRS + n * 8, this.address());
    if (random.chance(10)) this.set(STATE.DRS + 56, (random.u32() & DR7_BITS) | 0x400);
    for (const msr of [STATE.MSR_SYSENTER_CS, STATE.MSR_SYSENTER_ESP, STATE.MSR_SYSENTER_EIP]) this.set(msr, this.number());
    const base = Number(this.view.getBigUint64(STATE.SEGS + STATE.CS * STATE.SEG_STRIDE + STATE.SEG_BASE, true));
    this.set(STATE.RIP, random.chance(80) ? this.address() - base : this.address());
  }

  units(): void {
    const { random, view } = this;
    for (let i = 0; i < 8; i++) {
      view.setBigUint64(STATE.FPU_REGS + i * 16, random.u64(), true);
      view.setUint16(STATE.FPU_REGS + i * 16 + 8, random.pick([0, 0x7fff, 0x8000, 0xffff, 0x3fff, random.below(0x10000)]), true);
    }
    this.set(STATE.FPU_CONTROL, random.below(0x2000) & 0x1f7f);
    this.set(STATE.FPU_STATUS, random.below(0x10000));
    this.set(STATE.FPU_TAGS, random.below(0x10000));
    for (let i = 0; i < 16; i++) view.setBigUint64(STATE.XMM + i * 8, random.u64(), true);
    this.set(STATE.MXCSR, random.chance(50) ? 0x1f80 : random.below(0x10000));
  }

  events(): void {
    const { random, machine } = this;
    if (random.chance(10)) this.set(STATE.NMI_PENDING, 1);
    if (random.chance(10)) this.set(STATE.NMI_BLOCKED, 1);
    if (random.chance(20)) machine.cpu.setInterrupt(true);
    if (random.chance(5)) this.set(STATE.ACTIVITY, STATE.ACTIVITY_HALTED);
    else if (random.chance(10)) this.set(STATE.SHADOW, random.below(4));
    if (random.chance(10)) machine.cpu.setA20(false);
  }
}

/** Put the machine into the state of this seed. */
export function randomState(machine: FuzzMachine, noise: Noise, random: Random): void {
  const at = random.below(RAM_BYTES);
  machine.cpu.ram.set(noise.bytes.subarray(at, at + RAM_BYTES));
  const builder = new StateBuilder(machine, random);
  const kind = builder.control();
  builder.segments(kind);
  builder.tables();
  builder.pageTables();
  builder.registers(kind);
  builder.units();
  builder.events();
}
