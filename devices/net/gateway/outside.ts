// What the gateway needs of the host that it runs on. Node has sockets (cli/outside.ts); a page may have a relay. Nothing here is called by a guest:
// the gateway's policy is asked first.
import type { Endpoint, Ipv4 } from "./address.js";

/** Why a connection did not come about, or ended before its time. */
export type Failure = "refused" | "unreachable" | "timeout" | "denied" | "reset";

/** What the gateway hears of a stream. None is called before the call that made the stream has returned. */
export interface StreamEvents {
  opened(): void;
  /** Bytes from the other side. They are the receiver's to keep. */
  data(bytes: Uint8Array): void;
  /** The other side sends no more. */
  ended(): void;
  /** After write() said false: more may be written. */
  drained(): void;
  /** Over in good order: both sides have ended, and all that was written is out. The last that is heard. */
  closed(): void;
  /** Over at once, for both directions, and the last that is heard. Also where it was never open. */
  failed(why: Failure): void;
}

/** One TCP connection of the host. */
export interface Stream {
  /** False: it is taken, but write no more before drained(). The bytes do not change any more. */
  write(bytes: Uint8Array): boolean;
  /** No more is written; what was written still goes out. */
  end(): void;
  /** No more data() until resume(). What comes meanwhile stays with the host, whose window closes. */
  pause(): void;
  resume(): void;
  /** Over at once; nothing is heard any more. The other side sees a reset where the host can send one. */
  destroy(): void;
}

/** One UDP socket of the host, bound to a port that the host chose, or one that is listened at. */
export interface Datagrams {
  send(to: Endpoint, payload: Uint8Array): void;
  close(): void;
}

export interface Listener {
  /** Where it listens: the port that the host chose if 0 was asked for. */
  readonly at: Endpoint;
  close(): void;
}

export type DatagramReceiver = (from: Endpoint, payload: Uint8Array) => void;

export interface Outside {
  connect(to: Endpoint, events: StreamEvents): Stream;
  /** A socket for one flow of a guest. `toHost` if it shall reach the loopback interface alone. */
  datagrams(receive: DatagramReceiver, toHost: boolean): Datagrams;
  /** Accept connections. `accept` says what hears of the stream, which is open; undefined refuses it. Rejects with an error whose message is for the user. */
  listen(at: Endpoint, accept: (from: Endpoint, stream: Stream) => StreamEvents | undefined): Promise<Listener>;
  listenDatagrams(at: Endpoint, receive: DatagramReceiver): Promise<Listener & Datagrams>;
  /**
   * Ask the host's resolver: a DNS query message, as RFC 1035, section 4.1 has it, and its answer; undefined if there is none. Never rejects.
   * `whole` if an answer that was truncated will not do.
   */
  resolve(query: Uint8Array, whole: boolean): Promise<Uint8Array | undefined>;
  /** Whether the address is one of the host's own. */
  isOwn(address: Ipv4): boolean;
  /** Echo to the outside, where the host can: resolves with true if it was answered. Left out where it can not. */
  echo?(to: Ipv4, payload: Uint8Array): Promise<boolean>;
}
