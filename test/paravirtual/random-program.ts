// What a random guest of the road pv has in its memory: steps one behind the other, each a hypercall or an attack, and handlers that go on with
// the next step; batches of updates of its tables.
import * as PV from "../../core/vmm/pv/abi.js";
import type { Random } from "../oracle/random.js";
import { PAGE, SHARED_INFO } from "./domain.js";
import { type Call, Code } from "./machine-code.js";
import {
  address,
  bits,
  DATA,
  DIRECTORIES,
  directoryEntry,
  FIRST_DIRECTORY,
  FIRST_TABLE,
  FOREIGN,
  FRAMES,
  firstTable,
  frame,
  INFORMATION,
  INSTRUCTIONS,
  MEMORY,
  own,
  TABLES,
  tableEntry,
  within,
} from "./random-pages.js";

/** Linear addresses; what is between them is anything. */
const [STEPS, TRAPS, NEXT, REQUESTS, SCRATCH] = [0x1000, 0x5000, 0x5ff0, 0x6000, 0x7000];
export const PROLOGUE = 0x4000;
const STACK = INFORMATION * PAGE;
const BATCHES = 32;
/** Of each batch. */
const REQUESTS_SIZE = 64;
/** The first batch, and where the guest has the shared-information page. */
const [FIRST_BATCH, SHARED] = [0x5800, 0x8000];
const VECTORS = 64;
const HANDLERS = { resume: 0x4400, keepStack: 0x4440, iret: 0x4480 };
const MOST_STEPS = 240;

/** Writes steps, handlers and batches. Returns where a step begins, at random. */
export function layProgram(random: Random, ram: Uint8Array): () => number {
  layBatches(random, ram);
  const code = new Code(ram, STEPS);
  const places = [STEPS];
  const favourite = random.below(FRAMES);
  const place = () => (random.chance(95) ? random.pick(places) : random.below(MEMORY));
  for (let n = 2 + random.below(MOST_STEPS - 1); n > 0 && code.at < PROLOGUE - STEP_SIZE; n--) {
    const begin = code.at;
    // Where a handler goes on: behind this step.
    code.at += STORE_SIZE;
    step(random, code, place, favourite);
    const end = code.at;
    code.at = begin;
    code.store(NEXT, end);
    code.at = end;
    places.push(end);
  }
  const ending = random.below(10);
  if (ending < 6) code.call(PV.HC_SCHED, ending < 3 ? PV.SCHED_SHUTDOWN : PV.SCHED_BLOCK, random.below(3));
  code.operand(0xe9, place() - code.at - 5);
  layHandlers(random, ram, place);
  return place;
}

const STORE_SIZE = 10;
/** Of the longest step, and of what is behind the last one. */
const STEP_SIZE = 160;

function step(random: Random, code: Code, place: () => number, favourite: number): void {
  const kind = random.below(100);
  if (kind < 30) mmu(random, code, favourite);
  else if (kind < 50)
    code.call(PV.HC_UPDATE_TABLES, batch(random), random.chance(97) ? 1 + random.below(8) : random.u32() >>> random.below(32));
  else if (kind < 65) attack(random, code);
  else if (kind < 75) store(random, code);
  else if (kind < 82) iret(random, code, place);
  else if (kind < 86) staleStore(random, code);
  else code.call(...otherCall(random, place));
}

const batch = (random: Random) => (random.chance(96) ? REQUESTS + random.below(BATCHES) * REQUESTS_SIZE : address(random));

/** One of a guest's frames with each role, its favourite, is used again and again. */
function mmu(random: Random, code: Code, favourite: number): void {
  const operation = random.below(random.chance(90) ? 6 : 8);
  const isTable = operation === PV.MMU_PIN_TABLE || (operation === PV.MMU_UNPIN && random.chance(50));
  const [start, end] = isTable ? [TABLES, DIRECTORIES] : [DIRECTORIES, DATA];
  if (operation > PV.MMU_SET_BASE) code.call(PV.HC_MMU, operation, address(random));
  else if (random.chance(50)) code.call(PV.HC_MMU, operation, own(start + (favourite % (end - start))));
  else if (operation === PV.MMU_SET_BASE && random.chance(20)) code.call(PV.HC_MMU, operation, FIRST_DIRECTORY / PAGE);
  else code.call(PV.HC_MMU, operation, frame(random, start, end));
}

