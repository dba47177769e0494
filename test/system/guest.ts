// The guests of this folder: an .asm file between prelude.asm and epilogue.asm, with what its head says to the test in lines such as
//   ; features: smep,smap      switches of the processor
//   ; ends: shutdown           instead of by port 0xF4
//   ; qemu: why                QEMU is not asked
//   ; qemu differs: a|b: why   lines that match this expression are not compared
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseFeatures } from "../../cli/features.js";
import { assemble } from "../../guests/assembler/index.js";

export const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const COMMON = ["prelude", "epilogue"];

export interface Guest {
  readonly name: string;
  /** 64 KiB that lie below 4 GiB and below 1 MiB at reset. Assembled when first asked for. */
  readonly image: () => Uint8Array;
  readonly features: number;
  readonly shutsDown: boolean;
  readonly onQemu: boolean;
  /** Lines of output that QEMU is known to print otherwise. */
  readonly qemuDiffers: readonly RegExp[];
}

export function guestNames(): string[] {
  const names = readdirSync(FOLDER).filter((f) => f.endsWith(".asm"));
  return names.map((f) => f.slice(0, -4)).filter((n) => !COMMON.includes(n));
}

const readSource = (file: string) => readFileSync(join(FOLDER, file), "utf8");
const source = (name: string) => readSource(`${name}.asm`);

export function loadGuest(name: string): Guest {
  const text = source(name);
  const say = (key: string) => [...text.matchAll(new RegExp(`^; ${key}: (.*)$`, "gm"))].map((m) => m[1]!);
  const [prelude, epilogue] = COMMON.map(source);
  let bytes: Uint8Array | undefined;
  return {
    name,
    image: () => {
      bytes ??= assemble(`${name}.asm`, [prelude, text, epilogue].join("\n"), { readSource }).bytes;
      return bytes;
    },
    features: parseFeatures(say("features")[0]),
    shutsDown: say("ends").includes("shutdown"),
    onQemu: say("qemu").length === 0,
    qemuDiffers: say("qemu differs").map((line) => new RegExp(line.slice(0, line.lastIndexOf(": ")))),
  };
}
