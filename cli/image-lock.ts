// Who writes to an image: a file beside it, made whole or not at all, with the process that has it open for writing. Readers leave no trace.
//
// It sees: this process, other processes of this program that reach the same folder, on other hosts too. A lock of this host whose process has ended
// (or ended before the host was last started) is taken over; one of another host never is. It sees QEMU's locks where Linux lists them (/proc/locks: QEMU
// locks byte 100 + n for what it does and byte 200 + n for what it does not let others do; n is 1 for writing). It does not see: other programs, an image
// reached by another hard link or through another mount, QEMU on another host. QEMU does not see ours: Node can not lock a file's bytes.
import { createHash } from "node:crypto";
import { type FileHandle, link, readFile, realpath, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { BlockError } from "../devices/block/store.js";

export interface ImageLock {
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When its process began, as the kernel counts it; empty where that is not known. */
  readonly started: string;
}

let count = 0;

/** Rejects with a BlockError that says who has the image. A reader gets no lock, but is refused where QEMU writes. */
export async function lockImage(path: string, file: FileHandle, readOnly: boolean): Promise<ImageLock | undefined> {
  await refuseIfQemuHasIt(path, file, readOnly);
  if (readOnly) return undefined;
  const image = await realpath(path);
  const lock = join(dirname(image), `.${basename(image)}.lock`);
  const mine = `${lock}.${process.pid}.${count++}`;
  const text = JSON.stringify({ pid: process.pid, host: hostname(), started: await startOf(process.pid) } satisfies Owner);
  try {
    await writeFile(mine, text);
  } catch {
    throw new BlockError(`${path} can not be locked: no file can be made beside it`, "in-use");
  }
  try {
    await take(path, lock, mine);
  } finally {
    await unlink(mine);
  }
  return {
    release: async () => {
      if ((await textOf(lock)) === text) await unlink(lock);
    },
  };
}

/** Make `mine` be `lock` too. Rejects if somebody has that. */
async function take(path: string, lock: string, mine: string): Promise<void> {
  while (!(await linked(mine, lock))) await removeStale(path, lock, mine);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new BlockError(`${to} can not be made: ${(error as Error).message}`, "in-use");
  }
}

/**
 * Take away a lock whose owner is gone. Rejects if it is there. To look and to take away is one step for others, because who does it holds a lock of its
 * own, named after the text of the stale one; that lock can be left behind too, and is then taken over in the same way.
 */
async function removeStale(path: string, lock: string, mine: string): Promise<void> {
  const text = await textOf(lock);
  if (text === undefined) return;
  await refuseIfHeld(path, lock, text);
  const right = `${lock}.${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  await take(path, right, mine);
  try {
    if ((await textOf(lock)) === text) await unlink(lock);
  } finally {
    await unlink(right);
  }
}

async function refuseIfHeld(path: string, lock: string, text: string): Promise<void> {
  const owner = parse(text);
  if (owner === undefined)
    throw new BlockError(`${path} is locked by ${lock}, which does not say by whom; delete that if nobody is`, "in-use");
  if (owner.host !== hostname()) {
    throw new BlockError(`${path} is open for writing by process ${owner.pid} on ${owner.host}; if that is over, delete ${lock}`, "in-use");
  }
  const alive = owner.pid === process.pid ? true : isAlive(owner.pid);
  if (alive && owner.started === (await startOf(owner.pid))) {
    const who = owner.pid === process.pid ? "this process" : `process ${owner.pid}`;
    throw new BlockError(`${path} is already open for writing by ${who}`, "in-use");
  }
}

function textOf(lock: string): Promise<string | undefined> {
  return readFile(lock, "utf8").catch(() => undefined);
}

function parse(text: string): Owner | undefined {
  try {
    const { pid, host, started } = JSON.parse(text) as Owner;
    return Number.isInteger(pid) && typeof host === "string" && typeof started === "string" ? { pid, host, started } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** proc(5), /proc/pid/stat: the 22nd field, in ticks since the host was started, with what tells one start of the host from the next. */
async function startOf(pid: number): Promise<string> {
  try {
    const [stat, boot] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile("/proc/sys/kernel/random/boot_id", "utf8")]);
    return `${boot.trim()} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return "";
  }
}

/** Bytes that QEMU locks for writing: because it does, and because it lets nobody else. */
const QEMU_WRITES = 101;
const QEMU_LETS_NOBODY_WRITE = 201;

async function refuseIfQemuHasIt(path: string, file: FileHandle, readOnly: boolean): Promise<void> {
  const locks = await readFile("/proc/locks", "utf8").catch(() => "");
  const { dev, ino } = await file.stat();
  const device = [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)].map((part) => part.toString(16).padStart(2, "0")).join(":");
  const taken = new Set<number>();
  for (const line of locks.split("\n")) {
    const [, kind, , , , place, first, last] = line.trim().split(/\s+/);
    if (place !== `${device}:${ino}` || (kind !== "OFDLCK" && kind !== "POSIX")) continue;
    for (const byte of [QEMU_WRITES, QEMU_LETS_NOBODY_WRITE])
      if (Number(first) <= byte && (last === "EOF" || byte <= Number(last))) taken.add(byte);
  }
  if (taken.has(QEMU_WRITES)) throw new BlockError(`${path} is open for writing by another program that locks as QEMU does`, "in-use");
  if (!readOnly && taken.has(QEMU_LETS_NOBODY_WRITE)) {
    throw new BlockError(`${path} is in use by another program that locks as QEMU does and lets nobody write`, "in-use");
  }
}
