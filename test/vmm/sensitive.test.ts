// The sensitive instructions that do not trap: what each tells in the guest's ring 0, on bare hardware and on the road. These are the road's
// known holes (core/vmm/trap/compression.ts); a test that finds one closed, or another open, fails.
import { describe, expect, test } from "vitest";
import { reasonName } from "../../core/vmm/events/exit-reasons.js";
import { runBare, runTrap } from "./sides.js";

const END = "mov al, 1\n out 0xf4, al\n jmp $";
const RESULT = 0xa000;

interface Hole {
  readonly name: string;
  /** Leaves 8 bytes at DATA. */
  readonly code: string;
  readonly bare: string;
  readonly ring1: RegExp;
  readonly ring3: RegExp;
}

const HOLES: readonly Hole[] = [
  {
    name: "SGDT shows the shadow GDT",
    code: "sgdt [DATA]",
    bare: "7f00001000000000",
    ring1: /^7f000000e0df0000$/,
    ring3: /^7f000000e0df0000$/,
  },
  { name: "SIDT shows the VMM's", code: "sidt [DATA]", bare: "ff07002000000000", ring1: /^00000000e4df/, ring3: /^00000000e4df/ },
  { name: "STR shows the VMM's task", code: "str [DATA]", bare: "2800000000000000", ring1: /^0800/, ring3: /^0800/ },
  {
    name: "SMSW shows the real CR0",
    code: "mov eax, cr0\n and eax, ~0x20\n mov cr0, eax\n smsw eax\n mov [DATA], eax",
    bare: "1100000000000000",
    ring1: /^11000180/,
    ring3: /^11000180/,
  },
  {
    name: "PUSHF shows the real IF",
    code: "cli\n pushfd\n pop eax\n mov [DATA], eax",
    bare: "0200000000000000",
    ring1: /^0202/,
    ring3: /^0202/,
  },
  {
    name: "POPF does not change IF: the interrupt comes all the same",
    code: "sti\n pushfd\n and dword [esp], ~0x200\n popfd\n mov al, 0x40\n out 0xf5, al\n nop\n nop\n cli",
    bare: "0000000000000000",
    ring1: /^01/,
    ring3: /^01/,
  },
  {
    name: "POPF does not change IOPL",
    code: "pushfd\n or dword [esp], 0x3000\n popfd\n pushfd\n pop eax\n shr eax, 12\n and eax, 3\n mov [DATA], eax",
    bare: "0300000000000000",
    ring1: /^00/,
    ring3: /^00/,
  },
  { name: "MOV r, CS shows the real ring", code: "mov eax, cs\n mov [DATA], eax", bare: "0800000000000000", ring1: /^09/, ring3: /^0b/ },
  { name: "PUSH CS too", code: "push cs\n pop eax\n mov [DATA], eax", bare: "0800000000000000", ring1: /^09/, ring3: /^0b/ },
  { name: "MOV r, SS too", code: "mov eax, DATA0\n mov ss, eax\n mov eax, ss\n mov [DATA], eax", bare: "1000", ring1: /^11/, ring3: /^13/ },
  {
    name: "the frame of a far CALL too",
    code: "call CODE0:.there\n.there: pop eax\n pop eax\n mov [DATA], eax",
    bare: "08000000",
    ring1: /^09/,
    ring3: /^0b/,
  },
  {
    name: "LAR shows the real DPL",
    code: "mov eax, CODE0\n lar ebx, eax\n mov [DATA], ebx",
    bare: "009bc0",
    ring1: /^00bb/,
    ring3: /^00fb/,
  },
  {
    name: "LAR shows code of ring 3 as not present",
    code: "mov eax, CODE3\n lar ebx, eax\n mov [DATA], ebx",
    bare: "00fbc0",
    ring1: /^007b/,
    ring3: /^007b/,
  },
  {
    name: "LAR shows system segments as not present",
    code: "mov eax, TSS\n lar ebx, eax\n mov [DATA], ebx",
    bare: "008b0000",
    ring1: /^00(0b|2b)/,
    ring3: /^00(0b|6b)/,
  },
  {
    name: "VERR of a selector with RPL 3 lies under 0/3/3",
    code: "mov eax, DATA0 + 3\n verr ax\n setz [DATA]",
    bare: "00",
    ring1: /^00/,
    ring3: /^01/,
  },
  {
    name: "far RET with the real ring is allowed",
    code: "mov dword [GDT + 0x38], 0\n push dword CODE0 + 1\n push dword .there\n retf\n.there: mov byte [DATA], 1\n",
    bare: "0d",
    ring1: /^01/,
    ring3: /^0d/,
  },
];

