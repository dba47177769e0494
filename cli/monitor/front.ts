// --monitor: a prompt on sockets or on the terminal, in the words of QEMU's human monitor. What several say is done one after the other.
import type { Server, Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { describeAddress, listenAt, parseSocketAddress, type SocketAddress } from "../net/sockets.js";
import { describeSystemError, UserError } from "../user-error.js";
import { obey } from "./commands.js";
import type { Controls } from "./controls.js";

export type MonitorPlace = "stdio" | SocketAddress;

const GREETING = "Ringside's monitor: help lists the commands\n";
const PROMPT = "(ringside) ";
/** Characters of a line, bytes that a peer does not take, peers: who goes beyond is sent away. */
const LONGEST_LINE = 4096;
const MOST_UNREAD = 1 << 20;
const MOST_PEERS = 16;

/** "stdio", "unix:PATH" or "[tcp:][HOST]:PORT", each with QEMU's ",server,nowait" if it is there. `serial` is what --serial says. Throws UserError. */
export function parseMonitor(text: string, serial: string): MonitorPlace {
  const where = text.replace(/,server(=on)?(,nowait|,wait=off)?$/, "");
  if (where !== "stdio") return parseSocketAddress(where, "monitor's");
  if (serial === "stdio") throw new UserError("--monitor stdio needs a terminal of its own: write --serial none or --serial file:PATH too");
  return "stdio";
}

export class MonitorFront {
  private readonly sockets = new Set<Socket>();
  private controls: Controls | undefined;
  private attached: () => void = () => {};
  /** Orders are taken from when the machine is there. */
  private work: Promise<void> = new Promise((resolve) => {
    this.attached = resolve;
  });
  private closed = false;

  private constructor(
    private readonly server: Server | undefined,
    tell: (line: string) => void,
  ) {
    server?.on("connection", (socket) => this.connected(socket));
    server?.on("error", (error) => tell(`ringside: a monitor could not connect: ${describeSystemError(error)}`));
    if (!server) void this.serve(process.stdin, process.stdout);
  }

  /** Throws UserError if nobody can listen there. */
  static async open(place: MonitorPlace, tell: (line: string) => void): Promise<MonitorFront> {
    if (place === "stdio") return new MonitorFront(undefined, tell);
    const { server, address } = await listenAt(place);
    tell(`ringside: a monitor can connect on ${describeAddress(address)}`);
    return new MonitorFront(server, tell);
  }

  /** The machine is made and has its guest. */
  attach(controls: Controls): void {
    this.controls = controls;
    this.attached();
  }

  private connected(socket: Socket): void {
    // "close" follows.
    socket.on("error", () => {});
    if (this.sockets.size >= MOST_PEERS) {
      socket.destroy();
      return;
    }
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    void this.serve(socket, socket).finally(() => socket.destroy());
  }

  /** Until one of the two has had enough. */
  private async serve(input: Readable, output: Writable): Promise<void> {
    output.write(GREETING + PROMPT);
    let rest = "";
    input.setEncoding("utf8");
    try {
      for await (const chunk of input) {
        const all = (rest + chunk).split(/\r?\n/);
        rest = all.pop()!;
        for (const line of all) {
          output.write((await this.answer(line)) + PROMPT);
          if (this.closed || output.writableLength > MOST_UNREAD) return;
        }
        if (rest.length <= LONGEST_LINE) continue;
        output.write(`Error: a line has at most ${LONGEST_LINE} characters\n`);
        return;
      }
    } catch (error) {
      // The peer has gone, or the run is over; else it is our own fault.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  /** In its turn. */
  private answer(line: string): Promise<string> {
    const answer = this.work.then(() => (this.closed ? "" : obey(line, this.controls!)));
    this.work = answer.then(
      () => {},
      () => {},
    );
    return answer;
  }

  /** When what was ordered is done. A second call does nothing. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.server?.close();
    this.attached();
    await this.work;
    for (const socket of this.sockets) {
      socket.end();
      socket.unref();
    }
    if (!this.server) process.stdin.destroy();
  }
}
