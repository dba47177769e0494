// A computer at the end of a cable, for tests of what carries frames.

import type { SwitchPort } from "../net/switch/port.js";
import type { PortOptions } from "../net/switch/port-options.js";
import type { NetSwitch } from "../net/switch/switch.js";
import { createCable, type Frame, parseMac, type Wire } from "../net/wire.js";

export const BROADCAST = "ff:ff:ff:ff:ff:ff";

/** A frame of 60 bytes at least, padded with zeros. */
export function frameOf(to: string, from: string, payload: Uint8Array | readonly number[] = [], type = 0x88b6): Frame {
  const frame = new Uint8Array(Math.max(60, 14 + payload.length));
  frame.set([...parseMac(to)!, ...parseMac(from)!, type >> 8, type & 0xff]);
  frame.set(payload, 14);
  return frame;
}

export class Station {
  readonly inbox: Frame[] = [];

  constructor(
    readonly mac: string,
    readonly wire: Wire,
  ) {
    wire.onFrame((frame) => this.inbox.push(frame));
  }

  send(to: string, payload: readonly number[] = []): void {
    this.wire.send(frameOf(to, this.mac, payload));
  }

  /** What has come since the last look: the first payload byte of each. */
  take(): number[] {
    return this.inbox.splice(0).map((frame) => frame[14]!);
  }
}

export interface Plugged {
  readonly station: Station;
  readonly port: SwitchPort;
  setLink(up: boolean): void;
}

/** A station at a new port. Its address ends in `number`. */
export function plugIn(net: NetSwitch, number: number, options: Partial<PortOptions> = {}): Plugged {
  const cable = createCable();
  const mac = `52:54:00:00:00:${number.toString(16).padStart(2, "0")}`;
  const port = net.addPort(cable.ends[0], options);
  return { station: new Station(mac, cable.ends[1]), port, setLink: cable.setLink };
}
