import { expect, test } from "vitest";
import { Counters, countsToText, sumOfExits } from "./counters.js";
import { disassemble } from "./disassembly.js";
import { EXIT_REASONS, isReason, REASON, reasonName, reasonOfException, reasonOfSvmExit } from "./exit-reasons.js";
import type { ExitRecord } from "./record.js";
import { recordToJson, recordToText } from "./render.js";
import { EventStream, type ExitBeginning } from "./stream.js";

const BEGINNING: ExitBeginning = {
  vcpu: 0,
  instructions: 1000n,
  road: "trap",
  intervened: "shadow pager",
  reason: REASON.HIDDEN_FAULT,
  // MOV [EAX], EBX; then bytes of the next instruction.
  at: { cs: 0x61, eip: 0xc0100010, linear: 0xc0100010, bits: 32, bytes: Uint8Array.of(0x89, 0x18, 0x90) },
  privilege: { realCpl: 1, virtualCpl: 0, realIf: true, virtualIf: false },
  cause: { kind: "exception", vector: 14, error: 2, cr2: 0x1234 },
};

function oneExit(): { record: ExitRecord; counters: Counters } {
  const counters = new Counters();
  const stream = new EventStream("first", counters);
  const records: ExitRecord[] = [];
  stream.subscribe((record) => records.push(record));
  counters.exit(REASON.HIDDEN_FAULT);
  counters.exit(REASON.CLI);
  const exit = stream.begin(() => BEGINNING);
  counters.exit(REASON.HIDDEN_FAULT);
  counters.count("shadowFills");
  counters.count("walkReferences", 2);
  exit?.write("shadow CR3", 0x5000n, 0x5000n);
  exit?.write("virtual CR2", 0n, 0x1234n);
  exit?.read("guest CR3", 0x1000n);
  exit?.translated({
    gva: 0x1234,
    access: "write",
    steps: [{ table: "guest PTE", address: 0x2004, entry: 0x3067n }],
    gpa: 0x3234,
    hpa: 0x803234,
    verdict: "hidden fault",
  });
  exit?.end({ action: "fill the shadow entry", newEip: 0xc0100010, tlb: "page dropped" });
  return { record: records[0]!, counters };
}

test("nothing is built while nobody listens, and counting goes on", () => {
  const counters = new Counters();
  const stream = new EventStream("vm", counters);
  let built = 0;
  const begin = () => {
    const exit = stream.begin(() => {
      built++;
      return { ...BEGINNING, reason: REASON.CLI };
    });
    counters.exit(REASON.CLI);
    exit?.end({ action: "", newEip: 0 });
  };
  begin();
  expect([built, stream.listening]).toEqual([0, false]);
  const seen: number[] = [];
  const end = stream.subscribe((record) => seen.push(record.ofThisReason));
  begin();
  begin();
  end();
  begin();
  expect([built, seen, counters.exits[REASON.CLI]]).toEqual([2, [2, 3], 4]);
});

test("every listener gets every record, also when one throws, and the failure is not lost", () => {
  const counters = new Counters();
  const stream = new EventStream("vm", counters);
  const seen: string[] = [];
  stream.subscribe((record) => seen.push(`a${record.sequence}`));
  stream.subscribe(() => {
    throw new Error("listener");
  });
  const end = stream.subscribe((record) => seen.push(`b${record.sequence}`));
  const exit = () => stream.begin(() => BEGINNING)?.end({ action: "", newEip: 0 });
  expect(exit).toThrow("listener");
  end();
  expect(exit).toThrow("listener");
  expect(seen).toEqual(["a1", "b1", "a2"]);
});

test("the same function subscribed twice is two subscriptions", () => {
  const stream = new EventStream("vm", new Counters());
  let calls = 0;
  const listener = () => calls++;
  const first = stream.subscribe(listener);
  stream.subscribe(listener);
  first();
  first();
  stream.begin(() => BEGINNING)?.end({ action: "", newEip: 0 });
  expect(calls).toBe(1);
});

test("a record has what its exit counted and the totals up to it", () => {
  const { record } = oneExit();
  expect([...record.counts.exits]).toEqual([[REASON.HIDDEN_FAULT, 1]]);
  expect([...record.counts.events]).toEqual([
    ["walkReferences", 2],
    ["shadowFills", 1],
  ]);
  expect([record.ofThisReason, record.ofAnyReason]).toEqual([2, 3]);
});

