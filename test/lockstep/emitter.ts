// Bytes of random instructions, biased towards those that have hot handlers in the interpreter, with operands that mostly mean something
// in the machine of this folder. Written down by hand and not by an encoder, so that useless prefixes and long forms occur too.
import type { Random } from "../oracle/random.js";
import { ALIASES, DATA, DATA_END, DEVICE, LARGE, ODD_PAGES, ROM, TRACKED, WINDOW_PAGES } from "./layout.js";

const ESP = 4;
const POINTERS = [3, 5, 6, 7];
/** One byte long, and all of them may replace each other at any time. */
const ONE_BYTE = [0x40, 0x41, 0x42, 0x43, 0x47, 0x48, 0x49, 0x4b, 0x90, 0xf5, 0xf8, 0xf9, 0xfc, 0x91, 0x97, 0x98, 0x99];

export class Emitter {
  readonly bytes: number[] = [];

  constructor(
    readonly random: Random,
    readonly bits: 16 | 32,
    /** Base of the data segment. */
    readonly dataBase: number,
  ) {}

  get length(): number {
    return this.bytes.length;
  }

  add(...bytes: number[]): void {
    this.bytes.push(...bytes);
  }

  /** A number of 1, 2 or 4 bytes. */
  number(value: number, size: number): void {
    for (let i = 0; i < size; i++) this.bytes.push((value >>> (8 * i)) & 0xff);
  }

  /** A general register that is rarely ESP. */
  register(): number {
    const n = this.random.below(8);
    return n === ESP && !this.random.chance(4) ? 0 : n;
  }

  /** Linear address for a memory operand. */
  address(): number {
    const { random } = this;
    const n = random.below(100);
    const offset = random.below(4096);
    if (n < 6) return DATA + 0x1000 - random.below(5);
    if (n < 9) return DEVICE + offset;
    if (n < 12) return TRACKED + offset;
    if (n < 14) return ROM + offset;
    if (n < 18) return ALIASES + random.below(WINDOW_PAGES * 4096);
    if (n < 21) return ODD_PAGES + random.below(WINDOW_PAGES * 4096);
    if (n < 23) return LARGE + DATA + random.below(DATA_END - DATA);
    if (n < 24) return random.u32();
    return DATA + (random.chance(70) ? random.below(64) * 4 : random.below(DATA_END - DATA));
  }

  /** ModRM (and SIB, and displacement) of a memory operand. */
  memory(reg: number): void {
    const { random } = this;
    const modrm = reg << 3;
    if (random.chance(45)) {
      const offset = (this.address() - this.dataBase) >>> 0;
      this.add(modrm | (this.bits === 32 ? 5 : 6));
      this.number(offset, this.bits / 8);
    } else if (this.bits === 16) {
      this.add(0x40 | modrm | random.pick([4, 5, 7, 7]), random.below(128));
    } else if (random.chance(75)) {
      this.add(0x40 | modrm | random.pick(POINTERS), random.below(256));
    } else {
      this.add(
        (random.chance(50) ? 0x40 : 0x80) | modrm | 4,
        (random.below(2) << 6) | (random.pick([4, 6, 7, 0]) << 3) | random.pick(POINTERS),
      );
      const wide = this.bytes[this.bytes.length - 2]! >= 0x80;
      this.number(random.below(128), wide ? 4 : 1);
    }
  }

  /** ModRM of a register or memory. */
  operand(reg: number, memory = 50): void {
    if (this.random.chance(memory)) this.memory(reg);
    else this.add(0xc0 | (reg << 3) | this.register());
  }

  prefixes(): void {
    const { random } = this;
    if (random.chance(10)) this.add(0x66);
    if (random.chance(4)) this.add(random.pick([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65]));
    if (random.chance(1)) this.add(0x67);
    if (random.chance(1)) this.add(0xf0);
  }

  /** Size of an immediate of operand size, given the bytes of the instruction so far. */
  private wide(start: number): number {
    return (this.bits === 32) !== this.bytes.slice(start).includes(0x66) ? 4 : 2;
  }

  /** MOV of a constant to a register, in the code's own size. */
  set(register: number, value: number): void {
    this.add(0xb8 | register);
    this.number(value, this.bits / 8);
  }

