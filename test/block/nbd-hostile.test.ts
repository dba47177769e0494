// Clients that break the protocol, vanish, or do not take their answers.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NbdListener } from "../../cli/nbd-listener.js";
import type { ByteStream } from "../../devices/block/nbd/byte-stream.js";
import { COMMAND, COMMAND_FLAG, Decoder, ERRNO, encode, MAGIC, OPTION, OPTION_REPLY } from "../../devices/block/nbd/protocol.js";
import { serveNbd } from "../../devices/block/nbd/server.js";
import { MemoryImage } from "./memory-image.js";

const SIZE = 1 << 20;

/** A client that says all it has to say, and then hangs up. */
class Script implements ByteStream {
  readonly answers: Uint8Array[] = [];

  constructor(
    private readonly pieces: readonly Uint8Array[],
    /** Never resolves: the client does not take what it is sent. */
    private readonly deaf = false,
  ) {}

  get incoming(): AsyncIterable<Uint8Array> {
    const { pieces } = this;
    return (async function* () {
      yield* pieces;
    })();
  }

  write(bytes: Uint8Array): Promise<void> {
    this.answers.push(bytes.slice());
    return this.deaf && this.answers.length > 2 ? new Promise(() => {}) : Promise.resolve();
  }

  abort(): void {}

  get answered(): Decoder {
    return new Decoder(encode(...this.answers));
  }
}

const clientFlags = encode(["u32", 3]);
const option = (number: number, data: Uint8Array, length = data.length) =>
  encode(["u64", MAGIC.option], ["u32", number], ["u32", length], data);
const go = option(OPTION.go, encode(["u32", 0], ["u16", 0]));
const byName = option(OPTION.exportName, new Uint8Array(0));
const structured = option(OPTION.structuredReply, new Uint8Array(0));
const request = (command: number, offset: bigint | number, length: number, flags = 0) =>
  encode(["u32", MAGIC.request], ["u16", flags], ["u16", command], ["u64", 77], ["u64", offset], ["u32", length]);
const disconnect = request(COMMAND.disconnect, 0, 0);

async function play(pieces: readonly Uint8Array[], image = new MemoryImage(SIZE)) {
  const script = new Script(pieces);
  const trouble = await serveNbd(script, [{ name: "", image, readOnly: false }]);
  return { trouble, answered: script.answered };
}

/** The errors of simple replies without payload, after EXPORT_NAME. */
async function errorsOf(...requests: readonly Uint8Array[]): Promise<readonly number[]> {
  const { trouble, answered } = await play([clientFlags, byName, ...requests, disconnect]);
  expect(trouble).toBeUndefined();
  answered.string(18 + 10);
  const errors: number[] = [];
  while (answered.remaining > 0) {
    expect(answered.u32()).toBe(MAGIC.simpleReply);
    errors.push(answered.u32());
    expect(answered.u64()).toBe(77n);
  }
  return errors;
}

describe("requests that can not be", () => {
  const { EINVAL, ENOSPC } = ERRNO;

  test.each([
    ["a read beyond the end", request(COMMAND.read, SIZE - 1, 2), EINVAL],
    ["a read at the last offset there is", request(COMMAND.read, (1n << 64n) - 1n, 1), EINVAL],
    ["a read too long", request(COMMAND.read, 0, 0xffffffff), EINVAL],
    ["a write beyond the end", encode(request(COMMAND.write, SIZE, 1), new Uint8Array(1)), ENOSPC],
    ["a write too long, with all its bytes", encode(request(COMMAND.write, 0, 40 << 20), new Uint8Array(40 << 20)), EINVAL],
    ["zeros beyond the end", request(COMMAND.writeZeroes, 0, 0xffffffff), ENOSPC],
    ["status without a context", request(COMMAND.blockStatus, 0, 512), EINVAL],
    ["an unknown command", request(99, 0, 0), EINVAL],
    ["an unknown flag", request(COMMAND.flush, 0, 0, 1 << 9), EINVAL],
    ["a flag of another command", request(COMMAND.trim, 0, 512, COMMAND_FLAG.noHole), EINVAL],
  ])("%s is refused, and the connection goes on", async (_, bad, errno) => {
    expect(await errorsOf(bad, request(COMMAND.flush, 0, 0))).toEqual(expect.arrayContaining([errno, 0]));
  });

  test("what needs no bytes may be as long as the disk", async () => {
    expect(await errorsOf(request(COMMAND.writeZeroes, 0, SIZE), request(COMMAND.trim, 0, SIZE))).toEqual([0, 0]);
  });

  test("FAST_ZERO fails where zeros are not fast", async () => {
    class Slow extends MemoryImage {
      override zeroIsFast() {
        return false;
      }
    }
    const { answered } = await play(
      [clientFlags, byName, request(COMMAND.writeZeroes, 0, 512, COMMAND_FLAG.fastZero), disconnect],
      new Slow(SIZE),
    );
    answered.string(18 + 10 + 4);
    expect(answered.u32()).toBe(ERRNO.ENOTSUP);
  });
});