test("the text shows all that the design lists, changes marked", () => {
  const { record } = oneExit();
  const text = recordToText(record, {
    disassemble,
    cost: { profile: "test", model: (counts) => ({ cycles: 100 * sumOfExits(counts), unpriced: [] }) },
  });
  expect(text.split("\n")).toEqual([
    "#1 first/0 at 1000: HIDDEN_FAULT on trap, shadow pager",
    "  code    0061:c0100010  89 18  mov [eax],ebx",
    "  rings   CPL 0 virtual, 1 real; IF 0 virtual, 1 real",
    "  cause   #PF error 0002 cr2 00001234",
    "          error code 00000002: [0] P=0 the page was not present; [1] RW=1 a write; [2] US=0 supervisor access; [4] ID=0 not a fetch",
    "  wrote   shadow CR3 = 00005000 (as it was)",
    "  wrote   virtual CR2 = 00001234 (was 00000000)",
    "  read    guest CR3 = 00001000",
    "  walk    write gVA 00001234 -> gPA 00003234 -> HPA 00803234: hidden fault",
    "          guest PTE at 00002004 is 00003067",
    "  action  fill the shadow entry",
    "  then    EIP c0100010, TLB page dropped",
    "  cost    100 cycles (modelled: test)",
    "  totals  2 of HIDDEN_FAULT, 3 in all",
  ]);
});

test("a cost that lacks figures says so", () => {
  const cost = { profile: "test", model: () => ({ cycles: 5, unpriced: ["traces"] }) };
  expect(recordToText(oneExit().record, { cost })).toContain("  cost    at least 5 cycles (modelled: test; no figure for traces)");
  expect(recordToJson(oneExit().record, { cost })).toMatchObject({ cost: { profile: "test", cycles: 5, unpriced: ["traces"] } });
});

test("JSON says the same, in types that JSON has", () => {
  const { record } = oneExit();
  const json = JSON.parse(JSON.stringify(recordToJson(record, { disassemble })));
  expect(json).toMatchObject({
    sequence: 1,
    vm: "first",
    instructions: "1000",
    reason: "HIDDEN_FAULT",
    at: { eip: 0xc0100010, bytes: "89 18", text: "mov [eax],ebx" },
    cause: { kind: "exception", vector: 14, decoded: [{ name: "error code", value: "0x2" }] },
    fields: [{ name: "shadow CR3", before: "0x5000" }, {}, { name: "guest CR3", value: "0x1000" }],
    translations: [{ verdict: "hidden fault", steps: [{ entry: "0x3067" }] }],
    counts: { exits: { HIDDEN_FAULT: 1 }, events: { shadowFills: 1, walkReferences: 2 } },
  });
  expect(json).not.toHaveProperty("cost");
});

test("an SVM exit comes with its information decoded, and with what it interrupted", () => {
  const { record } = oneExit();
  const cause = { kind: "svm", code: 0x400n, info1: 0x1_0000_0006n, info2: 0x5000n, intInfo: 0x8000_0030n } as const;
  const text = recordToText({ ...record, cause });
  expect(text).toContain("#VMEXIT NPF");
  expect(text).toContain("guest-physical 5000h");
  expect(text).toContain("while delivering external interrupt vector 48");
});

test("bytes that are no instruction are shown whole", () => {
  expect(disassemble({ bits: 32, bytes: Uint8Array.of(0x0f, 0xff), eip: 0 })).toEqual({ text: "(no instruction)", length: 0 });
  expect(disassemble({ bits: 16, bytes: Uint8Array.of(0xeb, 0xfe), eip: 0x7c00 }).text).toBe("jmp short 7C00h");
});

test("reasons are SVM's exit codes where it has one, and have names of their own where not", () => {
  expect(reasonName(reasonOfSvmExit(0x7bn))).toBe("IOIO");
  expect(reasonName(reasonOfSvmExit(0x402n))).toBe("AVIC_NOACCEL");
  expect(reasonName(reasonOfSvmExit(0xffff_ffff_ffff_ffffn))).toBe("INVALID");
  expect(reasonName(reasonOfSvmExit(0x1234n))).toBe("INVALID");
  expect(reasonName(reasonOfException(13))).toBe("#GP");
  const named = Array.from({ length: EXIT_REASONS }, (_, n) => n).filter(isReason);
  expect(new Set(named.map(reasonName)).size).toBe(named.length);
  expect([isReason(0x78), isReason(0xff), isReason(REASON.CLI), isReason(EXIT_REASONS)]).toEqual([true, false, true, false]);
});

test("counts are listed largest first, and a reset forgets them", () => {
  const { counters } = oneExit();
  expect(countsToText(counters.since())).toBe(
    [
      "exits by reason",
      "             2  HIDDEN_FAULT",
      "             1  CLI",
      "events",
      "             2  memory references of page walks",
      "             1  shadow entries filled",
    ].join("\n"),
  );
  counters.reset();
  expect(countsToText(counters.since())).toBe("");
});
