// Opens what a visitor puts into drives: disks that the browser keeps, the visitor's files, addresses; and what kept disks lie on.
import { HttpStore } from "../../../devices/block/http-store.js";
import type { Image } from "../../../devices/block/image.js";
import { openImage, probeFormat, type Resolve } from "../../../devices/block/open.js";
import { keptRaw } from "../../../devices/block/probed-image.js";
import { readHeader } from "../../../devices/block/qcow2/header.js";
import { BlockError, type Store } from "../../../devices/block/store.js";
import { BlobStore } from "./blob-store.js";
import type { BaseImage, DriveImage } from "./protocol.js";

/** Finds the store of a kept disk. */
export type OpenKept = (name: string) => Promise<Store>;

const SECTOR = 512;

export function isAddress(name: string): boolean {
  return /^https?:\/\//.test(name);
}

export function openBase(base: BaseImage): Promise<Store> {
  if (base.kind === "file") return Promise.resolve(new BlobStore(base.file.name, base.file));
  if (!isAddress(base.address) || !URL.canParse(base.address))
    throw new BlockError(`"${base.address}" is not understood: write an address such as https://example.org/disk.img`, "unsupported");
  return HttpStore.open(base.address, (address, request) =>
    fetch(address, { ...request, credentials: "omit", referrerPolicy: "no-referrer" }),
  );
}

/** Bytes that a guest sees of an image. */
export async function guestSize(store: Store): Promise<number> {
  if ((await probeFormat(store)) === "qcow2") return (await readHeader(store)).header.size;
  return Math.ceil(store.size / SECTOR) * SECTOR;
}

/** Rejects with a BlockError. */
export async function openDriveImage(image: DriveImage, openKept: OpenKept): Promise<Image> {
  const store = await (image.kind === "kept" ? openKept(image.name) : openBase(image));
  try {
    const opened = await openImage(store, { resolve: resolveBase(image.kind === "kept" ? image.base : undefined) });
    return opened.format === "raw" && !opened.readOnly ? keptRaw(opened) : opened;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A kept disk says the name of what it lies on. The visitor's files have to be given anew by each page that uses them. */
function resolveBase(given: File | undefined): Resolve {
  return async (name, from, { kind }) => {
    if (kind !== "backing") throw new BlockError(`${from.name} keeps its data in another file, which is not done in pages`, "unsupported");
    if (isAddress(name)) return openBase({ kind: "address", address: name });
    if (!given) throw new BlockError(`the disk ${from.name} lies on the file ${name}: choose that beside it`, "not-found");
    const store = await openBase({ kind: "file", file: given });
    const [wanted, found] = [await guestSize(from), await guestSize(store)];
    if (wanted === found) return store;
    throw new BlockError(
      `the file ${given.name} is not the one that the disk ${from.name} was made on: it has ${found} bytes, not ${wanted}`,
    );
  };
}
