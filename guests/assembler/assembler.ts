// The assembler: reads preprocessed lines, pass after pass, until no label moves any more.
//
// Not modelled: object formats other than NASM's flat `bin`, so no extern, common or wrt; `seg` likewise.

import { DATA_UNITS, parseData, RESERVE_UNITS } from "./data.js";
import { Evaluator, type Scope } from "./expression.js";
import { encodeInstruction, type InstructionContext, type ParsedInstruction, parseInstruction } from "./instruction.js";
import { type ExpandedLine, Preprocessor } from "./preprocessor.js";
import type { PlacedLine } from "./raw-lines.js";
import { flatten, LayoutProblem, layOut, Section } from "./sections.js";
import { AssemblyError, type Diagnostic, diagnosticAt, type Position, type SourceLine, SourceProblem } from "./source.js";
import { runDirective } from "./statement-directives.js";
import { isStatementName, startsStatement } from "./statement-names.js";
import { SymbolTable } from "./symbols.js";
import { TokenReader } from "./token-reader.js";
import { isSymbol, type Token } from "./tokens.js";
import { resolve, scalar, sectionOf, type Value } from "./value.js";

export interface AssembleOptions {
  /** The text of a file named by %include, or undefined if there is none. */
  readSource?(path: string): string | undefined;
  /** The contents of a file named by incbin. */
  readBinary?(path: string): Uint8Array | undefined;
  /** As by `%define NAME VALUE` before the first line. */
  defines?: Readonly<Record<string, string>>;
}

/** One line of source that made bytes. */
export interface ListingLine {
  readonly address: number;
  readonly length: number;
  /** Mode the line was assembled for. */
  readonly bits: 16 | 32 | 64;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export interface AssembledSymbol {
  readonly value: bigint;
  /** A label (an address) or an equ constant. */
  readonly kind: "label" | "constant";
}

export interface Assembly {
  readonly bytes: Uint8Array;
  /** Value of `org`: the address of the first byte. */
  readonly origin: number;
  readonly symbols: ReadonlyMap<string, AssembledSymbol>;
  /** In order of address. */
  readonly listing: readonly ListingLine[];
  readonly warnings: readonly Diagnostic[];
}

interface Emission {
  readonly section: Section;
  readonly offset: number;
  readonly length: number;
  readonly bits: 16 | 32 | 64;
  readonly origin: SourceLine;
}

const MAX_SECTION = 64 << 20;
const MAX_PASSES = 200;
/** From this pass on a jump that was near once stays near, so that the sizes settle. */
const STUBBORN_PASS = 30;

/** Assemble a file and what it includes. Throws AssemblyError with every problem found. */
export function assemble(path: string, text: string, options: AssembleOptions = {}): Assembly {
  return new Assembler(path, text, options).run();
}

/** One run: the state of all passes. `assemble` is the way in. */
export class Assembler implements Scope {
  bits: 16 | 32 | 64 = 16;
  /** `default rel`. */
  relative = false;
  origin = 0n;
  readonly sections: Section[] = [];
  readonly symbols = new SymbolTable();
  /** Where statements go: a section, or after `absolute` a bare address. */
  private place: { section: Section } | { start: bigint; absolute: bigint } = { start: 0n, absolute: 0n };
  /** Only symbols defined above may be used. */
  private critical = false;
  private pass = 0;
  private line: ExpandedLine | undefined;
  private diagnostics: Diagnostic[] = [];
  private emissions: Emission[] = [];
  private ordinal = 0;
  private readonly lengths = new Map<number, number>();
  private readonly grown = new Set<number>();
  private readonly files = new Map<string, readonly PlacedLine[]>();
  private preprocessor!: Preprocessor;

  constructor(
    private readonly path: string,
    private readonly text: string,
    private readonly options: AssembleOptions,
  ) {}

  run(): Assembly {
    for (this.pass = 1; ; this.pass++) {
      this.runPass();
      const moved = this.layOut();
      if (this.pass > 1 && !moved && !this.symbols.changed) break;
      if (this.pass === MAX_PASSES) {
        this.problem("labels do not settle", { line: { file: this.path, number: 1, text: "" }, column: 0 });
        break;
      }
    }
    if (this.diagnostics.some((d) => d.severity === "error")) throw new AssemblyError(this.diagnostics);
    return this.result();
  }

  private runPass(): void {
    this.diagnostics = [];
    this.emissions = [];
    this.ordinal = 0;
    this.bits = 16;
    this.relative = false;
    this.origin = 0n;
    for (const section of this.sections) section.clear();
    this.symbols.beginPass(this.pass);
    this.preprocessor = this.newPreprocessor();
    this.enterSection(".text");
    this.rememberPlace("[section .text]");
    for (;;) {
      // %if may only ask for what is already there.
      this.critical = true;
      this.line = this.preprocessor.nextLine();
      this.critical = false;
      if (this.line === undefined) return;
      this.guarded(this.line.tokens);
    }
  }

