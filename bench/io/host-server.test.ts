import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { StreamSum, startHostServer } from "./host-server.js";

test("a stream's sum does not depend on the pieces in which it comes", () => {
  const stream = Uint8Array.from({ length: 50_000 }, (_, at) => at * 7);
  const whole = new StreamSum();
  whole.add(stream);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 20 }), (cuts) => {
      const sum = new StreamSum();
      const ends = [...cuts.sort((a, b) => a - b), stream.length];
      ends.forEach((end, i) => {
        sum.add(stream.subarray(i === 0 ? 0 : ends[i - 1], end));
      });
      expect(sum.value).toBe(whole.value);
    }),
  );
});

test("what the source gives and the sink takes has the same sum", async () => {
  const server = await startHostServer(3);
  const sum = new StreamSum();
  const [source, sink] = [connect(server.port, "127.0.0.1"), connect(server.port + 1, "127.0.0.1")];
  const answer: Buffer[] = [];
  sink.on("data", (bytes) => answer.push(bytes));
  source.on("data", (bytes) => sum.add(bytes)).pipe(sink);
  await once(sink, "close");
  expect(Buffer.concat(answer).readUInt32BE()).toBe(sum.value);
  server.close();
});
