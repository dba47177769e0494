import type { PortSecurity } from "./port-security.js";
import { VLAN_UNAWARE, type VlanMode } from "./vlan.js";

export interface Rate {
  readonly bitsPerSecond: number;
  /** Bytes that may go at once after a pause; a tenth of a second's worth if not given, and 65,549 at least. */
  readonly burstBytes?: number;
}

export interface PortOptions {
  /** Unique in the switch. */
  readonly name: string;
  /** Leads to another switch: takes part in the search for loops. */
  readonly isLink: boolean;
  readonly vlan: VlanMode;
  /** Isolated ports do not hear each other, only those that are not. */
  readonly isolated: boolean;
  /** Addresses heard here are heard nowhere else, as long as they are remembered. */
  readonly sticky: boolean;
  readonly security: PortSecurity | undefined;
  /** What the port may send into the switch; more is dropped. */
  readonly ingress: Rate | undefined;
  /** What leaves through the port; more waits in its queue. */
  readonly egress: Rate | undefined;
  /** Bytes that wait at most; frames beyond are dropped. */
  readonly queueBytes: number;
  /** Frames a second that go to all ports (broadcast, multicast, unknown destinations) in the long run, and at once. Infinity: no limit. */
  readonly storm: { readonly framesPerSecond: number; readonly burst: number };
  /** A port of mirrored frames: it gets copies of what passes those ports, and nothing else; what it sends is dropped. */
  readonly mirrorOf: { readonly ports: readonly string[] | "all"; readonly direction: "rx" | "tx" | "both" } | undefined;
}

export const PORT_DEFAULTS: Omit<PortOptions, "name"> = {
  isLink: false,
  vlan: VLAN_UNAWARE,
  isolated: false,
  sticky: false,
  security: undefined,
  ingress: undefined,
  egress: undefined,
  queueBytes: 1 << 20,
  storm: { framesPerSecond: 20_000, burst: 2_000 },
  mirrorOf: undefined,
};
