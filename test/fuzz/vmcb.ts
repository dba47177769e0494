// Random virtual machine control blocks: most can be entered, with a guest in any mode; some have a field of noise.
import * as V from "../../wasm/abi/svm.js";
import type { Random } from "../oracle/random.js";

const VMCB_SIZE = 4096;
const CR0_PE = 1;
const CR0_PG = 0x80000000;
const CR0_BITS = 0xe005003f;
const CR0_NW = 0x20000000;
const CR0_CD = 0x40000000;
const CR4_BITS = 0x7ff;
const EFER_SVME = 0x1000;
const EFER_NXE = 0x800;
const FLAGS = 0x3f7fd5;
const FLAG_VM = 0x20000;
const CODE = 0xc9b;
const DATA = 0xc93;
const TSS = 0x08b;
const PAT = 0x0007040600070406n;

export interface VmcbPlace {
  /** Memory, and where in it the VMCB lies. */
  readonly memory: DataView;
  readonly at: number;
  /** Physical addresses of the maps. */
  readonly iopm: number;
  readonly msrpm: number;
  /** Bytes of memory that the guest sees from address 0 on. */
  readonly guestBytes: number;
}

class VmcbBuilder {
  constructor(
    private readonly place: VmcbPlace,
    private readonly random: Random,
  ) {}

  set32(field: number, value: number): void {
    this.place.memory.setUint32(this.place.at + field, value >>> 0, true);
  }

  set64(field: number, value: bigint): void {
    this.place.memory.setBigUint64(this.place.at + field, BigInt.asUintN(64, value), true);
  }

  address(): number {
    return this.random.chance(90) ? this.random.below(this.place.guestBytes) : this.random.u32();
  }

  private segment(field: number, attributes: number): void {
    const { random } = this;
    const plain = random.chance(70);
    this.set32(field, (random.below(64) << 3) | ((plain ? attributes : random.u32() & 0xfff) << 16));
    this.set32(field + 4, plain ? 0xffffffff : random.u32() >>> random.below(32));
    this.set64(field + 8, plain ? 0n : BigInt(this.address()));
  }

  control(): void {
    const { random, place } = this;
    for (let i = 0; i < V.VMCB_INTERCEPT_WORDS; i++) this.set32(V.VMCB_INTERCEPTS + i * 4, random.u32() & random.u32());
    this.set32(V.VMCB_ASID, 1 + random.below(4));
    this.set32(V.VMCB_TLB_CONTROL, random.below(4));
    this.set64(V.VMCB_IOPM_BASE, BigInt(place.iopm));
    this.set64(V.VMCB_MSRPM_BASE, BigInt(place.msrpm));
    this.set64(V.VMCB_TSC_OFFSET, random.u64());
    this.set64(V.VMCB_V_INTR, random.chance(50) ? random.u64() : 0n);
    this.set64(V.VMCB_INTERRUPT_SHADOW, BigInt(random.below(4)));
    if (random.chance(30)) this.event();
  }

  private event(): void {
    const { random } = this;
    const type = random.pick([V.EVENT_EXTERNAL, V.EVENT_NMI, V.EVENT_EXCEPTION, V.EVENT_SOFTWARE, random.below(8)]);
    const bits = random.below(type === V.EVENT_EXCEPTION ? 32 : 256) | (type << V.EVENT_TYPE_SHIFT) | (random.u32() & V.EVENT_HAS_CODE);
    this.set64(V.VMCB_EVENTINJ, (random.u64() << 32n) | (1n << BigInt(V.EVENT_VALID_BIT)) | BigInt(bits));
    this.set64(V.VMCB_NRIP, BigInt(this.address()));
  }

  state(): void {
    const { random } = this;
    for (let n = 0; n < 6; n++) this.segment(V.VMCB_SEGMENTS + n * V.VMCB_SEGMENT_SIZE, n === 1 ? CODE : DATA);
    this.segment(V.VMCB_LDTR, 0x82);
    this.segment(V.VMCB_TR, TSS);
    for (const table of [V.VMCB_GDTR, V.VMCB_IDTR]) {
      this.set32(table + 4, random.chance(70) ? 0x7ff : random.below(0x10000));
      this.set64(table + 8, BigInt(this.address()));
    }
    let cr0 = (random.u32() & random.u32() & CR0_BITS & ~CR0_PG) | (random.chance(80) ? CR0_PE : 0) | (random.chance(40) ? CR0_PG : 0);
    if (!(cr0 & CR0_CD)) cr0 &= ~CR0_NW;
    this.set64(V.VMCB_CR0, BigInt(cr0 >>> 0));
    this.set64(V.VMCB_CR4, BigInt(random.u32() & random.u32() & CR4_BITS));
    this.set64(V.VMCB_CR3, BigInt(this.address() & 0xffffffe0) & 0xffffffffn);
    this.set64(V.VMCB_EFER, BigInt(EFER_SVME | (random.chance(50) ? EFER_NXE : 0)));
    this.set64(V.VMCB_RFLAGS, BigInt((random.u32() & FLAGS & ~(random.chance(85) ? FLAG_VM : 0)) | 2));
    this.set64(V.VMCB_RIP, BigInt(this.address()));
    this.set64(V.VMCB_RSP, BigInt(this.address()));
    this.set64(V.VMCB_RAX, BigInt(random.u32()));
    this.set64(V.VMCB_DR6, BigInt(random.u32()));
    this.set64(V.VMCB_DR7, BigInt(random.chance(20) ? random.u32() : 0x400));
    this.set64(V.VMCB_G_PAT, PAT);
    this.place.memory.setUint8(this.place.at + V.VMCB_CPL, random.chance(60) ? 0 : random.below(4));
  }

  noise(): void {
    const at = this.random.chance(50) ? this.random.below(0x1a) * 8 : V.VMCB_SEGMENTS + this.random.below(0x60) * 8;
    this.set64(at, this.random.u64());
  }
}

/**
 * Write a VMCB. With `nested`, the physical address of page tables, the guest sees memory through them and no port; whatever noise there is.
 */
export function writeVmcb(place: VmcbPlace, random: Random, nested?: number): void {
  const { memory, at } = place;
  new Uint8Array(memory.buffer, memory.byteOffset + at, VMCB_SIZE).fill(0);
  const builder = new VmcbBuilder(place, random);
  builder.control();
  builder.state();
  const or32 = (field: number, bits: number) => builder.set32(field, memory.getUint32(at + field, true) | bits);
  or32(V.VMCB_INTERCEPTS + 16, 1 | (random.chance(80) ? 2 : 0));
  if (random.chance(20)) builder.noise();
  if (nested === undefined) return;
  or32(V.VMCB_INTERCEPTS + 12, 1 << (V.VMEXIT_IOIO & 31));
  builder.set64(V.VMCB_IOPM_BASE, BigInt(place.iopm));
  builder.set32(V.VMCB_NP_ENABLE, 1);
  builder.set64(V.VMCB_N_CR3, BigInt(nested));
}
