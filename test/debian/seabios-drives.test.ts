// Debian's SeaBIOS boots what is in the drives: a boot sector of ours from a disk and from a floppy, one from a CD made by genisoimage or xorriso (El Torito), both of
// which read on by INT 13h; and it takes the boot order from CMOS and fw_cfg.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import type { DriveOptions, DrivesOptions } from "../../devices/machine/drives.js";
import { Machine } from "../../devices/machine/machine.js";
import type { Ending } from "../../devices/machine/machine-options.js";
import { MemoryImage } from "../../devices/testing/memory-image.js";
import { assemble } from "../../guests/assembler/index.js";
import { runUntil } from "../support/machine-run.js";
import { DEBIAN, lacks, TOOLS } from "../support/requirements.js";

/**
 * A boot sector that reads the sector behind it from the drive it was booted from (as many bytes each as `unit`), by the extended INT 13h, and one
 * by cylinder, head and sector; prints what is at their beginnings; and ends the run.
 */
const bootSector = (unit: number, text: string) =>
  assemble(
    "boot.asm",
    `bits 16
org 0x7c00
  jmp 0:start
  times 12 - ($ - $$) db 0
; of the boot information table, which the makers of ISO images fill in: where this file lies
file: dd 0
  times 64 - ($ - $$) db 0
start:
  cli
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  sti
  test dl, dl                 ; a floppy has no extended INT 13h
  jz by_chs
  mov eax, [file]
  inc eax
  mov [packet + 8], eax
  mov si, packet
  mov ah, 0x42
  int 0x13
  jc failed
  mov si, 0x8000
  call print
  cmp dl, 0x80
  jne done
by_chs:
  mov ax, 0x0201
  mov bx, 0x9000
  mov cx, 2
  mov dh, 0
  int 0x13
  jc failed
  mov si, 0x9000
  call print
done:
  mov al, 0x10
  out 0xf4, al
failed:
  mov al, 0x7f
  out 0xf4, al
print:
  lodsb
  out 0xe9, al
  test al, al
  jnz print
  ret
packet:
  db 16, 0
  dw 1, 0x8000, 0
  dq 0
  times 510 - ($ - $$) db 0
  dw 0xaa55
  times ${unit} - ($ - $$) db 0
  db "${text}", 0
  times ${unit * 2} - ($ - $$) db 0
`,
  ).bytes;

async function boot(
  drives: readonly DriveOptions[],
  bootOrder: DrivesOptions["bootOrder"],
): Promise<{ ending: Ending | undefined; log: string }> {
  let log = "";
  const machine = new Machine({
    module: builtProcessor(),
    ramBytes: 32 << 20,
    clock: "virtual",
    hostTime: () => performance.now(),
    wallClock: 1.7e9,
    drives: { drives, bootOrder },
    output: {
      debugConsole: (byte) => {
        log += String.fromCharCode(byte);
      },
    },
  });
  machine.boot({ kind: "bios", bios: readFileSync(DEBIAN.bios) });
  const ending = await runUntil(machine, () => log.includes("No bootable device"), 60);
  return { ending, log };
}

describe.skipIf(lacks(DEBIAN.bios))("Debian's SeaBIOS boots", () => {
  const EXIT_BOOTED = { kind: "exit", code: 0x21 };

  function disk(text: string, index = 0, kind: DriveOptions["interface"] = "ide"): DriveOptions {
    const bytes = new Uint8Array(8 << 20);
    bytes.set(bootSector(512, text));
    return { interface: kind, media: "disk", index, image: new MemoryImage(bytes) };
  }

  test("a disk, and reads it by LBA and by CHS", { timeout: 120_000 }, async () => {
    const { ending, log } = await boot([disk("from the disk")], ["disk"]);
    expect(ending, log.slice(-3000)).toEqual(EXIT_BOOTED);
    expect(log).toMatch(/from the disk\0from the disk\0/);
    expect(log).toContain("RINGSIDE HARDDISK");
  });

  test("the disk whose boot index is lowest, whatever its place", { timeout: 120_000 }, async () => {
    const drives = [
      { ...disk("first"), bootIndex: 2 },
      { ...disk("second", 1), bootIndex: 1 },
      { ...disk("third", 3), bootIndex: 3 },
    ];
    const { ending, log } = await boot(drives, ["disk"]);
    expect(ending, log.slice(-3000)).toEqual(EXIT_BOOTED);
    expect(log).toContain("second\0");
  });

  test("a floppy, by the 8237's channel 2, before the disk if the boot order says so", { timeout: 120_000 }, async () => {
    const bytes = new Uint8Array(1_474_560);
    bytes.set(bootSector(512, "from the floppy"));
    const floppy: DriveOptions = { interface: "floppy", media: "disk", index: 0, image: new MemoryImage(bytes) };
    const { ending, log } = await boot([disk("from the disk"), floppy], ["floppy", "disk"]);
    expect(ending, log.slice(-3000)).toEqual(EXIT_BOOTED);
    expect(log).toContain("from the floppy\0");
  });

  test("a virtio disk, before one on IDE if its boot index says so", { timeout: 120_000 }, async () => {
    const drives = [
      { ...disk("on IDE"), bootIndex: 2 },
      { ...disk("on virtio", 0, "virtio"), bootIndex: 1 },
    ];
    const { ending, log } = await boot(drives, ["disk"]);
    expect(ending, log.slice(-3000)).toEqual(EXIT_BOOTED);
    expect(log).toMatch(/on virtio\0on virtio\0/);
  });

  describe.skipIf(lacks(TOOLS.genisoimage, TOOLS.xorriso))("and a CD", () => {
    let folder = "";
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "ringside-"));
      mkdirSync(join(folder, "tree"));
      writeFileSync(join(folder, "tree/boot.img"), bootSector(2048, "from the CD"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const elTorito = ["-b", "boot.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"];
    test.each([
      [TOOLS.genisoimage, ["-quiet", "-R"]],
      [TOOLS.xorriso, ["-as", "mkisofs", "-quiet", "-R"]],
    ] as const)("made by %s, before the disk if the boot order says so", { timeout: 120_000 }, async (tool, args) => {
      const iso = join(folder, "cd.iso");
      execFileSync(tool, [...args, ...elTorito, "-c", "boot.cat", "-o", iso, join(folder, "tree")], { stdio: "pipe" });
      const cd: DriveOptions = { interface: "ide", media: "cdrom", index: 2, image: new MemoryImage(new Uint8Array(readFileSync(iso))) };
      const fromCd = await boot([disk("from the disk"), cd], ["cdrom", "disk"]);
      expect(fromCd.ending, fromCd.log.slice(-3000)).toEqual(EXIT_BOOTED);
      expect(fromCd.log).toContain("Booting from DVD/CD");
      expect(fromCd.log).toContain("from the CD\0");
      expect(fromCd.log).not.toContain("from the disk");
      const fromDisk = await boot([disk("from the disk"), cd], ["disk", "cdrom"]);
      expect(fromDisk.log, fromDisk.log.slice(-3000)).toContain("from the disk\0");
    });

    test("nothing from a drive without a CD", { timeout: 120_000 }, async () => {
      const { ending, log } = await boot([{ interface: "ide", media: "cdrom", index: 2, image: undefined }], ["cdrom"]);
      expect(ending).toBeUndefined();
      expect(log).toContain("No bootable device");
    });
  });
});
