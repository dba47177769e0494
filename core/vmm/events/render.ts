/** A record as JSON and as text. Both say the same; neither loads a disassembler or a cost profile: who shows them passes them in. */
import type { BitField } from "./bit-fields.js";
import { type Counts, countsToJson } from "./counters.js";
import type { Disassembled } from "./disassembly.js";
import { reasonName } from "./exit-reasons.js";
import type { Cause, CodeLocation, ExitRecord, InjectedEvent, Translation } from "./record.js";
import { type DecodedField, decodeEvent, decodeExceptionError, decodeExitInfo, describeEvent } from "./svm-decode.js";
import { exceptionName, svmExitName } from "./svm-exit-codes.js";

export interface RenderOptions {
  readonly disassemble?: (at: CodeLocation) => Disassembled;
  /** What a cost profile of this name makes of the exit's counts. */
  readonly cost?: { readonly profile: string; readonly model: (counts: Counts) => ShownCost };
}

export interface ShownCost {
  readonly cycles: number;
  /** Events that the profile has no figure for: then it is at least so many cycles. */
  readonly unpriced: readonly string[];
}

const hex = (value: number | bigint, digits = 8) => (typeof value === "number" ? value >>> 0 : value).toString(16).padStart(digits, "0");
const bytesText = (bytes: Uint8Array) => [...bytes].map((byte) => hex(byte, 2)).join(" ");

/** The cause in a few words. */
export function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case "exception": {
      const error = cause.error === undefined ? "" : ` error ${hex(cause.error, 4)}`;
      return `${exceptionName(cause.vector)}${error}${cause.cr2 === undefined ? "" : ` cr2 ${hex(cause.cr2)}`}`;
    }
    case "svm":
      return `#VMEXIT ${svmExitName(cause.code)}`;
    case "interrupt":
      return `interrupt ${cause.vector}`;
    case "software interrupt":
      return `INT ${hex(cause.vector, 2)}`;
    case "hypercall":
      return `hypercall ${cause.number}(${cause.arguments.map((value) => hex(value, 1)).join(", ")})`;
    case "callout":
      return `callout ${cause.name}`;
    case "translate":
      return "no translation yet";
  }
}

/** The cause's registers, bit by bit. */
export function decodeCause(cause: Cause): DecodedField[] {
  if (cause.kind === "exception" && cause.error !== undefined)
    return [{ name: "error code", value: BigInt(cause.error), fields: decodeExceptionError(cause.vector, cause.error) }];
  if (cause.kind !== "svm") return [];
  const info = decodeExitInfo(cause.code, cause.info1, cause.info2);
  return cause.intInfo === 0n ? info : [...info, { name: "EXITINTINFO", value: cause.intInfo, fields: decodeEvent(cause.intInfo) }];
}

function describeInjected(event: InjectedEvent): string {
  const what = event.kind === "exception" ? exceptionName(event.vector) : `${event.kind} ${event.vector}`;
  return event.error === undefined ? what : `${what} error ${hex(event.error, 4)}`;
}

function bitsText(fields: readonly BitField[]): string {
  return fields
    .filter(({ value, meaning }) => value !== 0n || meaning !== "")
    .map(({ bits, name, value, meaning }) => `[${bits}] ${name}=${value.toString(16)}${meaning === "" ? "" : ` ${meaning}`}`)
    .join("; ");
}

function translationText({ gva, access, steps, gpa, hpa, verdict }: Translation): string[] {
  const address = (name: string, value: number | undefined) => `${name} ${value === undefined ? "none" : hex(value)}`;
  return [
    `  walk    ${access} ${address("gVA", gva)} -> ${address("gPA", gpa)} -> ${address("HPA", hpa)}: ${verdict}`,
    ...steps.map(({ table, address: at, entry }) => `          ${table} at ${hex(at)} is ${hex(entry)}`),
  ];
}

function costText(profile: string, { cycles, unpriced }: ShownCost): string {
  const least = unpriced.length > 0 ? "at least " : "";
  const missing = unpriced.length > 0 ? `; no figure for ${unpriced.join(", ")}` : "";
  return `  cost    ${least}${cycles} cycles (modelled: ${profile}${missing})`;
}

