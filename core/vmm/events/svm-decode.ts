/**
 * What a #VMEXIT leaves in EXITINFO1, EXITINFO2 and EXITINTINFO, bit by bit. AMD APM Vol. 2, "Instruction Intercepts" and the sections
 * that are named below.
 *
 * Not here: EXITINFO of SMI (there is no SMM), of AVIC, and what only SEV and shadow stacks give meaning.
 */
import { type BitField, type BitFieldLayout, bit, bits, decodeBits } from "./bit-fields.js";
import { exceptionName, pushesErrorCode, SVM_EXIT_NPF, svmExitCode } from "./svm-exit-codes.js";

/** A field of the VMCB, taken apart. */
export interface DecodedField {
  readonly name: string;
  readonly value: bigint;
  readonly fields: readonly BitField[];
}

const GENERAL_REGISTERS = "rAX rCX rDX rBX rSP rBP rSI rDI R8 R9 R10 R11 R12 R13 R14 R15".split(" ");
const SEGMENT_NAMES = "ES CS SS DS FS GS".split(" ");
const hex = (value: bigint) => `${value.toString(16).toUpperCase()}h`;

/** "IOIO Intercepts": EXITINFO1 for IN, OUT, INS and OUTS. */
const IOIO: readonly BitFieldLayout[] = [
  bit(0, "TYPE", "OUT", "IN"),
  bit(2, "STR", "no string instruction", "string instruction"),
  bit(3, "REP", "no repetition", "REP prefix"),
  bit(4, "SZ8", "", "8-bit operand"),
  bit(5, "SZ16", "", "16-bit operand"),
  bit(6, "SZ32", "", "32-bit operand"),
  bit(7, "A16", "", "16-bit address"),
  bit(8, "A32", "", "32-bit address"),
  bit(9, "A64", "", "64-bit address"),
  bits(12, 10, "SEG", SEGMENT_NAMES),
  bits(31, 16, "PORT", (port) => `port ${hex(port)}`),
];

/** "MOV CRx/DRx Intercepts", with decode assists: bit 63 is clear for LMSW, CLTS and SMSW. */
const MOV_CR: readonly BitFieldLayout[] = [bits(3, 0, "GPR", GENERAL_REGISTERS), bit(63, "MOV", "not a MOV", "MOV CRn")];
const MOV_DR: readonly BitFieldLayout[] = [bits(3, 0, "GPR", GENERAL_REGISTERS)];
const MSR: readonly BitFieldLayout[] = [bit(0, "WRITE", "RDMSR", "WRMSR")];
const SWINT: readonly BitFieldLayout[] = [bits(7, 0, "VECTOR", (vector) => `INT ${hex(vector)}`)];
const ADDRESS: readonly BitFieldLayout[] = [bits(63, 0, "ADDRESS", (address) => `linear ${hex(address)}`)];
const NEXT_RIP: readonly BitFieldLayout[] = [bits(63, 0, "rIP", (rip) => `the instruction behind is at ${hex(rip)}`)];

/** SDM 3A "Page-Fault Exceptions". */
const PAGE_FAULT_BITS: readonly BitFieldLayout[] = [
  bit(0, "P", "the page was not present", "the page was present: a matter of rights"),
  bit(1, "RW", "a read", "a write"),
  bit(2, "US", "supervisor access", "user access"),
  bit(3, "RSV", "", "a reserved bit was set in an entry"),
  bit(4, "ID", "not a fetch", "an instruction fetch"),
];
/** SDM 3A "Error Code": of #TS, #NP, #SS and #GP. */
const SELECTOR_ERROR: readonly BitFieldLayout[] = [
  bit(0, "EXT", "", "an event from outside the program was being delivered"),
  bit(1, "IDT", "", "the index is a gate of the IDT"),
  bit(2, "TI", "GDT", "LDT"),
  bits(15, 3, "INDEX", (index) => `descriptor ${index}`),
];
const PLAIN_ERROR: readonly BitFieldLayout[] = [bits(31, 0, "ERROR")];
const FAULTING_ADDRESS: readonly BitFieldLayout[] = [bits(63, 0, "CR2", (address) => `linear ${hex(address)}`)];

/** "Nested versus Guest Page Faults, Fault Ordering": US is always 1 but for accesses of the walk that need none. */
const NESTED_FAULT: readonly BitFieldLayout[] = [
  ...PAGE_FAULT_BITS,
  bit(32, "FINAL", "", "met while translating the guest's final physical address"),
  bit(33, "TABLES", "", "met while translating the guest's own page tables"),
];
const GUEST_PHYSICAL: readonly BitFieldLayout[] = [bits(63, 0, "GPA", (address) => `guest-physical ${hex(address)}`)];

