import type { Image } from "../../../devices/block/image.js";
import { BlockError } from "../../../devices/block/store.js";

/** The same image. What goes wrong with it, the guest hears as an error of its disk: the visitor hears why. */
export function toldImage(image: Image, tell: (sentence: string) => void): Image {
  const heard = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (error instanceof BlockError) tell(error.message);
      throw error;
    }
  };
  return {
    format: image.format,
    name: image.name,
    readOnly: image.readOnly,
    get size() {
      return image.size;
    },
    zeroIsFast: (unmap) => image.zeroIsFast?.(unmap) ?? false,
    read: (at, into) => heard(image.read(at, into)),
    write: (at, from) => heard(image.write(at, from)),
    zero: (at, length, unmap) => heard(image.zero(at, length, unmap)),
    discard: (at, length) => heard(image.discard(at, length)),
    flush: () => heard(image.flush()),
    extent: (at) => image.extent(at),
    resize: (size) => image.resize(size),
    close: () => image.close(),
  };
}
