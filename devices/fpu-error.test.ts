import { expect, test } from "vitest";
import { FpuError } from "./fpu-error.js";

function latch() {
  const levels: boolean[] = [];
  return { levels, device: new FpuError("fpu-error", { set: (level) => levels.push(level) }) };
}

test("an error raises the interrupt until the guest writes port F0H", () => {
  const { device, levels } = latch();
  device.signal();
  expect(levels.at(-1)).toBe(true);
  device.ports.write(0, 0, 1);
  expect(levels.at(-1)).toBe(false);
});

test("a saved error is raised again by load", () => {
  const one = latch();
  one.device.signal();
  const other = latch();
  other.device.load(one.device.save());
  expect(other.levels.at(-1)).toBe(true);
});
