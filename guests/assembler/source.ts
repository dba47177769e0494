// Where text comes from: lines, positions in them, and the problems reported at them.

/** One line of a source file. Tokens point back to it, through any number of macro expansions. */
export interface SourceLine {
  readonly file: string;
  /** Counted from one. */
  readonly number: number;
  readonly text: string;
}

export interface Position {
  readonly line: SourceLine;
  /** Counted from zero. */
  readonly column: number;
}

export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly file: string;
  /** Counted from one. */
  readonly line: number;
  /** Counted from one. */
  readonly column: number;
  /** The source line with a caret below the column. */
  readonly excerpt: string;
}

/** The source cannot be assembled. `diagnostics` holds every problem found; the message shows them all. */
export class AssemblyError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(formatDiagnostic).join("\n"));
    this.name = "AssemblyError";
    this.diagnostics = diagnostics;
  }
}

export function formatDiagnostic(d: Diagnostic): string {
  return `${d.file}:${d.line}:${d.column}: ${d.severity}: ${d.message}\n${d.excerpt}`;
}

export function diagnosticAt(severity: Diagnostic["severity"], message: string, at: Position): Diagnostic {
  const indent = at.line.text.slice(0, at.column).replace(/[^\t]/g, " ");
  const excerpt = `  ${at.line.text}\n  ${indent}^`;
  return { severity, message, file: at.line.file, line: at.line.number, column: at.column + 1, excerpt };
}

/** Ends the work on one line of source; the assembler turns it into a diagnostic and goes on with the next line. */
export class SourceProblem extends Error {
  readonly at: Position | undefined;

  constructor(message: string, at?: Position) {
    super(message);
    this.name = "SourceProblem";
    this.at = at;
  }
}
