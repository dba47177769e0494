// The drives of `ringside run`: what is on them afterwards, and what is refused.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDrives } from "../../cli/drives.js";
import { assemble } from "../../guests/assembler/index.js";
import { ringside } from "../support/command.js";

const SECTORS = 64;

/** Copies sector 0 of the first IDE drive to sector 5, with a byte added at its beginning, flushes, and ends the run with code 33; with 255 on an error. */
const COPY = assemble(
  "copy.asm",
  `bits 16
org 0x7c00
  cli
  mov dx, 0x3f6
  mov al, 2                   ; nIEN
  out dx, al
  mov cl, 0
  mov al, 0x20
  call command
  mov di, 0x8000
  mov cx, 256
  mov dx, 0x1f0
  rep insw
  inc byte [0x8000]
  mov cl, 5
  mov al, 0x30
  call command
  mov si, 0x8000
  mov cx, 256
  mov dx, 0x1f0
  rep outsw
  call wait_for
  mov al, 0xe7
  call command
  mov al, 0x10
  out 0xf4, al
command:
  mov bl, al
  mov dx, 0x1f2
  mov al, 1
  out dx, al
  inc dx
  mov al, cl
  out dx, al
  inc dx
  xor al, al
  out dx, al
  inc dx
  out dx, al
  inc dx
  mov al, 0xe0
  out dx, al
  inc dx
  mov al, bl
  out dx, al
wait_for:
  mov dx, 0x1f7
  in al, dx
  test al, 0x80
  jnz wait_for
  test al, 0x01
  jz good
  mov al, 0x7f
  out 0xf4, al
good:
  ret
  times 510 - ($ - $$) db 0
  dw 0xaa55
`,
).bytes;

const COPIED = 0x21;
const FAILED = 0xff;

describe("drives of `ringside run`", () => {
  let folder = "";
  const path = (name: string) => join(folder, name);
  const run = (...options: readonly string[]) => ringside(["run", "--image", path("copy.bin"), "--serial", "none", ...options]);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ringside-"));
    writeFileSync(path("copy.bin"), COPY);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function image(name: string): string {
    writeFileSync(path(name), new Uint8Array(SECTORS * 512).fill(0x41));
    return path(name);
  }

  test.each(["real", "virtual"])("what a guest writes is in the image when the run has ended (--clock %s)", (clock) => {
    const disk = image("disk.img");
    const { code, errors } = run("--hda", disk, "--clock", clock);
    expect([code, errors]).toEqual([COPIED, ""]);
    const bytes = readFileSync(disk);
    expect([bytes.length, bytes[4 * 512 + 511], bytes[5 * 512], bytes[5 * 512 + 1], bytes[6 * 512]]).toEqual([
      SECTORS * 512,
      0x41,
      0x42,
      0x41,
      0x41,
    ]);
  });

  test("a read-only drive refuses to be written to", () => {
    const disk = image("read-only.img");
    expect(run("--disk", `file=${disk},format=raw,readonly=on`).code).toBe(FAILED);
    expect(readFileSync(disk)[5 * 512]).toBe(0x41);
  });

  test("a comma in a file's name is written twice; cache modes are QEMU's", () => {
    const disk = image("a,b.img");
    for (const cache of ["writethrough", "unsafe"]) {
      image("a,b.img");
      expect(run("--disk", `file=${disk.replace(",", ",,")},cache=${cache},if=ide,media=disk,index=0,serial=X1`).code).toBe(COPIED);
      expect(readFileSync(disk)[5 * 512]).toBe(0x42);
    }
  });

  test("a snapshot goes on with the same drives, and is refused without them", () => {
    const disk = image("snapshot.img");
    const [snapshot, rest] = [path("snap"), ["--hda", disk]];
    ringside([
      "run",
      "--image",
      path("copy.bin"),
      "--serial",
      "none",
      "--clock",
      "virtual",
      ...rest,
      "--snapshot-at",
      "300",
      "--snapshot-out",
      snapshot,
    ]);
    expect(readFileSync(disk)[5 * 512]).toBe(0x41);
    expect(ringside(["run", "--resume", snapshot, "--serial", "none", ...rest]).code).toBe(COPIED);
    expect(readFileSync(disk)[5 * 512]).toBe(0x42);
    const { code, errors } = ringside(["run", "--resume", snapshot, "--serial", "none"]);
    expect([code, errors]).toEqual([2, expect.stringMatching(/piix3-ide/)]);
  });

  test("what is impossible is refused in one sentence", () => {
    const { code, errors } = run("--disk", "file=x,cache=fast");
    expect([code, errors]).toEqual([2, expect.stringMatching(/^ringside: .*cache=fast is not known; there are writeback.*\n$/)]);
  });

  test.each([
    [{ hda: "nowhere.img" }, /nowhere\.img/],
    [{ disk: ["if=ide"] }, /needs file=/],
    [{ disk: ["file=x,if=scsi"] }, /if=scsi is not known/],
    [{ disk: ["file=x,colour=red"] }, /"colour=red" is not understood/],
    [{ disk: ["file=x,file=y"] }, /given twice/],
    [{ disk: ["file=x,index=7"] }, /index is a number up to 3/],
    [{ hda: "x", disk: ["file=y,index=0"] }, /two drives are to be number 0/],
    [{ disk: ["file=x,serial=123456789012345678901"] }, /at most 20/],
    [{ disk: ["file=x,if=virtio,media=cdrom"] }, /is an IDE drive/],
    [{ boot: "x" }, /boot order "x" is not understood/],
  ] as const)("%j is refused", async (choices, sentence) => {
    await expect(openDrives(choices)).rejects.toThrow(sentence);
  });

  test("an image that is open for writing is not opened again, and what was opened before is closed", async () => {
    const [first, second] = [image("first.img"), image("second.img")];
    const drives = await openDrives({ hda: second });
    await expect(openDrives({ hda: first, hdb: second })).rejects.toThrow(/second\.img/);
    await drives.close();
    const again = await openDrives({ hda: first, hdb: second, boot: "dc" });
    expect(again.forMachine).toMatchObject({ bootOrder: ["cdrom", "disk"], drives: [{ index: 0 }, { index: 1 }] });
    await again.close();
  });
});
