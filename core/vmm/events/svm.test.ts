// Exit codes, intercepts and exit information against the numbers of Linux's headers (arch/x86/include/uapi/asm/svm.h and asm/svm.h).
import { expect, test } from "vitest";
import { decodeEvent, decodeExitInfo, describeEvent } from "./svm-decode.js";
import { exceptionName, interceptNames, SVM_EXIT_INVALID, svmExitCode, svmExitCodes, svmExitName } from "./svm-exit-codes.js";

/** SVM_EXIT_* by the name we have for it. */
const LINUX_EXITS: Readonly<Record<string, number>> = {
  CR0_READ: 0x000,
  CR2_READ: 0x002,
  CR3_READ: 0x003,
  CR4_READ: 0x004,
  CR8_READ: 0x008,
  CR0_WRITE: 0x010,
  CR2_WRITE: 0x012,
  CR3_WRITE: 0x013,
  CR4_WRITE: 0x014,
  CR8_WRITE: 0x018,
  DR0_READ: 0x020,
  DR7_READ: 0x027,
  DR0_WRITE: 0x030,
  DR7_WRITE: 0x037,
  "#DE": 0x040,
  "#PF": 0x04e,
  "#XM": 0x053,
  INTR: 0x060,
  NMI: 0x061,
  SMI: 0x062,
  INIT: 0x063,
  VINTR: 0x064,
  CR0_SEL_WRITE: 0x065,
  IDTR_READ: 0x066,
  GDTR_READ: 0x067,
  LDTR_READ: 0x068,
  TR_READ: 0x069,
  IDTR_WRITE: 0x06a,
  GDTR_WRITE: 0x06b,
  LDTR_WRITE: 0x06c,
  TR_WRITE: 0x06d,
  RDTSC: 0x06e,
  RDPMC: 0x06f,
  PUSHF: 0x070,
  POPF: 0x071,
  CPUID: 0x072,
  RSM: 0x073,
  IRET: 0x074,
  SWINT: 0x075,
  INVD: 0x076,
  PAUSE: 0x077,
  HLT: 0x078,
  INVLPG: 0x079,
  INVLPGA: 0x07a,
  IOIO: 0x07b,
  MSR: 0x07c,
  TASK_SWITCH: 0x07d,
  FERR_FREEZE: 0x07e,
  SHUTDOWN: 0x07f,
  VMRUN: 0x080,
  VMMCALL: 0x081,
  VMLOAD: 0x082,
  VMSAVE: 0x083,
  STGI: 0x084,
  CLGI: 0x085,
  SKINIT: 0x086,
  RDTSCP: 0x087,
  ICEBP: 0x088,
  WBINVD: 0x089,
  MONITOR: 0x08a,
  MWAIT: 0x08b,
  MWAIT_CONDITIONAL: 0x08c,
  XSETBV: 0x08d,
  RDPRU: 0x08e,
  NPF: 0x400,
  AVIC_INCOMPLETE_IPI: 0x401,
  AVIC_NOACCEL: 0x402,
};

test.each(Object.entries(LINUX_EXITS))("exit %s has Linux's number", (name, number) => {
  expect(svmExitCode(name)).toBe(BigInt(number));
  expect(svmExitName(BigInt(number))).toBe(name);
});

test("an impossible guest state is code -1", () => {
  expect(svmExitName(-1n & 0xffff_ffff_ffff_ffffn)).toBe("INVALID");
  expect(svmExitCode("INVALID")).toBe(SVM_EXIT_INVALID);
});

test("no two codes have a name in common, and what has none shows its number", () => {
  const names = svmExitCodes().map(svmExitName);
  expect(new Set(names).size).toBe(names.length);
  expect(svmExitName(0xffn)).toBe("exit ffh");
  expect(() => svmExitCode("")).toThrow();
  expect(() => svmExitCode("NOTHING")).toThrow();
});

test("intercept bits are where Linux counts them: by word, from bit 0 of the first", () => {
  // INTERCEPT_CR0_WRITE 16, _DR7_READ 39, exceptions from 64, _INTR 96, _IOIO_PROT 123, _SHUTDOWN 127, _VMRUN 128, _XSETBV 141,
  // TRAP_EFER_WRITE 143, TRAP_CR0_WRITE 144, _INVPCID 162, _IDLE_HLT 166.
  const bits = [16, 39, 64 + 14, 96, 123, 127, 128, 141, 143, 144, 162, 166];
  const words = new Uint32Array(6);
  for (const bit of bits) words[bit >> 5]! |= 1 << (bit & 31);
  expect(interceptNames(words)).toEqual(
    "CR0_WRITE DR7_READ #PF INTR IOIO SHUTDOWN VMRUN XSETBV EFER_WRITE_TRAP CR0_WRITE_TRAP INVPCID IDLE_HLT".split(" "),
  );
  expect(interceptNames([0, 0, 1 << 22])).toEqual(["bit 22 of word 2"]);
});

const fieldsOf = (code: string, info1: bigint, info2 = 0n) =>
  Object.fromEntries(
    decodeExitInfo(svmExitCode(code), info1, info2).flatMap(({ name, fields }) =>
      fields.map((field) => [`${name}.${field.name}`, field.meaning || field.value]),
    ),
  );

