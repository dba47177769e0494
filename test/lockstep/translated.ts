// Translator and interpreter side by side: the same random programs in the same strides, one processor translating at once all that it can.
import { mkdirSync, writeFileSync } from "node:fs";
import { TRANSLATION_POLICIES, type TranslatorOptions } from "../../core/translator/options.js";
import { TRANSLATED } from "../../wasm/abi/region.js";
import { LockstepMachine } from "./machine.js";
import { createProgram, type Program } from "./program.js";
import { explain } from "./report.js";
import { lockstep } from "./run.js";

/** Instructions of a program: enough for regions to be entered many times. */
const LENGTH = 30_000;

/**
 * Ways to translate, each for itself: as soon as anything runs; missing TLB entries filled by calls; only what runs more than once; and that
 * with regions looked at so often that many are translated again, in another way or larger, while the program runs.
 */
export const WAYS = {
  eager: TRANSLATION_POLICIES.eager!,
  calls: { ...TRANSLATION_POLICIES.eager!, calls: true },
  soon: { threshold: 3, period: 64, batch: 2 },
  restless: { threshold: 3, period: 64, batch: 2, poll: 500, look: 500 },
} as const satisfies Readonly<Record<string, TranslatorOptions>>;

interface Made {
  readonly begins: readonly number[];
  readonly bytes: Uint8Array;
}

export class TranslatedPair {
  private readonly translated: LockstepMachine;
  private readonly interpreted: LockstepMachine;
  private made: Made[] = [];
  instructions = 0;
  /** Of these, those that were executed in regions. */
  inRegions = 0;

  constructor(
    module: WebAssembly.Module,
    readonly way: keyof typeof WAYS,
    private readonly length = LENGTH,
    private readonly create: (seed: number) => Program = createProgram,
  ) {
    const observer: TranslatorOptions["observer"] = (graphs, bytes) =>
      this.made.push({ begins: graphs.map((graph) => graph.blocks[graph.entries[0]!]!.linear), bytes });
    this.translated = new LockstepMachine(module, { ...WAYS[way], observer });
    this.interpreted = new LockstepMachine(module);
  }

  get regions(): number {
    return this.translated.cpu.translation!.regions;
  }

  /** Returns a report of the first difference, or undefined. */
  runCase(seed: number): string | undefined {
    const { translated, interpreted } = this;
    const program = this.create(seed);
    this.made = [];
    const before = translated.cpu.view.getBigUint64(TRANSLATED, true);
    const stop = lockstep(translated, interpreted, program, "strides", this.length);
    this.instructions += Number(interpreted.cpu.instructions);
    this.inRegions += Number(translated.cpu.view.getBigUint64(TRANSLATED, true) - before);
    if (!stop) return undefined;
    const regions = this.keep(seed);
    return `${this.way}: ${explain(translated, interpreted, program, stop, "strides")}\n${regions}`;
  }

  /** Leaves the modules that were made where they can be looked at. Says where, and what begins in each. */
  private keep(seed: number): string {
    const folder = `.cache/lockstep/${this.way}-${seed}`;
    mkdirSync(folder, { recursive: true });
    const lines = this.made.map(({ begins, bytes }, n) => {
      writeFileSync(`${folder}/${n}.wasm`, bytes);
      return `${n}.wasm: ${begins.map((linear) => linear.toString(16)).join(" ")}`;
    });
    return [`regions in ${folder}:`, ...lines.slice(-20)].join("\n");
  }
}
