// Backwards: what was is found again, to the byte.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { previousEvent, previousHit, previousInstruction, previousWrite, ReverseError } from "../../core/debug/reverse.js";
import * as STATE from "../../wasm/abi/state.js";
import * as STOP from "../../wasm/abi/stop.js";
import { TOP } from "../support/requirements.js";
import { type DebugRig, debugRig, eip, finish, teachingKernel } from "./rig.js";

const TRANSCRIPT = readFileSync(join(TOP, "guests/teaching-kernel/transcript.txt"), "utf8");

/** Run until so many instructions were executed. */
function runTo(rig: DebugRig, instructions: number, between: () => void = () => {}): void {
  while (rig.session.target.position.instructions < instructions) {
    const left = instructions - rig.session.target.position.instructions;
    const result = rig.session.run(left, 10);
    between();
    if (result.ended) return;
  }
}

describe("the teaching kernel, with input", () => {
  const rig = teachingKernel(TRANSCRIPT, { distance: 200_000 });
  runTo(rig, 3_000_000, rig.type);
  const { machine, session } = rig;

  test("back and forward again, by little and by much, is the same state to the byte, and nothing is printed twice", () => {
    const printed = rig.output();
    expect(printed.length).toBeGreaterThan(500);
    const now = machine.save();
    for (const distance of [1, 2, 1000, 123_456, 1_500_000, 2_900_000]) {
      const goal = 3_000_000 - distance;
      for (const _ of session.timeline!.goTo(goal, 10));
      expect(session.target.position.instructions).toBe(goal);
      expect(session.timeline!.isLive).toBe(false);
      runTo(rig, 3_000_000);
      expect(Buffer.compare(machine.save(), now), `${distance}`).toBe(0);
    }
    expect(rig.output()).toBe(printed);
  });

  test("states on the way are the same in each life", () => {
    const states = new Map<number, Uint8Array>();
    const at = [700_000, 700_001, 700_002, 1_234_567, 2_500_000];
    for (const round of [0, 1]) {
      for (const instructions of at.toReversed()) {
        for (const _ of session.timeline!.goTo(instructions, 10));
        if (round === 0) states.set(instructions, machine.save());
        else expect(Buffer.compare(machine.save(), states.get(instructions)!), `${instructions}`).toBe(0);
      }
    }
    runTo(rig, 3_000_000);
  });

  test("one instruction back, many times", () => {
    const places: number[] = [];
    for (let i = 0; i < 20; i++) {
      places.push(eip(rig));
      expect(finish(session.step(), rig.type).kind).toBe("step");
    }
    for (const place of places.toReversed()) {
      finish(previousInstruction(session));
      expect(eip(rig)).toBe(place);
    }
  });

  test("a changed register makes another future", () => {
    finish(previousInstruction(session));
    session.change(() => session.vcpus[0]!.write("eax", 0x12345678n));
    expect(session.timeline!.isLive).toBe(true);
    finish(session.step());
    finish(session.step());
    finish(previousInstruction(session));
    finish(previousInstruction(session));
    expect(machine.cpu.register(STATE.RAX)).toBe(0x12345678n);
  });
});

/** 16-bit: counts in [8000H] and in CX, with an OUT each 100 turns. */
// MOV BX,100 / L: INC CX / MOV [8000H],CX / DEC BX / JNZ L / MOV AL,'x' / OUT E9,AL / JMP start
const COUNTER = [0xbb, 100, 0, 0x41, 0x89, 0x0e, 0, 0x80, 0x4b, 0x75, 0xf8, 0xb0, 0x78, 0xe6, 0xe9, 0xeb, 0xef];

describe("a program that counts", () => {
  const rig = debugRig({ kind: "image", image: Uint8Array.from(COUNTER) }, { distance: 50_000 });
  const { session, machine } = rig;
  runTo(rig, 1_000_000);
  const counter = () => machine.cpu.ram[0x8000]! | (machine.cpu.ram[0x8001]! << 8);

  test("the previous write of an address: to before its instruction, each time one further", () => {
    const last = counter();
    for (let n = 1; n < 5; n++) {
      const stop = finish(previousWrite(session, 0x8000, 0x8001));
      expect(stop).toMatchObject({ kind: "hit", hit: { kind: STOP.HIT_DATA, first: 0x8000 } });
      expect([eip(rig), counter()]).toEqual([0x7c04, (last - n) & 0xffff]);
    }
  });

  test("the previous breakpoint, and the previous event", () => {
    const breakpoint = { kind: "execute", address: 0x7c0d } as const;
    session.insert(breakpoint);
    expect(finish(previousHit(session))).toMatchObject({ kind: "hit", hit: { kind: STOP.HIT_EXECUTE, first: 0x7c0d } });
    const turns = counter();
    expect(eip(rig)).toBe(0x7c0d);
    finish(previousHit(session));
    expect([eip(rig), (turns - counter()) & 0xffff]).toEqual([0x7c0d, 100]);
    session.remove(breakpoint);
    expect(finish(previousEvent(session))).toMatchObject({
      kind: "hit",
      hit: { kind: STOP.HIT_PORT, first: 0xe9, second: STOP.STOP_WRITE },
    });
    expect([eip(rig), (turns - counter()) & 0xffff]).toEqual([0x7c0f, 200]);
  });

  test("what never was is looked for to the beginning, and from there forward all is as before", () => {
    expect(finish(previousWrite(session, 0x9000, 0x9000)).kind).toBe("beginning");
    expect([eip(rig), session.target.position.instructions]).toEqual([0x7c00, 0]);
    expect(finish(previousInstruction(session)).kind).toBe("beginning");
  });
});

test("under the real clock there is no way back, and this is said", () => {
  const rig = debugRig({ kind: "image", image: Uint8Array.from(COUNTER) }, { clock: "real" });
  runTo(rig, 1000);
  expect(() => finish(previousInstruction(rig.session))).toThrow(ReverseError);
});

test.each([{ most: 8 }, { bytes: 1 << 15 }])("checkpoints are few, and the memory they hold is bounded: %j", (limit) => {
  const rig = debugRig({ kind: "image", image: Uint8Array.from(COUNTER) }, { distance: 1000, ...limit });
  runTo(rig, 500_000);
  const state = rig.machine.save();
  for (const back of [1, 5000, 400_000]) {
    for (const _ of rig.session.timeline!.goTo(500_000 - back, 10));
    runTo(rig, 500_000);
    expect(Buffer.compare(rig.machine.save(), state)).toBe(0);
  }
});