/** "Task Switch Intercept". */
const TASK_SELECTOR: readonly BitFieldLayout[] = [bits(15, 0, "SELECTOR", (selector) => `incoming TSS ${hex(selector)}`)];
const TASK_REASON: readonly BitFieldLayout[] = [
  bits(31, 0, "ERROR"),
  bit(36, "IRET", "", "by IRET"),
  bit(38, "JMP", "", "by a far jump"),
  bit(44, "EV", "no error code", "the new task gets the error code"),
  bit(48, "RF", "the outgoing EFLAGS.RF is 0", "the outgoing EFLAGS.RF is 1"),
];

const EVENT_TYPES = ["external interrupt", "", "NMI", "exception", "software interrupt"];

/** "Event Injection" and "Intercepts During IDT Interrupt Delivery": one layout for what is injected and for what an exit interrupted. */
function eventLayout(type: bigint): readonly BitFieldLayout[] {
  return [
    bits(7, 0, "VECTOR", (vector) => (type === 3n ? exceptionName(Number(vector)) : `vector ${vector}`)),
    bits(10, 8, "TYPE", EVENT_TYPES),
    bit(11, "EV", "no error code", "with an error code"),
    bit(31, "V", "nothing", "valid"),
    bits(63, 32, "ERRORCODE"),
  ];
}

/** EVENTINJ or EXITINTINFO, the error code in its upper half. */
export function decodeEvent(value: bigint): BitField[] {
  return decodeBits(value, eventLayout((value >> 8n) & 7n));
}

/** "exception #PF, error code 2h", or "none": an EVENTINJ or EXITINTINFO in a few words. */
export function describeEvent(value: bigint): string {
  if (!((value >> 31n) & 1n)) return "none";
  const type = Number((value >> 8n) & 7n);
  const vector = Number(value & 0xffn);
  const what = type === 3 ? exceptionName(vector) : type === 2 ? "" : `vector ${vector}`;
  const words = [EVENT_TYPES[type] || `type ${type}`, what].filter((word) => word !== "").join(" ");
  return (value >> 11n) & 1n ? `${words}, error code ${hex(value >> 32n)}` : words;
}

/** Layouts of EXITINFO1 and EXITINFO2. */
type Layouts = readonly [info1: readonly BitFieldLayout[], info2: readonly BitFieldLayout[]];
const NONE: Layouts = [[], []];

const EXACT: ReadonlyMap<bigint, Layouts> = new Map<bigint, Layouts>([
  [svmExitCode("IOIO"), [IOIO, NEXT_RIP]],
  [svmExitCode("MSR"), [MSR, []]],
  [svmExitCode("SWINT"), [SWINT, []]],
  [svmExitCode("INVLPG"), [ADDRESS, []]],
  [svmExitCode("CR0_SEL_WRITE"), [MOV_CR, []]],
  [svmExitCode("TASK_SWITCH"), [TASK_SELECTOR, TASK_REASON]],
  [BigInt(SVM_EXIT_NPF), [NESTED_FAULT, GUEST_PHYSICAL]],
]);

function exceptionLayouts(vector: number): Layouts {
  if (vector === 14) return [PAGE_FAULT_BITS, FAULTING_ADDRESS];
  if (vector >= 10 && vector <= 13) return [SELECTOR_ERROR, []];
  return pushesErrorCode(vector) ? [PLAIN_ERROR, []] : NONE;
}

function layoutsOf(code: bigint): Layouts {
  const exact = EXACT.get(code);
  if (exact) return exact;
  if (code < 0x20n) return [MOV_CR, []];
  if (code < 0x40n) return [MOV_DR, []];
  return code < 0x60n ? exceptionLayouts(Number(code - 0x40n)) : NONE;
}

/**
 * EXITINFO1 and EXITINFO2 of an exit, each where the manual defines it or where it is not zero. An undefined field that is not zero comes as
 * one "reserved" field.
 */
export function decodeExitInfo(code: bigint, info1: bigint, info2: bigint): DecodedField[] {
  const [layout1, layout2] = layoutsOf(code);
  const parts = [
    { name: "EXITINFO1", value: info1, layout: layout1 },
    { name: "EXITINFO2", value: info2, layout: layout2 },
  ];
  return parts
    .filter(({ value, layout }) => layout.length > 0 || value !== 0n)
    .map(({ name, value, layout }) => ({ name, value, fields: decodeBits(value, layout) }));
}

/** A #PF's error code, bit by bit. */
export function decodePageFaultError(error: number): BitField[] {
  return decodeBits(BigInt(error), PAGE_FAULT_BITS);
}

/** The error code of an exception by its vector; nothing for those that push none. */
export function decodeExceptionError(vector: number, error: number): BitField[] {
  const [layout] = exceptionLayouts(vector);
  return layout.length > 0 ? decodeBits(BigInt(error >>> 0), layout) : [];
}
