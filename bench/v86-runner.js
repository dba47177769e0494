// Peer: npm v86. Arguments: KERNEL INITRD COMMAND-LINE MEGABYTES. The guest's first serial line goes to standard output.
// V86_NO_JIT=1 switches its translator off. The firmware it needs is what test/debian/fetch.sh fetches.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { V86 } from "v86";

const FIRMWARE = fileURLToPath(new URL("../.cache/debian/", import.meta.url));

const [kernel, initrd, commandLine, megabytes] = process.argv.slice(2);
const file = (path) => ({ buffer: new Uint8Array(readFileSync(path)).buffer });
const emulator = new V86({
  wasm_path: join(dirname(fileURLToPath(import.meta.resolve("v86"))), "v86.wasm"),
  bios: file(join(FIRMWARE, "bios.bin")),
  vga_bios: file(join(FIRMWARE, "vgabios.bin")),
  bzimage: file(kernel),
  initrd: file(initrd),
  cmdline: commandLine,
  memory_size: Number(megabytes) * 2 ** 20,
  vga_memory_size: 8 * 2 ** 20,
  autostart: true,
  disable_keyboard: true,
  disable_mouse: true,
  disable_speaker: true,
  disable_jit: process.env.V86_NO_JIT === "1",
});
let line = "";
emulator.add_listener("serial0-output-byte", (byte) => {
  line += String.fromCharCode(byte);
  if (byte !== 10) return;
  process.stdout.write(line);
  const done = line.startsWith("ALLDONE");
  line = "";
  if (done) process.exit(0);
});
