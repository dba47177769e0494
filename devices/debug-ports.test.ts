import { expect, test } from "vitest";
import { DebugConsole, DebugExit } from "./debug-ports.js";

test("bytes written to E9H reach the host in order, those of a wider write only the first", () => {
  const bytes: number[] = [];
  const { ports } = new DebugConsole((byte) => bytes.push(byte));
  ports.write(0, 0x48, 1);
  ports.write(0, 0x2169, 2);
  expect(bytes).toEqual([0x48, 0x69]);
  expect(ports.read(0, 1)).toBe(0xe9);
});

test("the exit code is twice the value plus one, for byte and longer writes", () => {
  const codes: number[] = [];
  const { ports } = new DebugExit((code) => codes.push(code));
  ports.write(0, 0, 1);
  ports.write(0, 0x31, 4);
  ports.write(0, 0xffff_ffff, 4);
  expect(codes).toEqual([1, 0x63, 0x1_ffff_ffff]);
  expect(ports.read(0, 1)).toBe(0);
});
