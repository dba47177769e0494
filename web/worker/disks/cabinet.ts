// The disks that the browser keeps for this page: files in one folder of its origin private file system.
import { type Format, probeFormat } from "../../../devices/block/open.js";
import { createQcow2 } from "../../../devices/block/qcow2/create.js";
import { readHeader } from "../../../devices/block/qcow2/header.js";
import { BlockError, type Store } from "../../../devices/block/store.js";
import { BlobStore } from "./blob-store.js";
import { guestSize, openBase } from "./images.js";
import { inUse, OpfsStore } from "./opfs-store.js";
import type { DiskCommand, KeptDisk, NewDisk } from "./protocol.js";

const FOLDER = "disks";
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Bytes of a file that are copied at once. */
const PIECE = 4 << 20;

export class Cabinet {
  private folder: Promise<FileSystemDirectoryHandle> | undefined;

  /** Does what the visitor asks for. Rejects with a BlockError. The result is what was asked for by "export". */
  async carryOut(command: DiskCommand): Promise<File | undefined> {
    switch (command.what) {
      case "list":
        return undefined;
      case "create":
        await this.create(command.disk);
        return undefined;
      case "import":
        await this.make(command.name, (store) => copyInto(store, command.file));
        return undefined;
      case "delete":
        await this.remove(command.name);
        return undefined;
      case "export":
        return this.file(command.name);
    }
  }

  async list(): Promise<KeptDisk[]> {
    const folder = await this.open();
    const disks: KeptDisk[] = [];
    for await (const entry of folder.values()) {
      if (entry.kind === "file") disks.push(await describe(await (entry as FileSystemFileHandle).getFile()));
    }
    return disks.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** To read and write it; nobody else can meanwhile. */
  async store(name: string): Promise<Store> {
    return OpfsStore.open(await this.find(name));
  }

  private open(): Promise<FileSystemDirectoryHandle> {
    this.folder ??= (async () => {
      try {
        return await (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
      } catch (error) {
        this.folder = undefined;
        throw new BlockError(`this browser keeps no disks for this page: ${error instanceof Error ? error.message : String(error)}`);
      }
    })();
    return this.folder;
  }

  private async find(name: string): Promise<FileSystemFileHandle> {
    const folder = await this.open();
    try {
      return await folder.getFileHandle(name);
    } catch {
      throw new BlockError(`there is no disk ${name} in this browser`, "not-found");
    }
  }

  private async create({ name, format, size, base }: NewDisk): Promise<void> {
    if (!base) {
      await this.make(name, (store) => (format === "raw" ? store.truncate(size) : createQcow2(store, { size })));
      return;
    }
    const behind = await openBase(base);
    try {
      const options = { size: await guestSize(behind), backing_file: behind.name, backing_fmt: await probeFormat(behind) };
      await this.make(name, (store) => createQcow2(store, options));
    } finally {
      await behind.close();
    }
  }

  /** A new disk, which is gone again if it can not be filled. */
  private async make(name: string, fill: (store: Store) => Promise<void>): Promise<void> {
    if (!NAME.test(name))
      throw new BlockError(`a disk's name has letters, digits, ".", "_" and "-" only, and begins with a letter or digit: not "${name}"`);
    const folder = await this.open();
    if (await folder.getFileHandle(name).catch(() => undefined)) throw new BlockError(`there is a disk ${name} already`);
    const store = await OpfsStore.open(await folder.getFileHandle(name, { create: true }));
    try {
      await fill(store);
      await store.flush();
    } catch (error) {
      await store.close();
      await folder.removeEntry(name);
      throw error;
    }
    await store.close();
  }

  private async remove(name: string): Promise<void> {
    const folder = await this.open();
    // An open disk is its machine's; some browsers would remove it all the same.
    await (await this.store(name)).close();
    try {
      await folder.removeEntry(name);
    } catch (error) {
      if (error instanceof DOMException && error.name === "NoModificationAllowedError") throw inUse(name);
      throw error;
    }
  }

  private async file(name: string): Promise<File> {
    const handle = await this.find(name);
    await (await OpfsStore.open(handle)).close();
    return handle.getFile();
  }
}

async function copyInto(store: Store, file: File): Promise<void> {
  const from = new BlobStore(file.name, file);
  for (let at = 0; at < file.size; at += PIECE) {
    const piece = new Uint8Array(Math.min(PIECE, file.size - at));
    await from.read(at, piece);
    await store.write(at, piece);
  }
}

async function describe(file: File): Promise<KeptDisk> {
  const { name, size: stored } = file;
  const store = new BlobStore(name, file);
  let format: Format = "raw";
  try {
    format = await probeFormat(store);
    const base = format === "qcow2" ? (await readHeader(store)).header.backingName : undefined;
    return { name, format, size: await guestSize(store), stored, ...(base ? { base } : {}) };
  } catch (error) {
    if (!(error instanceof BlockError)) throw error;
    return { name, format, size: 0, stored, damage: error.message };
  }
}
