// `ringside nbd`: an image for NBD clients, until a signal ends it. Options are named as those of qemu-nbd, where that has them.
import { resolve } from "node:path";
import { CACHE_MODES } from "../devices/block/cache-mode.js";
import { LONGEST_NAME, utf8 } from "../devices/block/nbd/protocol.js";
import { openImageFile } from "./image-files.js";
import { onLeaving } from "./leaving.js";
import { type NbdAddress, NbdListener, type NbdListenerOptions } from "./nbd-listener.js";
import { UserError } from "./user-error.js";

export interface NbdOptions {
  readonly port: string;
  readonly bind: string;
  readonly socket?: string;
  readonly export: string;
  readonly description?: string;
  readonly readOnly?: boolean;
  readonly format?: string;
  readonly cache: string;
  readonly shared: string;
}

const HIGHEST_PORT = 65535;
const MOST_CLIENTS = 1000;

function parseNumber(what: string, text: string, least: number, most: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UserError(`${what} is a number from ${least} to ${most}, not "${text}"`);
}

function addressOf({ socket, bind, port }: NbdOptions): NbdAddress {
  return socket === undefined ? { host: bind, port: parseNumber("the port", port, 0, HIGHEST_PORT) } : { path: resolve(socket) };
}

/** Serves until the user leaves. Rejects with UserError. */
export async function serveImage(path: string, options: NbdOptions): Promise<void> {
  const cacheMode = CACHE_MODES.find((mode) => mode === options.cache);
  if (!cacheMode) throw new UserError(`the cache mode "${options.cache}" is not known; there are ${CACHE_MODES.join(", ")}`);
  const { export: name, description } = options;
  if (utf8(name).length > LONGEST_NAME) throw new UserError(`an export's name has at most ${LONGEST_NAME} bytes`);
  const clients = parseNumber("the number of clients", options.shared, 1, MOST_CLIENTS);
  const address = addressOf(options);
  const image = await openImageFile(path, { format: options.format, readOnly: options.readOnly === true, cacheMode });
  try {
    const offered = { name, image, readOnly: image.readOnly, ...(description === undefined ? {} : { description }) };
    await serve({ address, exports: [offered], clients, tell: (line) => console.error(`ringside: ${line}`) });
  } finally {
    await image.close();
  }
}

async function serve(options: NbdListenerOptions): Promise<void> {
  const left = new Promise<void>(onLeaving);
  const listener = await NbdListener.open(options);
  try {
    for (const { name } of options.exports) console.log(listener.uri(name));
    await Promise.race([left, listener.failure]);
  } finally {
    await listener.close();
  }
}
