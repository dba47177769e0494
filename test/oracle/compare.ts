// Field-by-field comparison of a vector's recorded output with the emulator's, through the masks.
import { type Instruction, Mnemonic, OpKind } from "iced-x86";
import { eipDiffers, faultOrderIsFree, modelSpecificBytes } from "./known-differences.js";
import {
  DATA_BASE,
  FX_FCW,
  FX_FDP,
  FX_FIP,
  FX_FOP,
  FX_FSW,
  FX_FTW,
  FX_MXCSR,
  FX_ST,
  FX_XMM,
  IMAGE_CR2,
  IMAGE_DATA,
  IMAGE_ERROR,
  IMAGE_FX,
  IMAGE_RFLAGS,
  IMAGE_RIP,
  IMAGE_SEGMENTS,
  IMAGE_STACK,
  IMAGE_VECTOR,
  PAGE,
  STACK_BASE,
  type StateImage,
} from "./layout.js";
import {
  APPROXIMATE,
  completed,
  partialRemainder,
  TRANSCENDENTAL,
  undefinedConditions,
  undefinedDestination,
  undefinedFlags,
  undefinedRegisterBits,
} from "./masks.js";
import { gprNumber } from "./operands.js";

export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

export const GPR_NAMES = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"];
const SEGMENT_NAMES = ["es", "cs", "ss", "ds", "fs", "gs"];
/** PE and C1 ("rounded up") of a transcendental say how it was computed. */
const STATUS_OF_METHOD = 0x220;
const ERROR_SUMMARY = 0x80;
/** These load the pointers, or change which exceptions are masked, without an operation of their own. */
const NO_OPERATION = new Set([Mnemonic.Fldenv, Mnemonic.Frstor, Mnemonic.Fxrstor, Mnemonic.Fldcw]);
/** RCP and RSQRT may each be 1.5 x 2^-12 from the true value, relatively. SDM 2B "RCPPS". */
const APPROXIMATE_BOUND = 3 / 4096;
const SMALLEST_NORMAL = 2 ** -126;

class Comparison {
  readonly differences: Difference[] = [];
  private readonly undefinedResult: boolean;
  private readonly freeBytes: ReadonlySet<number>;

  constructor(
    private readonly instruction: Instruction,
    private readonly input: StateImage,
    private readonly expected: StateImage,
    private readonly got: StateImage,
  ) {
    this.undefinedResult = undefinedDestination(instruction, input);
    this.freeBytes = modelSpecificBytes(instruction, input);
  }

  private add(field: string, expected: number | bigint, got: number | bigint): void {
    if (expected !== got) this.differences.push({ field, expected: expected.toString(16), got: got.toString(16) });
  }

  private u16(field: string, offset: number, mask = 0xffff): void {
    this.add(field, this.expected.u16(offset) & mask, this.got.u16(offset) & mask);
  }

  private u32(field: string, offset: number, mask = 0xffffffff): void {
    this.add(field, (this.expected.u32(offset) & mask) >>> 0, (this.got.u32(offset) & mask) >>> 0);
  }

  integer(): void {
    const { instruction, input, expected, got } = this;
    const destination = instruction.op0Kind === OpKind.Register ? gprNumber(instruction.op0Register) : -1;
    const free = this.undefinedResult ? 0xffffffff : undefinedRegisterBits(instruction);
    GPR_NAMES.forEach((name, i) => {
      const mask = i === destination ? ~free : 0xffffffff;
      this.add(name, (expected.gpr(i) & mask) >>> 0, (got.gpr(i) & mask) >>> 0);
    });
    if (!eipDiffers(instruction)) this.u32("eip", IMAGE_RIP);
    this.u32("eflags", IMAGE_RFLAGS, ~undefinedFlags(instruction, input, completed(input, expected)));
    SEGMENT_NAMES.forEach((name, i) => {
      this.u16(name, IMAGE_SEGMENTS + 2 * i);
    });
    if (faultOrderIsFree(instruction, input, expected, got)) return;
    this.add("vector", expected.u32(IMAGE_VECTOR), got.u32(IMAGE_VECTOR));
    this.u32("error code", IMAGE_ERROR);
    this.u32("cr2", IMAGE_CR2);
  }