const HANDLERS = `
vector64: inc dword [DATA]
        iretd
vector13: mov byte [DATA], 13
        ${END}
`;

const hex = (memory: Uint8Array) => Buffer.from(memory.subarray(RESULT, RESULT + 8)).toString("hex");

describe.each(HOLES)("$name", ({ code, bare, ring1, ring3 }) => {
  const source = `start: ${code}\n${END}\n${HANDLERS}`;
  test("bare hardware", () => expect(hex(runBare(source).memory)).toMatch(new RegExp(`^${bare}`)));
  test("ring 1", () => expect(hex(runTrap(source).memory)).toMatch(ring1));
  test("ring 3", () => expect(hex(runTrap(source, { compression: "0/3/3" }).memory)).toMatch(ring3));
});

test("what the road does not have is refused with a sentence that says where", () => {
  const refused: readonly (readonly [code: string, sentence: RegExp])[] = [
    ["mov eax, cr0\n and eax, ~1\n mov cr0, eax", /^the guest clears CR0.PE, and this road has no real mode \(at 0008:0001[0-9A-F]{4}\)$/],
    ["mov byte [GDT + 0x2d], 0x89\n jmp 0x28:0", /through selector 28, a task, which this road does not have/],
    ["mov dword [GDT + 0x38], 0x80000\n mov dword [GDT + 0x3c], 0x8c00\n call 0x38:0", /through selector 38, a call gate/],
    ["push dword 0x23002\n push dword 0\n push dword 0\n iretd", /enters virtual-8086 mode/],
    ["pushfd\n or dword [esp], 0x4000\n popfd\n iretd", /returns from a nested task/],
    ["mov eax, 2\n mov cr4, eax", /sets CR4.PVI/],
    ["mov dword [IDT + 0x80 * 8 + 4], 0x8500\n int 0x80", /vector 128 has a task gate/],
  ];
  for (const [code, sentence] of refused) expect(runTrap(`start: ${code}\n${END}`).end, code).toMatch(sentence);
});

test("each exit is told with its place, its rings and what was done", () => {
  const { records } = runTrap(`start: cli\n mov eax, cr0\n call map_pages\n mov eax, [0x5000]\n int 0x40\n${END}\nvector64: iretd`);
  const of = (reason: string) => records.filter((record) => reasonName(record.reason) === reason);
  expect(records.filter(({ intervened }) => intervened === "emulator").map(({ action }) => action)).toEqual(
    ["cli", "mov from cr", "mov to cr", "mov from cr", "mov to cr", "iret", "out"].map((mnemonic) => `emulate ${mnemonic}`),
  );
  expect(of("CR3_WRITE")).toMatchObject([{ tlb: "all dropped", fields: [{ name: "virtual CR3", before: 0n, value: 0x40000n }] }]);
  expect(of("SWINT")).toMatchObject([
    {
      cause: { kind: "software interrupt", vector: 0x40 },
      at: { cs: 8, bits: 32 },
      privilege: { virtualCpl: 0, realCpl: 1, virtualIf: false, realIf: true },
      injected: { kind: "software interrupt", vector: 0x40 },
    },
  ]);
  const [int] = of("SWINT");
  expect([...int!.at.bytes.subarray(0, 2)]).toEqual([0xcd, 0x40]);
  const read = of("HIDDEN_FAULT").find(({ cause }) => cause.kind === "exception" && cause.cr2 === 0x5000);
  expect(read).toMatchObject({
    fields: [{ name: "shadow PTE", before: 0n }],
    translations: [{ gva: 0x5000, gpa: 0x5000, access: "read", verdict: "hidden fault" }],
  });
  expect(read!.translations[0]!.steps.map(({ table }) => table)).toEqual([
    "guest PDE",
    "guest PTE",
    "shadow PDPTE",
    "shadow PDE",
    "shadow PTE",
    "slot",
  ]);
  expect(records.map(({ instructions }) => instructions)).toEqual(
    [...records.map(({ instructions }) => instructions)].sort((a, b) => Number(a - b)),
  );
});
