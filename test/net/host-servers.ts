// Servers on the loopback interface, for tests of what leads guests to the host's sockets.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Gateway } from "../../devices/net/gateway/gateway.js";
import type { GuestTcp } from "../../devices/net/gateway/testing/guest-tcp.js";

export const MIB = 1 << 20;

/** Where `answer` has each connection. Its errors are nobody's. */
export async function serve(answer: (socket: Socket) => void): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    answer(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, server };
}

/** For serve(): sends 64 MiB as fast as they are taken, and says after each piece how many bytes it could give away. */
export function talker(wrote: (bytes: number) => void): (socket: Socket) => void {
  return (socket) => {
    const part = block(64 << 10);
    let written = 0;
    const more = () => {
      while (written < 64 * MIB && socket.write(part)) {
        written += part.length;
        wrote(written);
      }
    };
    socket.on("drain", more);
    more();
  };
}

/** For serve(): takes what comes to its end, and then sends `data`. `received` is the digest of what came. */
export function taker(data: Uint8Array): { readonly answer: (socket: Socket) => void; readonly received: () => string } {
  const hash = createHash("sha256");
  const answer = (socket: Socket) => {
    socket.on("data", (bytes) => hash.update(bytes));
    socket.on("end", () => socket.end(data));
  };
  return { answer, received: () => hash.digest("hex") };
}

/** A guest sends `data` and its end, and hears the other side to its own: the digest of what came. */
export async function sendAndHear(tcp: GuestTcp, data: Uint8Array): Promise<string> {
  const hash = createHash("sha256");
  tcp.onData = (bytes) => hash.update(bytes);
  tcp.write(data);
  tcp.end();
  await until(() => tcp.ended);
  return hash.digest("hex");
}

export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("nothing came of it");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Every connection of a gateway has ended in order. */
export const gone = (gateway: Gateway) => until(() => gateway.connections().every(({ state }) => state === "TIME_WAIT"));

/** Bytes that are the same each time, and follow no pattern. */
export function block(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, state = 1; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

export const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
