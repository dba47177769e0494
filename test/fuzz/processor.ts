// One fuzz case: a random state, code of noise and of instructions, and a few runs with the host interfering in between.
import * as STATE from "../../wasm/abi/state.js";
import { Emitter } from "../lockstep/emitter.js";
import { anything } from "../lockstep/specials.js";
import { Random } from "../oracle/random.js";
import { Guards } from "./guards.js";
import { FuzzMachine, RAM_BYTES } from "./machine.js";
import { createNoise, randomState } from "./state.js";

/** A run of this many instructions that takes longer counts as hanging: the slowest ones cost some microseconds each. */
const MAX_RUN = 2000;
const MAX_MILLISECONDS = 5000;
/** Every instruction ends the run once at most for each of these reasons. */
const RUNS = 4;

export class ProcessorFuzzer {
  private readonly machine: FuzzMachine;
  private readonly guards: Guards;
  private readonly noise = createNoise(new Random(1));
  /** Instructions executed in all cases so far. */
  instructions = 0;
  exceptions = 0;

  constructor(module: WebAssembly.Module) {
    this.machine = new FuzzMachine(module);
    this.guards = new Guards(this.machine);
  }

  /** Returns what went wrong, or undefined. */
  runCase(seed: number): string | undefined {
    const random = new Random(seed);
    const { cpu } = this.machine;
    this.machine.reset(seed);
    randomState(this.machine, this.noise, random);
    this.writeCode(random);
    cpu.synchronize();
    const before = cpu.instructions;
    const exceptions = cpu.view.getUint32(STATE.EXCEPTIONS, true);
    const wrong = this.execute(random) ?? this.guards.check();
    this.instructions += Number(cpu.instructions - before);
    this.exceptions += cpu.view.getUint32(STATE.EXCEPTIONS, true) - exceptions;
    return wrong && `seed ${seed}: ${wrong}`;
  }

  private execute(random: Random): string | undefined {
    const { cpu } = this.machine;
    for (let i = 0; i < RUNS; i++) {
      const count = random.chance(30) ? 1 + random.below(5) : 1 + random.below(MAX_RUN);
      const before = cpu.instructions;
      const start = performance.now();
      try {
        cpu.run(count);
      } catch (error) {
        return `the processor threw ${error}`;
      }
      const time = performance.now() - start;
      if (time > MAX_MILLISECONDS) return `${count} instructions took ${Math.round(time)} ms`;
      const done = Number(cpu.instructions - before);
      if (done > count) return `${done} instructions were executed, ${count} were asked for`;
      this.machine.act();
    }
    return undefined;
  }

  /** Streams of instructions at some places, one of them where EIP would point without paging; noise everywhere else. */
  private writeCode(random: Random): void {
    const { cpu } = this.machine;
    const base = Number(cpu.view.getBigUint64(STATE.SEGS + STATE.CS * STATE.SEG_STRIDE + STATE.SEG_BASE, true));
    const linear = (base + Number(cpu.view.getBigUint64(STATE.RIP, true))) >>> 0;
    const bits = cpu.view.getUint32(STATE.SEGS + STATE.CS * STATE.SEG_STRIDE + STATE.SEG_ACCESS, true) & 0x4000 ? 32 : 16;
    for (let i = 0; i < 8; i++) {
      const start =
        i === 0 ? linear & (RAM_BYTES - 1) : random.chance(50) ? (linear & 0xfff) | (random.below(256) << 12) : random.below(RAM_BYTES);
      const e = new Emitter(random, random.chance(90) ? bits : 16, 0);
      while (e.length < 60) stream(e, random);
      const room = RAM_BYTES - start;
      cpu.ram.set(e.bytes.slice(0, room), start);
    }
  }
}

function stream(e: Emitter, random: Random): void {
  const n = random.below(10);
  if (n < 5) anything(e);
  else if (n < 9) e.hot();
  else e.add(...random.bytes(4));
}