  private newPreprocessor(): Preprocessor {
    const { options } = this;
    const readSource = (path: string) => (path === this.path ? this.text : options.readSource?.(path));
    const assembler = this;
    const preprocessor = new Preprocessor(
      {
        readSource,
        scope: this,
        get bits() {
          return assembler.bits;
        },
        report: (d) => this.diagnostics.push(d),
      },
      this.files,
    );
    const defines = Object.entries(options.defines ?? {}).map(([name, value]) => `%define ${name} ${value}`);
    preprocessor.start(this.path, defines);
    return preprocessor;
  }

  private layOut(): boolean {
    try {
      return layOut(this.sections, this.origin);
    } catch (problem) {
      if (!(problem instanceof LayoutProblem)) throw problem;
      this.problem(problem.message, { line: { file: this.path, number: 1, text: "" }, column: 0 });
      return false;
    }
  }

  private guarded(tokens: readonly Token[]): void {
    try {
      this.statement(tokens);
    } catch (problem) {
      if (!(problem instanceof SourceProblem)) throw problem;
      const at = problem.at ?? tokens[0]!;
      const origin = this.line!.origin;
      const elsewhere = at.line.file !== origin.file || at.line.number !== origin.number;
      this.problem(elsewhere ? `${problem.message} (in the macro used at ${origin.file}:${origin.number})` : problem.message, at);
    }
  }

  private problem(message: string, at: Position): void {
    this.diagnostics.push(diagnosticAt("error", message, at));
  }

  warn(message: string, at: Position): void {
    this.diagnostics.push(diagnosticAt("warning", message, at));
  }

  // Statements.

  private statement(tokens: readonly Token[]): void {
    const reader = new TokenReader(tokens, tokens[0]);
    if (reader.peekSymbol("[") && isSymbol(tokens.at(-1), "]")) {
      const inner = new TokenReader(tokens.slice(1, -1), tokens[0]);
      if (!runDirective(this, inner, true)) inner.fail("unknown directive");
      return;
    }
    const label = this.takeLabel(reader);
    if (label !== undefined && reader.acceptName("equ") !== undefined) {
      const value = new Evaluator(reader, this).expression();
      reader.expectEnd();
      this.symbols.define(nameOf(label), value, label, true);
      return;
    }
    if (label !== undefined) this.symbols.define(nameOf(label), this.here(), label, false);
    if (!reader.done) this.body(reader);
    else if (label !== undefined && tokens.length === 1)
      this.warn("a label alone on a line without a colon may be a misspelt instruction", label);
  }

  /** `name:` or a name that begins no statement. */
  private takeLabel(reader: TokenReader): Token | undefined {
    const token = reader.peek();
    if (token?.kind !== "name") return undefined;
    const colon = reader.peekSymbol(":", 1);
    if (!colon && (isStatementName(token.text) || !startsStatement(reader.peek(1)))) return undefined;
    reader.next();
    reader.acceptSymbol(":");
    return token;
  }

  private body(reader: TokenReader): void {
    if (runDirective(this, reader, false)) return;
    let times = 1;
    while (reader.acceptName("times") !== undefined) times *= this.count(reader, "times");
    if (reader.done) return;
    const at = reader.peek()!;
    const name = at.kind === "name" ? at.text.toLowerCase() : "";
    if (name in DATA_UNITS) {
      reader.next();
      const bytes = parseData(reader, DATA_UNITS[name]!, this, (message) => this.warn(message, at));
      this.emit(bytes, times);
    } else if (name in RESERVE_UNITS) {
      reader.next();
      const count = this.count(reader, name);
      reader.expectEnd();
      this.reserve(count * RESERVE_UNITS[name]! * times, at);
    } else if (name === "incbin") {
      reader.next();
      this.emit(this.binaryFile(reader), times);
    } else {
      this.instruction(reader, times, at);
    }
  }

  /** A number of repetitions: negative is an error. */
  private count(reader: TokenReader, what: string): number {
    const at = reader.position()!;
    const value = new Evaluator(reader, this).expression();
    if (value.terms.length > 0) throw new SourceProblem(`\`${what}\` needs a plain number`, at);
    if (value.n < 0n && !value.unknown) throw new SourceProblem(`\`${what}\` cannot take a negative number (${value.n})`, at);
    if (value.n > 0x1000_0000n) throw new SourceProblem(`\`${what}\` takes too large a number (${value.n})`, at);
    return Math.max(0, Number(value.n));
  }

  private binaryFile(reader: TokenReader): Uint8Array {
    const name = reader.expect("string", "a file name");
    const bytes = this.options.readBinary?.(name.text);
    if (bytes === undefined) throw new SourceProblem(`there is no file \`${name.text}\``, name);
    const skip = reader.acceptSymbol(",") ? this.count(reader, "incbin") : 0;
    const length = reader.acceptSymbol(",") ? this.count(reader, "incbin") : bytes.length;
    reader.expectEnd();
    return bytes.subarray(skip, skip + length);
  }

