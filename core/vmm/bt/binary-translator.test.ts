// What the translator does between runs, with a processor of paper. What translated code does is tested on the real one, in test/bt.
import { expect, test } from "vitest";
import { BinaryTranslator, type BtOptions } from "./binary-translator.js";
import { CHAIN_AFTER, type PlacedUnit } from "./cache.js";
import { guestFlags, recover } from "./recovery.js";
import { hashOffset } from "./sequences.js";
import { HASH, SAVED_ECX, TARGET } from "./state.js";
import { CACHE_BASE, CACHE_SIZE, PaperHost, STATE_BASE } from "./testing/paper-host.js";

const START = 0x1000;
const HLT = 0xf4;

function translator(code: readonly number[], options: Partial<BtOptions> = {}, at = START) {
  const host = new PaperHost(code, at);
  const bt = new BinaryTranslator(host, { cacheBase: CACHE_BASE, cacheSize: CACHE_SIZE, stateBase: STATE_BASE, ...options });
  /** Make the unit at a guest EIP. */
  const unit = (eip: number): PlacedUnit => {
    bt.entry(eip);
    return bt.cache.find(eip)!;
  };
  const exitOf = (placed: PlacedUnit, n = 0) => bt.cache.address(placed, placed.unit.exits[n]!.at);
  /** The next run ends at this exit. */
  const endAt = (eip: number) => host.events.push({ vector: 13, error: 0, eip });
  /** EIP that the branch with this exit leads to. */
  const leadsTo = (placed: PlacedUnit, n = 0) => {
    const exit = placed.unit.exits[n]!;
    if (exit.kind !== "branch") throw new Error("not a branch");
    const field = placed.offset + exit.field;
    return (CACHE_BASE + field + 4 + new DataView(host.cache.buffer).getInt32(field, true)) >>> 0;
  };
  return { host, bt, unit, exitOf, endAt, leadsTo };
}

/** JMP 1010H; at 1010H INC EAX and INT 80H. */
function twoUnits() {
  const made = translator([0xeb, 0x0e]);
  made.host.memory.set([0x40, 0xcd, 0x80], 0x1010);
  return made;
}

test("a branch that has left a few times is chained, and leads back to its exit when the code it goes to is written", () => {
  const { host, bt, unit, exitOf, endAt, leadsTo } = twoUnits();
  const first = unit(START);
  expect(leadsTo(first)).toBe(exitOf(first));
  expect(host.cache[first.offset + first.unit.exits[0]!.at]).toBe(HLT);
  for (let n = 1; n <= CHAIN_AFTER; n++) {
    expect([leadsTo(first), host.patched]).toEqual([exitOf(first), 0]);
    endAt(exitOf(first));
    endAt(exitOf(unit(0x1010)));
    const exit = bt.run(START);
    expect(exit).toMatchObject({ kind: "callout", eip: 0x1011, instruction: { class: "callout", reason: "sensitive" } });
  }
  expect([leadsTo(first), host.patched]).toEqual([bt.cache.address(unit(0x1010)), 1]);
  expect(host.runs.slice(-2)).toEqual([bt.cache.address(first), bt.cache.address(unit(0x1010))]);
  expect(bt.statistics.exits).toMatchObject({ branch: CHAIN_AFTER, callout: CHAIN_AFTER, event: 0 });

  // The target alone: the branch itself is in another page.
  bt.cache.dropUnit(unit(0x1010));
  expect([leadsTo(first), host.patched]).toEqual([exitOf(first), 2]);
  expect(bt.cache.statistics).toMatchObject({ chained: 1, unchained: 1, dropped: 1 });
});

test("a branch to code that was translated before, or to itself, never leaves", () => {
  const { host, bt, unit, leadsTo } = translator([0xeb, 0xfe]);
  host.memory.set([0xeb, 0xee], 0x1010);
  const first = unit(START);
  expect(leadsTo(first)).toBe(bt.cache.address(first));
  expect([leadsTo(unit(0x1010)), host.patched]).toEqual([bt.cache.address(first), 0]);
});

