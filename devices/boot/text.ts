import { BootError } from "./boot-error.js";

/** A guest's command line as bytes. Throws BootError for characters outside Latin-1: loaders pass bytes, without an encoding. */
export function textBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => {
    const code = c.charCodeAt(0);
    if (code > 0xff) throw new BootError(`the command line has the character "${c}", which is no single byte`);
    return code;
  });
}
