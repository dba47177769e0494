// Command: makes vectors on this machine's processor.
//   node dist/test/oracle/generate.js --seed N --out DIR [--count N]
// Needs gcc with 32-bit support (Debian: gcc-multilib) and a Linux kernel with modify_ldt.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants } from "node:zlib";
import { buildCases, defaultImage, executableForms } from "./cases.js";
import type { Form } from "./encoding.js";
import { decodeVectors, encodeVectors } from "./format.js";
import { IMAGE_VECTOR, StateImage, VECTOR_ENDLESS } from "./layout.js";

const CFLAGS = ["-m32", "-O1", "-static", "-no-pie", "-fno-pie", "-fno-stack-protector", "-Wall"];

/** The repository, from here or from the compiled copy under dist. */
function root(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** The files of a set: forms by the unit that executes them. */
function unitOf(form: Form): string {
  const feature = form.features[form.features.length - 1]!;
  if (form.features[0]!.startsWith("FPU")) return "x87";
  return ["MMX", "SSE", "SSE2", "SSE3"].includes(feature) ? feature.toLowerCase() : "integer";
}

function compile(folder: string): string {
  const executor = join(folder, "executor");
  execFileSync("gcc", [...CFLAGS, "-o", executor, join(root(), "test/oracle/executor.c")], { stdio: "inherit" });
  return executor;
}

function main(): void {
  const { values } = parseArgs({
    options: { seed: { type: "string", default: "1" }, out: { type: "string" }, count: { type: "string", default: "16" } },
  });
  if (!values.out) {
    console.error("usage: generate --out DIR [--seed N] [--count N]");
    process.exit(2);
  }
  const seed = Number(values.seed);
  const work = mkdtempSync(join(tmpdir(), "oracle-"));
  try {
    const executor = compile(work);
    mkdirSync(values.out, { recursive: true });
    const forms = executableForms();
    for (const unit of new Set(forms.map(unitOf))) {
      const chosen = forms.filter((form) => unitOf(form) === unit);
      generateUnit(unit, chosen, { seed, count: Number(values.count), executor, work, out: values.out });
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

interface Job {
  readonly seed: number;
  readonly count: number;
  readonly executor: string;
  readonly work: string;
  readonly out: string;
}

function generateUnit(unit: string, forms: readonly Form[], job: Job): void {
  const vectors = buildCases(forms, job.seed, job.count);
  const cases = join(job.work, `${unit}.cases`);
  const result = join(job.work, `${unit}.bin`);
  writeFileSync(cases, encodeVectors({ bits: 32, seed: job.seed, vectors }, defaultImage().bytes));
  execFileSync(job.executor, [cases, result], { stdio: "inherit", timeout: 600_000 });
  const done = [...decodeVectors(readFileSync(result)).vectors].filter(
    (vector) => new StateImage(vector.output).u32(IMAGE_VECTOR) !== VECTOR_ENDLESS,
  );
  const bytes = encodeVectors({ bits: 32, seed: job.seed, vectors: done }, defaultImage().bytes);
  const packed = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 } });
  writeFileSync(join(job.out, `${unit}.vectors.br`), packed);
  console.log(`${unit}: ${forms.length} forms, ${done.length} vectors, ${packed.length} bytes`);
}

main();
