import { expect, test } from "vitest";
import { Mutex, RequestGate } from "./request-gate.js";

/** Work that ends when it is told to, and says what happened. */
function work(log: string[], name: string): { run(): Promise<void>; end(): void } {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    run: async () => {
      log.push(`${name} begins`);
      await ended;
      log.push(`${name} ends`);
    },
    end: () => end(),
  };
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns++) await undefined;
}

test("shared work runs side by side, exclusive work alone and in its turn", async () => {
  const log: string[] = [];
  const gate = new RequestGate();
  const a = work(log, "a");
  const b = work(log, "b");
  const alone = work(log, "alone");
  const c = work(log, "c");
  const all = [gate.shared(a.run), gate.shared(b.run), gate.exclusive(alone.run), gate.shared(c.run)];
  await settle();
  expect(log).toEqual(["a begins", "b begins"]);
  a.end();
  await settle();
  expect(log.at(-1)).toBe("a ends");
  b.end();
  await settle();
  expect(log.slice(-2)).toEqual(["b ends", "alone begins"]);
  alone.end();
  await settle();
  expect(log.slice(-2)).toEqual(["alone ends", "c begins"]);
  c.end();
  await Promise.all(all);
});

test("what fails lets the next in", async () => {
  const gate = new RequestGate();
  const mutex = new Mutex();
  const fail = async () => {
    throw new Error("no");
  };
  await expect(gate.exclusive(fail)).rejects.toThrow("no");
  expect(await gate.exclusive(async () => 1)).toBe(1);
  await expect(mutex.run(fail)).rejects.toThrow("no");
  expect(await mutex.run(async () => 2)).toBe(2);
});

test("a mutex runs one at a time, in the order in which they came", async () => {
  const log: string[] = [];
  const mutex = new Mutex();
  const a = work(log, "a");
  const b = work(log, "b");
  const all = [mutex.run(a.run), mutex.run(b.run)];
  b.end();
  await settle();
  expect(log).toEqual(["a begins"]);
  a.end();
  await Promise.all(all);
  expect(log).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});
