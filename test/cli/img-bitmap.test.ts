// `ringside img bitmap` beside the real qemu-img 7.2, as img.test.ts has it; qemu-nbd shows which bits are set.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lacksQemuImg, qemuIo } from "../block/tools.js";
import { lacks } from "../support/requirements.js";
import { pairForEachTest } from "./img-pair.js";

const QEMU_NBD = "/usr/bin/qemu-nbd";
const pair = pairForEachTest();

let served = 0;

/** What of the disk the real tool finds marked in a bitmap. */
async function marked(folder: string, image: string, bitmap: string): Promise<string> {
  const socket = join(folder, `nbd${served++}`);
  const server = spawn(QEMU_NBD, ["-t", "-r", "-f", "qcow2", "-B", bitmap, "-k", socket, join(folder, image)]);
  let said = "";
  server.stderr.on("data", (text) => {
    said += text;
  });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) =>
    server.on("exit", () => {
      hasEnded = true;
      resolve();
    }),
  );
  try {
    await expect.poll(() => hasEnded || existsSync(socket), { timeout: 20_000 }).toBe(true);
    const where = `driver=nbd,server.type=unix,server.path=${socket},x-dirty-bitmap=qemu:dirty-bitmap:${bitmap}`;
    const { out, err } = pair.qemuImg(folder, ["map", "--output=json", "--image-opts", where]);
    if (out === "") throw new Error(`qemu-nbd: ${said}, qemu-img: ${err}`);
    return out;
  } finally {
    server.kill("SIGKILL");
    await ended;
  }
}

const BITMAPS_EXTENSION = 0x2385_2875;

/** Where an image's bitmap directory lies. */
function directoryOf(bytes: Buffer): number {
  for (let at = bytes.readUInt32BE(100); bytes.readUInt32BE(at) !== 0; at += 8 + Math.ceil(bytes.readUInt32BE(at + 4) / 8) * 8)
    if (bytes.readUInt32BE(at) === BITMAPS_EXTENSION) return Number(bytes.readBigUInt64BE(at + 24));
  throw new Error("there is no bitmap directory");
}

/** The first bitmap of an image is one that somebody did not write back: bit 0 of its flags. */
function markUnclosed(image: string): void {
  const bytes = readFileSync(join(pair.ours, image));
  const flags = directoryOf(bytes) + 15;
  pair.patch(image, flags, [bytes[flags]! | 1]);
}

async function expectSameBits(image: string, bitmap: string, command: string): Promise<void> {
  const theirs = await marked(pair.theirs, image, bitmap);
  expect(theirs).toContain('"data": false');
  expect.soft(await marked(pair.ours, image, bitmap), command).toBe(theirs);
}