  private instruction(reader: TokenReader, times: number, at: Token): void {
    const parsed = parseInstruction(reader, this.instructionContext(at));
    for (let i = 0; i < times; i++) {
      const { bytes, relative } = this.encode(parsed, at);
      if (relative) {
        this.emit(bytes, 1);
        continue;
      }
      this.emit(bytes, times - i);
      return;
    }
  }

  private encode(parsed: ParsedInstruction, at: Token) {
    const ordinal = this.ordinal++;
    const context = this.instructionContext(at);
    const stubborn = this.pass > STUBBORN_PASS && this.grown.has(ordinal);
    const encoded = encodeInstruction(parsed, stubborn ? { ...context, section: undefined } : context);
    if (encoded.bytes.length > (this.lengths.get(ordinal) ?? Number.POSITIVE_INFINITY)) this.grown.add(ordinal);
    this.lengths.set(ordinal, encoded.bytes.length);
    return encoded;
  }

  private instructionContext(at: Token): InstructionContext {
    const here = this.here();
    return {
      scope: this,
      bits: this.bits,
      relative: this.relative,
      address: resolve(here) ?? 0n,
      section: sectionOf(here),
      warn: (message) => this.warn(message, at),
    };
  }

  // Output.

  private emit(bytes: ArrayLike<number>, times: number): void {
    if (bytes.length === 0 || times === 0) return;
    if ("absolute" in this.place) throw new SourceProblem("nothing can be stored after `absolute`");
    const { section } = this.place;
    if (section.nobits) throw new SourceProblem(`section ${section.name} holds no bytes: only resb and its kin may stand here`);
    const offset = section.contents.length;
    if (offset + bytes.length * times > MAX_SECTION) throw new SourceProblem(`section ${section.name} grows beyond 64 MiB`);
    section.contents.append(bytes, times);
    this.emissions.push({ section, offset, length: bytes.length * times, bits: this.bits, origin: this.line!.origin });
  }

  private reserve(count: number, at: Position): void {
    if ("absolute" in this.place) {
      this.place.absolute += BigInt(count);
      return;
    }
    const { section } = this.place;
    if (section.contents.length + count > MAX_SECTION) throw new SourceProblem(`section ${section.name} grows beyond 64 MiB`, at);
    section.contents.skip(count);
    if (!section.nobits && count > 0) this.warn(`uninitialized space in section ${section.name} is filled with zeros`, at);
  }

  // The scope of expressions.

  here(): Value {
    if ("absolute" in this.place) return scalar(this.place.absolute);
    return { n: this.place.section.size, terms: [{ key: this.place.section, factor: 1n }], unknown: false };
  }

  sectionStart(): Value {
    if ("absolute" in this.place) return scalar(this.place.start);
    return { n: 0n, terms: [{ key: this.place.section, factor: 1n }], unknown: false };
  }

  lookup(name: string, at: Position): Value {
    return this.symbols.lookup(name, at, this.critical);
  }

  // What directives use.

  enterSection(name: string): Section {
    let section = this.sections.find((s) => s.name === name);
    if (section === undefined) {
      section = new Section(name);
      this.sections.push(section);
    }
    this.place = { section };
    return section;
  }

  /** `section x`, not `[section x]`, is what `__SECT__` goes back to. */
  rememberPlace(directive: string): void {
    this.preprocessor.setSectionMacro(directive);
  }

  enterAbsolute(address: bigint): void {
    this.place = { start: address, absolute: address };
  }

  get currentSection(): Section | undefined {
    return "section" in this.place ? this.place.section : undefined;
  }

  /** A number that must be known where it stands. */
  constant(reader: TokenReader): bigint {
    const at = reader.position();
    this.critical = true;
    const value = new Evaluator(reader, this).expression();
    this.critical = false;
    const n = resolve(value);
    if (n === undefined || value.terms.length > 0) return reader.fail("this needs a plain number", at);
    return n;
  }

  private result(): Assembly {
    const symbols = new Map<string, AssembledSymbol>();
    for (const { name, value, equ } of this.symbols.all()) {
      if (name.startsWith("..@")) continue;
      const n = resolve(value);
      if (n !== undefined) symbols.set(name, { value: n, kind: equ || value.terms.length === 0 ? "constant" : "label" });
    }
    const listing = this.emissions.map((e) => ({
      address: Number(e.section.base) + e.offset,
      length: e.length,
      bits: e.bits,
      file: e.origin.file,
      line: e.origin.number,
      text: e.origin.text,
    }));
    listing.sort((a, b) => a.address - b.address);
    return { bytes: flatten(this.sections, this.origin), origin: Number(this.origin), symbols, listing, warnings: this.diagnostics };
  }
}

/** A label as written; `$name` is the name. */
function nameOf(label: Token): string {
  return label.text.startsWith("$") ? label.text.slice(1) : label.text;
}
