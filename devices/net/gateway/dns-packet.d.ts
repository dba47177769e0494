// The part of the package dns-packet that is used, without the types of Node that its own declarations need.
declare module "dns-packet" {
  export interface Question {
    readonly name: string;
    readonly type: string;
    readonly class: string;
  }
  export interface Answer {
    readonly name: string;
    readonly type: string;
    readonly ttl?: number;
    readonly data?: unknown;
    /** Of an OPT record. */
    readonly udpPayloadSize?: number;
  }
  export interface Message {
    readonly id: number;
    readonly type: "query" | "response";
    readonly flags: number;
    readonly questions?: readonly Question[];
    readonly answers?: readonly Answer[];
    readonly additionals?: readonly Answer[];
  }
  export const RECURSION_DESIRED: number;
  export const RECURSION_AVAILABLE: number;
  export const AUTHORITATIVE_ANSWER: number;
  export const TRUNCATED_RESPONSE: number;
  /** Throws for what is malformed. Wants a Buffer. */
  export function decode(bytes: Uint8Array): Message;
  export function encode(message: Message): Uint8Array;
}

declare module "buffer" {
  export const Buffer: { from(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array };
}
