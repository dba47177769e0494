// Random programs of what makes kernel code hard for a translator: virtual flags, calls and returns of all kinds, operands in GS and CS,
// interrupts at awkward places, system instructions; ordinary ones between them.
import { Emitter } from "../lockstep/emitter.js";
import { handlers, writeKernel } from "../lockstep/kernel.js";
import { BLOCK_TABLE, CODE, CODE_END, DATA, RAM_BYTES, SELECTOR, USER_STACK } from "../lockstep/layout.js";
import { PORT } from "../lockstep/machine.js";
import { MODES, type Program } from "../lockstep/program.js";
import { Random } from "../oracle/random.js";

const BLOCKS = 8;
const ROOM = (CODE_END - CODE) / BLOCKS;
const UNITS = 26;
const FLAT_RING_0 = MODES[0]!;
const kernel = handlers(SELECTOR.data0, DATA + 0x100);
const FLAG_BITS = [0, 0, 0x200, 0x200, 0x200, 0x1000, 0x3200, 0x100, 0x4000, 0x400, 0x8d5, 0x40000, 0x200000];

class KernelCode {
  readonly e: Emitter;

  constructor(
    private readonly random: Random,
    private readonly start: number,
  ) {
    this.e = new Emitter(random, 32, 0);
  }

  get here(): number {
    return this.start + this.e.length;
  }

  block(): readonly number[] {
    const { e } = this;
    e.set(4, USER_STACK);
    for (let n = 0; n < UNITS; n++) this.unit();
    this.toNextBlock();
    return e.bytes;
  }

  private ordinary(most: number): void {
    for (let n = this.random.below(most + 1); n > 0; n--) {
      this.e.hot();
      if (this.random.chance(30)) this.e.pointer();
    }
  }

  /** Nothing that moves the stack pointer, but by accident. */
  private calm(most: number): void {
    const { e, random } = this;
    for (let n = random.below(most + 1); n > 0; n--) {
      e.pointer();
      random.pick([() => e.arithmetic(), () => e.move(), () => e.comparison(), () => e.oneByte()])();
    }
  }

  private unit(): void {
    const { e, random } = this;
    const kinds = [
      () => this.ordinary(3),
      () => this.flags(),
      () => this.flags(),
      () => this.flags(),
      () => this.call(),
      () => this.call(),
      () => this.counter(),
      () => this.condition(),
      () => this.segment(),
      () => this.interrupt(),
      () => e.add(...random.pick(SYSTEM)),
    ];
    random.pick(kinds)();
  }

  private flags(): void {
    const { e, random } = this;
    const short = random.chance(15) ? [0x66] : [];
    const n = random.below(6);
    if (n === 0) e.add(0xfa);
    else if (n === 1) e.add(0xfb);
    else if (n === 2) e.add(...short, 0x9c, ...short, 0x9d);
    else if (n === 3) e.add(...short, 0x9c, ...(short.length ? [0x66, 0x58] : [0x58]));
    else if (n === 4) {
      const image = 2 | random.pick(FLAG_BITS) | random.pick(FLAG_BITS);
      if (short.length) e.add(0x66, 0x68, image & 0xff, (image >> 8) & 0xff, 0x66, 0x9d);
      else {
        e.add(0x68);
        e.number(image, 4);
        e.add(0x9d);
      }
    } else {
      // The pushed image with one bit changed.
      e.add(0x9c, 0x81, 0x34, 0x24);
      e.number(random.pick(FLAG_BITS), 4);
      e.add(0x9d);
    }
  }

  /** A subroutine in line: jumped over, and called in one of many ways. */
  private call(): void {
    const { e, random } = this;
    e.add(0xeb, 0);
    const begin = e.length;
    const subroutine = this.here;
    this.calm(2);
    if (random.chance(30)) e.add(random.pick([0xfb, 0xfa]));
    const dropped = random.chance(30) ? 4 * random.below(3) : -1;
    if (dropped < 0) e.add(0xc3);
    else e.add(0xc2, dropped, 0);
    e.bytes[begin - 1] = e.length - begin;
    for (let n = dropped; n > 0; n -= 4) e.add(0x50);
    if (random.chance(20)) e.add(0xfb);
    const way = random.below(5);
    if (way < 2) {
      e.add(0xe8);
      e.number(subroutine - this.here - 4, 4);
    } else if (way === 2) {
      const register = random.pick([0, 1, 2, 3, 6]);
      e.set(register, subroutine);
      e.add(0xff, 0xd0 | register);
    } else if (way === 3) this.through(0x15, subroutine, random.pick([[], [], [], [], [0x2e], [0x2e], [0x3e]]));
    else {
      // A return address of its own, then a jump.
      e.add(0x68);
      const back = e.length;
      e.number(0, 4);
      this.through(0x25, subroutine, []);
      const address = this.here;
      for (let i = 0; i < 4; i++) e.bytes[back + i] = (address >>> (8 * i)) & 0xff;
    }
  }

