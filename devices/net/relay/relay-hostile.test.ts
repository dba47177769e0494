import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import type { Endpoint } from "../gateway/address.js";
import type { StreamEvents } from "../gateway/outside.js";
import { FakeOutside, type FakeStream } from "../gateway/testing/fake-outside.js";
import { NameAddresses } from "./name-addresses.js";
import { RelayClient } from "./relay-client.js";
import { type RelayCounters, RelaySession } from "./relay-session.js";
import { ALL_STREAMS, closePacket, connectPacket, continuePacket, dataPacket, FLOW_CONTROL, parsePacket } from "./wisp.js";

class FakeSocket {
  binaryType = "";
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  closedWith: number | undefined;
  paused = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  ondrain: (() => void) | null = null;

  send(data: Uint8Array): void {
    this.sent.push(data);
  }

  close(code?: number): void {
    this.closedWith ??= code;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }
}

function session() {
  const socket = new FakeSocket();
  const outside = new FakeOutside();
  const counters: RelayCounters = { streams: 0, refused: 0, sent: 0, received: 0 };
  let closed = 0;
  const made = new RelaySession({
    socket,
    asksForFlowControl: true,
    outside,
    policy: { route: (_protocol, to) => ({ kind: "outside", to, toHost: false }) },
    lookUp: async (name) => (name === "there" ? 0x0102_0304 : undefined),
    limits: { streams: 8, packets: 4, held: 4096, backlog: 4096 },
    counters,
    closed: () => closed++,
  });
  return { socket, outside, counters, session: made, closed: () => closed };
}

const stream = fc.oneof(fc.nat(4), fc.constant(FLOW_CONTROL));
const host = fc.constantFrom("there", "nowhere", "1.2.3.4", "", "x y", "a".repeat(300));
const message = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(stream, fc.constantFrom("tcp" as const, "udp" as const), host, fc.nat(3)).map((parts) => connectPacket(...parts)),
  },
  { weight: 4, arbitrary: fc.tuple(stream, fc.uint8Array({ maxLength: 900 })).map((parts) => dataPacket(...parts)) },
  { weight: 2, arbitrary: fc.tuple(stream, fc.nat()).map((parts) => continuePacket(...parts)) },
  { weight: 2, arbitrary: fc.tuple(stream, fc.nat(255)).map((parts) => closePacket(...parts)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>("text", null, 7, new ArrayBuffer(6)) },
);
/** What happens meanwhile at the other end of the streams. */
const outsideStep = fc.constantFrom("settle", "data", "end", "close", "fail", "drain", "congest", "relax");

function happen(step: string, { outside, socket }: ReturnType<typeof session>): void {
  const alive = outside.streams.filter((each) => !each.destroyed && !over.has(each));
  const last = alive.at(-1);
  const tell = (what: (events: StreamEvents) => void, isLast = false) => {
    if (!last) return;
    if (isLast) over.add(last);
    what(last.events);
  };
  if (step === "settle") {
    outside.settle();
    for (const each of outside.streams) if (each.to.endsWith(REFUSED)) over.add(each);
  }
  if (step === "data") tell((events) => events.data(new Uint8Array(100)));
  else if (step === "end") tell((events) => events.ended());
  else if (step === "close") tell((events) => events.closed(), true);
  else if (step === "fail") tell((events) => events.failed("reset"), true);
  else if (step === "drain") last?.drain(Number.POSITIVE_INFINITY);
  else if (step === "congest") socket.bufferedAmount = 1e6;
  else if (step === "relax") {
    socket.bufferedAmount = 0;
    socket.ondrain?.();
  }
}
/** Where nobody listens. */
const REFUSED = ":1";
const over = new WeakSet<FakeStream>();