  x87(): void {
    const { instruction, input, expected } = this;
    const transcendental = TRANSCENDENTAL.has(instruction.mnemonic);
    this.u16("fcw", IMAGE_FX + FX_FCW);
    this.u16("fsw", IMAGE_FX + FX_FSW, ~(undefinedConditions(instruction) | (transcendental ? STATUS_OF_METHOD : 0)));
    this.u16("ftw", IMAGE_FX + FX_FTW);
    const raised = expected.u16(IMAGE_FX + FX_FSW) & ~input.u16(IMAGE_FX + FX_FSW) & ERROR_SUMMARY;
    // AMD keeps the pointers of the last unmasked exception only (APM 2 "FXSAVE"), and zero for the selectors.
    if (raised && !NO_OPERATION.has(instruction.mnemonic)) this.pointers();
    const loose = transcendental ? 2 : partialRemainder(instruction, expected) ? 1 : 0;
    for (let i = 0; i < 8; i++) {
      const at = IMAGE_FX + FX_ST + i * 16;
      const [e, g] = [this.expected, this.got].map((image) => significand(image, at)) as [bigint, bigint];
      const near = i < loose && (transcendental ? adjacent(e, g) : true);
      if (!near) this.add(`st${i}`, e, g);
    }
  }

  private pointers(): void {
    this.u16("fop", IMAGE_FX + FX_FOP);
    this.u32("fip", IMAGE_FX + FX_FIP);
    if (this.instruction.opCount > 0 && this.instruction.op0Kind === OpKind.Memory) this.u32("fdp", IMAGE_FX + FX_FDP);
  }

  sse(): void {
    this.u32("mxcsr", IMAGE_FX + FX_MXCSR);
    const approximate = APPROXIMATE.has(this.instruction.mnemonic);
    for (let i = 0; i < 8; i++) {
      for (let lane = 0; lane < 4; lane++) {
        const at = IMAGE_FX + FX_XMM + i * 16 + lane * 4;
        if (approximate && close(this.expected, this.got, at)) continue;
        this.u32(`xmm${i}[${lane}]`, at);
      }
    }
  }

  memory(): void {
    if (this.undefinedResult && this.instruction.op0Kind === OpKind.Memory) return;
    this.window(IMAGE_DATA, DATA_BASE);
    this.window(IMAGE_STACK, STACK_BASE);
  }

  private window(offset: number, base: number): void {
    const [e, g] = [this.expected.bytes, this.got.bytes];
    for (let i = 0; i < PAGE; i++) {
      if (e[offset + i] === g[offset + i] || this.freeBytes.has(base + i)) continue;
      this.add(`[${(base + i).toString(16)}]`, e[offset + i]!, g[offset + i]!);
    }
  }
}

/** The ten bytes of a register, as one number: sign and magnitude, so that neighbours differ by one. */
function significand(image: StateImage, at: number): bigint {
  return image.view.getBigUint64(at, true) | (BigInt(image.u16(at + 8)) << 64n);
}

/** At most one unit in the last place apart, over a power of two too (where the significand wraps to 8000...). */
function adjacent(a: bigint, b: bigint): boolean {
  const linear = (x: bigint): bigint => ((x >> 64n) << 63n) + (x & ((1n << 63n) - 1n));
  const distance = linear(a) - linear(b);
  return distance >= -1n && distance <= 1n;
}

function close(expected: StateImage, got: StateImage, at: number): boolean {
  const [e, g] = [expected, got].map((image) => image.view.getFloat32(at, true)) as [number, number];
  // A tiny result is zero; whether one so close to the smallest normal number is tiny depends on the approximation.
  const size = Math.max(Math.abs(e), Math.abs(g));
  if (e === 0 || g === 0) return size <= SMALLEST_NORMAL * (1 + APPROXIMATE_BOUND);
  return Number.isFinite(e) && Math.abs(e - g) <= size * APPROXIMATE_BOUND;
}

/** Every field that differs and must not. */
export function compare(instruction: Instruction, input: StateImage, expected: StateImage, got: StateImage): readonly Difference[] {
  const comparison = new Comparison(instruction, input, expected, got);
  comparison.integer();
  comparison.x87();
  comparison.sse();
  comparison.memory();
  return comparison.differences;
}
