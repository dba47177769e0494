// The NBD server, judged by real clients.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { NbdListener } from "../../cli/nbd-listener.js";
import { BIN, ringside } from "../support/command.js";
import { MemoryImage } from "./memory-image.js";
import { lacksNbdTools, must, randomBytes, randoms, tool, withFolder } from "./tools.js";

const MIB = 1 << 20;
const SIZE = 8 * MIB + 512;

let listener: NbdListener | undefined;
afterEach(() => listener?.close());

interface Options {
  readonly readOnly?: boolean;
  readonly name?: string;
}

/** A server of one image, and how clients reach it. */
async function serve(image: MemoryImage, { readOnly = false, name = "" }: Options = {}): Promise<string> {
  const exports = [{ name, image, readOnly, description: "for tests" }];
  listener = await NbdListener.open({ address: { host: "127.0.0.1", port: 0 }, exports, clients: 8, tell: () => {} });
  return listener.uri(name);
}

async function filled(): Promise<MemoryImage> {
  const image = new MemoryImage(SIZE);
  const random = randoms(5);
  await image.write(0, randomBytes(random, (3 * MIB) / 2));
  await image.write(5 * MIB, randomBytes(random, MIB));
  await image.write(SIZE - 700, randomBytes(random, 700));
  return image;
}

const io = (uri: string, ...commands: readonly string[]) =>
  tool("qemu-io", "-f", "raw", ...commands.flatMap((command) => ["-c", command]), uri);

