// Options as QEMU writes them: "user,model=e1000,hostfwd=tcp::8080-:80". A comma in a value is written twice.
import { UserError } from "../user-error.js";

export class Words {
  private readonly values = new Map<string, string[]>();

  /** `option` is named where something is wrong. The first part may stand alone; it is the value of `first`. Throws UserError. */
  constructor(
    private readonly option: string,
    text: string,
    first: string,
  ) {
    const parts = text.replaceAll(",,", "\0").split(",");
    for (const [i, part] of parts.entries()) {
      const equals = part.indexOf("=");
      if (equals < 0 && i > 0) throw this.error(`"${part}" is not understood: write NAME=VALUE`);
      const [name, value] = equals < 0 ? [first, part] : [part.slice(0, equals), part.slice(equals + 1)];
      this.values.set(name, [...(this.values.get(name) ?? []), value.replaceAll("\0", ",")]);
    }
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** The value of a name that stands once at most; it is then used up. */
  take(name: string): string | undefined {
    const all = this.takeAll(name);
    if (all.length > 1) throw this.error(`${name} is said ${all.length} times`);
    return all[0];
  }

  takeAll(name: string): readonly string[] {
    const all = this.values.get(name) ?? [];
    this.values.delete(name);
    return all;
  }

  takeSwitch(name: string): boolean | undefined {
    const value = this.take(name);
    if (value === undefined || value === "on" || value === "off") return value === undefined ? undefined : value === "on";
    throw this.error(`${name} is on or off, not "${value}"`);
  }

  /** Throws UserError if something is left that nobody knows. */
  finish(): void {
    for (const [name] of this.values) throw this.error(`"${name}" is not known here`);
  }

  error(problem: string): UserError {
    return new UserError(`${this.option}: ${problem}`);
  }
}
