// Source text as raw lines: continuation lines joined, tokens split once and kept for all passes.

import { type SourceLine, SourceProblem } from "./source.js";
import { type Token, tokenize } from "./tokens.js";

/** A line before anything is expanded; `problem` if it cannot be split into tokens. */
export interface PlacedLine {
  readonly line: SourceLine;
  readonly tokens: readonly Token[];
  readonly problem?: SourceProblem;
}

export function rawLines(file: string, text: string): readonly PlacedLine[] {
  const out: PlacedLine[] = [];
  const physical = text.split(/\r?\n/);
  if (physical.at(-1) === "") physical.pop();
  for (let i = 0; i < physical.length; i++) {
    const number = i + 1;
    let joined = physical[i]!;
    while (joined.endsWith("\\") && i + 1 < physical.length) joined = joined.slice(0, -1) + physical[++i];
    out.push(rawLine({ file, number, text: joined }));
  }
  return out;
}

function rawLine(line: SourceLine): PlacedLine {
  try {
    return { line, tokens: tokenize(line) };
  } catch (problem) {
    if (problem instanceof SourceProblem) return { line, tokens: [], problem };
    throw problem;
  }
}
