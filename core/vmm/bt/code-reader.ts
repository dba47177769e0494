// Guest code as instructions, in the order of their addresses, for one unit. A page is fetched once, and one decoder goes over it. The next page
// is looked at only if an instruction reaches it.
import { Code, Decoder, DecoderError, DecoderOptions, Instruction } from "iced-x86";
import type { BtHost, Fault } from "./host.js";

const LONGEST_INSTRUCTION = 15;

/** Bytes that were fetched at `eip`, and a decoder of them. */
interface Piece {
  readonly eip: number;
  readonly bytes: Uint8Array;
  readonly decoder: Decoder;
}

export class CodeReader {
  /** Linear pages that were read, with the guest-physical frames found there. */
  readonly pages = new Map<number, number>();
  /** The instruction that was read last, until the next is. */
  readonly instruction = new Instruction();
  private piece: Piece | undefined;
  /** Where the piece's decoder goes on. */
  private next: number | undefined;

  /** `most`: bytes of a page that are of interest. */
  constructor(
    private readonly host: BtHost,
    private readonly most: number,
  ) {}

  /** The bytes of the instruction at `eip`, or what happens when they are fetched. */
  read(eip: number): readonly number[] | Fault {
    return this.quick(eip) ?? this.slow(eip);
  }

  /** What lies in one page and is an instruction. */
  private quick(eip: number): readonly number[] | undefined {
    const piece = this.pieceAt(eip);
    if (!piece) return undefined;
    const { bytes, decoder } = piece;
    const from = eip - piece.eip;
    if (eip !== this.next) {
      decoder.position = from;
      decoder.ip = BigInt(eip);
    }
    decoder.decodeOut(this.instruction);
    this.next = undefined;
    if (this.instruction.code === Code.INVALID) return undefined;
    const { length } = this.instruction;
    const read: number[] = [];
    for (let i = from; i < from + length; i++) read.push(bytes[i]!);
    this.next = eip + length;
    return read;
  }

  private pieceAt(eip: number): Piece | undefined {
    const { piece } = this;
    if (piece && eip >= piece.eip && eip < piece.eip + piece.bytes.length) return piece;
    const fetched = this.fetch(eip);
    if ("vector" in fetched) return undefined;
    piece?.decoder.free();
    const bytes = fetched.slice(0, this.most);
    this.piece = { eip, bytes, decoder: new Decoder(32, bytes, DecoderOptions.None) };
    this.next = undefined;
    return this.piece;
  }

  private fetch(eip: number): Uint8Array | Fault {
    const fetched = this.host.fetch(eip);
    if ("vector" in fetched) return fetched;
    this.pages.set(fetched.page, fetched.frame);
    return fetched.bytes;
  }

  /** Whatever else there is: with a few bytes more each time, until it is an instruction, or none. */
  private slow(eip: number): readonly number[] | Fault {
    const bytes: number[] = [];
    for (;;) {
      const fetched = this.fetch((eip + bytes.length) >>> 0);
      if ("vector" in fetched) return fetched;
      for (let i = 0; i < fetched.length && bytes.length < LONGEST_INSTRUCTION; i++) bytes.push(fetched[i]!);
      const decoder = new Decoder(32, Uint8Array.from(bytes), DecoderOptions.None);
      decoder.ip = BigInt(eip);
      decoder.decodeOut(this.instruction);
      const { lastError } = decoder;
      decoder.free();
      const isShort = this.instruction.code === Code.INVALID && lastError === DecoderError.NoMoreBytes;
      if (!isShort || bytes.length === LONGEST_INSTRUCTION) return bytes.slice(0, this.instruction.length);
    }
  }

  free(): void {
    this.piece?.decoder.free();
    this.instruction.free();
  }
}
