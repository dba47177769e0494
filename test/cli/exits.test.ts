// --trace-exits and --count-exits, with the teaching kernel on the road trap.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ringside } from "../support/command.js";

const folder = mkdtempSync(join(tmpdir(), "ringside-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TEACHING = ["run", "--guest", "teaching-kernel", "--road", "trap", "--clock", "virtual"];

interface Line {
  readonly sequence: number;
  readonly reason: string;
  readonly at: { readonly text: string };
  readonly cost: { readonly cycles: number };
  readonly translations: readonly { readonly steps: readonly unknown[] }[];
}

/** Counts by name: lines of a number and a name. */
const countsOf = (text: string) => new Map([...text.matchAll(/^ +(\d+) {2}(\S.*)$/gm)].map(([, count, name]) => [name!, Number(count)]));

test("each exit is one line of JSON, and the counts at the end are theirs", () => {
  const file = join(folder, "exits.jsonl");
  const args = [...TEACHING, "--trace-exits", file, "--count-exits", "--costs", "pentium4"];
  const { code, output, errors } = ringside(args, { input: "rings\noff\n" });
  expect(code).toBe(0);
  expect(output).toContain("Switching off.");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const records = lines.map((line) => JSON.parse(line) as Line);
  expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_, n) => n + 1));
  const counted = countsOf(errors.slice(0, errors.indexOf("modelled by")));
  const seen = new Map<string, number>();
  for (const { reason } of records) seen.set(reason, (seen.get(reason) ?? 0) + 1);
  for (const [reason, count] of seen) expect(counted.get(reason), reason).toBe(count);
  expect(seen.size).toBeGreaterThan(10);
  const cli = records.find(({ reason }) => reason === "CLI")!;
  // A fault and an emulation: trap-and-emulate, as Adams and Agesen measured it.
  expect([cli.at.text, cli.cost.cycles]).toEqual(["cli", 2030]);
  const hidden = records.filter(({ reason }) => reason === "HIDDEN_FAULT");
  expect(hidden.every(({ translations }) => translations.length === 1 && translations[0]!.steps.length >= 3)).toBe(true);
  expect(errors).toMatch(/\n {2}in all at least \d+ cycles; no figure for /);
});

test("without a file, records are text on standard error, the guest's output undisturbed", () => {
  const { code, output, errors } = ringside([...TEACHING, "--trace-exits"], { input: "off\n" });
  expect(code).toBe(0);
  expect(output).toBe(ringside(TEACHING, { input: "off\n" }).output);
  expect(errors).toMatch(/^#1 vm1\/0 at \d+: HIDDEN_FAULT on trap, shadow pager\n {2}code {4}0010:[0-9a-f]{8} {2}fa {2}cli\n/);
});

test("what can not be is refused in one sentence", () => {
  const refused: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
    [["--guest", "hello", "--count-exits"], /^ringside: on the road bare there is no VMM that a guest could leave/],
    [["--guest", "hello", "--road", "trap", "--costs", "pentium4"], /^ringside: --costs needs --trace-exits or --count-exits\n$/],
    [
      ["--guest", "hello", "--road", "trap", "--count-exits", "--costs", "i486"],
      /^ringside: the cost profile "i486" is not known; there are pentium4, /,
    ],
    [
      ["--guest", "hello", "--road", "trap", "--trace-exits", join(folder, "no/where")],
      /^ringside: the file for exits \S+ can not be opened: /,
    ],
  ];
  for (const [args, sentence] of refused) {
    const { code, output, errors } = ringside(["run", ...args]);
    expect([code, output], args.join(" ")).toEqual([2, ""]);
    expect(errors).toMatch(sentence);
  }
});
