// What is kept of a unit comes out as it went in.
import { expect, test } from "vitest";
import { PackedInstructions } from "./packed-instructions.js";
import { Recoveries } from "./recoveries.js";
import type { GuestInstruction, Recovery } from "./unit.js";

const BEGIN = 0xfffffffe;
/** Over the address space's end. */
const INSTRUCTIONS: readonly GuestInstruction[] = [
  { eip: 0xfffffffe, bytes: [0x89, 0xff], start: 0, reason: undefined, class: "ident" },
  { eip: 0, bytes: [0xfa], start: 0x2ff, reason: undefined, class: "inline" },
  { eip: 1, bytes: [0x0f, 0x22, 0xd8], start: 0x300, reason: "sensitive", class: "callout" },
];

test("instructions", () => {
  const packed = new PackedInstructions(BEGIN, INSTRUCTIONS);
  expect(packed.all()).toEqual(INSTRUCTIONS);
  expect([0xfffffffe, 0xffffffff, 0, 1, 2, 4].map((eip) => packed.startOf(eip))).toEqual([
    0,
    undefined,
    0x2ff,
    0x300,
    undefined,
    undefined,
  ]);
  expect([0, 0x2fe, 0x2ff, 0x300, 0x400].map((offset) => packed.eipAt(offset))).toEqual([0xfffffffe, 0xfffffffe, 0, 1, 1]);
  const counts = { ident: 1, inline: 0, branch: 0, callout: 0 };
  packed.count(counts);
  expect(counts).toEqual({ ident: 2, inline: 1, branch: 0, callout: 1 });
});

test("ways back: near, far, and those that are more than an EIP", () => {
  const ways: readonly Recovery[] = [
    { eip: BEGIN },
    { eip: 1 },
    { eip: 0xc0123456 },
    { eip: 1, swapped: true },
    { eip: "target" },
    { eip: 253 },
  ];
  const offsets = [0, 2, 0x1fe, 0x1ff, 0x200, 0x2ff];
  const recoveries = new Recoveries(BEGIN, offsets, ways);
  expect(offsets.map((offset) => recoveries.get(offset))).toEqual(ways);
  expect([1, 0x100, 0x300].map((offset) => recoveries.get(offset))).toEqual([undefined, undefined, undefined]);
  expect([...recoveries.keys()].sort((a, b) => a - b)).toEqual(offsets);
});
