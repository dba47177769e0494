// Directives of the assembler proper: bits, org, section, absolute, default.

import type { Assembler } from "./assembler.js";
import type { Section, SectionAttributes } from "./sections.js";
import { SourceProblem } from "./source.js";
import type { TokenReader } from "./token-reader.js";
import { spellAll } from "./tokens.js";

type Directive = (assembler: Assembler, reader: TokenReader) => void;

const ignore: Directive = (_assembler, reader) => {
  reader.rest();
};

const absent: Directive = (_assembler, reader) => reader.fail("a flat binary is whole: nothing can be imported into it");

const DIRECTIVES = new Map<string, Directive>([
  ["bits", (assembler, reader) => setBits(assembler, assembler.constant(reader), reader)],
  ["use16", (assembler) => setBits(assembler, 16n)],
  ["use32", (assembler) => setBits(assembler, 32n)],
  ["use64", (assembler) => setBits(assembler, 64n)],
  [
    "org",
    (assembler, reader) => {
      assembler.origin = assembler.constant(reader);
    },
  ],
  ["section", section],
  ["segment", section],
  ["absolute", (assembler, reader) => absolute(assembler, reader)],
  ["default", setDefault],
  ["sectalign", sectionAlign],
  ["global", ignore],
  ["static", ignore],
  ["cpu", ignore],
  ["float", ignore],
  ["warning", ignore],
  ["list", ignore],
  ["extern", absent],
  ["common", absent],
]);

const PLACES = new Set(["section", "segment", "absolute"]);

/** Run the directive that stands next; false if none does. `primitive`: it stands in brackets. */
export function runDirective(assembler: Assembler, reader: TokenReader, primitive: boolean): boolean {
  const token = reader.peek();
  const directive = token?.kind === "name" ? DIRECTIVES.get(token.text.toLowerCase()) : undefined;
  if (directive === undefined) return false;
  const tokens = reader.remaining();
  reader.next();
  if (!primitive && PLACES.has(token!.text.toLowerCase())) assembler.rememberPlace(`[${spellAll(tokens)}]`);
  directive(assembler, reader);
  reader.expectEnd();
  return true;
}

function setBits(assembler: Assembler, bits: bigint, reader?: TokenReader): void {
  if (bits !== 16n && bits !== 32n && bits !== 64n) reader?.fail("`bits` takes 16, 32 or 64");
  assembler.bits = Number(bits) as 16 | 32 | 64;
}

function setDefault(assembler: Assembler, reader: TokenReader): void {
  do {
    const word = reader.acceptName("rel", "abs", "bnd", "nobnd");
    if (word === undefined) reader.fail("expected `rel` or `abs`");
    if (word === "rel" || word === "abs") assembler.relative = word === "rel";
  } while (reader.acceptSymbol(","));
}

function absolute(assembler: Assembler, reader: TokenReader): void {
  assembler.enterAbsolute(assembler.constant(reader));
}

function section(assembler: Assembler, reader: TokenReader): void {
  const name = reader.expect("name", "a section name");
  const entered = assembler.enterSection(name.text);
  while (!reader.done) attribute(assembler, reader, entered.attributes);
}

function attribute(assembler: Assembler, reader: TokenReader, attributes: SectionAttributes): void {
  const flag = reader.acceptName("progbits", "nobits", "exec", "noexec", "write", "nowrite", "alloc", "noalloc", "code", "data", "bss");
  if (flag !== undefined) {
    if (flag === "progbits" || flag === "nobits") attributes.nobits = flag === "nobits";
    return;
  }
  const name = reader.acceptName("start", "vstart", "align", "valign", "follows", "vfollows");
  if (name === undefined) throw new SourceProblem("unknown section attribute", reader.position());
  reader.expectSymbol("=");
  if (name === "follows" || name === "vfollows") attributes[name] = reader.expect("name", "a section name").text;
  else attributes[name as "start" | "vstart" | "align" | "valign"] = assembler.constant(reader);
}

/** `align` in a section raises the section's own alignment. */
function sectionAlign(assembler: Assembler, reader: TokenReader): void {
  if (reader.acceptName("on", "off") !== undefined) return;
  const align = assembler.constant(reader);
  const section: Section | undefined = assembler.currentSection;
  if (section === undefined) return;
  if (align <= 0n || (align & (align - 1n)) !== 0n) reader.fail("an alignment must be a power of two");
  if (align > (section.attributes.align ?? 1n)) section.attributes.align = align;
}