test("with one branch all of its page are chained whose targets are there", () => {
  // JZ 1010H; JMP 1020H
  const { host, bt, unit, exitOf, endAt, leadsTo } = translator([0x74, 0x0e, 0xeb, 0x1c]);
  host.memory.set([0xcd, 0x80], 0x1010);
  host.memory.set([0xcd, 0x80], 0x1020);
  const first = unit(START);
  const [there, next] = [unit(0x1010), unit(0x1002)];
  for (let n = 1; n <= CHAIN_AFTER; n++) {
    endAt(exitOf(first));
    endAt(exitOf(there));
    bt.run(START);
  }
  expect([leadsTo(first, 0), leadsTo(first, 1)]).toEqual([bt.cache.address(there), bt.cache.address(next)]);
  expect([leadsTo(next), host.patched]).toEqual([exitOf(next), 1]);
});

test("writing a frame drops what was read from it, and an instruction across two pages belongs to both", () => {
  // MOV EAX, imm32, its last two bytes in the next page; then INT 80H.
  const { bt, unit } = translator([0xb8, 1, 2, 3, 4, 0xcd, 0x80], {}, 0x1ffd);
  const placed = unit(0x1ffd);
  expect([...placed.unit.pages]).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect(bt.frames()).toEqual([1, 2]);
  expect(bt.codeWritten(3)).toBe(0);
  expect(bt.codeWritten(2)).toBe(1);
  expect([placed.alive, bt.cache.find(0x1ffd), bt.frames()]).toEqual([false, undefined, []]);
});

test("a next page that the instruction does not reach is not looked at", () => {
  const { host, unit } = translator([0xb8, 1, 2, 3, 4], {}, 0x1ffb);
  host.frames.set(2, undefined);
  const { instructions, exits } = unit(0x1ffb).unit;
  expect(instructions.all()).toHaveLength(1);
  expect(exits).toMatchObject([{ kind: "branch", target: 0x2000 }]);
});

test("what can not be fetched is a fault only when it is reached, and is looked at anew each time", () => {
  const { host, bt, endAt, exitOf, unit } = translator([0xb8, 1, 2], {}, 0x1ffd);
  host.frames.set(2, undefined);
  endAt(exitOf(unit(0x1ffd)));
  expect(bt.run(0x1ffd)).toEqual({ kind: "fetch", eip: 0x1ffd, shadow: false, fault: { vector: 14, error: 0x10, address: 0x2000 } });
  host.frames.delete(2);
  host.memory.set([3, 4, 0xcd, 0x80], 0x2000);
  const stale = unit(0x1ffd);
  endAt(exitOf(stale));
  // The next unit begins behind those that are gone.
  endAt(CACHE_BASE + bt.cache.statistics.bytes + 5);
  expect(bt.run(0x1ffd)).toMatchObject({ kind: "callout", eip: 0x2002 });
});

test("a page that leads elsewhere after a change of address space loses its units, others keep theirs", () => {
  const { bt, unit } = twoUnits();
  const placed = unit(START);
  bt.remap((page) => page);
  expect(placed.alive).toBe(true);
  bt.remap((page) => page + 1);
  expect(placed.alive).toBe(false);
});

/** JMP EBX at START; INT 80H at each target. The hash as jumps see it: where they go on for a target. */
function indirectJump(...targets: number[]) {
  const made = translator([0xff, 0xe3]);
  const { host, bt, exitOf, unit, endAt } = made;
  for (const target of targets) host.memory.set([0xcd, 0x80], target % 0x10000);
  for (const page of targets.map((target) => target >>> 12)) host.frames.set(page, page % 0x10);
  const nothing = host.readState(HASH);
  const jumpTo = (target: number) => {
    host.writeState(TARGET, target);
    host.writeState(SAVED_ECX, 7);
    host.registers[1] = 0;
    endAt(nothing);
    endAt(exitOf(unit(target)));
    return bt.run(START);
  };
  const landsAt = (target: number) => {
    const cache = new DataView(host.cache.buffer);
    let at = host.readState(HASH + hashOffset(target));
    while (at !== nothing) {
      const offset = at - CACHE_BASE;
      // MOV ECX, [TARGET]; LEA ECX, [ECX - eip]; JECXZ; JMP to the next; MOV ECX, [SAVED_ECX]; JMP to the unit
      if (cache.getInt32(offset + 9, true) === -target >> 0) return (at + 32 + cache.getInt32(offset + 28, true)) >>> 0;
      at = (at + 20 + cache.getInt32(offset + 16, true)) >>> 0;
    }
    return undefined;
  };
  return { ...made, jumpTo, landsAt };
}
test("an indirect branch for which the hash has nothing is made, and from then on lands at its target", () => {
  const { host, bt, unit, jumpTo, landsAt } = indirectJump(0x3004);
  expect(landsAt(0x3004)).toBeUndefined();
  expect(jumpTo(0x3004)).toMatchObject({ kind: "callout", eip: 0x3004 });
  expect([host.registers[1], host.runs.at(-1)]).toEqual([7, bt.cache.address(unit(0x3004))]);
  expect(bt.statistics.exits).toMatchObject({ indirect: 1, branch: 0 });
  expect(landsAt(0x3004)).toBe(bt.cache.address(unit(0x3004)));
});