describe("handshakes that can not be", () => {
  /** The type of the first reply to an option. */
  async function replyTo(...options: readonly Uint8Array[]): Promise<number> {
    const { answered } = await play([clientFlags, ...options]);
    answered.string(18);
    let type = 0;
    for (const _ of options) {
      expect(answered.u64()).toBe(MAGIC.optionReply);
      answered.u32();
      type = answered.u32();
      answered.string(answered.u32());
    }
    return type;
  }

  test("unknown client flags end it", async () => {
    expect((await play([encode(["u32", 0xff])])).trouble).toContain("flags");
  });

  test("an option that is not known is refused", async () => {
    expect(await replyTo(option(5, new Uint8Array(0)))).toBe(OPTION_REPLY.unsupported);
  });

  test("an option of 40 MiB is skipped", async () => {
    expect(await replyTo(option(OPTION.go, new Uint8Array(40 << 20)))).toBe(OPTION_REPLY.tooBig);
  });

  test("lengths that do not fit are refused", async () => {
    expect(await replyTo(option(OPTION.go, encode(["u32", 0xffffffff], ["u16", 0])))).toBe(OPTION_REPLY.invalid);
    expect(await replyTo(option(OPTION.go, encode(["u32", 0], ["u16", 9])))).toBe(OPTION_REPLY.invalid);
    expect(await replyTo(structured, option(OPTION.listMetaContext, encode(["u32", 0], ["u32", 0xffffffff])))).toBe(OPTION_REPLY.invalid);
    expect(await replyTo(option(OPTION.list, new Uint8Array(1)))).toBe(OPTION_REPLY.invalid);
  });

  test("metadata contexts need structured replies", async () => {
    expect(await replyTo(option(OPTION.setMetaContext, encode(["u32", 0], ["u32", 0])))).toBe(OPTION_REPLY.invalid);
  });
});

test("a client that takes no answers holds a bounded part of our memory", async () => {
  let largest = 0;
  let held = 0;
  class Counting extends MemoryImage {
    override async read(_at: number, into: Uint8Array): Promise<void> {
      held += into.length;
      largest = Math.max(largest, held);
    }
  }
  const image = new Counting(32 << 20);
  const reads = Array.from({ length: 1000 }, () => request(COMMAND.read, 0, 16 << 20));
  const script = new Script([clientFlags, byName, ...reads], true);
  const ended = serveNbd(script, [{ name: "", image, readOnly: false }]);
  const waited = new Promise((resolve) => setTimeout(resolve, 200, "still waiting"));
  expect(await Promise.race([ended, waited])).toBe("still waiting");
  expect(largest).toBeLessThanOrEqual(32 << 20);
});

describe("sockets", () => {
  async function listen(clients: number): Promise<{ listener: NbdListener; join(): Promise<Socket> }> {
    const exports = [{ name: "", image: new MemoryImage(64 << 20), readOnly: false }];
    const listener = await NbdListener.open({ address: { host: "127.0.0.1", port: 0 }, exports, clients, tell: () => {} });
    const port = Number(new URL(listener.uri("")).port);
    const join = async () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      await once(socket, "connect");
      return socket;
    };
    return { listener, join };
  }

  test("more clients than are allowed are sent away, and one that goes makes room", async () => {
    const { listener, join } = await listen(1);
    const first = await join();
    await once(first, "data");
    const second = await join();
    await once(second, "close");
    expect(second.bytesRead).toBe(0);
    first.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const third = await join();
    await once(third, "data");
    third.destroy();
    await listener.close();
  });

  test("a server ends although a client does not take its answers", async () => {
    const { listener, join } = await listen(2);
    const deaf = await join();
    deaf.pause();
    deaf.write(encode(clientFlags, byName, ...Array.from({ length: 50 }, () => request(COMMAND.read, 0, 32 << 20))));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await listener.close();
    deaf.destroy();
  });
});

describe("random clients", () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  const length = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.constantFrom(0, 1 << 20, 0xffffffff));
  const anyOption = fc
    .tuple(fc.integer({ min: 0, max: 12 }), bytes, fc.option(length))
    .map(([number, data, claimed]) => option(number, data, claimed ?? undefined));
  const anyRequest = fc
    .tuple(fc.integer({ min: 0, max: 9 }), fc.oneof(fc.maxSafeNat(), fc.nat(SIZE)), length, fc.integer({ min: 0, max: 31 }), bytes)
    .map(([command, at, count, flags, data]) => encode(request(command, at, count, flags), data));
  const script = fc.oneof(
    fc.array(bytes),
    fc.array(fc.oneof(bytes, anyOption)).map((options) => [clientFlags, ...options]),
    fc.array(fc.oneof(anyRequest, anyRequest, bytes)).map((requests) => [clientFlags, structured, go, ...requests]),
  );

  test("never break the server", async () => {
    await fc.assert(
      fc.asyncProperty(script, async (pieces) => {
        const { trouble } = await play(pieces);
        expect(trouble === undefined || typeof trouble === "string").toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
