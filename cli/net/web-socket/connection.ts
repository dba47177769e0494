import type { Duplex } from "node:stream";
import type { WebSocketLike } from "../../../devices/net/links/message-link.js";
import { STREAM_FRAME_MOST } from "../../../devices/net/links/stream-framing.js";
import { CLOSE_CODE, Decoder, encode, OPCODE, WebSocketError } from "./codec.js";

/** How long the other side has to answer a close, in milliseconds. */
const CLOSE_PATIENCE = 2000;

/** A WebSocket whose handshake is done, with what links use of the browser's: binary messages. Text is refused. */
export class WebSocketConnection implements WebSocketLike {
  binaryType = "arraybuffer";
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  /** What was sent is out, after more waited than the system takes at once. */
  ondrain: (() => void) | null = null;
  private listener: WebSocketLike["onmessage"] = null;
  private readonly decoder: Decoder;
  private closing = false;

  /** `isClient`: then this side masks. `head`: what came behind the handshake. `most`: bytes of a message. */
  constructor(
    private readonly socket: Duplex,
    private readonly isClient: boolean,
    head: Uint8Array,
    most = STREAM_FRAME_MOST,
  ) {
    this.decoder = new Decoder(!isClient, most, (opcode, payload) => this.take(opcode, payload));
    socket.on("error", () => this.onerror?.());
    socket.on("close", () => this.onclose?.());
    socket.on("end", () => socket.end());
    socket.on("drain", () => this.ondrain?.());
    if (head.length > 0) socket.unshift(head);
  }

  get onmessage(): WebSocketLike["onmessage"] {
    return this.listener;
  }

  /** What comes waits in the socket until somebody listens. */
  set onmessage(listener: WebSocketLike["onmessage"]) {
    this.listener = listener;
    if (this.socket.listenerCount("data") === 0) this.socket.on("data", (bytes: Uint8Array) => this.push(bytes));
  }

  get bufferedAmount(): number {
    return this.socket.writableLength;
  }

  send(data: Uint8Array): void {
    if (!this.closing) this.write(OPCODE.BINARY, data);
  }

  /** Hear nothing more until resume(). */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  close(code: number = CLOSE_CODE.NORMAL, reason = ""): void {
    if (this.closing) return;
    const text = Buffer.from(reason).subarray(0, 120);
    this.write(OPCODE.CLOSE, Uint8Array.of(code >> 8, code & 0xff, ...text));
    this.closing = true;
    this.socket.end();
    setTimeout(() => this.socket.destroy(), CLOSE_PATIENCE).unref();
  }

  private write(opcode: number, payload: Uint8Array): void {
    if (this.socket.writable) this.socket.write(encode(opcode, payload, this.isClient));
  }

  private push(bytes: Uint8Array): void {
    if (this.closing) return;
    try {
      this.decoder.push(bytes);
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error;
      this.close(error.code, error.message);
    }
  }

  private take(opcode: number, payload: Uint8Array): void {
    if (this.closing) return;
    switch (opcode) {
      case OPCODE.BINARY:
        this.listener?.({ data: payload });
        break;
      case OPCODE.PING:
        // Who does not read its answers gets none.
        if (this.bufferedAmount < STREAM_FRAME_MOST) this.write(OPCODE.PONG, payload);
        break;
      case OPCODE.PONG:
        break;
      case OPCODE.CLOSE:
        this.close();
        break;
      default:
        throw new WebSocketError(
          "binary messages alone are taken",
          opcode === OPCODE.TEXT ? CLOSE_CODE.UNSUPPORTED_DATA : CLOSE_CODE.PROTOCOL_ERROR,
        );
    }
  }
}