test("IOIO: port, direction, sizes, string and repetition", () => {
  // REP OUTSB to port 3F8H with 32-bit addresses from DS. SVM_IOIO_STR_SHIFT 2, _REP_ 3, _SIZE_ 4, _ASIZE_ 7; the port in the upper half.
  const info = (0x3f8n << 16n) | (3n << 10n) | (2n << 7n) | (1n << 4n) | (1n << 3n) | (1n << 2n);
  expect(fieldsOf("IOIO", info, 0x1234n)).toMatchObject({
    "EXITINFO1.TYPE": "OUT",
    "EXITINFO1.STR": "string instruction",
    "EXITINFO1.REP": "REP prefix",
    "EXITINFO1.SZ8": "8-bit operand",
    "EXITINFO1.SZ32": 0n,
    "EXITINFO1.A32": "32-bit address",
    "EXITINFO1.SEG": "DS",
    "EXITINFO1.PORT": "port 3F8h",
    "EXITINFO2.rIP": "the instruction behind is at 1234h",
  });
  expect(fieldsOf("IOIO", (0x60n << 16n) | 0x21n)).toMatchObject({ "EXITINFO1.TYPE": "IN", "EXITINFO1.SZ16": "16-bit operand" });
});

test("control registers: the general register, and whether it was a MOV at all", () => {
  expect(fieldsOf("CR3_WRITE", (1n << 63n) | 6n)).toEqual({ "EXITINFO1.GPR": "rSI", "EXITINFO1.MOV": "MOV CRn" });
  expect(fieldsOf("CR0_WRITE", 0n)).toMatchObject({ "EXITINFO1.MOV": "not a MOV" });
  expect(fieldsOf("DR7_WRITE", 3n)).toEqual({ "EXITINFO1.GPR": "rBX" });
});

test("MSR: read or write", () => {
  expect([fieldsOf("MSR", 0n), fieldsOf("MSR", 1n)]).toEqual([{ "EXITINFO1.WRITE": "RDMSR" }, { "EXITINFO1.WRITE": "WRMSR" }]);
});

test("nested page fault: what the guest did, and which walk met it", () => {
  expect(fieldsOf("NPF", (1n << 32n) | 7n, 0xfee00000n)).toMatchObject({
    "EXITINFO1.P": "the page was present: a matter of rights",
    "EXITINFO1.RW": "a write",
    "EXITINFO1.US": "user access",
    "EXITINFO1.FINAL": "met while translating the guest's final physical address",
    "EXITINFO1.TABLES": 0n,
    "EXITINFO2.GPA": "guest-physical FEE00000h",
  });
});

test("task switch: selector, cause and error code at Linux's shifts 36, 38 and 44", () => {
  expect(fieldsOf("TASK_SWITCH", 0x40n, (1n << 44n) | (1n << 36n) | 0x1234n)).toEqual({
    "EXITINFO1.SELECTOR": "incoming TSS 40h",
    "EXITINFO2.ERROR": 0x1234n,
    "EXITINFO2.IRET": "by IRET",
    "EXITINFO2.JMP": 0n,
    "EXITINFO2.EV": "the new task gets the error code",
    "EXITINFO2.RF": "the outgoing EFLAGS.RF is 0",
  });
  expect(fieldsOf("TASK_SWITCH", 0x40n, 1n << 38n)).toMatchObject({ "EXITINFO2.JMP": "by a far jump" });
});

test("exceptions: the page fault's bits and address, and a selector's error code", () => {
  expect(fieldsOf("#PF", 0x12n, 0xdeadb000n)).toMatchObject({
    "EXITINFO1.ID": "an instruction fetch",
    "EXITINFO2.CR2": "linear DEADB000h",
  });
  expect(fieldsOf("#GP", 0x53n)).toEqual({
    "EXITINFO1.EXT": "an event from outside the program was being delivered",
    "EXITINFO1.IDT": "the index is a gate of the IDT",
    "EXITINFO1.TI": "GDT",
    "EXITINFO1.INDEX": "descriptor 10",
  });
  expect(decodeExitInfo(svmExitCode("#DE"), 0n, 0n)).toEqual([]);
});

test("what no manual defines is shown, not lost", () => {
  expect(fieldsOf("HLT", 5n)).toEqual({ "EXITINFO1.reserved": "should be zero" });
  expect(fieldsOf("MSR", 0x100n)).toMatchObject({ "EXITINFO1.reserved": "should be zero" });
});

test("EXITINTINFO: Linux's types 0, 2, 3 and 4, EV at 11 and V at 31", () => {
  const event = (vector: bigint, type: bigint, more = 0n) => (1n << 31n) | (type << 8n) | vector | more;
  expect(describeEvent(event(0x30n, 0n))).toBe("external interrupt vector 48");
  expect(describeEvent(event(2n, 2n))).toBe("NMI");
  expect(describeEvent(event(14n, 3n, (1n << 11n) | (2n << 32n)))).toBe("exception #PF, error code 2h");
  expect(describeEvent(event(0x80n, 4n))).toBe("software interrupt vector 128");
  expect(describeEvent(0x30en)).toBe("none");
  expect(decodeEvent(event(13n, 3n)).map(({ name, meaning }) => `${name}: ${meaning}`)).toEqual([
    "VECTOR: #GP",
    "TYPE: exception",
    "EV: no error code",
    "V: valid",
    "ERRORCODE: ",
  ]);
});

test("vectors have the manual's names", () => {
  expect([0, 6, 13, 14, 19, 29, 31].map(exceptionName)).toEqual(["#DE", "#UD", "#GP", "#PF", "#XM", "#VC", "vector 31"]);
});
