// The receiving half of a TCP connection: what arrives is put in order, and the window says what may come. Pieces that come too early are kept, in a
// bounded number. The right edge of the window never moves back.
import { distance, type Sequence } from "./tcp-segment.js";

/** Pieces ahead of a gap: enough for a window of 256 KiB in segments of an Ethernet frame. */
const MAX_PIECES = 192;

interface Piece {
  readonly sequence: Sequence;
  readonly bytes: Uint8Array;
}

export class TcpReceiver {
  /** RCV.NXT. */
  next: Sequence = 0;
  /** Behind the last byte that was allowed. */
  private edge: Sequence = 0;
  /** In order of sequence; none overlaps another or what has arrived. */
  private early: Piece[] = [];
  private earlyBytes = 0;
  private finAt: Sequence | undefined;

  /** `room` is the bytes that the user of the connection can take now. */
  constructor(
    private readonly room: () => number,
    private readonly deliver: (bytes: Uint8Array) => void,
  ) {}

  /** The other side's initial sequence number is known; its SYN takes one. */
  begin(initial: Sequence): void {
    this.next = (initial + 1) | 0;
    this.edge = this.next;
  }

  /** Bytes that were allowed and have not arrived. */
  get window(): number {
    return Math.max(0, distance(this.edge, this.next));
  }

  /** What the header is to say, in units of 2^scale: the window is moved on as far as there is room, if that is worth telling (RFC 9293, section 3.8.6.2.2). */
  advertise(scale: number, mss: number): number {
    const free = this.room() - this.earlyBytes;
    const gain = free - this.window;
    if (gain > 0 && gain >= Math.min(mss, this.room() / 2)) this.edge = (this.next + free) | 0;
    const field = Math.min(this.window >> scale, 0xffff);
    // What a window without scale can not say was not allowed.
    if (this.window > 0xffff << scale) this.edge = (this.next + (0xffff << scale)) | 0;
    return field;
  }

  /** Whether telling the window again would allow so much more that the other side should hear it now. */
  hasOpened(mss: number): boolean {
    const gain = this.room() - this.earlyBytes - this.window;
    return gain >= Math.max(2 * mss, this.room() / 4) || (this.window < mss && gain >= mss);
  }

  get hasGap(): boolean {
    return this.early.length > 0;
  }

  /** RFC 9293, section 3.10.7.4, first. A segment at the left edge of a closed window counts, for its acknowledgement: its data is cut off. */
  accepts(sequence: Sequence, length: number): boolean {
    const offset = distance(sequence, this.next);
    if (offset === 0) return true;
    return length === 0 ? offset > 0 && offset < this.window : offset < this.window && offset + length > 0;
  }

  /** Take what is in the window; bytes in order go to the user at once. True when the other side's FIN has its turn now. */
  receive(sequence: Sequence, payload: Uint8Array, fin: boolean): boolean {
    if (fin) {
      const at = (sequence + payload.length) | 0;
      if (distance(at, this.edge) <= 0 && distance(at, this.next) >= 0) this.finAt ??= at;
    }
    const skip = Math.max(0, -distance(sequence, this.next));
    const start = (sequence + skip) | 0;
    const allowed = distance(this.finAt ?? this.edge, start);
    const bytes = payload.subarray(skip, Math.max(skip, Math.min(payload.length, skip + allowed)));
    if (bytes.length > 0) {
      if (start === this.next) this.arrived(bytes);
      else this.keep(start, bytes);
    }
    if (this.finAt !== this.next) return false;
    this.next = (this.next + 1) | 0;
    this.finAt = undefined;
    return true;
  }

  private arrived(bytes: Uint8Array): void {
    this.next = (this.next + bytes.length) | 0;
    this.deliver(bytes);
    while (this.early.length > 0) {
      const { sequence, bytes: piece } = this.early[0]!;
      const skip = distance(this.next, sequence);
      if (skip < 0) return;
      this.early.shift();
      this.earlyBytes -= piece.length;
      if (skip >= piece.length) continue;
      this.next = (this.next + piece.length - skip) | 0;
      this.deliver(piece.subarray(skip));
    }
  }

  /** Keep the parts that are not there yet. */
  private keep(start: Sequence, bytes: Uint8Array): void {
    const { early } = this;
    let at = 0;
    let index = 0;
    while (at < bytes.length && early.length < MAX_PIECES) {
      const from = (start + at) | 0;
      const piece = early[index];
      const before = piece ? distance(piece.sequence, from) : Number.POSITIVE_INFINITY;
      if (before > 0) {
        const count = Math.min(bytes.length - at, before);
        // A copy: the frame may be much larger.
        early.splice(index, 0, { sequence: from, bytes: bytes.slice(at, at + count) });
        this.earlyBytes += count;
        at += count;
      } else if (before + piece!.bytes.length > 0) at += before + piece!.bytes.length;
      index++;
    }
  }
}