describe("a relay's client that sends anything", () => {
  test("is answered or sent away, and leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(message, outsideStep), { maxLength: 40 }), async (steps) => {
        const rig = session();
        rig.outside.decide = (to) => (to.endsWith(REFUSED) ? "refused" : "open");
        for (const step of steps) {
          if (typeof step === "string" && step !== "text") happen(step, rig);
          else rig.socket.onmessage?.({ data: step });
          await Promise.resolve();
          for (const each of rig.outside.streams) expect(each.receivedBytes).toBeLessThan(40 * 900);
        }
        // What is sent is packets.
        for (const sent of rig.socket.sent) expect(parsePacket(sent)).toBeDefined();
        if (rig.socket.closedWith !== undefined) expect([rig.socket.closedWith, rig.closed()]).toEqual([1002, 1]);
        rig.socket.onclose?.();
        expect(rig.closed()).toBe(1);
        for (const each of rig.outside.streams) expect(each.destroyed || over.has(each)).toBe(true);
        for (const each of rig.outside.sockets) expect(each.closed).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["no packet", new Uint8Array(4)],
    ["an unknown type", Uint8Array.of(9, 1, 0, 0, 0, 0)],
    ["text", "hello"],
    ["the stream that stands for all", connectPacket(ALL_STREAMS, "tcp", "there", 80)],
  ])("%s ends its connection", (_what, data) => {
    const { socket, closed } = session();
    socket.onmessage!({ data });
    expect([socket.closedWith, closed()]).toEqual([1002, 1]);
  });

  test("more than it was told to send ends its connection; the bytes that wait make it wait before", async () => {
    const { socket, outside } = session();
    socket.onmessage!({ data: connectPacket(1, "tcp", "1.2.3.4", 80) });
    await Promise.resolve();
    outside.settle();
    outside.streams[0]!.room = 0;
    // The first is with the destination, which takes no more.
    for (let i = 0; i < 4; i++) socket.onmessage!({ data: dataPacket(1, new Uint8Array(1600)) });
    expect([socket.paused, socket.closedWith]).toEqual([true, undefined]);
    socket.onmessage!({ data: dataPacket(1, new Uint8Array(1600)) });
    expect([socket.paused, socket.closedWith, outside.streams[0]!.destroyed]).toEqual([false, 1002, true]);
  });

  test("one that sends all that it is told is never ended, gets all through, and is held once nobody takes it, however late both hear", async () => {
    const steps = fc.array(fc.constantFrom("up", "down"), { maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (order, asks) => {
        const { socket, outside } = session();
        if (asks) socket.onmessage!({ data: continuePacket(FLOW_CONTROL, 16) });
        socket.onmessage!({ data: connectPacket(1, "tcp", "1.2.3.4", 80) });
        await Promise.resolve();
        outside.settle();
        const destination = outside.streams[0]!;
        let [credit, heard, sent, arrived] = [4, 0, 0, 0];
        const spend = () => {
          for (; credit > 0; credit--) sent++;
        };
        const hear = () => {
          const packet = parsePacket(socket.sent[heard++]!);
          if (packet?.type === "continue" && packet.stream === 1) credit = packet.count;
          spend();
        };
        const arrive = () => {
          arrived++;
          socket.onmessage!({ data: dataPacket(1, Uint8Array.of(1)) });
        };
        const canHear = () => heard < socket.sent.length;
        spend();
        for (const step of order) {
          if (step === "down" && canHear()) hear();
          else if (step === "up" && arrived < sent) arrive();
        }
        const enough = arrived + 40;
        while (arrived < enough) {
          if (arrived < sent) arrive();
          else hear();
        }
        expect([destination.receivedBytes, socket.closedWith]).toEqual([arrived, undefined]);
        destination.room = 0;
        while (arrived < sent || canHear()) {
          if (canHear()) hear();
          else arrive();
        }
        expect(socket.closedWith).toBeUndefined();
        expect(arrived - destination.receivedBytes).toBeLessThanOrEqual(8);
      }),
    );
  });

  test("streams are bounded; who has too many is refused the next", async () => {
    const { socket, counters } = session();
    for (let id = 1; id <= 20; id++) socket.onmessage!({ data: connectPacket(id, "udp", "1.2.3.4", 80) });
    await Promise.resolve();
    expect([counters.streams, counters.refused]).toEqual([8, 12]);
  });
});

test("a relay that sends anything is left, or is believed; the guest's streams end once", async () => {
  const event = fc.constantFrom("connect", "write", "end", "pause", "resume", "destroy", "time", "lost");
  const fromRelay = fc.oneof(
    { weight: 2, arbitrary: fc.constant(continuePacket(ALL_STREAMS, 4)) },
    { weight: 1, arbitrary: fc.constant(continuePacket(FLOW_CONTROL, 16)) },
    { weight: 8, arbitrary: message },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(fromRelay, event), { maxLength: 40 }), async (steps) => {
      const scheduler = new ManualScheduler();
      const sockets: FakeSocket[] = [];
      const open = () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket;
      };
      const client = new RelayClient({ open, scheduler, names: new NameAddresses(), tell: () => {} });
      const ends: number[] = [];
      const streams: ReturnType<RelayClient["connect"]>[] = [];
      const alive = () => streams.filter((_, i) => ends[i] === 0);
      for (const step of steps) {
        const last = alive().at(-1);
        if (step === "connect") {
          const index = streams.length;
          ends.push(0);
          const heard = () => expect(ends[index]).toBe(0);
          const finished = () => expect(++ends[index]!).toBe(1);
          const to: Endpoint = { address: 0x0102_0304, port: 80 };
          streams.push(
            client.connect(to, { opened: heard, data: heard, ended: heard, drained: heard, closed: finished, failed: finished }),
          );
        } else if (step === "write") last?.write(new Uint8Array(10));
        else if (step === "end" || step === "pause" || step === "resume") last?.[step]();
        else if (step === "destroy" && last) {
          ends[streams.indexOf(last)] = 1;
          last.destroy();
        } else if (step === "time") scheduler.advance(1e9);
        else if (step === "lost") sockets.at(-1)!.onclose?.();
        else if (step !== "destroy") sockets.at(-1)!.onmessage?.({ data: step });
        await Promise.resolve();
      }
      client.close();
      for (const [i, end] of ends.entries()) expect(end, `stream ${i}`).toBe(1);
      for (const socket of sockets) for (const sent of socket.sent) expect(parsePacket(sent)).toBeDefined();
    }),
    { numRuns: 500 },
  );
});
