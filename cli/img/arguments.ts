// Arguments as getopt_long reads them: options and file names in any order, short ones together ("-pq", "-fraw"), long ones as "--output=json" or
// "--output json", or shortened as long as only one is meant; "--" ends the options.
import { usage } from "./errors.js";

/** Long name, or letter where there is no long one; "flag", or "value" for one that takes a value. */
export type OptionKinds = Readonly<Record<string, "flag" | "value">>;

export interface CommandSyntax {
  readonly kinds: OptionKinds;
  /** Letters that stand for long names. */
  readonly letters?: Readonly<Record<string, string>>;
}

export interface Arguments {
  /** The last of those that were given. */
  value(name: string): string | undefined;
  /** All that were given. */
  values(name: string): readonly string[];
  has(name: string): boolean;
  /** In the order in which they stand. */
  readonly given: readonly { readonly name: string; readonly value: string }[];
  readonly files: readonly string[];
}

const HELP = { help: "flag" } as const;

class Parser implements Arguments {
  readonly files: string[] = [];
  readonly given: { name: string; value: string }[] = [];
  private readonly kinds: OptionKinds;
  private readonly letters: Readonly<Record<string, string>>;

  constructor(syntax: CommandSyntax, args: readonly string[]) {
    this.kinds = { ...HELP, ...syntax.kinds };
    this.letters = { h: "help", ...syntax.letters };
    const rest = [...args];
    while (rest.length > 0) {
      const argument = rest.shift()!;
      if (argument === "--") this.files.push(...rest.splice(0));
      else if (argument.startsWith("--")) this.long(argument, rest);
      else if (argument.startsWith("-") && argument.length > 1) this.short(argument, rest);
      else this.files.push(argument);
    }
  }

  private long(argument: string, rest: string[]): void {
    const split = argument.indexOf("=");
    const text = argument.slice(2, split < 0 ? undefined : split);
    const names = Object.keys(this.kinds).filter((name) => name.length > 1);
    const meant = names.includes(text) ? [text] : names.filter((name) => name.startsWith(text));
    const name = meant[0];
    if (name === undefined || meant.length > 1) throw usage(`unrecognized option '${argument}'`);
    if (this.kinds[name] === "value") this.take(name, argument, split < 0 ? undefined : argument.slice(split + 1), rest);
    else if (split >= 0) throw usage(`unrecognized option '${argument}'`);
    else this.given.push({ name, value: "" });
  }

  private short(argument: string, rest: string[]): void {
    for (let i = 1; i < argument.length; i++) {
      const letter = argument[i]!;
      const name = this.letters[letter] ?? letter;
      const kind = this.kinds[name];
      if (kind === undefined) throw usage(`unrecognized option '${argument}'`);
      if (kind === "value") {
        this.take(name, argument, argument.slice(i + 1) || undefined, rest);
        return;
      }
      this.given.push({ name, value: "" });
    }
  }

  private take(name: string, argument: string, attached: string | undefined, rest: string[]): void {
    const value = attached ?? rest.shift();
    if (value === undefined) throw usage(`missing argument for option '${argument}'`);
    this.given.push({ name, value });
  }

  values(name: string): readonly string[] {
    return this.given.filter((option) => option.name === name).map(({ value }) => value);
  }

  value(name: string): string | undefined {
    return this.values(name).at(-1);
  }

  has(name: string): boolean {
    return this.values(name).length > 0;
  }
}

/** Throws ImgError. */
export function parseArguments(syntax: CommandSyntax, args: readonly string[]): Arguments {
  return new Parser(syntax, args);
}

/** "a=1,b=2" as QEMU reads it: a comma in a value is written twice, a name alone is "on". */
export function parseKeyValues(text: string): [string, string][] {
  const parts = text.match(/(?:[^,]|,,)+/g) ?? [];
  return parts.map((part) => {
    const unescaped = part.replaceAll(",,", ",");
    const split = unescaped.indexOf("=");
    return split < 0 ? [unescaped, "on"] : [unescaped.slice(0, split), unescaped.slice(split + 1)];
  });
}
