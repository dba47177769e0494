// Questions to name servers: a DNS message there and one back, by UDP or TCP (RFC 1035, section 4.2). What is in them is their sender's business.
import { createSocket } from "node:dgram";
import { getServers } from "node:dns";
import { connect, isIPv6 } from "node:net";

const DNS_PORT = 53;
/** Milliseconds for each server, and how many are asked. */
const TIMEOUT = 3_000;
const SERVERS = 3;

interface Server {
  readonly host: string;
  readonly port: number;
}

/** Those that the host's resolver asks. */
export function hostNameServers(): readonly string[] {
  return getServers();
}

/** One after the other until one answers; undefined if none does. Never rejects. */
export async function askNameServers(servers: readonly string[], query: Uint8Array, byTcp: boolean): Promise<Uint8Array | undefined> {
  for (const server of servers.slice(0, SERVERS).map(parseServer)) {
    const answer = await (byTcp ? askByTcp(server, query) : askByUdp(server, query));
    if (answer) return answer;
  }
  return undefined;
}

/** "192.0.2.1", "192.0.2.1:53", "2001:db8::1" or "[2001:db8::1]:53". */
function parseServer(text: string): Server {
  const [, bracketed, dotted, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  return { host: bracketed ?? dotted ?? text, port: port === undefined ? DNS_PORT : Number(port) };
}

/** From a port of its own, and heard is that server alone. */
function askByUdp({ host, port }: Server, query: Uint8Array): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    let isDone = false;
    const done = (answer: Uint8Array | undefined) => {
      if (isDone) return;
      isDone = true;
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(() => done(undefined), TIMEOUT);
    socket.on("error", () => done(undefined));
    socket.on("message", (answer) => done(answer));
    socket.connect(port, host, () => socket.send(query, () => {}));
  });
}

function askByTcp({ host, port }: Server, query: Uint8Array): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const done = (answer: Uint8Array | undefined) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => done(undefined), TIMEOUT);
    socket.on("error", () => done(undefined));
    socket.on("close", () => done(undefined));
    socket.on("data", (bytes) => {
      received = Buffer.concat([received, bytes]);
      if (received.length < 2) return;
      const length = received.readUInt16BE(0);
      if (received.length >= 2 + length) done(received.subarray(2, 2 + length));
    });
    const prefix = Buffer.alloc(2);
    prefix.writeUInt16BE(query.length);
    socket.write(Buffer.concat([prefix, query]));
  });
}
