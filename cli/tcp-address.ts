// Where something listens, or is to be found, by TCP.
import { UserError } from "./user-error.js";

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

const LOCAL = "127.0.0.1";
const HIGHEST_PORT = 65535;

/**
 * "1234", ":1234", "HOST:1234", "[::1]:1234", each also as QEMU writes it, with "tcp:" before. Port 0: any free one. `whose` is named where that is not
 * understood. Throws UserError.
 */
export function parseTcpAddress(text: string, whose: string): TcpAddress {
  const match = /^(?:tcp:)?(?:(?:\[([0-9a-f:.]+)\]|([^:[\]]*)):)?(\d{1,5})$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > HIGHEST_PORT) throw new UserError(`the ${whose} address "${text}" is not understood; write for example :1234`);
  return { host: match[1] || match[2] || LOCAL, port };
}
