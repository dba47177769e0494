// What `-o` takes where an image is created. Accepted without an effect: nocow and extent_size_hint, which Node can not hand to a file system.
// Not known: encryption.
import { parseKeyValues } from "./arguments.js";
import { ImgError } from "./errors.js";
import { SIZE_EXPECTED, sizeOf } from "./sizes.js";

type Type = "str" | "size" | "bool" | "num";

interface Description {
  readonly type: Type;
  readonly help: string;
  /** Shown by `create` although nobody gave it. */
  readonly shown?: string;
}

const SIZE: Description = { type: "size", help: "Virtual disk size" };

/** In the order in which `create` shows them. */
const FORMATS: Readonly<Record<string, Readonly<Record<string, Description>>>> = {
  qcow2: {
    cluster_size: { type: "size", help: "qcow2 cluster size", shown: "65536" },
    extended_l2: { type: "bool", help: "Extended L2 tables", shown: "off" },
    preallocation: { type: "str", help: "Preallocation mode (allowed values: off, metadata, falloc, full)" },
    compression_type: { type: "str", help: "Compression method used for image cluster compression", shown: "zlib" },
    size: SIZE,
    compat: { type: "str", help: "Compatibility level (v2 [0.10] or v3 [1.1])" },
    backing_file: { type: "str", help: "File name of a base image" },
    backing_fmt: { type: "str", help: "Image format of the base image" },
    data_file: { type: "str", help: "File name of an external data file" },
    data_file_raw: { type: "bool", help: "The external data file must stay valid as a raw image" },
    lazy_refcounts: { type: "bool", help: "Postpone refcount updates", shown: "off" },
    refcount_bits: { type: "num", help: "Width of a reference count entry in bits", shown: "16" },
  },
  raw: { size: SIZE },
};

/** Of files, whatever is in them. */
const FILE: Readonly<Record<string, Description>> = {
  nocow: { type: "bool", help: "Turn off copy-on-write (valid only on btrfs)" },
  preallocation: { type: "str", help: "Preallocation mode (allowed values: off, falloc, full)" },
  extent_size_hint: { type: "size", help: "Extent size hint for the image file, 0 to disable" },
};

export const isKnownFormat = (format: string) => Object.hasOwn(FORMATS, format);

const PREALLOCATIONS = ["off", "metadata", "falloc", "full"] as const;
export type Preallocation = (typeof PREALLOCATIONS)[number];

export function isPreallocation(text: string): text is Preallocation {
  return PREALLOCATIONS.includes(text as Preallocation);
}

/** "on" for true, as for QEMU's other boolean options. */
function booleanOf(text: string): boolean | undefined {
  if (["on", "yes", "true", "y"].includes(text)) return true;
  return ["off", "no", "false", "n"].includes(text) ? false : undefined;
}

/** Of qcow2, what can be changed afterwards. */
const AMENDABLE = ["backing_file", "backing_fmt", "compat", "data_file", "data_file_raw", "lazy_refcounts", "refcount_bits", "size"];

/** What `amend` is to change, from several `-o`. Throws ImgError. */
export function amendOptions(lists: readonly string[]): CreateOptions {
  const options = new CreateOptions("qcow2");
  for (const [name, value] of lists.flatMap(parseKeyValues)) {
    const isOld = name.startsWith("no") && value === "on";
    const known = [name, ...(isOld ? [name.slice(2)] : [])];
    if (!known.some((one) => AMENDABLE.includes(one)) && known.some((one) => isOption(one))) {
      throw new ImgError(`Invalid parameter '${name}'`, 1, "This option is only supported for image creation");
    }
    options.set(name, value);
  }
  return options;
}

const isOption = (name: string) => Object.hasOwn(FORMATS["qcow2"]!, name) || Object.hasOwn(FILE, name);

export class CreateOptions {
  private readonly values = new Map<string, string>();
  private readonly known: Readonly<Record<string, Description>>;

  /** `format` is known. */
  constructor(readonly format: string) {
    this.known = { ...FILE, ...FORMATS[format] };
  }

  private get ordered(): [string, Description][] {
    const own = FORMATS[this.format]!;
    return Object.entries({ ...own, ...FILE, ...own });
  }

  /** Throws ImgError. */
  set(name: string, value: string): void {
    const description = Object.hasOwn(this.known, name) ? this.known[name] : undefined;
    if (!description) {
      // The old way to write name=off.
      if (name.startsWith("no") && value === "on" && this.known[name.slice(2)]?.type === "bool") this.set(name.slice(2), "off");
      else throw new ImgError(`Invalid parameter '${name}'`);
      return;
    }
    this.values.set(name, this.checked(name, value, description.type));
  }

  private checked(name: string, value: string, type: Type): string {
    switch (type) {
      case "size": {
        const size = sizeOf(value);
        if (typeof size !== "number") throw new ImgError(`Parameter '${name}' ${SIZE_EXPECTED}`);
        return String(size);
      }
      case "num":
        if (!/^(\d+|0x[0-9a-f]+)$/i.test(value)) throw new ImgError(`Parameter '${name}' expects a number`);
        return String(Number(value));
      case "bool":
        if (booleanOf(value) === undefined) throw new ImgError(`Parameter '${name}' expects 'on' or 'off'`);
        return value;
      default:
        return value;
    }
  }

  /** Options from several `-o`. Throws ImgError. */
  parse(lists: readonly string[]): void {
    for (const list of lists) for (const [name, value] of parseKeyValues(list)) this.set(name, value);
  }

  get(name: string): string | undefined {
    return this.values.get(name) ?? this.known[name]?.shown;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  number(name: string): number | undefined {
    const text = this.get(name);
    return text === undefined ? undefined : Number(text);
  }

  boolean(name: string): boolean {
    return booleanOf(this.get(name) ?? "off") === true;
  }

  /** "cluster_size=65536 ...": what was given, and what is shown anyway. */
  toString(): string {
    return this.ordered
      .map(([name]) => [name, this.get(name)?.replaceAll(",", ",,")])
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ");
  }
}

/** Whether help is asked for in one of the lists. */
export function asksForHelp(lists: readonly string[]): boolean {
  return lists.some((list) => parseKeyValues(list).some(([name, value]) => (name === "help" || name === "?") && value === "on"));
}

const TYPE_NAMES: Readonly<Record<Type, string>> = { str: "str", size: "size", bool: "bool (on/off)", num: "num" };

export function amendHelp(): string {
  return `Amend options for 'qcow2':\n${optionLines(Object.entries(FORMATS["qcow2"]!).filter(([name]) => AMENDABLE.includes(name)))}`;
}

function optionLines(options: readonly (readonly [string, Description])[]): string {
  return [...options]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { type, help }]) => `  ${`${name}=<${TYPE_NAMES[type]}>`.padEnd(22)} - ${help}\n`)
    .join("");
}

/** `withFile`: with what the file that holds the image can have. */
export function optionsHelp(format: string, withFile: boolean): string {
  const lines = optionLines(Object.entries({ ...(withFile ? FILE : {}), ...FORMATS[format]! }));
  if (withFile) return `Supported options:\n${lines}`;
  return `Supported ${format} options:\n${lines}\nThe protocol level may support further options.\nSpecify the target filename to include those options.\n`;
}