describe.skipIf(lacksNbdTools)("real NBD clients", () => {
  test("nbdinfo reads size, flags, description and contexts", async () => {
    const uri = await serve(await filled(), { name: "disk ä" });
    const { exports } = JSON.parse(await must("nbdinfo", "--json", uri));
    expect(exports[0]).toMatchObject({
      "export-name": "disk ä",
      description: "for tests",
      "export-size": SIZE,
      is_read_only: false,
      can_cache: true,
      can_df: true,
      can_fast_zero: true,
      can_flush: true,
      can_fua: true,
      can_multi_conn: true,
      can_trim: true,
      can_zero: true,
      block_size_minimum: 1,
      block_size_maximum: 32 * MIB,
      contexts: ["base:allocation", "qemu:allocation-depth"],
    });
    expect(await must("nbdinfo", "--list", uri)).toContain("disk ä");
  });

  test("nbdinfo --map shows what is data and what is a hole", async () => {
    const uri = await serve(await filled());
    const map = JSON.parse(await must("nbdinfo", "--json", "--map", uri)) as { offset: number; length: number; type: number }[];
    const end = Math.floor(SIZE / 65536) * 65536 - 65536;
    expect(map.map(({ offset, length, type }) => [offset, length, type])).toEqual([
      [0, (3 * MIB) / 2, 0],
      [(3 * MIB) / 2, (7 * MIB) / 2, 3],
      [5 * MIB, MIB, 0],
      [6 * MIB, end - 6 * MIB, 3],
      [end, SIZE - end, 0],
    ]);
  });

  test("nbdcopy and qemu-img bring an image there and back, over several connections, sparse as it was", async () =>
    withFolder(async (folder) => {
      const image = await filled();
      const copies = [join(folder, "1"), join(folder, "2"), join(folder, "3")] as const;
      const uri = await serve(image);
      await must("nbdcopy", "--connections=4", uri, copies[0]);
      await must("qemu-img", "convert", "-O", "raw", uri, copies[1]);
      await must("nbdcopy", "--no-extents", "--synchronous", uri, copies[2]);
      for (const copy of copies) expect(Buffer.compare(readFileSync(copy), image.bytes)).toBe(0);
      await listener?.close();

      const target = new MemoryImage(SIZE);
      await target.write(2 * MIB, new Uint8Array(MIB).fill(7));
      const back = await serve(target);
      await must("nbdcopy", copies[0], back);
      expect(Buffer.compare(target.bytes, image.bytes)).toBe(0);
      expect(await target.extent(2 * MIB)).toMatchObject({ data: false });
      await must("qemu-img", "convert", "-n", "-O", "raw", copies[0], back);
      expect(await must("qemu-img", "compare", "-f", "raw", "-F", "raw", copies[0], back)).toContain("Images are identical");
    }));

  test("qemu-io writes, zeroes, discards and flushes at any alignment", async () => {
    const image = await filled();
    const uri = await serve(image);
    const { output, errors } = await io(
      uri,
      "write -P 0x11 1000 5000",
      "write -f -P 0x22 3M 64k",
      "write -z -u 64k 128k",
      "write -z 5120k 100",
      "write -z -n 6M 64k",
      "discard 512k 256k",
      "flush",
      "read -P 0x11 1000 5000",
      "read -P 0 64k 128k",
      "read -P 0x22 3M 64k",
      "aio_write -P 0x33 4M 1M",
      "aio_write -P 0x44 2M 512k",
      "aio_flush",
      "read -P 0x33 4M 1M",
    );
    expect(errors + output).not.toMatch(/failed|rror/);
    expect(image.bytes.subarray(1000, 6000).every((byte) => byte === 0x11)).toBe(true);
    expect(image.bytes.subarray(2 * MIB, 2.5 * MIB).every((byte) => byte === 0x44)).toBe(true);
    expect(image.bytes.subarray(512 << 10, 768 << 10).every((byte) => byte === 0)).toBe(true);
    expect(image.flushes).toBeGreaterThanOrEqual(2);
  });

  test("a read-only export refuses writes; what fails in the image fails at the client", async () => {
    const image = await filled();
    const uri = await serve(image, { readOnly: true });
    const { errors } = await io(uri, "write 0 512");
    expect(errors).toMatch(/read.only|not permitted|denied/i);
    expect(JSON.parse(await must("nbdinfo", "--json", uri)).exports[0]).toMatchObject({ is_read_only: true, can_trim: false });
    await listener?.close();

    const broken = await filled();
    broken.broken.add(MIB + 1);
    const other = await serve(broken);
    const results = await io(other, "write 1M 512", "read 1M 512", "read 0 512");
    expect(results.output).toContain("write failed: Input/output error");
    expect(results.output).toContain("read failed: Input/output error");
    expect(results.output).toContain("read 512/512 bytes at offset 0");
  });

  test("a Unix socket serves as well, and an unknown name is refused", async () =>
    withFolder(async (folder) => {
      const path = join(folder, "socket");
      const image = await filled();
      listener = await NbdListener.open({
        address: { path },
        exports: [{ name: "a", image, readOnly: false }],
        clients: 1,
        tell: () => {},
      });
      expect((await must("nbdinfo", "--size", listener.uri("a"))).trim()).toBe(String(SIZE));
      expect((await must("nbdinfo", "--size", listener.uri(""))).trim()).toBe(String(SIZE));
      expect((await tool("nbdinfo", "--size", listener.uri("b"))).code).not.toBe(0);
      writeFileSync(join(folder, "raw"), image.bytes);
      expect(await must("qemu-img", "compare", "-f", "raw", "-F", "raw", join(folder, "raw"), listener.uri("a"))).toContain("identical");
    }));

  test("ringside nbd serves an overlay until it is told to end, and leaves it sound", async () =>
    withFolder(async (folder) => {
      const overlay = join(folder, "overlay.qcow2");
      await must("qemu-img", "create", "-q", "-f", "raw", join(folder, "base.raw"), "8M");
      await must("qemu-io", "-f", "raw", "-c", "write -P 9 0 8M", join(folder, "base.raw"));
      await must("qemu-img", "create", "-q", "-f", "qcow2", "-b", "base.raw", "-F", "raw", overlay);
      const server = spawn(process.execPath, [BIN, "nbd", "--port", "0", "--export", "disk", overlay], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = await once(server.stdout, "data");
      const uri = String(line).trim();
      const { output } = await io(uri, "read -P 9 0 8M", "write -P 7 1000 1M", "write -z 4M 1M", "read -P 7 1000 1M", "read -P 0 4M 1M");
      expect(output).not.toMatch(/failed|rror/);
      server.kill("SIGTERM");
      expect(await once(server, "exit")).toEqual([0, null]);
      expect(await must("qemu-img", "check", overlay)).toContain("No errors");
      const read = await tool("qemu-io", "-c", "read -P 9 0 1000", "-c", "read -P 7 1000 1M", "-c", "read -P 0 4M 1M", overlay);
      expect(read.output).not.toMatch(/failed|rror/);
    }));

  test("ringside nbd that is told to end again and again still closes its image", async () =>
    withFolder(async (folder) => {
      const disk = join(folder, "disk.qcow2");
      await must("qemu-img", "create", "-q", "-f", "qcow2", "-o", "lazy_refcounts=on", disk, "8M");
      const server = spawn(process.execPath, [BIN, "nbd", "--port", "0", disk], { stdio: ["ignore", "pipe", "inherit"] });
      const [line] = await once(server.stdout, "data");
      const { output } = await io(String(line).trim(), "write -P 7 0 1M");
      expect(output).not.toMatch(/failed|rror/);
      const ended = once(server, "exit");
      const signals = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
      const impatience = setInterval(() => signals.map((signal) => server.kill(signal)), 1);
      await ended;
      clearInterval(impatience);
      expect(JSON.parse(await must("qemu-img", "info", "--output=json", disk))).toMatchObject({ "dirty-flag": false });
      expect(await must("qemu-img", "check", disk)).toContain("No errors");
    }));

  test("ringside nbd says what it can not do", () => {
    const { code, errors } = ringside(["nbd", "/no/such/image"]);
    expect(code).toBe(2);
    expect(errors).toMatch(/no such file/);
    expect(ringside(["nbd", "--format", "vdi", "/dev/null"]).errors).toMatch(/"vdi" is not known; there are raw and qcow2/);
  });
});
