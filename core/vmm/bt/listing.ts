// A unit side by side: each guest instruction, what it is, and the bytes that stand for it in the cache. As data, and as text.
import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from "iced-x86";
import type { PlacedUnit, TranslationCache } from "./cache.js";
import type { CalloutReason, TranslationClass } from "./unit.js";

export interface ListedInstruction {
  /** Guest EIP, or EIP in the cache. */
  readonly eip: number;
  readonly bytes: Uint8Array;
  /** Disassembly, NASM's syntax. */
  readonly text: string;
}

export interface ListingEntry {
  /** Undefined for what stands behind the last instruction: the way to the next unit, and exits. */
  readonly guest: ListedInstruction | undefined;
  readonly class: TranslationClass | "exit";
  readonly reason?: CalloutReason;
  readonly cache: readonly ListedInstruction[];
}

/** `code`: the bytes in the cache now, chains filled in; as translated without. */
export function listUnit(cache: TranslationCache, placed: PlacedUnit, code = placed.unit.code.copy()): ListingEntry[] {
  const instructions = placed.unit.instructions.all();
  const begin = cache.address(placed);
  const formatter = new Formatter(FormatterSyntax.Nasm);
  formatter.hexPrefix = "0x";
  formatter.hexSuffix = "";
  formatter.uppercaseHex = false;
  formatter.branchLeadingZeros = false;
  const ends = endOfLast(placed);
  const entries = instructions.map((instruction, n): ListingEntry => {
    const end = instructions[n + 1]?.start ?? ends;
    return {
      guest: disassemble(formatter, Uint8Array.from(instruction.bytes), instruction.eip)[0],
      class: instruction.class,
      ...(instruction.reason && { reason: instruction.reason }),
      cache: disassemble(formatter, code.subarray(instruction.start, end), begin + instruction.start),
    };
  });
  const rest = disassemble(formatter, code.subarray(ends), begin + ends);
  formatter.free();
  return rest.length ? [...entries, { guest: undefined, class: "exit", cache: rest }] : entries;
}

/** Where what belongs to the last guest instruction ends: at the jump on, or at the exits of branches. */
function endOfLast({ unit }: PlacedUnit): number {
  const last = unit.instructions.all().at(-1);
  let end = unit.code.length;
  for (const exit of unit.exits) if (exit.kind === "branch") end = Math.min(end, exit.at);
  if (last && last.class !== "branch" && last.class !== "callout") {
    for (const exit of unit.exits) if (exit.kind === "branch") end = Math.min(end, exit.field - 1);
  }
  return last ? end : 0;
}

function disassemble(formatter: Formatter, bytes: Uint8Array, eip: number): ListedInstruction[] {
  const decoder = new Decoder(32, bytes, DecoderOptions.None);
  decoder.ip = BigInt(eip >>> 0);
  const listed: ListedInstruction[] = [];
  while (decoder.canDecode) {
    const at = decoder.position;
    const instruction = decoder.decode();
    const own = bytes.subarray(at, at + instruction.length);
    listed.push({ eip: (eip + at) >>> 0, bytes: own, text: instruction.isInvalid ? "(bad)" : formatter.format(instruction) });
    instruction.free();
  }
  decoder.free();
  return listed;
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
const BYTES_WIDTH = 24;
const GUEST_WIDTH = 34;
const CLASS_WIDTH = 20;

function bytesText(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => hex(byte, 2)).join("");
  return text.length > BYTES_WIDTH - 2 ? `${text.slice(0, BYTES_WIDTH - 4)}..` : text;
}

/** One line for each instruction of the cache, the guest's beside the first that stands for it. */
export function formatListing(entries: readonly ListingEntry[]): string {
  const lines = entries.flatMap(({ guest, class: kind, reason, cache }) =>
    cache.map((own, n) => {
      const left = n === 0 && guest ? `${hex(guest.eip, 8)}  ${guest.text}` : "";
      const middle = n === 0 ? (reason ? `${kind} (${reason})` : kind) : "";
      const right = `${hex(own.eip, 8)}  ${bytesText(own.bytes).padEnd(BYTES_WIDTH)}${own.text}`;
      return `${left.padEnd(GUEST_WIDTH)} ${middle.padEnd(CLASS_WIDTH)} ${right}`;
    }),
  );
  return `${lines.join("\n")}\n`;
}
