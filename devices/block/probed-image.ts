// A raw image whose format nobody has named: that it is raw, its first bytes have shown. A guest that could write a qcow2 header there would choose which
// files of the host it finds on its disk at the next start; so such a write is refused (QEMU: "Image format was not specified").
import type { Image } from "./image.js";
import { isQcow2 } from "./qcow2/header.js";
import { BlockError } from "./store.js";

/** How many bytes are looked at to find an image's format. */
const PROBED = 512;

/** The same image, which stays one that is probed as raw. */
export function keptRaw(image: Image): Image {
  const refuseHeader = async (at: number, length: number, overlay: (start: Uint8Array) => void): Promise<void> => {
    if (at >= PROBED || length === 0) return;
    const start = new Uint8Array(Math.min(PROBED, image.size));
    await image.read(0, start);
    overlay(start);
    if (isQcow2(start))
      throw new BlockError(`${image.name} is used as raw because it looked so: name its format before it becomes another`);
  };
  return {
    format: image.format,
    name: image.name,
    readOnly: image.readOnly,
    get size() {
      return image.size;
    },
    read: (at, into) => image.read(at, into),
    write: async (at, from) => {
      await refuseHeader(at, from.length, (start) => start.set(from.subarray(0, start.length - at), at));
      await image.write(at, from);
    },
    readNow: (at, into) => image.readNow?.(at, into) ?? false,
    writeNow: (at, from) => at >= PROBED && (image.writeNow?.(at, from) ?? false),
    zero: (at, length, unmap) => image.zero(at, length, unmap),
    discard: (at, length) => image.discard(at, length),
    flush: () => image.flush(),
    extent: (at) => image.extent(at),
    resize: (size) => image.resize(size),
    close: () => image.close(),
  };
}