test("targets with one number in the hash do not drive each other out", () => {
  const targets = [0x3004, 0x13004, 0x7fff3004];
  const { bt, unit, jumpTo, landsAt } = indirectJump(...targets);
  for (const target of targets) jumpTo(target);
  for (const target of targets) expect(landsAt(target)).toBe(bt.cache.address(unit(target)));
  expect(landsAt(0x23004)).toBeUndefined();
});

test("a landing outlives its unit, and leads to the next one once that was translated", () => {
  const { bt, exitOf, endAt, unit, jumpTo, landsAt } = indirectJump(0x3004);
  jumpTo(0x3004);
  bt.codeWritten(3);
  const left = landsAt(0x3004)!;
  expect(bt.cache.find(0x3004)).toBeUndefined();
  for (let n = 0; n < CHAIN_AFTER; n++) {
    expect(landsAt(0x3004)).toBe(left);
    endAt(left);
    endAt(exitOf(unit(0x3004)));
    expect(bt.run(START)).toMatchObject({ kind: "callout", eip: 0x3004 });
  }
  expect(landsAt(0x3004)).toBe(bt.cache.address(unit(0x3004)));
  bt.flush();
  expect(landsAt(0x3004)).toBeUndefined();
});

test("a landing for which there is no room costs a flush", () => {
  const { host, bt, unit, endAt, landsAt } = indirectJump(0x3004);
  unit(START);
  unit(0x3004);
  for (let eip = 0x8000; CACHE_SIZE - bt.cache.statistics.bytes > 20; eip++) unit(eip);
  expect(bt.cache.statistics.flushes).toBe(0);
  host.writeState(TARGET, 0x3004);
  endAt(CACHE_BASE);
  // The first unit behind the flush, which leaves at once.
  endAt(CACHE_BASE + 1);
  expect(bt.run(START)).toMatchObject({ kind: "callout", eip: 0x3004 });
  expect([bt.cache.statistics.flushes, landsAt(0x3004)]).toEqual([1, CACHE_BASE + 1]);
});

test("where CS ends before 4 GiB, indirect branches are the VMM's", () => {
  const { host, unit } = translator([0xff, 0xd3]);
  host.codeLimit = 0xffff;
  expect(unit(START).unit.instructions.all()).toMatchObject([{ class: "callout", reason: "branch-form", bytes: [0xff, 0xd3] }]);
});

test("an instruction that faults often becomes a callout, and that can be seen", () => {
  // INC EAX; MOV [EBX], EAX
  const { bt, unit } = translator([0x40, 0x89, 0x03, 0xeb, 0xfe], { adaptAfter: 3 });
  const before = unit(START);
  expect(before.unit.instructions.all().map((i) => i.class)).toEqual(["ident", "ident", "branch"]);
  for (let n = 0; n < 2; n++) bt.faulted(0x1001);
  expect([before.alive, bt.adaptations]).toEqual([true, []]);
  bt.faulted(0x1001);
  expect([before.alive, bt.adaptations]).toEqual([false, [{ eip: 0x1001, faults: 3 }]]);
  expect(unit(START).unit.instructions.all()).toMatchObject([{ class: "ident" }, { class: "callout", reason: "adaptive" }]);
  expect(bt.statistics.adapted).toBe(1);
  bt.flush();
  expect([bt.adaptations, unit(START).unit.instructions.all()[1]!.class]).toEqual([[], "ident"]);
});