  /** Make a register a pointer into the data again. */
  pointer(): void {
    const { random } = this;
    this.set(random.pick(POINTERS), DATA + random.below(0xf00) - this.dataBase);
  }

  oneByte(): void {
    this.add(this.random.pick(ONE_BYTE));
  }

  /** An arithmetic or logic instruction of the first 64 opcodes, or of the immediate group. */
  arithmetic(operation = this.random.below(8)): void {
    const { random } = this;
    const start = this.length;
    this.prefixes();
    const prefixes = this.length;
    const form = random.below(7);
    if (form < 4) {
      this.add((operation << 3) | form);
      this.operand(this.register());
    } else if (form === 4) {
      this.add((operation << 3) | 4, random.below(256));
    } else if (form === 5) {
      this.add(0x83);
      this.operand(operation);
      this.add(random.below(256));
    } else {
      const size = prefixes === start ? this.bits / 8 : this.wide(start);
      this.add(0x81);
      this.operand(operation);
      this.number(random.u32(), size);
    }
  }

  /** CMP or TEST: what a conditional jump behind it may be fused with. */
  comparison(): void {
    const { random } = this;
    const n = random.below(4);
    if (n === 0) {
      this.add(random.pick([0x84, 0x85]));
      this.operand(this.register());
    } else if (n === 1) {
      this.add(0x3b);
      this.operand(this.register());
    } else this.arithmetic(7);
  }

  /** MOV, MOVZX, MOVSX, LEA. */
  move(): void {
    const { random } = this;
    this.prefixes();
    const opcode = random.pick([0x88, 0x89, 0x8a, 0x8b, 0x8b, 0x89, 0x8d, 0x1b6, 0x1b7, 0x1be, 0x1bf]);
    if (opcode > 0xff) this.add(0x0f);
    this.add(opcode & 0xff);
    if (opcode === 0x8d) this.memory(this.register());
    else this.operand(this.register(), 65);
  }

  /** Shifts and rotations by one, by CL, or by an immediate. */
  shift(): void {
    const { random } = this;
    this.prefixes();
    const opcode = random.pick([0xc0, 0xc1, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3]);
    this.add(opcode);
    this.operand(random.below(8), 20);
    if (opcode < 0xc2) this.add(random.below(random.chance(90) ? 34 : 256));
  }

  unary(): void {
    const { random } = this;
    this.prefixes();
    const [opcode, digit] = random.pick([
      [0xfe, 0],
      [0xff, 0],
      [0xfe, 1],
      [0xff, 1],
      [0xf6, 2],
      [0xf7, 2],
      [0xf6, 3],
      [0xf7, 3],
      [0xf7, 4],
      [0xf7, 5],
      [0xff, 6],
    ] as const);
    this.add(opcode);
    this.operand(digit, 40);
  }

  /** IMUL, SETcc, CMOVcc, XCHG. */
  other(): void {
    const { random } = this;
    this.prefixes();
    const n = random.below(5);
    if (n === 0) this.add(0x0f, 0xaf);
    else if (n === 1) this.add(0x0f, 0x90 | random.below(16));
    else if (n === 2) this.add(0x0f, 0x40 | random.below(16));
    else if (n === 3) this.add(random.pick([0x86, 0x87]));
    else this.add(0x6b);
    this.operand(this.register(), 40);
    if (n === 4) this.add(random.below(256));
  }

  stack(): void {
    const { random } = this;
    const n = random.below(10);
    if (n < 4) this.add(0x50 | random.below(8));
    else if (n < 8) this.add(0x58 | this.register());
    else if (n === 8) this.add(0x6a, random.below(256));
    else this.add(random.pick([0x9c, 0x60, 0x1e, 0x0e, 0x06]));
  }

  /** Any of those with hot handlers. */
  hot(): void {
    const n = this.random.below(100);
    if (n < 30) this.arithmetic();
    else if (n < 36) this.comparison();
    else if (n < 58) this.move();
    else if (n < 66) this.shift();
    else if (n < 74) this.unary();
    else if (n < 82) this.other();
    else if (n < 90) this.stack();
    else this.oneByte();
  }
}
