// --gdb: the remote protocol on a TCP port, one debugger at a time, beside the terminal.
import { createServer, type Server, type Socket } from "node:net";
import { Debugger } from "../core/debug/debugger.js";
import { GdbServer } from "../core/debug/gdb/server.js";
import { MachineTarget, PortWatch } from "../devices/machine/debug-target.js";
import type { Machine } from "../devices/machine/machine.js";
import type { Slice } from "../devices/machine/machine-options.js";
import { Pacer } from "../devices/machine/pacer.js";
import { hostTime } from "./host.js";
import type { DebugFront } from "./session.js";
import type { TcpAddress } from "./tcp-address.js";
import { describeSystemError, UserError } from "./user-error.js";

export interface GdbEvents {
  /** The session should look: bytes have come. */
  wake(): void;
  /** The debugger has killed the guest. */
  quit(): void;
  /** A line for the user. */
  tell(line: string): void;
}

/** So much that a peer does not take, in bytes, and it is sent away. */
const MOST_UNREAD = 1 << 24;

export class GdbFront implements DebugFront {
  /** To be the machine's observer. */
  readonly observer = new PortWatch();
  private target: MachineTarget | undefined;
  private session: Debugger | undefined;
  private gdb: GdbServer | undefined;
  private peer: Socket | undefined;
  private standing = true;

  private constructor(
    private readonly listener: Server,
    private readonly waits: boolean,
    private readonly events: GdbEvents,
  ) {
    listener.on("connection", (socket) => this.connected(socket));
    // What can go wrong with a listening socket costs one connection at most.
    listener.on("error", (error) => events.tell(`ringside: a debugger could not connect: ${describeSystemError(error)}`));
  }

  /** Listen. Throws UserError if that is not possible. */
  static async open({ host, port }: TcpAddress, waits: boolean, events: GdbEvents): Promise<GdbFront> {
    const listener = createServer();
    await new Promise<void>((resolve, reject) => {
      listener.once("error", (error) => reject(new UserError(`--gdb can not listen on ${host}:${port}: ${reasonOf(error)}`)));
      listener.listen(port, host, resolve);
    });
    listener.removeAllListeners("error");
    const address = listener.address();
    const bound = typeof address === "object" && address ? address.port : port;
    events.tell(`ringside: ${waits ? "waiting for a debugger" : "a debugger can connect"} on ${host}:${bound}`);
    return new GdbFront(listener, waits, events);
  }

  /** The machine is made and has its guest. `paced`: somebody types, and wants virtual seconds to last; what is replayed goes quickly. */
  attach(machine: Machine, paced: boolean): void {
    const pacer = new Pacer(machine, hostTime);
    const runner: Pick<Machine, "run"> = {
      run: (milliseconds, limit) => (paced && !this.isReplaying ? pacer : machine).run(milliseconds, limit),
    };
    this.target = new MachineTarget(machine, this.observer, runner);
    this.session = new Debugger(this.target);
    const events = { send: (bytes: Uint8Array) => this.send(bytes), killed: () => this.events.quit() };
    this.gdb = new GdbServer(this.session, events, !this.waits);
    if (this.peer) this.serve(this.peer, this.gdb);
  }

  /** The guest lives again what it has lived: its output was shown then. */
  get isReplaying(): boolean {
    return this.session?.timeline?.isLive === false;
  }

  get isStanding(): boolean {
    return this.standing;
  }

  private connected(socket: Socket): void {
    if (this.peer) {
      socket.destroy();
      return;
    }
    this.peer = socket;
    socket.setNoDelay(true);
    // "close" follows.
    socket.on("error", () => {});
    socket.on("close", () => this.gone());
    // What comes before there is a machine waits in the socket.
    if (this.gdb) this.serve(socket, this.gdb);
  }

  private serve(socket: Socket, gdb: GdbServer): void {
    gdb.connected();
    socket.on("data", (bytes) => {
      gdb.receive(bytes);
      this.events.wake();
    });
    this.events.wake();
  }

  private gone(): void {
    this.peer = undefined;
    if (this.gdb?.isAttached) {
      this.gdb.disconnected();
      this.events.tell("ringside: the debugger has gone without a word; another can connect");
    }
    this.events.wake();
  }

  private send(bytes: Uint8Array): void {
    if (!this.peer) return;
    this.peer.write(bytes);
    if (this.peer.writableLength > MOST_UNREAD) this.peer.destroy();
  }

  run(): Slice {
    const { idle, ended } = this.gdb!.slice();
    this.standing = idle === Number.POSITIVE_INFINITY;
    const { ending } = this.target!;
    return ended && ending ? { ending } : { idle };
  }

  input(deliver: () => boolean): boolean {
    const timeline = this.session?.timeline;
    if (!timeline) return deliver();
    if (!timeline.isLive) return false;
    let taken = false;
    timeline.happen(() => {
      taken = deliver();
    });
    return taken;
  }

  close(): void {
    this.gdb = undefined;
    this.listener.close();
    // What was sent is on its way; nobody waits for the peer to close as well.
    this.peer?.end();
    this.peer?.unref();
  }
}

function reasonOf(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") return "the port is taken";
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return "this host has no such address";
  return describeSystemError(error);
}
