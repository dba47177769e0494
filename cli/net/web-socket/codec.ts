// WebSocket's frames (RFC 6455 "Data Framing"), for binary messages of bounded length. Not here: extensions (none is negotiated), so the reserved bits are 0.
import { randomFillSync } from "node:crypto";

export const OPCODE = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;
/** RFC 6455 "Defined Status Codes". */
export const CLOSE_CODE = { NORMAL: 1000, PROTOCOL_ERROR: 1002, UNSUPPORTED_DATA: 1003, TOO_BIG: 1009 } as const;
const CONTROL_MOST = 125;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** What the other side did wrong: the connection is closed with that code. */
export class WebSocketError extends Error {
  override readonly name = "WebSocketError";

  constructor(
    message: string,
    readonly code: number,
  ) {
    super(message);
  }
}

/** One whole message or control frame. A client masks it. */
export function encode(opcode: number, payload: Uint8Array, masked: boolean): Uint8Array {
  const { length } = payload;
  const extended = length <= CONTROL_MOST ? 0 : length < 0x10000 ? 2 : 8;
  const start = 2 + extended + (masked ? 4 : 0);
  const frame = new Uint8Array(start + length);
  const view = new DataView(frame.buffer);
  frame[0] = 0x80 | opcode;
  frame[1] = (masked ? 0x80 : 0) | (extended === 0 ? length : extended === 2 ? LENGTH_16 : LENGTH_64);
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setBigUint64(2, BigInt(length));
  frame.set(payload, start);
  if (masked) applyMask(frame.subarray(start), randomFillSync(frame.subarray(start - 4, start)));
  return frame;
}

function applyMask(payload: Uint8Array, key: Uint8Array): void {
  for (let i = 0; i < payload.length; i++) payload[i]! ^= key[i & 3]!;
}

interface Header {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly masked: boolean;
  readonly start: number;
  readonly length: number;
}

/** Takes the bytes of a connection as they come, and tells of whole messages and control frames. It holds at most one message that is not whole. */
export class Decoder {
  private held: Uint8Array = new Uint8Array();
  private message: Uint8Array[] = [];
  private messageLength = 0;
  private messageOpcode: number = OPCODE.CONTINUATION;

  /** `masked`: whether the other side masks, as clients must and servers must not. `most`: bytes of a message. */
  constructor(
    private readonly masked: boolean,
    private readonly most: number,
    private readonly deliver: (opcode: number, payload: Uint8Array) => void,
  ) {}

  /** Throws WebSocketError. */
  push(bytes: Uint8Array): void {
    let rest = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
    for (;;) {
      const header = this.header(rest);
      if (!header || rest.length < header.start + header.length) break;
      const payload = rest.slice(header.start, header.start + header.length);
      if (header.masked) applyMask(payload, rest.subarray(header.start - 4, header.start));
      rest = rest.subarray(header.start + header.length);
      this.take(header, new Uint8Array(payload));
    }
    this.held = rest.slice();
  }

  private header(bytes: Uint8Array): Header | undefined {
    if (bytes.length < 2) return undefined;
    const [first, second] = [bytes[0]!, bytes[1]!];
    const short = second & 0x7f;
    const extended = short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0;
    const masked = (second & 0x80) !== 0;
    const opcode = first & 15;
    if ((first & 0x70) !== 0) throw new WebSocketError("an extension is used that was not agreed on", CLOSE_CODE.PROTOCOL_ERROR);
    if (masked !== this.masked)
      throw new WebSocketError("a frame is masked where it must not be, or is not where it must", CLOSE_CODE.PROTOCOL_ERROR);
    if (opcode >= OPCODE.CLOSE && (short > CONTROL_MOST || (first & 0x80) === 0))
      throw new WebSocketError("a control frame is too long, or in parts", CLOSE_CODE.PROTOCOL_ERROR);
    if (bytes.length < 2 + extended) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const length = extended === 0 ? short : extended === 2 ? view.getUint16(2) : Number(view.getBigUint64(2));
    if (length + this.messageLength > this.most) throw new WebSocketError(`a message of more than ${this.most} bytes`, CLOSE_CODE.TOO_BIG);
    return { isFinal: (first & 0x80) !== 0, opcode, masked, start: 2 + extended + (masked ? 4 : 0), length };
  }

  private take({ isFinal, opcode }: Header, payload: Uint8Array): void {
    if (opcode >= OPCODE.CLOSE) {
      this.deliver(opcode, payload);
      return;
    }
    const continues = opcode === OPCODE.CONTINUATION;
    if (continues !== this.message.length > 0) throw new WebSocketError("the parts of messages do not fit", CLOSE_CODE.PROTOCOL_ERROR);
    if (!continues) this.messageOpcode = opcode;
    this.message.push(payload);
    this.messageLength += payload.length;
    // Each part is held on its own: many empty ones would not count.
    if (this.message.length > this.most) throw new WebSocketError("a message of too many parts", CLOSE_CODE.TOO_BIG);
    if (!isFinal) return;
    const whole = this.message.length === 1 ? payload : new Uint8Array(Buffer.concat(this.message));
    this.message = [];
    this.messageLength = 0;
    this.deliver(this.messageOpcode, whole);
  }
}