test("a callout that was for nothing is a copy again, each time later", () => {
  const { bt, unit } = translator([0x40, 0x89, 0x03, 0xeb, 0xfe], { adaptAfter: 1 });
  const calloutsForNothing = () => {
    unit(START);
    bt.faulted(0x1001);
    let times = 0;
    for (; unit(START).unit.instructions.all()[1]!.class === "callout"; times++) bt.calledOut(0x1001, false);
    return times;
  };
  expect([calloutsForNothing(), calloutsForNothing(), calloutsForNothing()]).toEqual([64, 256, 1024]);
  bt.flush();
  expect(calloutsForNothing()).toBe(64);
});

test("a full cache is flushed, and what is needed translated again", () => {
  const code = new Array<number>(0x4000).fill(0x9c);
  const { bt, unit } = translator(code, { cacheSize: 0x1800 });
  for (let eip = START; eip < START + 0x140; eip += 12) unit(eip);
  const { flushes, bytes, units } = bt.cache.statistics;
  expect(flushes).toBe(3);
  expect(bytes).toBeLessThanOrEqual(0x1800);
  expect(units).toBe(bt.cache.units().length);
});

test("a cache that could not hold a branch and its target is refused", () => {
  expect(() => translator([], { cacheSize: 1000 })).toThrow("a translation cache of 1000 bytes is too small: the least is 5824");
});

test("no instruction becomes more than 160 bytes with its exits", () => {
  const all = [
    [0x9c],
    [0x9d],
    [0xfa],
    [0xfb],
    [0xff, 0x94, 0x85, 1, 2, 3, 4],
    [0xc2, 8, 0],
    [0x65, 0x8b, 0x84, 0x85, 1, 2, 3, 4],
    [0xe8, 0, 0, 0, 0],
    [0xe2, 0],
  ];
  for (const bytes of all) {
    // Behind STI, where the check for interrupts is added.
    for (const before of [[], [0xfb]]) {
      const { unit } = translator([...before, ...bytes, 0xeb, 0xfe], { maxInstructions: 1 });
      expect(unit(START).unit.code.length, `${[...before, ...bytes]}`).toBeLessThanOrEqual(160 * (1 + before.length));
    }
  }
});

test("what the x87 unit remembers is the guest's before it is stored, and before a flush", () => {
  // FLD1; FNSTENV [EBX]
  const { host, bt, unit, exitOf, endAt } = translator([0xd9, 0xe8, 0xd9, 0x33, 0xcd, 0x80]);
  const placed = unit(START);
  host.x87 = bt.cache.address(placed);
  endAt(exitOf(placed));
  endAt(exitOf(placed, 1));
  expect(bt.run(START)).toMatchObject({ kind: "callout", eip: START + 4 });
  expect([host.x87, host.runs[1]]).toEqual([START, exitOf(placed) + 1]);
  host.x87 = bt.cache.address(placed, 1);
  bt.flush();
  expect(host.x87).toBe(START);
});

test("a region that moves takes its addresses along", () => {
  const { bt, unit } = twoUnits();
  unit(START);
  bt.flush(0xd000_0000, 0xd100_0000);
  expect(bt.cache.at(0xd000_0000)).toBeDefined();
  expect(bt.cache.address(unit(START)) >>> 16).toBe(0xd000);
});

test("only where an instruction of the cache begins is there a way back", () => {
  const { bt, unit } = translator([0x9d, 0xeb, 0xfe]);
  const placed = unit(START);
  const { recoveries, code } = placed.unit;
  const begins = Array.from(code.copy().keys()).filter((n) => bt.recoveryAt(bt.cache.address(placed, n)));
  expect(begins).toEqual([...recoveries.keys()].sort((a, b) => a - b));
  expect(bt.recoveryAt(CACHE_BASE - 1)).toBeUndefined();
  expect(bt.recoveryAt(bt.cache.address(placed, code.length))).toBeUndefined();
});

test("a recovery gives back what was borrowed, and virtual flags to what was pushed", () => {
  const { host, bt } = translator([]);
  bt.flags.value = 0x1000;
  host.registers.set([0, 7, 8, 0, 0x4000]);
  host.writeState(SAVED_ECX, 99);
  expect(recover(host, { eip: 5, saved: [[1, SAVED_ECX]], pushed: 4, swapped: true })).toBe(5);
  expect([host.registers[1], host.restored]).toEqual([99, 1]);
  expect(new DataView(host.memory.buffer).getUint32(0x4000, true)).toBe(0x1002);
  expect(guestFlags(host)).toBe(0x1002);
});
