// The same program natively and translated. At every boundary that the translator names, the guest's state must be one that the native
// processor passes through, in the same order, and what the outside saw too.
import * as STATE from "../../wasm/abi/state.js";
import { createProgram, type Program } from "../lockstep/program.js";
import { begin } from "../lockstep/run.js";
import { Random } from "../oracle/random.js";
import { GuestMachine } from "./guest.js";
import type { VmmMachine } from "./vmm.js";

/** The native processor may be so far behind. */
const REACH = 6000;
const PROGRAM_LENGTH = 4000;
/** Time slices are a hundred instructions on average. */
const MOST_BOUNDARIES = 30_000;
const LOOK_AT_MEMORY = 8;

export class BtPair<Machine extends VmmMachine = VmmMachine> {
  readonly native = new GuestMachine();
  instructions = 0;
  boundaries = 0;
  private ended = false;

  constructor(readonly translated: Machine) {}

  /** Programs of flat 32-bit code in ring 0 without paging. */
  static program(seed: number): Program | undefined {
    const program = createProgram(seed);
    return program.mode.name === "flat, ring 0" && program.paging === "none" ? program : undefined;
  }

  begin(program: Program): void {
    begin(this.native, program);
    begin(this.translated, program);
    this.ended = false;
  }

  /** Run one program; returns the first difference. */
  runProgram(program: Program): string | undefined {
    this.begin(program);
    const random = new Random(program.seed ^ 0x1234567);
    this.translated.slice = () => 1 + random.below(random.chance(30) ? 12 : 250);
    const start = this.native.cpu.instructions;
    for (let n = 0; this.native.cpu.instructions - start < PROGRAM_LENGTH; n++) {
      const going = this.translated.advance();
      const difference = this.catchUp(n % LOOK_AT_MEMORY === 0 || !going);
      if (difference) return `seed ${program.seed}, boundary ${n}: ${difference}`;
      if (!going) break;
      if (n > MOST_BOUNDARIES) return `seed ${program.seed}: no progress at EIP ${this.translated.eip.toString(16)}`;
    }
    this.instructions += Number(this.native.cpu.instructions - start);
    return undefined;
  }

  /** Let the native processor run until it is where the guest is. */
  catchUp(withMemory: boolean): string | undefined {
    const { native, translated } = this;
    const wanted = translated.visible();
    const at = translated.eip;
    let near: string | undefined;
    for (let n = 0; n <= REACH; n++) {
      if (native.eip === at) {
        const difference = differentWords(native.visible(), wanted) ?? this.differentOutside(withMemory);
        if (!difference) {
          this.boundaries++;
          return undefined;
        }
        near ??= difference;
      }
      if (this.ended) break;
      this.ended = !native.step();
    }
    return `EIP ${at.toString(16)} is not reached in this state: ${near ?? "never at all"}`;
  }

  private differentOutside(withMemory: boolean): string | undefined {
    const [a, b] = [this.native.log, this.translated.log];
    const line = b.findIndex((text, i) => text !== a[i]);
    if (line >= 0) return `access ${line}: ${a[line]} and ${b[line]}`;
    if (a.length !== b.length) return `${a.length} and ${b.length} accesses`;
    if (!withMemory || Buffer.compare(this.native.ram, this.translated.ram) === 0) return undefined;
    const byte = this.native.ram.findIndex((value, i) => value !== this.translated.ram[i]);
    return `memory at ${byte.toString(16)}: ${this.native.ram[byte]} and ${this.translated.ram[byte]}`;
  }
}

/** Names of the fields of STATE in which two records differ. */
export function differentWords(a: Uint8Array, b: Uint8Array): string | undefined {
  if (Buffer.compare(a, b) === 0) return undefined;
  const names = Object.entries(STATE).filter(([, address]) => address >= STATE.STATE_BASE && address < STATE.STATE_END);
  const found: string[] = [];
  for (let at = 0; at < a.length; at += 4) {
    const value = (record: Uint8Array) => new DataView(record.buffer).getUint32(at, true);
    if (value(a) === value(b)) continue;
    const [name, begin] = names.filter(([, address]) => address <= STATE.STATE_BASE + at).reduce((x, y) => (y[1] >= x[1] ? y : x));
    found.push(`${name}+${STATE.STATE_BASE + at - begin}: ${value(a).toString(16)} and ${value(b).toString(16)}`);
  }
  return found.join(", ");
}
