// What a random guest of the road pv has in its memory: steps one behind the other, each a hypercall or an attack, and handlers that go on with
// the next step; page tables, directories and batches of updates that fit its frames, or nearly.
import * as PV from "../../core/vmm/pv/abi.js";
import { WRITABLE } from "../../core/vmm/pv/frames.js";
import type { Random } from "../oracle/random.js";
import { OFFSET, PAGE, SHARED_INFO } from "./domain.js";

/** Frames of a guest, by number from its first one. Its first page tables are the last ones. */
const FRAMES = 64;
export const MEMORY = FRAMES * PAGE;
const [TABLES, DIRECTORIES, DATA, INFORMATION] = [16, 24, 29, 61];
const FIRST_TABLE = OFFSET + MEMORY - 2 * PAGE;
const FIRST_DIRECTORY = OFFSET + MEMORY - PAGE;
/** Linear addresses; what is between them is anything. */
const [STEPS, TRAPS, NEXT, REQUESTS, SCRATCH] = [0x1000, 0x5000, 0x5ff0, 0x6000, 0x7000];
export const PROLOGUE = 0x4000;
const STACK = INFORMATION * PAGE;
const BATCHES = 32;
/** The first batch, and where the guest has the shared-information page. */
const [FIRST_BATCH, SHARED] = [0x5800, 0x8000];
/** Of each batch. */
const REQUESTS_SIZE = 64;
const VECTORS = 64;
const HANDLERS = { resume: 0x4400, keepStack: 0x4440, iret: 0x4480 };
const MOST_STEPS = 240;
/** Pages of each kind, made once; a guest's memory is put together from them. */
const PAGES = 64;

/** Number of a host frame. */
const own = (n: number) => (OFFSET / PAGE + n) >>> 0;
/** Frames of others: the VMM's, the shared-information page first, and those around. */
const FOREIGN = [-1, -2, -3, -4, FRAMES, FRAMES + 1].map(own);

/** What an attacker tries: privileged and sensitive instructions, and stores. */
const INSTRUCTIONS: readonly Uint8Array[] = (
  "0f22d8 0f22c0 0f22e0 0f0110 0f0118 0f00d0 0f00d8 8ed0 8ed8 0fb220 cf cb ea000001000900 ea000001001b00 9a000001001100 cd80 cdf0 cc 9d fa fb " +
  "f4 0f30 0f32 0f34 0f35 0f23f8 0f23c0 f3ab f3a5 8903 0106 8707 60 6d f36f ec ef 0f0138 0f01f0 0f06 0f01d9"
)
  .split(" ")
  .map((digits) => Buffer.from(digits, "hex"));

/** Bytes one behind the other. */
class Code {
  private readonly view: DataView;

  constructor(
    private readonly memory: Uint8Array,
    public at: number,
  ) {
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  }

  bytes(...values: readonly number[]): void {
    for (const value of values) this.memory[this.at++] = value;
  }

  /** An opcode, and a 32-bit operand. */
  operand(opcode: number, value: number): void {
    this.memory[this.at++] = opcode;
    this.word(value);
  }

