// What carries Ethernet frames between network cards, switches, gateways and links.

/** Destination, source, type or length, payload: without preamble and frame check sequence, not padded. 14 to 65,549 bytes. */
export type Frame = Uint8Array;

/**
 * One end of a cable. Frames are not changed by anybody once they are sent. `send()` may call receivers at the other end before it returns; whoever
 * receives must not rely on the opposite.
 */
export interface Wire {
  /** To the other end. Lost without a word where the link is down. */
  send(frame: Frame): void;
  /** From the other end: one receiver, the owner of this end. */
  onFrame(receiver: (frame: Frame) => void): void;
  /** Whether the link is up, and who hears when it goes or comes. */
  readonly isUp: boolean;
  onLink(listener: (up: boolean) => void): void;
}

/** "52:54:00:12:34:56" */
export function formatMac(bytes: Uint8Array, at = 0): string {
  return Array.from(bytes.subarray(at, at + 6), (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** Six bytes; undefined if it is not a MAC address. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(":"), (part) => Number.parseInt(part, 16));
}

/** Two ends of one cable, whose link can be taken down. */
export function createCable(): { readonly ends: readonly [Wire, Wire]; setLink(up: boolean): void } {
  let up = true;
  const receivers: ((frame: Frame) => void)[] = [() => {}, () => {}];
  const listeners: ((up: boolean) => void)[] = [];
  const end = (mine: 0 | 1): Wire => ({
    send: (frame) => {
      if (up) receivers[1 - mine]!(frame);
    },
    onFrame: (receiver) => {
      receivers[mine] = receiver;
    },
    get isUp() {
      return up;
    },
    onLink: (listener) => listeners.push(listener),
  });
  return {
    ends: [end(0), end(1)],
    setLink: (now) => {
      if (now === up) return;
      up = now;
      for (const listener of listeners) listener(now);
    },
  };
}
