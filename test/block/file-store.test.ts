import { spawn } from "node:child_process";
import { existsSync, linkSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { FileStore } from "../../cli/file-store.js";
import { imageFolder, lacksQemuImg, QEMU_IO } from "./tools.js";

const folder = imageFolder();
afterAll(() => folder.remove());

/** A file of 4096 bytes. */
function file(name: string): { path: string; lock: string } {
  const path = folder.path(name);
  writeFileSync(path, new Uint8Array(4096).fill(5));
  return { path, lock: folder.path(`.${name}.lock`) };
}

test("bytes are read and written where they are, and zeros behind the end", async () => {
  const { path } = file("plain");
  const store = await FileStore.open(path);
  await store.write(5000, Uint8Array.of(1, 2, 3));
  expect(store.size).toBe(5003);
  const read = new Uint8Array(8).fill(9);
  await store.read(4998, read);
  expect(Array.from(read)).toEqual([0, 0, 1, 2, 3, 0, 0, 0]);
  await store.truncate(100);
  await store.flush();
  expect(store.size).toBe(100);
  await store.close();
  expect(statSync(path).size).toBe(100);
});

test("short requests are done at once, as long as the event loop gets its turn", async () => {
  const { path } = file("now");
  const store = await FileStore.open(path);
  const buffer = new Uint8Array(512);
  // Others may keep this processor so busy that a request is not short in time: then it takes some until one is done at once again.
  const soon = async (request: () => boolean) => {
    for (let i = 0; i < 10_000 && !request(); i++) await store.read(0, buffer);
  };
  const read = new Uint8Array(8).fill(9);
  await soon(() => store.readNow(4092, read));
  expect(Array.from(read)).toEqual([5, 5, 5, 5, 0, 0, 0, 0]);
  await soon(() => store.writeNow(4094, read));
  expect([store.size, readFileSync(path)[4094]]).toEqual([4102, 5]);
  let inRow = 0;
  while (inRow < 1000 && store.readNow(0, buffer)) inRow++;
  expect(inRow).toBeLessThan(1000);
  let turns = 0;
  const looking = setInterval(() => turns++, 0);
  for (let i = 0; i < 5000; i++) await store.read(0, buffer);
  clearInterval(looking);
  expect(turns).toBeGreaterThan(0);
  expect(store.readNow(0, new Uint8Array(1 << 20))).toBe(false);
  await store.close();
});

test("what can not be done is refused with the file's name and why", async () => {
  const { path } = file("kept");
  await expect(FileStore.open(folder.path("absent"))).rejects.toThrow(/absent can not be opened: there is no such file/);
  await expect(FileStore.open(folder.path("."))).rejects.toThrow(/can not be opened: it is a directory/);
  await expect(FileStore.open("/dev/zero")).rejects.toThrow("/dev/zero is neither a file nor a block device");
  const store = await FileStore.open(path, { readOnly: true });
  await expect(store.write(0, new Uint8Array(1))).rejects.toMatchObject({ code: "read-only" });
  await store.close();
});

describe("locks", () => {
  test("an image that is open for writing is not opened for that again, by whichever name", async () => {
    const { path, lock } = file("locked");
    symlinkSync(path, folder.path("link"));
    const store = await FileStore.open(path);
    await expect(FileStore.open(path)).rejects.toThrow(`${path} is already open for writing by this process`);
    await expect(FileStore.open(folder.path("link"))).rejects.toMatchObject({ code: "in-use" });
    await expect(FileStore.open(path, { create: true })).rejects.toMatchObject({ code: "in-use" });
    expect(statSync(path).size).toBe(4096);
    await (await FileStore.open(path, { readOnly: true })).close();
    await store.close();
    expect(existsSync(lock)).toBe(false);
    await (await FileStore.open(path)).close();
  });

  test("another process is named; one that has ended is not in the way, not even if its number is used again", async () => {
    const { path, lock } = file("held");
    const other = spawn("sleep", ["100"]);
    try {
      const start = readFileSync(`/proc/${other.pid}/stat`, "utf8").split(" ")[21];
      const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
      writeFileSync(lock, JSON.stringify({ pid: other.pid, host: hostname(), started: `${boot} ${start}` }));
      await expect(FileStore.open(path)).rejects.toThrow(`${path} is already open for writing by process ${other.pid}`);
      writeFileSync(lock, JSON.stringify({ pid: other.pid, host: hostname(), started: `${boot} 1` }));
      await (await FileStore.open(path)).close();
    } finally {
      other.kill();
    }
    await new Promise((resolve) => other.on("exit", resolve));
    writeFileSync(lock, JSON.stringify({ pid: other.pid, host: hostname(), started: "" }));
    await (await FileStore.open(path)).close();
    expect(existsSync(lock)).toBe(false);
  });

  test("a lock of another host, and one that says nothing, are not taken over", async () => {
    const { path, lock } = file("elsewhere");
    writeFileSync(lock, JSON.stringify({ pid: 77, host: "elsewhere.example", started: "x" }));
    await expect(FileStore.open(path)).rejects.toThrow("by process 77 on elsewhere.example");
    writeFileSync(lock, "?");
    await expect(FileStore.open(path)).rejects.toThrow("does not say by whom");
  });

  test("of many that find the same stale lock one gets it", async () => {
    const { path, lock } = file("contended");
    for (let round = 0; round < 40; round++) {
      writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: "gone" }));
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => FileStore.open(path)));
      const winners = results.filter((result) => result.status === "fulfilled");
      expect(winners.length).toBe(1);
      await winners[0]!.value.close();
      expect(readdirSync(dirname(lock)).filter((name) => name.startsWith(".contended"))).toEqual([]);
    }
  });

  test.skipIf(lacksQemuImg)("an image that QEMU has open for writing is refused, also to readers", async () => {
    const { path } = file("qemu");
    linkSync(path, folder.path("hard"));
    const qemu = spawn(QEMU_IO, ["-f", "raw", path], { stdio: ["pipe", "pipe", "ignore"] });
    try {
      await new Promise((resolve) => {
        qemu.stdout.once("data", resolve);
        qemu.stdin.write("length\n");
      });
      await expect(FileStore.open(path)).rejects.toThrow("is open for writing by another program that locks as QEMU does");
      await expect(FileStore.open(folder.path("hard"), { readOnly: true })).rejects.toMatchObject({ code: "in-use" });
      await (await FileStore.open(path, { lock: false })).close();
    } finally {
      qemu.stdin.end("quit\n");
      await new Promise((resolve) => qemu.on("exit", resolve));
    }
    await (await FileStore.open(path)).close();
  });
});