  word(value: number): void {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  store(address: number, value: number): void {
    this.bytes(0xc7);
    this.operand(0x05, address);
    this.word(value);
  }

  call(...[number, ebx, ecx, edx, esi]: Call): void {
    this.operand(0xbb, ebx);
    this.operand(0xb9, ecx);
    if (edx !== undefined) this.operand(0xba, edx);
    if (esi !== undefined) this.operand(0xbe, esi);
    this.operand(0xb8, number);
    this.bytes(0xcd, PV.HYPERCALL_VECTOR);
  }

  /** PUSH EAX, and HC_IRET. */
  leave(): void {
    this.bytes(0x50);
    this.operand(0xb8, PV.HC_IRET);
    this.bytes(0xcd, PV.HYPERCALL_VECTOR);
  }
}

/** Number, EBX, ECX, EDX, ESI; the last two as they are if they are not there. */
type Call = readonly [number: number, ebx: number, ecx: number, edx?: number, esi?: number];

const within = (random: Random, start: number, end: number) => start + random.below(end - start);

/** A frame with a role, or any; unless `careful`, of others now and then. */
function frame(random: Random, start = 0, end = FRAMES, careful = false): number {
  const kind = random.below(careful ? 80 : 100);
  if (kind < 80) return own(within(random, start, end));
  if (kind < 94) return own(random.below(FRAMES));
  return kind < 99 ? random.pick(FOREIGN) : random.u32();
}

/** Bits of an entry: those that are refused are rare, or, if `careful`, never set. */
function bits(random: Random, careful = false): number {
  const low = random.u32() & 0xe7f;
  if (careful) return low;
  return low | (random.chance(90) ? 1 : 0) | (random.chance(4) ? 0x100 : 0) | (random.chance(4) ? 0x80 : 0);
}

/** An entry of a page table: what is mapped writable is mostly no table; if `careful`, never. */
function tableEntry(random: Random, careful = false): number {
  if (random.chance(3)) return SHARED_INFO | bits(random, careful);
  if (random.chance(60)) return ((frame(random, DATA, INFORMATION, careful) << 12) | bits(random, careful)) >>> 0;
  const mayWrite = !careful && random.chance(10);
  return ((frame(random, 0, FRAMES, careful) << 12) | (bits(random, careful) & (mayWrite ? ~0 : ~WRITABLE))) >>> 0;
}

const directoryEntry = (random: Random, careful = false) =>
  ((frame(random, TABLES, DIRECTORIES, careful) << 12) | bits(random, careful)) >>> 0;
const firstTable = (random: Random) => FIRST_TABLE | 1 | (random.chance(95) ? WRITABLE : 0) | (random.u32() & 0x64);

/** An address that a guest knows: of its memory, of the ends of it, of the VMM. */
function address(random: Random): number {
  const kind = random.below(100);
  if (kind < 80) return random.below(MEMORY);
  if (kind < 88) return within(random, DATA, INFORMATION) * PAGE - random.below(16);
  if (kind < 94) return PV.VMM_BASE - 8 + random.below(16);
  return kind < 97 ? (random.below(8) << 22) + random.below(MEMORY) : random.u32();
}

/** Bytes of all kinds: anything, entries of tables that are mostly refused, tables and directories that mostly are not. */
export class RandomPages {
  private readonly anything: readonly Uint8Array[];
  private readonly tables: readonly Uint8Array[];
  private readonly directories: readonly Uint8Array[];

  constructor(random: Random) {
    const pages = (fill: (words: Uint32Array) => void) =>
      Array.from({ length: PAGES }, () => {
        const words = new Uint32Array(PAGE / 4);
        fill(words);
        return new Uint8Array(words.buffer);
      });
    const some = (words: Uint32Array, most: number, entry: () => number) => {
      for (let n = random.below(most); n >= 0; n--) words[random.chance(80) ? random.below(FRAMES) : random.below(1024)] = entry();
    };
    this.anything = pages((words) => {
      const dense = random.chance(30);
      for (let i = 0; i < words.length; i++) words[i] = dense ? tableEntry(random) : random.u32();
      const bytes = new Uint8Array(words.buffer);
      for (let i = 0; i < 16; i++) bytes.set(random.pick(INSTRUCTIONS), random.below(PAGE - 16));
    });
    this.tables = pages((words) => {
      const careful = random.chance(85);
      some(words, 24, () => tableEntry(random, careful));
    });
    this.directories = pages((words) => {
      const careful = random.chance(85);
      some(words, 3, () => directoryEntry(random, careful));
      for (let i = 8; i < PV.VMM_FIRST_SLOT; i++) if (random.chance(99)) words[i] = 0;
      if (random.chance(97)) words[0] = firstTable(random);
      if (random.chance(30)) for (const slot of [1022, 1023]) words[slot] = random.u32();
    });
  }

  fill(random: Random, ram: Uint8Array): void {
    for (let n = 0; n < INFORMATION; n++) {
      const role = n < TABLES || n >= DATA || random.chance(8) ? this.anything : n < DIRECTORIES ? this.tables : this.directories;
      ram.set(random.pick(role), n * PAGE);
    }
  }
}

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
