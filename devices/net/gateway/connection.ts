// The connection table, as a person reads it.
import type { Nanoseconds } from "../../../core/bus/clock.js";
import type { Endpoint } from "./address.js";
import type { TcpState } from "./tcp-connection.js";

export interface Connection {
  readonly protocol: "tcp" | "udp";
  /** Who began it: a guest, or somebody outside by a forward. */
  readonly direction: "out" | "in";
  readonly guest: Endpoint;
  /** The other side as the guest sees it, and as the host does. */
  readonly remote: Endpoint;
  readonly outside: Endpoint;
  /**
   * TCP: the gateway's end of the guest's connection; DRAINING where that is over and the host has not taken everything yet.
   * UDP: whether the other side has answered.
   */
  readonly state: TcpState | "DRAINING" | "UNREPLIED" | "REPLIED";
  readonly begun: Nanoseconds;
  /** Gateway time at which it ends if nothing more is heard. */
  readonly expires: Nanoseconds | undefined;
  /** Bytes from the guest and to it. */
  readonly sent: number;
  readonly received: number;
}