describe.skipIf(lacksQemuImg || lacks(QEMU_NBD))("as qemu-img", { timeout: 200_000 }, () => {
  test("bitmap: added, switched, merged, cleared, removed", async () => {
    pair.prepare(
      ["create", "-q", "-f", "qcow2", "-o", "cluster_size=4k", "a", "64M"],
      ["create", "-q", "-f", "qcow2", "other", "64M"],
      ["bitmap", "--add", "-g", "512", "other", "fine"],
      ["io", "-c", "write 7k 1k", "-c", "write 40M 70k", "other"],
    );
    const agree = async (...commands: readonly string[]) => {
      await pair.agree(...commands, "info a", "info --output=json a");
      pair.expectSound("a", commands.join("; "));
    };
    await agree("bitmap --add a one", "bitmap --add -g 64k a two", "bitmap --add --disable -g 512 a three");
    for (const folder of [pair.ours, pair.theirs]) await qemuIo(join(folder, "a"), "qcow2", "write 1M 100k", "write 63M 1M", "write 0 512");
    await agree("bitmap --merge one a three", "bitmap --merge two --enable a three", "bitmap --merge fine -b other -F qcow2 a two");
    for (const bitmap of ["one", "two", "three"]) await expectSameBits("a", bitmap, "merge");
    await agree("bitmap --clear a one", "bitmap --disable --enable --disable a two");
    await agree("bitmap --remove --add -g 1M a one");
    for (const folder of [pair.ours, pair.theirs]) await qemuIo(join(folder, "a"), "qcow2", "write 5M 64k");
    for (const bitmap of ["one", "two", "three"]) await expectSameBits("a", bitmap, "clear, enable, remove and add");
    await agree("bitmap --remove a two", "bitmap --remove a one", "bitmap --remove a three");
  });

  test("convert --bitmaps: those of the source are the target's too", async () => {
    pair.prepare(
      ["create", "-q", "-f", "qcow2", "a", "8M"],
      ["bitmap", "--add", "a", "one"],
      ["bitmap", "--add", "-g", "4k", "a", "two"],
      ["io", "-c", "write 1M 100k", "-c", "write 7M 1M", "a"],
      ["bitmap", "--disable", "a", "two"],
      ["create", "-q", "-f", "qcow2", "-b", "a", "-F", "qcow2", "top"],
      ["create", "-q", "-f", "raw", "r.raw", "1M"],
    );
    for (const [i, options] of ["", "-c", "-o cluster_size=4k"].entries()) {
      await pair.agree(`convert --bitmaps -O qcow2 ${options} a out${i}`, `info out${i}`);
      pair.expectSound(`out${i}`, options);
      for (const bitmap of ["one", "two"]) await expectSameBits(`out${i}`, bitmap, options);
    }
    await pair.agree(
      "convert --bitmaps -O raw a x",
      "convert --bitmaps -f raw -O qcow2 r.raw x",
      "convert --bitmaps -O qcow2 -o compat=v2 a x",
      "convert --bitmaps -O qcow2 a a x",
      "convert --skip-broken-bitmaps -O qcow2 a x",
      "convert --bitmaps -O qcow2 top x",
      "info x",
    );
    markUnclosed("a");
    await pair.agree("info a", "convert --bitmaps -O qcow2 a y", "convert --bitmaps --skip-broken-bitmaps -O qcow2 a y", "info y");
  });

  test("bitmap: what is refused, and what was written without them", async () => {
    pair.prepare(
      ["create", "-q", "-f", "qcow2", "a", "4M"],
      ["create", "-q", "-f", "qcow2", "small", "1M"],
      ["create", "-q", "-f", "raw", "r.raw", "1M"],
      ["bitmap", "--add", "a", "one"],
      ["bitmap", "--add", "small", "one"],
    );
    await pair.agree(
      "bitmap",
      "bitmap a",
      "bitmap a one",
      "bitmap --add a",
      "bitmap --add a two three",
      "bitmap --add a one",
      "bitmap --add -g 1000 a two",
      "bitmap --add -g 256 a two",
      "bitmap --add -g foo a two",
      "bitmap -g 64k --clear a one",
      "bitmap --enable a nothere",
      "bitmap --disable a nothere",
      "bitmap --remove a nothere",
      "bitmap --clear a nothere",
      "bitmap --merge nothere a one",
      "bitmap --merge one a nothere",
      "bitmap --merge one -b small -F qcow2 a one",
      "bitmap -b small --add a two",
      "bitmap -F qcow2 --add a two",
      'bitmap --add a ""',
      "bitmap --add nothere one",
      "bitmap --foo a one",
      "info a",
    );
    const refused = async (args: readonly string[]) => (await pair.ringside(["bitmap", ...args])).err;
    await pair.ringside(["create", "-q", "-f", "qcow2", "-o", "compat=v2", "old", "1M"]);
    expect(await refused(["--add", "old", "b"])).toMatch(/persistent in 'old': Cannot store dirty bitmaps in qcow2 v2 files\n$/);
    expect(await refused(["--add", "a", "x".repeat(1024)])).toMatch(/Name length exceeds maximum \(1023 characters\)\n$/);
    expect(await refused(["--add", "-f", "raw", "r.raw", "b"])).toMatch(
      /Can't store persistent bitmaps to r.raw: Operation not supported\n$/,
    );
    // Ours writes data and does not mark it: from then on nobody counts on the bitmap.
    await pair.ringside(["convert", "-n", "-f", "raw", "-O", "qcow2", "r.raw", "a"]);
    expect(await refused(["--merge", "one", "a", "one"])).toMatch(/Bitmap 'one' is inconsistent and cannot be used\n/);
    expect(pair.qemuImg(pair.ours, ["info", "a"]).out).not.toContain("name: one");
    expect(await refused(["--remove", "a", "one"])).toBe("");
    expect(await refused(["--add", "a", "one"])).toBe("");
    pair.expectSound("a", "bitmaps that do not count");
  });
});
