import { NetworkError } from "../network-error.js";
import { ChannelLink } from "./channel-link.js";
import { FrameDecoder, prefixed } from "./stream-framing.js";

/** One connection that carries bytes in order: TCP, a Unix socket. */
export interface ByteStream {
  write(bytes: Uint8Array): void;
  /** Bytes that were written and have not left the host. */
  readonly backlog: number;
  close(reason: string): void;
}

/** A link over streams with QEMU's framing: one connection at a time, and another when it is lost. */
export class StreamLink extends ChannelLink {
  private decoder: FrameDecoder | undefined;

  connected(stream: ByteStream): void {
    this.decoder = new FrameDecoder((frame) => this.receive(frame));
    this.attach({
      send: (frame) => stream.write(prefixed(frame)),
      get backlog() {
        return stream.backlog;
      },
      close: (reason) => stream.close(reason),
    });
  }

  /** Bytes from the other side. */
  push(bytes: Uint8Array): void {
    try {
      this.decoder?.push(bytes);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.decoder = undefined;
      this.refuse(error.message);
    }
  }

  disconnected(): void {
    this.decoder = undefined;
    this.detach();
  }
}
