// What a server offers: an image under a name.
import type { Image } from "../image.js";
import { TRANSMISSION, utf8 } from "./protocol.js";

export interface NbdExport {
  /** At most 4,096 bytes of UTF-8. */
  readonly name: string;
  readonly description?: string;
  readonly image: Image;
  readonly readOnly: boolean;
}

/** `name` as it came. The empty name is the default export: the first. */
export function findExport(exports: readonly NbdExport[], name: string): NbdExport | undefined {
  return exports.find((offered) => utf8(offered.name) === name) ?? (name === "" ? exports[0] : undefined);
}

/** One image serves all connections, so that what one of them completed or flushed is so for all: CAN_MULTI_CONN. */
export function transmissionFlags({ readOnly }: NbdExport, structured: boolean): number {
  const { hasFlags, sendFlush, sendFua, sendTrim, sendWriteZeroes, sendDontFragment, canMultiConnection, sendCache, sendFastZero } =
    TRANSMISSION;
  const always = hasFlags | sendFlush | sendFua | canMultiConnection | sendCache | (structured ? sendDontFragment : 0);
  return always | (readOnly ? TRANSMISSION.readOnly : sendTrim | sendWriteZeroes | sendFastZero);
}
