// A processor for the fuzzer: its memory is fenced in, and the host around it does at random what devices do (interrupts, DMA, A20, remapped
// pages, taken dirty marks) in the middle of the guest's accesses.
import { Cpu, type CpuHost, type PageKind } from "../../core/cpu/cpu.js";
import { PAGE_RAM, PAGE_ROM, PAGE_TRACK, RAM_BASE } from "../../wasm/abi/layout.js";
import { FEATURE_SMAP, FEATURE_SMEP, FEATURE_UMIP } from "../../wasm/abi/state.js";
import { Random } from "../oracle/random.js";

export const RAM_BYTES = 0x100000;
const FENCE = 0x10000;
/** Behind RAM: fence, video memory, fence, ROM, fence. */
export const VIDEO_AT = RAM_BASE + RAM_BYTES + FENCE;
export const VIDEO_BYTES = 0x8000;
export const ROM_AT = VIDEO_AT + VIDEO_BYTES + FENCE;
export const ROM_BYTES = 0x4000;
const END = ROM_AT + ROM_BYTES + FENCE;
/** Parts of linear memory that nobody may touch, or (ROM) change. */
export const FENCES: readonly (readonly [start: number, end: number])[] = [
  [RAM_BASE + RAM_BYTES, VIDEO_AT],
  [VIDEO_AT + VIDEO_BYTES, END],
];
export const FENCE_BYTE = 0xa5;

const DEVICE = 0xa0000;
const TRACKED = 0xb0000;
const LOW_ROM = 0xe0000;
/** Guest-physical places where the host shows video memory now and then. */
const FRAMEBUFFERS = [TRACKED, 0xe0000000, 0xfd000000, 0xffc00000];
const HIGH_ROM = 0x1_0000_0000 - ROM_BYTES;
const ALL_KINDS: readonly PageKind[] = ["ram", "rom", "tracked", "none"];
const BITS: Readonly<Record<PageKind, number>> = { ram: PAGE_RAM, rom: PAGE_ROM, tracked: PAGE_RAM | PAGE_TRACK, none: 0 };

export class FuzzMachine {
  readonly cpu: Cpu;
  /** What PHYS_MAP must hold, without the marks of code and dirty pages. */
  readonly map = new Uint32Array(1 << 20);
  private random = new Random(0);

  constructor(module: WebAssembly.Module) {
    const extraBytes = END - RAM_BASE - RAM_BYTES;
    this.cpu = Cpu.create({
      module,
      ramBytes: RAM_BYTES,
      extraBytes,
      host: this.host(),
      features: FEATURE_UMIP | FEATURE_SMEP | FEATURE_SMAP,
    });
    for (const [start, end] of FENCES) this.cpu.bytes.fill(FENCE_BYTE, start, end);
  }

  /** Power on; what the host does from now on follows from `seed`. */
  reset(seed: number): void {
    this.random = new Random(seed);
    this.show(0, RAM_BYTES, "ram", RAM_BASE);
    for (const at of FRAMEBUFFERS) this.show(at, VIDEO_BYTES, "none", 0);
    this.show(DEVICE, 0x1000, "none", 0);
    this.show(TRACKED, VIDEO_BYTES, "tracked", VIDEO_AT);
    this.show(LOW_ROM, ROM_BYTES, "rom", ROM_AT);
    this.show(HIGH_ROM, ROM_BYTES, "rom", ROM_AT);
    this.cpu.reset();
    this.cpu.setA20(true);
    this.cpu.setInterrupt(false);
  }

  private show(start: number, length: number, kind: PageKind, host: number): void {
    this.cpu.mapPages(start, length, kind, host);
    for (let i = 0; i < length; i += 4096) this.map[(start + i) / 4096] = kind === "none" ? 0 : (host + i) | BITS[kind];
  }

  private host(): CpuHost {
    return {
      portIn: () => this.answer(),
      portOut: () => this.act(),
      mmioRead: () => this.answer(),
      mmioWrite: () => this.act(),
      interruptAcknowledge: () => {
        if (this.random.chance(80)) this.cpu.setInterrupt(false);
        return this.random.chance(10) ? -1 : this.random.below(256);
      },
      timeStamp: () => Number(this.random.u64() >> 11n),
      msrWritten: () => {},
    };
  }

  private answer(): number {
    if (this.random.chance(20)) this.act();
    return this.random.u32();
  }

  /** One of the things that devices do while the processor waits for them. */
  act(): void {
    const { cpu, random } = this;
    const n = random.below(200);
    if (n < 20) cpu.setInterrupt(random.chance(50));
    else if (n < 25) cpu.nonMaskableInterrupt();
    else if (n < 35) cpu.stop();
    else if (n < 60) this.directAccess();
    else if (n < 62) cpu.setA20(random.chance(50));
    else if (n < 70) cpu.takeDirtyPages(TRACKED, VIDEO_BYTES);
    else if (n < 72) this.show(random.pick(FRAMEBUFFERS), VIDEO_BYTES, random.pick(["tracked", "none"]), VIDEO_AT);
    else if (n < 74) this.show(0xc0000 + 4096 * random.below(16), 4096, random.pick(ALL_KINDS), RAM_BASE + 0xc0000);
  }

  private directAccess(): void {
    const at = this.random.below(RAM_BYTES - 0x2000);
    const length = this.random.below(0x2000);
    this.cpu.ram.fill(this.random.u32(), at, at + length);
    this.cpu.memoryWritten(at, length);
  }
}