function attack(random: Random, code: Code): void {
  for (let n = 0; n < 8; n++) if (n !== 4 && random.chance(25)) code.operand(0xb8 + n, address(random));
  code.bytes(...random.pick(INSTRUCTIONS));
}

/** An entry that must stand in no table, where one may lie. */
function store(random: Random, code: Code): void {
  const at = random.chance(85)
    ? within(random, TABLES, DATA) * PAGE + (random.below(1024) & (random.chance(70) ? 63 : 1023)) * 4
    : address(random);
  const target = random.chance(80) ? random.pick(FOREIGN) : own(random.below(FRAMES));
  code.store(at, ((target << 12) | (random.chance(95) ? 7 : bits(random))) >>> 0);
}

/** A store to a page before and after it becomes a table or directory: the processor may remember that it was writable. */
function staleStore(random: Random, code: Code): void {
  const page = within(random, TABLES, DATA);
  const request = (bits: number) => {
    code.store(SCRATCH, FIRST_TABLE + page * 4);
    code.store(SCRATCH + 4, ((own(page) << 12) | bits) >>> 0);
    code.call(PV.HC_UPDATE_TABLES, SCRATCH, 1);
  };
  const at = page * PAGE + random.below(FRAMES) * 4;
  request(3);
  code.store(at, 0);
  request(1);
  code.call(PV.HC_MMU, page < DIRECTORIES ? PV.MMU_PIN_TABLE : PV.MMU_PIN_DIRECTORY, own(page));
  code.store(at, ((random.pick(FOREIGN) << 12) | 7) >>> 0);
}

/** The frame that HC_IRET takes, in the guest's order, and HC_IRET or IRET. */
function iret(random: Random, code: Code, place: () => number): void {
  const outer = random.chance(50);
  code.operand(0x68, random.chance(95) ? PV.USER_DATA : random.below(0x40));
  code.operand(0x68, address(random));
  code.operand(0x68, random.u32() & (random.chance(90) ? ~0x100 : ~0));
  code.operand(0x68, random.chance(95) ? (outer ? PV.USER_CODE : PV.KERNEL_CODE) : random.below(0x40));
  code.operand(0x68, random.chance(70) ? code.at + 13 : place());
  if (random.chance(30)) code.bytes(0xcf);
  else code.leave();
}

function otherCall(random: Random, place: () => number): Call {
  const near = (most: number) => (random.chance(95) ? random.below(most) : random.u32());
  switch (random.below(10)) {
    case 0:
      return [PV.HC_SET_TRAPS, random.chance(60) ? TRAPS : address(random), random.chance(96) ? VECTORS : near(VECTORS)];
    case 1:
      return [PV.HC_SET_STACK, random.chance(80) ? PV.KERNEL_DATA : random.below(0x40), address(random)];
    case 2:
      return [PV.HC_SET_CALLBACK, random.chance(80) ? callback(random, place) : address(random), 0];
    case 3:
      return [PV.HC_SET_TIMER, random.u32(), near(3)];
    case 4:
      return random.chance(70) ? [PV.HC_SCHED, near(2), near(4)] : [near(16), near(8), address(random), near(8192), address(random)];
    case 5:
    case 6:
      return [PV.HC_CONSOLE, near(3), address(random), near(random.chance(80) ? 64 : 5000)];
    case 7:
      return [PV.HC_BLOCK, near(5), near(10), near(10), address(random)];
    default:
      return [PV.HC_EVENT, near(6), near(4)];
  }
}

