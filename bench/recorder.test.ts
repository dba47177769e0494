import { beforeEach, expect, test } from "vitest";
import { Recorder } from "./recorder.js";

const stamp = (time: number, processor = time, busy = processor, stolen = 0) => ({ time, processor, busy, stolen });
let recorder: Recorder;
beforeEach(() => {
  recorder = new Recorder(stamp(10, 0, 100));
});

test("booting takes from the start to the line USERSPACE", () => {
  recorder.line("[    0.000000] Linux version 6.1.0", stamp(11));
  recorder.line("USERSPACE", stamp(14.5, 4, 105));
  expect(recorder.boot).toEqual({ seconds: 4.5, processor: 4, others: 1, stolen: 0 });
});

test("a program takes from the arrival of its BEGIN to that of its END, whatever the guest's clock says", () => {
  recorder.line("BEGIN sieve", stamp(20, 5, 200, 1));
  recorder.line("END sieve 6ee11e4e 99000000", stamp(22, 8, 204, 1.5));
  expect(recorder.programs["sieve"]).toEqual({ seconds: 2, processor: 3, others: 1, stolen: 0.5, checksum: "6ee11e4e" });
});

test("a line may begin with what the kernel was printing", () => {
  recorder.line("[    9.1] random: BEGIN fib", stamp(20));
  recorder.line("[    9.2] x END fib 82fa6a37 1", stamp(21));
  recorder.line("[    9.3] ALLDONE", stamp(22));
  expect([recorder.programs["fib"]?.seconds, recorder.done]).toEqual([1, true]);
});

test("what the guest complains about is kept, and so is an END without a BEGIN", () => {
  recorder.line("EXECFAIL /bench/nothing", stamp(20));
  recorder.line("FAIL nothing status 00007f00", stamp(20));
  recorder.line("END fib 82fa6a37 1", stamp(21));
  expect(recorder.problems).toEqual(["EXECFAIL /bench/nothing", "FAIL nothing status 00007f00", "fib ended before it began"]);
  expect(recorder.programs).toEqual({});
});
