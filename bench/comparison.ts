// Runs of several emulators put beside each other: medians, ratios, and whether all computed the same.
import type { GuestRun, Interval, Sample } from "./recorder.js";
import { geometricMean, median, spread } from "./statistics.js";

export interface Run extends GuestRun {
  readonly emulator: string;
  readonly round: number;
  /** Processors' worth of other work just before. */
  readonly loadBefore: number;
}

/** Whether an emulator's boots and memory mean anything: the host itself boots nothing. */
export const boots = (emulator: string) => emulator !== "native";

/** Shares of a program's time that others may take from a machine with no processor to spare, and ticks of /proc that mean nothing. */
const TOLERANCE = 0.05;
const GRAIN = 0.03;

export class Comparison {
  readonly emulators: readonly string[];
  readonly programs: readonly string[];
  /** The emulator that ratios are relative to. */
  readonly base: string;

  constructor(
    private readonly runs: readonly Run[],
    /** Processors that the emulators may use. */
    private readonly cores: number,
  ) {
    this.emulators = [...new Set(runs.map((run) => run.emulator))];
    this.programs = [...new Set(runs.flatMap((run) => Object.keys(run.programs)))];
    this.base = ["ringside", ...this.emulators.filter(boots)].find((e) => this.emulators.includes(e)) ?? this.emulators[0]!;
  }

  get others(): string[] {
    return this.emulators.filter((emulator) => emulator !== this.base);
  }

  seconds(emulator: string, program: string): number {
    return median(this.samples(emulator, program).map((sample) => sample.seconds));
  }

  /** How many times as long as the base another emulator takes. */
  ratio(emulator: string, program: string): number {
    return this.seconds(emulator, program) / this.seconds(this.base, program);
  }

  /** Over the programs that both have run. */
  meanRatio(emulator: string): number {
    return geometricMean(this.programs.map((program) => this.ratio(emulator, program)).filter(Number.isFinite));
  }

  /** Median over an emulator's boots. */
  ofBoots(emulator: string, value: (boot: Interval) => number): number {
    return median(this.calm(this.runsOf(emulator).map((run) => run.boot)).map(value));
  }

  /** Median over an emulator's runs. */
  ofRuns(emulator: string, value: (run: Run) => number): number {
    return median(this.runsOf(emulator).map(value));
  }

  /** Middle of the programs' spreads over the rounds. */
  spread(emulator: string): number {
    return median(this.programs.map((program) => spread(this.samples(emulator, program).map((s) => s.seconds))).filter(Number.isFinite));
  }

  /** Programs whose checksum is not the same everywhere: which, and who says what. */
  disagreements(): string[] {
    return this.programs.flatMap((program) => {
      const said = new Map<string, Set<string>>();
      for (const { emulator, programs } of this.runs) {
        const checksum = programs[program]?.checksum;
        if (checksum !== undefined) said.set(checksum, (said.get(checksum) ?? new Set()).add(emulator));
      }
      const sides = [...said].map(([checksum, emulators]) => `${checksum} by ${[...emulators].join(", ")}`);
      return said.size > 1 ? [`${program}: ${sides.join("; ")}`] : [];
    });
  }

  /** Programs that did not come to an end in every run of every emulator. */
  absences(): string[] {
    return this.runs.flatMap(({ emulator, round, programs }) =>
      this.programs.filter((program) => !programs[program]).map((program) => `${program} on ${emulator} in round ${round}`),
    );
  }

  /** How many boots and programs' runs others disturbed: those left out, and those that count for want of better ones. */
  get disturbed(): { leftOut: number; kept: number } {
    const groups: Interval[][] = this.emulators.flatMap((emulator) => [
      ...(boots(emulator) ? [this.runsOf(emulator).map((run) => run.boot)] : []),
      ...this.programs.map((program) => this.allSamples(emulator, program)),
    ]);
    const used = groups.flatMap((group) => this.calm(group));
    return { leftOut: groups.flat().length - used.length, kept: used.filter((interval) => this.isDisturbed(interval)).length };
  }

  private runsOf(emulator: string): Run[] {
    return this.runs.filter((run) => run.emulator === emulator);
  }

  private allSamples(emulator: string, program: string): Sample[] {
    return this.runsOf(emulator).flatMap((run) => run.programs[program] ?? []);
  }

  private samples(emulator: string, program: string): Sample[] {
    return this.calm(this.allSamples(emulator, program));
  }

  /** Without the disturbed ones, if two or more are left then. */
  private calm<T extends Interval>(all: T[]): T[] {
    const calm = all.filter((interval) => !this.isDisturbed(interval));
    return calm.length >= 2 ? calm : all;
  }

  /** Others took processor time that the emulator could have used. */
  private isDisturbed({ seconds, processor, others, stolen }: Interval): boolean {
    const nothingToSpare = processor + others + GRAIN > this.cores * (1 - TOLERANCE) * seconds;
    return (nothingToSpare && others > TOLERANCE * seconds + GRAIN) || stolen > TOLERANCE * seconds + GRAIN;
  }
}
