import type { BuiltGuest } from "../../guests/catalog.js";
import type { SourceLine } from "./protocol.js";

/** Which line of a guest's source an address comes from. */
export class SourceLines {
  private readonly lines: BuiltGuest["listing"];
  private readonly labels: readonly { readonly name: string; readonly address: number }[];

  constructor({ listing, symbols, loadAddress }: Pick<BuiltGuest, "listing" | "symbols" | "loadAddress">) {
    this.lines = listing.filter((line) => line.length > 0).sort((a, b) => a.address - b.address);
    this.labels = [...symbols]
      .filter(([name, { kind, value }]) => kind === "label" && value >= loadAddress && !/[.@]/.test(name))
      .map(([name, { value }]) => ({ name, address: Number(value) }))
      .sort((a, b) => a.address - b.address);
  }

  at(address: number): SourceLine | undefined {
    const line = lastNotAbove(this.lines, address);
    if (!line || address >= line.address + line.length) return undefined;
    return {
      file: line.file.slice(line.file.lastIndexOf("/") + 1),
      line: line.line,
      text: line.text.trim().replace(/\s+/g, " "),
      label: lastNotAbove(this.labels, address)?.name,
    };
  }
}

function lastNotAbove<T extends { readonly address: number }>(sorted: readonly T[], address: number): T | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]!.address <= address) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}
