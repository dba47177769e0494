// Collects the bytes of a unit, and for each instruction among them the way back to the guest.
import { RecoveryList } from "./recoveries.js";
import type { Recovery, UnitExit } from "./unit.js";

const HLT = 0xf4;
export const JMP: readonly number[] = [0xe9];

/** The four bytes of a number, little-endian. */
export function dword(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}

export class UnitEmitter {
  readonly bytes: number[] = [];
  readonly recoveries = new RecoveryList();
  readonly exits: UnitExit[] = [];
  private readonly stubs: { readonly field: number; readonly target: number; readonly check: (() => void) | undefined }[] = [];

  get length(): number {
    return this.bytes.length;
  }

  /** One instruction, and what to do when something happens before it is executed. */
  put(recovery: Recovery, ...bytes: number[]): void {
    this.recoveries.add(this.length, recovery);
    this.bytes.push(...bytes);
  }

  /** Leave to the VMM here. */
  leave(recovery: Recovery, exit: (at: number) => UnitExit): void {
    this.exits.push(exit(this.length));
    this.put(recovery, HLT);
  }

  /**
   * JMP or Jcc to another unit; not chained, it goes to an exit behind the unit. `opcode` is what stands before the 32-bit displacement.
   * `check`: emits what comes first, behind the unit too.
   */
  branch(recovery: Recovery, opcode: readonly number[], target: number, check?: () => void): void {
    this.put(recovery, ...opcode, 0, 0, 0, 0);
    this.stubs.push({ field: this.length - 4, target, check });
  }

  /** JECXZ over what `body` emits. */
  unlessEcxIsZero(recovery: Recovery, body: () => void): void {
    this.put(recovery, 0xe3, 0);
    const from = this.length;
    body();
    this.bytes[from - 1] = this.length - from;
  }

  /** What was emitted from `start` on belongs to an instruction in the shadow of STI. */
  markShadow(start: number, eip: number): void {
    this.recoveries.change(start, (recovery) => (recovery.eip === eip ? { ...recovery, shadow: true } : recovery));
  }

  /** The exits of all branches, and of those that they make. */
  finish(): void {
    for (let stub = this.stubs.shift(); stub; stub = this.stubs.shift()) {
      const { field, target, check } = stub;
      for (const [i, byte] of dword(this.length - field - 4).entries()) this.bytes[field + i] = byte;
      if (check) {
        check();
        this.branch({ eip: target }, JMP, target);
      } else this.leave({ eip: target }, (at) => ({ kind: "branch", at, target, field }));
    }
  }
}
