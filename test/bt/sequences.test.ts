// Each sequence alone, with an interrupt at each of its addresses; and then with each of its instructions taken out in turn, which must show.
import { expect, test } from "vitest";
import { BtPair } from "./pair.js";
import { SEQUENCES, sequenceProgram } from "./sequence-programs.js";
import { VmmMachine } from "./vmm.js";

const NOP = 0x90;
const MOST_INSTRUCTIONS = 600;

/** An instruction in the cache: the how many-th placing brought it, where in that, and how long it is. */
interface Place {
  readonly placing: number;
  readonly offset: number;
  readonly length: number;
}

class SpoiltMachine extends VmmMachine {
  /** Taken out as soon as it is placed. */
  spoilt: Place | undefined;
  /** Where each unit was placed. */
  declare placings: number[];

  override start(image: Uint8Array): void {
    this.placings = [];
    super.start(image);
  }

  protected override place(offset: number, bytes: Uint8Array): void {
    // The one that is made with the machine comes before them all.
    this.placings ??= [];
    const { spoilt } = this;
    const copy = bytes.slice();
    if (this.placings.length === spoilt?.placing) copy.fill(NOP, spoilt.offset, spoilt.offset + spoilt.length);
    this.placings.push(offset);
    super.place(offset, copy);
  }
}

const pair = new BtPair(new SpoiltMachine());

/** Run a program to its halt; returns what there is to see of it, and which instructions that are not copies were executed. */
function run(name: (typeof SEQUENCES)[number], spoilt?: Place) {
  const machine = pair.translated;
  machine.spoilt = spoilt;
  const executed = new Map<string, Place>();
  let count = 0;
  let failure: string | undefined;
  const look = () => {
    const difference = pair.catchUp(true);
    if (difference) throw new Error(difference);
  };
  pair.begin(sequenceProgram(name));
  const before = { ...machine.bt.statistics.exits, faults: machine.faults };
  machine.watch = (eip) => {
    if (++count > MOST_INSTRUCTIONS) throw new Error("no end");
    const placed = machine.bt.cache.at(eip);
    if (!placed || !machine.bt.recoveryAt(eip)) throw new Error("not at an instruction");
    note(machine, eip, executed);
    machine.probe(eip, look);
  };
  machine.slice = () => MOST_INSTRUCTIONS;
  try {
    while (machine.advance()) look();
    look();
  } catch (error) {
    failure = String(error);
  }
  const after = { ...machine.bt.statistics.exits, faults: machine.faults };
  const counts = Object.entries(after).map(([kind, count]) => count - before[kind as keyof typeof before]);
  return { failure, counts: counts.join(" "), executed: [...executed.values()], faults: machine.faults - before.faults };
}

function note({ bt, placings }: SpoiltMachine, eip: number, executed: Map<string, Place>): void {
  const placed = bt.cache.at(eip)!;
  const { recoveries, code, instructions } = placed.unit;
  const offset = eip - bt.cache.address(placed);
  const guest = instructions.all().findLast((instruction) => instruction.start <= offset);
  const placing = placings.indexOf(placed.offset);
  const end = Math.min(code.length, ...[...recoveries.keys()].filter((at) => at > offset));
  // Behind the last instruction there may be a jump on, which is none of a copy.
  const copied = guest?.class === "ident" && recoveries.get(offset)!.eip === guest.eip;
  if (!copied) executed.set(`${placing} ${offset}`, { placing, offset, length: end - offset });
}

test.each(SEQUENCES)("%s: as the processor does it, and every instruction of it is needed", { timeout: 60_000 }, (name) => {
  const good = run(name);
  expect(good.failure).toBeUndefined();
  expect(good.faults).toBe(0);
  expect(good.executed.length).toBeGreaterThan(0);
  const unnoticed = good.executed.filter((place) => {
    const { failure, counts } = run(name, place);
    return failure === undefined && counts === good.counts;
  });
  expect(unnoticed).toEqual([]);
});
