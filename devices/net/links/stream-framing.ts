// Frames in a stream of bytes, as QEMU's `-netdev stream` and `-netdev socket` have them (QEMU's net/stream.c): the length in four bytes, the highest
// first, then the frame.
import { newFrame } from "../frame-slab.js";
import { put32 } from "../gateway/bytes.js";
import { NetworkError } from "../network-error.js";
import type { Frame } from "../wire.js";

const LENGTH_BYTES = 4;
/** QEMU's NET_BUFSIZE: it sends no more, and takes no more. */
export const STREAM_FRAME_MOST = 4096 + 65536;

/** A frame as it goes into the stream. */
export function prefixed(frame: Frame): Uint8Array {
  const bytes = newFrame(LENGTH_BYTES + frame.length);
  put32(bytes, 0, frame.length);
  bytes.set(frame, LENGTH_BYTES);
  return bytes;
}

/** Takes the stream as it comes, in pieces of any size. It holds at most one frame that is not whole. */
export class FrameDecoder {
  private readonly prefix = new Uint8Array(LENGTH_BYTES);
  private prefixLength = 0;
  private frame: Uint8Array | undefined;
  private frameLength = 0;

  /** `deliver` gets each whole frame, as a copy. */
  constructor(private readonly deliver: (frame: Frame) => void) {}

  /** Throws NetworkError for a length that no frame has: what follows can not be understood. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += this.frame ? this.fillFrame(bytes, at) : this.fillPrefix(bytes, at);
  }

  private fillPrefix(bytes: Uint8Array, at: number): number {
    const count = Math.min(LENGTH_BYTES - this.prefixLength, bytes.length - at);
    this.prefix.set(bytes.subarray(at, at + count), this.prefixLength);
    this.prefixLength += count;
    if (this.prefixLength === LENGTH_BYTES) this.begin(new DataView(this.prefix.buffer).getUint32(0));
    return count;
  }

  private begin(length: number): void {
    if (length === 0 || length > STREAM_FRAME_MOST) throw new NetworkError(`a frame of ${length} bytes is announced, which none has`);
    this.prefixLength = 0;
    this.frame = newFrame(length);
    this.frameLength = 0;
  }

  private fillFrame(bytes: Uint8Array, at: number): number {
    const frame = this.frame!;
    const count = Math.min(frame.length - this.frameLength, bytes.length - at);
    frame.set(bytes.subarray(at, at + count), this.frameLength);
    this.frameLength += count;
    if (this.frameLength === frame.length) {
      this.frame = undefined;
      this.deliver(frame);
    }
    return count;
  }
}