/** Requests, each an entry of a table and its value; a batch can be begun at any of them and goes on in the next one. */
function layBatches(random: Random, ram: Uint8Array): void {
  const first = new Code(ram, FIRST_BATCH);
  first.word(FIRST_TABLE + (SHARED / PAGE) * 4);
  first.word(SHARED_INFO | 3);
  // The guest gives up the right to write to what is to become a table.
  for (let page = TABLES; page < DATA; page++) {
    first.word(FIRST_TABLE + page * 4);
    first.word(((own(page) << 12) | (random.chance(85) ? 1 : random.below(8))) >>> 0);
  }
  const code = new Code(ram, REQUESTS);
  for (let n = (BATCHES * REQUESTS_SIZE) / PV.UPDATE_SIZE; n > 0; n--) {
    const kind = random.below(100);
    if (kind < 60) {
      // Of the first table: above all, the right to write to what is to become a table is taken away.
      const page = random.chance(85)
        ? within(random, TABLES, DATA)
        : random.chance(93)
          ? within(random, DATA, INFORMATION - 1)
          : random.below(FRAMES);
      code.word(FIRST_TABLE + page * 4);
      code.word(
        random.chance(80) ? ((own(page) << 12) | 1 | (random.u32() & 0x64) | (random.chance(15) ? 2 : 0)) >>> 0 : tableEntry(random),
      );
    } else if (kind < 75) {
      const slot = random.chance(90) ? random.below(8) : random.chance(50) ? random.below(1024) : 1022 + random.below(2);
      code.word((random.chance(70) ? FIRST_DIRECTORY : (frame(random, DIRECTORIES, DATA) << 12) >>> 0) + slot * 4);
      code.word(slot === 0 && random.chance(98) ? firstTable(random) : directoryEntry(random));
    } else if (kind < 97) {
      code.word((((frame(random, TABLES, DIRECTORIES) << 12) >>> 0) + random.below(1024) * 4) >>> 0);
      code.word(tableEntry(random));
    } else {
      code.word(random.u32());
      code.word(tableEntry(random));
    }
  }
}

const callback = (random: Random, place: () => number) =>
  random.chance(60) ? HANDLERS.iret : random.chance(50) ? HANDLERS.resume : place();

/** Code that sets handlers, a stack, a callback and a timer, and goes on with a step; and the handlers, most of which go on behind the step. */
function layHandlers(random: Random, ram: Uint8Array, place: () => number): void {
  const traps = new Code(ram, TRAPS);
  for (let vector = 0; vector < VECTORS; vector++) {
    traps.word(vector | ((random.chance(50) ? 1 : 3) << 8) | (random.below(2) << 10) | (PV.KERNEL_CODE << 16));
    traps.word(
      random.chance(95) ? (random.chance(90) ? HANDLERS.resume : HANDLERS.keepStack) : random.chance(50) ? HANDLERS.iret : place(),
    );
  }
  for (const at of [HANDLERS.resume, HANDLERS.keepStack]) {
    const code = new Code(ram, at);
    // PUSH SS; POP DS; PUSH SS; POP ES; MOV ESP; JMP CS:[NEXT].
    code.bytes(0x16, 0x1f, 0x16, 0x07);
    if (at === HANDLERS.resume) code.operand(0xbc, STACK - random.below(4));
    code.bytes(0x2e, 0xff);
    code.operand(0x25, NEXT);
  }
  const back = new Code(ram, HANDLERS.iret);
  // MOV BYTE: nothing is pending any more.
  back.bytes(0xc6);
  back.operand(0x05, SHARED + PV.SHARED_PENDING);
  back.bytes(0);
  back.leave();
  const code = new Code(ram, PROLOGUE);
  // MOV ESP; PUSH SS; POP DS.
  code.operand(0xbc, STACK);
  code.bytes(0x16, 0x1f);
  code.store(NEXT, STEPS);
  code.call(PV.HC_SET_TRAPS, TRAPS, VECTORS);
  code.call(PV.HC_SET_STACK, PV.KERNEL_DATA, random.chance(80) ? STACK : random.below(MEMORY));
  code.call(PV.HC_SET_CALLBACK, callback(random, place), 0);
  for (let source = 0; source < PV.SOURCES; source++) if (random.chance(80)) code.call(PV.HC_EVENT, PV.EVENT_BIND, source);
  if (random.chance(90)) code.call(PV.HC_UPDATE_TABLES, FIRST_BATCH, 1 + DATA - TABLES);
  if (random.chance(10)) code.operand(0xbc, random.below(MEMORY));
  code.operand(0xe9, STEPS - code.at - 5);
}
