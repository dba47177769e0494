// The labs that go step by step, against what the manuals and the papers say must come out.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { runRingsLab } from "../../core/labs/rings.js";
import { LAB_ROADS } from "../../core/labs/roads.js";
import { runOnRoads } from "../../core/labs/sensitive.js";
import { EXPERIMENTS } from "../../core/labs/sensitive-experiments.js";
import { runShadowLab } from "../../core/labs/shadow.js";
import { reasonName } from "../../core/vmm/events/exit-reasons.js";

const module = builtProcessor();

test("on each road the sensitive instructions do what the road can do about them", () => {
  const found = runOnRoads({ module, switches: new Set() }, EXPERIMENTS);
  const lies = (road: string) =>
    EXPERIMENTS.filter((_, n) => found[n]!.find((finding) => finding.road === road)!.verdict !== "true").map(({ mnemonic }) => mnemonic);
  // core/vmm/trap/compression.ts lists them; IRET in ring 3 and far RET lie in other forms only.
  const both = ["sgdt", "sidt", "sldt", "str", "pushf", "popf", "lar", "push", "mov", "call"];
  expect(lies("trap 0/1/3").sort()).toEqual([...both].sort());
  expect(lies("trap 0/3/3").sort()).toEqual([...both, "verr", "verw"].sort());
  expect([lies("bt"), lies("hw nested"), lies("hw shadow")]).toEqual([[], [], []]);
  expect(found.every((row) => row.length === LAB_ROADS.length)).toBe(true);
  for (const [n, experiment] of EXPERIMENTS.entries())
    for (const { road, verdict, exits } of found[n]!)
      if (verdict === "LIES") expect(exits, `${experiment.mnemonic} on ${road}`).toEqual([]);
});

test.each([
  ["0/1/3", 1, false],
  ["0/3/3", 3, true],
] as const)("ring compression %s: the kernel is in ring %i, and only ring 3 opens its pages to ring 3", (compression, ring, opened) => {
  const { steps, pages } = runRingsLab(module, compression);
  const names = steps.map(({ text }) => text);
  for (const { virtualCpl, realCpl, virtualCs, realCs } of steps) {
    expect(realCpl).toBe(virtualCpl === 0 ? ring : 3);
    expect([virtualCs & 3, realCs & 3, realCs & ~3]).toEqual([virtualCpl, realCpl, virtualCs & ~3]);
  }
  const lying = steps.filter(({ differs }) => differs.length > 0).map(({ text }) => text);
  expect(lying.filter((text) => !/^pop /.test(text))).toEqual([
    "mov eax,cs",
    "push cs",
    "pushf",
    "str eax",
    "sgdt [8000h]",
    "lar eax,ecx",
    "mov eax,cs",
  ]);
  const exits = (text: string) =>
    steps
      .find((step) => step.text === text)!
      .exits.map(({ reason }) => reasonName(reason))
      .at(-1);
  expect([exits("cli"), exits("sti"), exits("iret"), exits("mov eax,cr0"), exits("int 80h")]).toEqual([
    "CLI",
    "STI",
    "IRET",
    "CR0_READ",
    "SWINT",
  ]);
  expect(names.at(-1)).toBe("hlt");
  expect(exits(names.at(-2)!)).toBe("TRUE_FAULT");
  for (const { name, guest, kernel, user } of pages) {
    const isUsers = (guest & 4n) !== 0n;
    if (kernel) expect((kernel & 4n) !== 0n, name).toBe(isUsers || opened);
    if (user) expect((user & 4n) !== 0n, name).toBe(isUsers);
  }
  expect(pages.filter(({ kernel }) => kernel).length).toBeGreaterThan(2);
});

test("shadow paging: a hidden fault fills, the first write sets D, a trace drops, the guest's own faults are its own", () => {
  const { steps, counts } = runShadowLab(module);
  const reasons = (about: string) => steps.find((step) => step.about === about)!.exits.map(({ reason }) => reasonName(reason));
  const entries = (about: string) => {
    const { guest, shadow } = steps.find((step) => step.about === about)!;
    return [guest, shadow];
  };
  const [P, W, A, D] = [1n, 2n, 0x20n, 0x40n];
  const after = (about: string) => entries(about)[0]! & 0xfffn;
  expect(after("first read of the page") & (P | W | A | D)).toBe(P | W | A);
  expect(entries("first read of the page")[1]! & W).toBe(0n);
  expect(after("first write") & (A | D)).toBe(A | D);
  expect(entries("first write")[1]! & W).toBe(W);
  expect(reasons("first write")).toEqual(["HIDDEN_FAULT"]);
  expect(reasons("second write")).toEqual([]);
  expect(reasons("its entry leads to another page")).toEqual(["TRACE_FAULT"]);
  expect(entries("its entry leads to another page")[1]).toBe(0n);
  expect(reasons("before INVLPG: the TLB has the old page, as it may on bare hardware")).toEqual([]);
  expect(reasons("behind it: what the guest's table says")).toEqual(["HIDDEN_FAULT"]);
  expect(entries("behind it: what the guest's table says").map((entry) => entry! & ~0xfffn)).toEqual([0x9000n, 0x9000n]);
  expect(reasons("a read: the guest's own fault, its handler puts the entry back")).toEqual(["TRUE_FAULT"]);
  expect(reasons("a write: its own fault again")).toEqual(["TRUE_FAULT"]);
  // Whatever the shadow allows, the guest's tables do: never more.
  for (const { guest, shadow } of steps) if (guest !== undefined && shadow && shadow & P) expect(guest & P).toBe(P);
  for (const { guest, shadow } of steps) if (guest !== undefined && shadow && shadow & W) expect(guest & (W | D)).toBe(W | D);
  const of = (name: string) => steps.flatMap(({ exits }) => exits).filter(({ reason }) => reasonName(reason) === name).length;
  expect([counts.events.get("hiddenFaults"), counts.events.get("trueFaults"), counts.events.get("traces")]).toEqual([
    of("HIDDEN_FAULT"),
    2,
    5,
  ]);
});
