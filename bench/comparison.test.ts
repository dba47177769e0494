import { describe, expect, test } from "vitest";
import { Comparison, type Run } from "./comparison.js";
import type { Interval, Sample } from "./recorder.js";
import { report } from "./report.js";

const CORES = 2;

function interval(seconds: number): Interval {
  return { seconds, processor: seconds, others: 0, stolen: 0 };
}

function sample(seconds: number, more: Partial<Sample> = {}): Sample {
  return { ...interval(seconds), checksum: "0000abcd", ...more };
}

function run(emulator: string, round: number, programs: Run["programs"], boot = 10): Run {
  return { emulator, round, programs, boot: interval(boot), peakMegabytes: 100, problems: [], loadBefore: 0 };
}

const threeRounds = (emulator: string, times: readonly number[], boot?: number) =>
  times.map((seconds, i) => run(emulator, i + 1, { sieve: sample(seconds), fib: sample(seconds * 2) }, boot));

describe("a comparison", () => {
  const runs = [...threeRounds("v86", [4, 8, 5], 12), ...threeRounds("ringside", [2, 1, 9], 6)];

  test("takes medians over the rounds, and Ringside as the base", () => {
    const c = new Comparison(runs, CORES);
    expect([c.base, c.others]).toEqual(["ringside", ["v86"]]);
    expect([c.seconds("v86", "sieve"), c.seconds("ringside", "sieve"), c.ratio("v86", "sieve")]).toEqual([5, 2, 2.5]);
    expect(c.meanRatio("v86")).toBeCloseTo(2.5);
    expect(c.ofBoots("v86", (boot) => boot.seconds)).toBe(12);
  });

  test("has the first emulator that boots as the base where Ringside is not", () => {
    expect(new Comparison([...threeRounds("native", [1]), ...threeRounds("qemu", [1])], CORES).base).toBe("qemu");
  });

  test("leaves out samples that others disturbed, as long as two are left", () => {
    const busy = sample(9, { processor: 9, others: 8.9 });
    const stolen = sample(7, { stolen: 2 });
    const all = [sample(2), sample(2.2), busy, stolen].map((s, i) => run("ringside", i + 1, { sieve: s }));
    expect(new Comparison(all, CORES).seconds("ringside", "sieve")).toBeCloseTo(2.1);
    expect(new Comparison(all, CORES).disturbed).toEqual({ leftOut: 2, kept: 0 });
    expect(new Comparison(all.slice(1), CORES).seconds("ringside", "sieve")).toBe(7);
    expect(new Comparison(all.slice(1), CORES).disturbed).toEqual({ leftOut: 0, kept: 2 });
  });

  test("leaves out disturbed boots in the same way", () => {
    const boots = [interval(5), interval(6), { ...interval(20), others: 19.5 }];
    const all = boots.map((boot, i) => ({ ...run("ringside", i + 1, {}), boot }));
    expect(new Comparison(all, CORES).ofBoots("ringside", (boot) => boot.seconds)).toBe(5.5);
    expect(new Comparison(all, CORES).disturbed).toEqual({ leftOut: 1, kept: 0 });
  });

  test("does not mind others on a processor that the emulator does not need", () => {
    const all = [1, 2, 3].map((i) => run("ringside", i, { sieve: sample(2, { others: 1 }) }));
    expect(new Comparison(all, CORES).disturbed).toEqual({ leftOut: 0, kept: 0 });
  });

  test("does not mind an emulator that itself uses every processor", () => {
    const all = [1, 2, 3].map((i) => run("v86", i, { sieve: sample(2, { processor: 4, others: 0.02 }) }));
    expect(new Comparison(all, CORES).disturbed).toEqual({ leftOut: 0, kept: 0 });
  });

  test("names the programs that computed different things, and who did", () => {
    const other = run("qemu", 1, { sieve: sample(1, { checksum: "00000001" }), fib: sample(1) });
    expect(new Comparison([...runs, other], CORES).disagreements()).toEqual(["sieve: 0000abcd by v86, ringside; 00000001 by qemu"]);
    expect(new Comparison(runs, CORES).disagreements()).toEqual([]);
  });

  test("names the programs that did not end", () => {
    const other = run("qemu", 1, { fib: sample(1) });
    expect(new Comparison([...runs, other], CORES).absences()).toEqual(["sieve on qemu in round 1"]);
  });
});

describe("the report", () => {
  test("has a row for each program, geometric means, and the ratios of boots and memory", () => {
    const native = run("native", 1, { sieve: sample(0.1), fib: sample(0.2) }, Number.NaN);
    const text = report(
      new Comparison([run("ringside", 1, { sieve: sample(1), fib: sample(2) }, 5), ...threeRounds("v86", [3]), native], CORES),
    );
    expect(text).toMatch(/^\| program +\| ringside s \| v86 s \| native s \| v86\/ringside \| native\/ringside \|$/m);
    expect(text).toMatch(/^\| sieve +\| +1\.000 \| 3\.000 \| +0\.100 \| +3\.00 \| +0\.10 \|$/m);
    expect(text).toMatch(/^\| geometric mean \| +\| +\| +\| +3\.00 \| +0\.10 \|$/m);
    expect(text).toMatch(/^\| start to userspace, s +\| +5\.00 \| 10\.00 \| +2\.00 \|$/m);
    expect(text).toMatch(/^\| peak memory, MB +\| +100 \| +100 \| +1\.00 \|$/m);
  });

  test("of boots alone has no table of programs, and of the host alone none of boots", () => {
    expect(report(new Comparison([run("ringside", 1, {})], CORES))).not.toMatch(/program +\|/);
    expect(report(new Comparison(threeRounds("native", [1]), CORES))).not.toMatch(/userspace/);
  });

  test("says loudly what is wrong", () => {
    const text = report(
      new Comparison([...threeRounds("ringside", [1]), run("qemu", 1, { fib: sample(1, { checksum: "00000001" }) })], CORES),
    );
    expect(text).toMatch(/^DIFFERENT CHECKSUMS of fib: 0000abcd by ringside; 00000001 by qemu$/m);
    expect(text).toMatch(/^NO RESULT of sieve on qemu in round 1$/m);
    expect(text).not.toMatch(/NOT A QUIET MACHINE/);
    const noisy = run("ringside", 1, { sieve: sample(1, { others: 1 }) });
    expect(report(new Comparison([noisy], CORES))).toMatch(/^NOT A QUIET MACHINE: .*: 1$/m);
  });
});