const on = (flag: boolean) => (flag ? "1" : "0");

function shown(at: CodeLocation, options: RenderOptions): { bytes: Uint8Array; text: string } {
  const code = options.disassemble?.(at);
  return { bytes: code && code.length > 0 ? at.bytes.subarray(0, code.length) : at.bytes, text: code?.text ?? "" };
}

/** Several lines, the last without an end of line. */
export function recordToText(record: ExitRecord, options: RenderOptions = {}): string {
  const { at, privilege, cause } = record;
  const code = shown(at, options);
  const decoded = decodeCause(cause).map(({ name, value, fields }) => `          ${name} ${hex(value)}: ${bitsText(fields)}`);
  const interrupted = cause.kind === "svm" && cause.intInfo !== 0n ? [`          while delivering ${describeEvent(cause.intInfo)}`] : [];
  const fields = record.fields.map(({ name, before, value }) => {
    if (before === undefined) return `  read    ${name} = ${hex(value)}`;
    return `  wrote   ${name} = ${hex(value)}${before === value ? " (as it was)" : ` (was ${hex(before)})`}`;
  });
  return [
    `#${record.sequence} ${record.vm}/${record.vcpu} at ${record.instructions}: ${reasonName(record.reason)} on ${record.road}, ${record.intervened}`,
    `  code    ${hex(at.cs, 4)}:${hex(at.eip)}  ${bytesText(code.bytes)}  ${code.text}`.trimEnd(),
    `  rings   CPL ${privilege.virtualCpl} virtual, ${privilege.realCpl} real; IF ${on(privilege.virtualIf)} virtual, ${on(privilege.realIf)} real`,
    `  cause   ${describeCause(cause)}`,
    ...decoded,
    ...interrupted,
    ...fields,
    ...record.translations.flatMap(translationText),
    `  action  ${record.action}`,
    ...(record.injected ? [`  inject  ${describeInjected(record.injected)}`] : []),
    `  then    EIP ${hex(record.newEip)}, TLB ${record.tlb}`,
    ...(options.cost ? [costText(options.cost.profile, options.cost.model(record.counts))] : []),
    `  totals  ${record.ofThisReason} of ${reasonName(record.reason)}, ${record.ofAnyReason} in all`,
  ].join("\n");
}

/** JSON has no 64-bit numbers: such values are text in hex, "0x...". */
const wide = (value: bigint) => `0x${value.toString(16)}`;

const shownCost = ({ cycles, unpriced }: ShownCost): ShownCost => ({ cycles, unpriced });

function causeToJson(cause: Cause): object {
  if (cause.kind !== "svm") return cause;
  const { code, info1, info2, intInfo } = cause;
  return { kind: "svm", code: wide(code), name: svmExitName(code), info1: wide(info1), info2: wide(info2), intInfo: wide(intInfo) };
}

/** An object for JSON.stringify: numbers, text, lists, nothing else. */
export function recordToJson(record: ExitRecord, options: RenderOptions = {}): object {
  const { at, cause, counts, fields, translations, ...rest } = record;
  const code = shown(at, options);
  return {
    ...rest,
    instructions: String(record.instructions),
    reason: reasonName(record.reason),
    at: { ...at, bytes: bytesText(code.bytes), ...(options.disassemble ? { text: code.text } : {}) },
    cause: {
      ...causeToJson(cause),
      decoded: decodeCause(cause).map((field) => ({
        name: field.name,
        value: wide(field.value),
        fields: field.fields.map((part) => ({ ...part, value: wide(part.value) })),
      })),
    },
    fields: fields.map(({ name, value, before }) => ({
      name,
      value: wide(value),
      ...(before === undefined ? {} : { before: wide(before) }),
    })),
    translations: translations.map((t) => ({ ...t, steps: t.steps.map((step) => ({ ...step, entry: wide(step.entry) })) })),
    counts: countsToJson(counts),
    ...(options.cost ? { cost: { profile: options.cost.profile, ...shownCost(options.cost.model(counts)) } } : {}),
  };
}
