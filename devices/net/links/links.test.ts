import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ManualScheduler } from "../../testing/manual-scheduler.js";
import { BROADCAST, frameOf, plugIn } from "../../testing/station.js";
import { NetworkError } from "../network-error.js";
import { NetSwitch } from "../switch/switch.js";
import type { Frame } from "../wire.js";
import { ChannelLink } from "./channel-link.js";
import { type BroadcastChannelLike, carryByWebSocket, joinBroadcastChannel, type WebSocketLike } from "./message-link.js";
import { Reconnector } from "./reconnector.js";
import { FrameDecoder, prefixed, STREAM_FRAME_MOST } from "./stream-framing.js";
import { type ByteStream, StreamLink } from "./stream-link.js";

class RecordedStream implements ByteStream {
  readonly written: Uint8Array[] = [];
  backlog = 0;
  reason: string | undefined;
  write(bytes: Uint8Array): void {
    this.written.push(bytes);
  }
  close(reason: string): void {
    this.reason = reason;
  }
}

const FRAME = frameOf(BROADCAST, "52:54:00:00:00:01", [1, 2, 3]);

describe("QEMU's framing", () => {
  test("is the length in four bytes, the highest first, then the frame", () => {
    const stream = new RecordedStream();
    const link = new StreamLink();
    link.connected(stream);
    link.send(FRAME);
    expect(Uint8Array.from(stream.written.flatMap((bytes) => [...bytes]))).toEqual(Uint8Array.from([0, 0, 0, 60, ...FRAME]));
  });

  test("is understood however it is cut", () => {
    const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { maxLength: 10 });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(40)), (sent, cuts) => {
        const got: Frame[] = [];
        const decoder = new FrameDecoder((frame) => got.push(frame));
        const stream = Uint8Array.from(sent.flatMap((frame) => [...prefixed(frame)]));
        let at = 0;
        for (const cut of cuts) {
          decoder.push(stream.subarray(at, at + cut));
          at += cut;
        }
        decoder.push(stream.subarray(at));
        expect(got).toEqual(sent);
      }),
    );
  });

  test.each([0, STREAM_FRAME_MOST + 1, 2 ** 31, 2 ** 32 - 1])("does not know frames of %i bytes", (length) => {
    const prefix = new Uint8Array(4);
    new DataView(prefix.buffer).setUint32(0, length);
    expect(() => new FrameDecoder(() => {}).push(prefix)).toThrow(NetworkError);
  });
});

describe("a link over a stream", () => {
  test("is up while there is a connection, and begins anew with the next", () => {
    const link = new StreamLink();
    const states: boolean[] = [];
    const got: Frame[] = [];
    link.onLink((up) => states.push(up));
    link.onFrame((frame) => got.push(frame));
    link.send(FRAME);
    link.connected(new RecordedStream());
    link.push(Uint8Array.of(0, 0, 0, 60, 1, 2));
    link.disconnected();
    link.connected(new RecordedStream());
    link.push(Uint8Array.from([0, 0, 0, 60, ...FRAME]));
    expect(states).toEqual([true, false, true]);
    expect(got).toEqual([FRAME]);
  });

  test("closes on an absurd length, and hears no more", () => {
    const link = new StreamLink();
    const stream = new RecordedStream();
    const got: Frame[] = [];
    link.onFrame((frame) => got.push(frame));
    link.connected(stream);
    link.push(Uint8Array.from([0xff, 0, 0, 0, 0, 0, 0, 60, ...FRAME]));
    link.push(Uint8Array.from([0, 0, 0, 60, ...FRAME]));
    expect(stream.reason).toMatch(/4278190080 bytes/);
    expect(got).toEqual([]);
    expect(link.counters.refused).toBe(1);
  });

  test("does not send what the other side does not take", () => {
    const link = new StreamLink(1000);
    const stream = new RecordedStream();
    link.connected(stream);
    stream.backlog = 950;
    link.send(FRAME);
    expect([stream.written.length, link.counters.dropped]).toEqual([0, 1]);
    stream.backlog = 0;
    link.send(FRAME);
    expect(stream.written.length).toBe(1);
  });
});

