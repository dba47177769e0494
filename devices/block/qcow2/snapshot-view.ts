// The disk as it was when a snapshot was taken, to be read.
import { ImageFile } from "./image-file.js";
import { Qcow2Image } from "./qcow2-image.js";
import type { Snapshot } from "./snapshot-table.js";

/** Shares the stores, and what is behind it, with `image`, and closes them with itself; `image` is not used beside it. Rejects with a BlockError. */
export async function viewSnapshot(image: Qcow2Image, { l1Offset, l1Size, diskSize }: Snapshot): Promise<Qcow2Image> {
  const { store, dataStore, header } = image.file;
  const then = { ...header, l1Offset, l1Size, size: diskSize };
  // Nothing is written to the first cluster of an image that is only read.
  const file = new ImageFile(store, dataStore, true, "unsafe", then, new Uint8Array(0));
  return Qcow2Image.open(file, image.backing, "unsafe");
}
