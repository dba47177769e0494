// VLANs (IEEE 802.1Q): which one a frame that comes in belongs to, and with or without a tag it leaves.
// Not here: priorities (a tag's are kept as long as the tag is), 88A8 service tags, GVRP and MVRP.

import { VLAN_TYPE, vlanTag, withoutTag, withTag, word } from "../ethernet.js";
import type { Frame } from "../wire.js";
import { TYPE } from "./ethernet.js";

/**
 * What a port makes of tags, in Open vSwitch's words. `access`: one VLAN, without tags; a frame that has one is not let in. `trunk`: tagged frames
 * of the VLANs it carries (all, if none are named), and untagged ones of the native VLAN if it has one. `dot1q-tunnel`: one VLAN, and tags are the
 * users' own, part of what is carried: so a switch where nobody knows of VLANs.
 */
export type VlanMode =
  | { readonly kind: "access"; readonly vlan: number }
  | { readonly kind: "trunk"; readonly native?: number; readonly vlans?: readonly number[] }
  | { readonly kind: "dot1q-tunnel"; readonly vlan: number };

export const VLAN_UNAWARE: VlanMode = { kind: "dot1q-tunnel", vlan: 1 };
const VLAN_MOST = 4094;
const VLAN_BITS = 0xfff;

/** A sentence, if the mode is impossible. */
export function vlanProblem(mode: VlanMode): string | undefined {
  const numbers = mode.kind === "trunk" ? [...(mode.vlans ?? []), ...(mode.native === undefined ? [] : [mode.native])] : [mode.vlan];
  const wrong = numbers.find((vlan) => !Number.isInteger(vlan) || vlan < 1 || vlan > VLAN_MOST);
  return wrong === undefined ? undefined : `VLAN ${wrong} is none: they are numbered from 1 to ${VLAN_MOST}`;
}

/** A frame inside the switch: its VLAN, and its two forms, each made when it is first asked for. */
export class VlanFrame {
  constructor(
    readonly vlan: number,
    private untagged: Frame | undefined,
    private tagged?: Frame,
  ) {}

  get plain(): Frame {
    this.untagged ??= withoutTag(this.tagged!);
    return this.untagged;
  }

  get withTag(): Frame {
    this.tagged ??= withTag(this.untagged!, this.vlan);
    return this.tagged;
  }
}

export function carries(mode: VlanMode, vlan: number): boolean {
  if (mode.kind !== "trunk") return mode.vlan === vlan;
  return vlan === mode.native || mode.vlans === undefined || mode.vlans.includes(vlan);
}

/** The frame as it goes on, or undefined where the port does not let it in. */
export function classify(mode: VlanMode, frame: Frame): VlanFrame | undefined {
  if (mode.kind === "dot1q-tunnel") return new VlanFrame(mode.vlan, frame);
  const untaggedVlan = mode.kind === "access" ? mode.vlan : mode.native;
  if (word(frame, TYPE) !== VLAN_TYPE) return untaggedVlan === undefined ? undefined : new VlanFrame(untaggedVlan, frame);
  const tag = vlanTag(frame);
  if (tag === undefined) return undefined;
  const vlan = tag & VLAN_BITS;
  // A tag that has a priority alone.
  if (vlan === 0) return untaggedVlan === undefined ? undefined : new VlanFrame(untaggedVlan, withoutTag(frame));
  return mode.kind === "trunk" && vlan <= VLAN_MOST && carries(mode, vlan) ? new VlanFrame(vlan, undefined, frame) : undefined;
}

/** As it leaves through a port that carries its VLAN. */
export function emerge(mode: VlanMode, frame: VlanFrame): Frame {
  return mode.kind === "trunk" && frame.vlan !== mode.native ? frame.withTag : frame.plain;
}
