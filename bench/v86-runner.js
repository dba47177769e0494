// Peer: npm v86. Arguments: KERNEL INITRD COMMAND-LINE MEGABYTES. The guest's first serial line goes to standard output.
// V86_NO_JIT=1 switches its translator off. Firmware is Debian's seabios package.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const [kernel, initrd, commandLine, megabytes] = process.argv.slice(2);
const build = dirname(createRequire(import.meta.url).resolve("v86/build/libv86.mjs"));
const { V86 } = await import(join(build, "libv86.mjs"));
const file = (path) => ({ buffer: new Uint8Array(readFileSync(path)).buffer });
const firmware = process.env.SEABIOS ?? "/usr/share/seabios";
const emulator = new V86({
  wasm_path: join(build, "v86.wasm"),
  bios: file(join(firmware, "bios.bin")),
  vga_bios: file(join(firmware, "vgabios-stdvga.bin")),
  bzimage: file(kernel),
  initrd: file(initrd),
  cmdline: commandLine,
  memory_size: Number(megabytes) * 1048576,
  vga_memory_size: 8 * 1048576,
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
