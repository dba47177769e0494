// What bench/io/guest/tcp.c finds on the host's loopback interface: somebody who gives, and at the next port somebody who takes and answers with the sum.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

const STEP = 4096;
const PERIOD = 256 * STEP;

/** One period of a stream: byte n is n / 4096, modulo 256. */
const period = Uint8Array.from({ length: PERIOD }, (_, at) => at / STEP);

/** As mix() of bench/kit/guest/runtime.c. */
function mix(sum: number, value: number): number {
  const mixed = Math.imul(sum ^ value, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

/** The sum of a stream, piece by piece. */
export class StreamSum {
  private sum = 0;
  private at = 0;

  add(piece: Uint8Array): void {
    const end = this.at + piece.length;
    for (let next = Math.ceil(this.at / STEP) * STEP; next < end; next += STEP) this.sum = mix(this.sum, piece[next - this.at]!);
    this.at = end;
  }

  get value(): number {
    return mix(this.sum, this.at);
  }
}

function give(socket: Socket, megabytes: number): void {
  let left = megabytes;
  const more = () => {
    while (left > 0) {
      left--;
      if (!socket.write(period)) return;
    }
    socket.end();
    socket.off("drain", more);
  };
  socket.on("drain", more).on("error", () => {});
  more();
}

function take(socket: Socket): void {
  const sum = new StreamSum();
  socket.on("data", (piece) => sum.add(piece));
  socket.on("error", () => {});
  socket.on("end", () => {
    const answer = Buffer.alloc(4);
    answer.writeUInt32BE(sum.value);
    socket.end(answer);
  });
}

export interface HostServer {
  /** Of the source; the sink's is the next. */
  readonly port: number;
  close(): void;
}

async function listen(port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept).listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Two ports side by side: tries until there are some. */
export async function startHostServer(megabytes: number): Promise<HostServer> {
  for (let tries = 0; ; tries++) {
    const source = await listen(0, (socket) => give(socket, megabytes));
    const { port } = source.address() as AddressInfo;
    try {
      const sink = await listen(port + 1, take);
      const close = () => {
        source.close();
        sink.close();
      };
      return { port, close };
    } catch (error) {
      source.close();
      if (tries === 20) throw error;
    }
  }
}
