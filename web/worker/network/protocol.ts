// What the page and the worker say to each other of networks. Types only.
import type { NicModel } from "../../../devices/net/nics.js";

export type { NicModel };

/** What a machine's card is plugged into; `none`: it has no card. */
export type NetworkChoice =
  | { readonly kind: "none" }
  /** A gateway that answers HTTP by the page's own requests. */
  | { readonly kind: "fetch" }
  /** A gateway whose connections a relay makes. */
  | { readonly kind: "relay"; readonly address: string }
  /** The machines of other tabs. */
  | { readonly kind: "tabs" }
  /** A switch that is listened for by WebSocket. */
  | { readonly kind: "switch"; readonly address: string };

export interface NetworkSpec {
  readonly model: NicModel;
  readonly network: NetworkChoice;
}

/** Everything as text for a person. */
export interface NetworkState {
  readonly summary: string;
  readonly leases: readonly { readonly address: string; readonly mac: string; readonly name: string }[];
  readonly connections: readonly {
    readonly protocol: string;
    readonly guest: string;
    readonly remote: string;
    readonly state: string;
    /** Bytes. */
    readonly sent: number;
    readonly received: number;
  }[];
  /** What happened that the visitor should know, the newest last. */
  readonly notes: readonly string[];
}