  /** FF /2 or /4 with a pointer in memory. */
  private through(modrm: number, target: number, prefix: readonly number[]): void {
    const { e, random } = this;
    const at = DATA + 0xe00 + 4 * random.below(16);
    e.add(0xc7, 0x05);
    e.number(at, 4);
    e.number(target, 4);
    e.add(...prefix, 0xff, modrm);
    e.number(at, 4);
  }

  private counter(): void {
    const { e, random } = this;
    e.set(1, 1 + random.below(5));
    const top = e.length;
    e.add(0x51);
    this.calm(2);
    if (random.chance(30)) e.add(random.pick([0xfa, 0xfb, 0xf8]));
    e.add(0x59);
    e.add(random.pick([0xe0, 0xe1, 0xe2, 0xe2]), (top - e.length - 2) & 0xff);
  }

  private condition(): void {
    const { e, random } = this;
    e.comparison();
    if (random.chance(20)) e.add(0xfb);
    if (random.chance(10)) {
      e.set(1, random.below(2));
      e.add(0xe3, 1, 0x90);
      return;
    }
    const near = random.chance(30);
    const code = random.below(16);
    if (near) e.add(0x0f, 0x80 | code, 0, 0, 0, 0);
    else e.add(0x70 | code, 0);
    const from = e.length;
    this.ordinary(2);
    e.bytes[from - (near ? 4 : 1)] = e.length - from;
  }

  private segment(): void {
    const { e, random } = this;
    const n = random.below(4);
    if (n === 0) {
      e.set(0, random.pick([SELECTOR.data0, SELECTOR.basedData0, 0, SELECTOR.code0]));
      e.add(0x8e, 0xe8);
    } else if (n === 1) e.add(random.pick([0x2e, 0x65]), random.pick([0xa4, 0xac, 0xd7]));
    else {
      e.add(random.pick([0x2e, 0x65, 0x65]), random.pick([0x8b, 0x03, 0x33, 0x89, 0x01]));
      e.memory(random.pick([0, 2, 3]));
    }
  }

  private interrupt(): void {
    const { e, random } = this;
    e.add(0xe6, random.pick([PORT.interrupt, PORT.interrupt, PORT.quiet]));
    if (random.chance(30)) e.add(0xcd, random.pick([0x20, 0x21, 3]));
  }

  /** Jump through the table of blocks, to each in turn. */
  private toNextBlock(): void {
    const { e } = this;
    e.add(0xff, 0x05);
    e.number(BLOCK_TABLE + 36, 4);
    e.add(0xa1);
    e.number(BLOCK_TABLE + 36, 4);
    e.add(0x83, 0xe0, 7, 0xff, 0x24, 0x85);
    e.number(BLOCK_TABLE, 4);
  }
}

/** SGDT, SIDT, SLDT, STR, SMSW, LAR, LSL, VERR, VERW, MOV from CR0 and CR3, PUSH and MOV of segments, CPUID, CLTS, INVLPG. */
const SYSTEM: readonly (readonly number[])[] = [
  [0x0f, 0x01, 0x05, 0x00, 0x8e, 0, 0],
  [0x0f, 0x01, 0x0d, 0x08, 0x8e, 0, 0],
  [0x0f, 0x00, 0xc0],
  [0x0f, 0x00, 0xca],
  [0x0f, 0x01, 0xe0],
  [0x0f, 0x02, 0xc3],
  [0x0f, 0x03, 0xd3],
  [0x0f, 0x00, 0xe3],
  [0x0f, 0x00, 0xeb],
  [0x0f, 0x20, 0xc0],
  [0x0f, 0x20, 0xd8],
  [0x0e],
  [0x8c, 0xc8],
  [0x8c, 0xd2],
  [0x16, 0x07],
  [0x0f, 0xa2],
  [0x0f, 0x06],
  [0x0f, 0x01, 0x3d, 0, 0x80, 0, 0],
];

/** The program of this seed. */
export function createKernelProgram(seed: number): Program {
  const random = new Random(seed);
  const image = new Uint8Array(RAM_BYTES);
  const view = new DataView(image.buffer);
  for (let at = DATA; at < DATA + 0x2000; at++) image[at] = random.u32();
  writeKernel(image, kernel, false, random);
  const blocks = Array.from({ length: BLOCKS }, (_, n) => CODE + n * ROOM + random.below(64));
  for (const [n, start] of blocks.entries()) {
    image.set(new KernelCode(random, start).block(), start);
    view.setUint32(BLOCK_TABLE + n * 4, start, true);
  }
  const flags = 2 | (random.chance(50) ? 0x200 : 0);
  return { seed, mode: FLAT_RING_0, paging: "none", image, entry: blocks[0]!, blocks, flags, stride: 100, cr0: 0x31, cr4: 0x698 };
}