/** Channels of one name, as the browser connects them: each message is a copy. */
class Channels {
  private readonly all: BroadcastChannelLike[] = [];
  open(): BroadcastChannelLike {
    const channel: BroadcastChannelLike = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of this.all) if (other !== channel) other.onmessage?.({ data: data instanceof Uint8Array ? data.slice() : data });
      },
      close: () => this.all.splice(this.all.indexOf(channel), 1),
    };
    this.all.push(channel);
    return channel;
  }
}

test("a BroadcastChannel copies no more than the frame, whatever memory that is a part of", () => {
  const posted: unknown[] = [];
  const { link } = joinBroadcastChannel({ onmessage: null, postMessage: (data) => posted.push(data), close: () => {} });
  for (const frame of [new Uint8Array(60), new Uint8Array(6000).subarray(12, 72)]) link.send(frame);
  expect(posted.map((data) => (data as Uint8Array).buffer.byteLength)).toEqual([60, 60]);
});

test("switches in three tabs are one network over a BroadcastChannel", () => {
  const channels = new Channels();
  const tabs = [1, 2, 3].map((id) => {
    const net = new NetSwitch(new ManualScheduler(), { id });
    const joined = joinBroadcastChannel(channels.open());
    net.addPort(joined.link, { isLink: true });
    return { ...joined, ...plugIn(net, id) };
  });
  const [a, b, c] = tabs.map(({ station }) => station);
  a!.send(BROADCAST, [1]);
  b!.send(a!.mac, [2]);
  expect(tabs.map(({ station }) => station.take())).toEqual([[2], [1], [1]]);
  tabs[1]!.close();
  a!.send(BROADCAST, [3]);
  expect(tabs.map(({ station }) => station.take())).toEqual([[], [], [3]]);
  const stranger = channels.open();
  for (const message of ["text", null, { length: 60 }, new Uint8Array(13), new Uint8Array(70_000)]) stranger.postMessage(message);
  expect(tabs[0]!.link.counters.refused).toBe(5);
  expect(c!.take()).toEqual([]);
});

class FakeSocket implements WebSocketLike {
  binaryType = "blob";
  bufferedAmount = 0;
  readonly sent: Uint8Array[] = [];
  closedWith: number | undefined;
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  send(data: Uint8Array): void {
    this.sent.push(data);
  }
  close(code?: number): void {
    this.closedWith = code;
    this.onclose?.();
  }
}

test("a WebSocket carries a frame a message while it is open, and is closed for anything else", () => {
  const link = new ChannelLink();
  const socket = new FakeSocket();
  const got: Frame[] = [];
  let closed = 0;
  link.onFrame((frame) => got.push(frame));
  carryByWebSocket(link, socket, () => closed++);
  link.send(FRAME);
  socket.onopen?.();
  link.send(FRAME);
  expect(socket.sent).toEqual([FRAME]);
  socket.onmessage?.({ data: FRAME.slice().buffer });
  expect(got).toEqual([FRAME]);
  socket.onmessage?.({ data: "hello" });
  expect([socket.closedWith, closed, link.isUp]).toEqual([1003, 1, false]);
});

test("a lost connection is tried again after pauses that double up to half a minute", () => {
  const clock = new ManualScheduler();
  const attempts: number[] = [];
  const reconnector = new Reconnector(clock, () => {
    attempts.push(clock.now() / 1e9);
    reconnector.lost();
  });
  reconnector.lost();
  clock.advance(100e9);
  expect(attempts).toEqual([0.25, 0.75, 1.75, 3.75, 7.75, 15.75, 31.75, 61.75, 91.75]);
  reconnector.succeeded();
  clock.advance(30e9);
  expect(attempts.slice(9, 11)).toEqual([121.75, 122]);
  reconnector.stop();
  const count = attempts.length;
  clock.advance(100e9);
  expect(attempts.length).toBe(count);
});
