// The emulator's decoder against iced-x86: the same length and mnemonic for random bytes, whatever is decoded.
import { Code, Decoder, DecoderOptions, Mnemonic, Register } from "iced-x86";
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { GuestMemory } from "../../core/vmm/guest-memory.js";
import { Host } from "../../core/vmm/host.js";
import { ShadowPaging } from "../../core/vmm/shadow/shadow-paging.js";
import { VcpuState } from "../../core/vmm/state.js";
import { decode, decodedAgain } from "../../core/vmm/trap/decode.js";
import { Guest } from "../../core/vmm/trap/guest.js";
import * as STATE from "../../wasm/abi/state.js";

/** iced's names for ours; string and far forms by prefix of the name. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  ins: ["Insb", "Insw", "Insd"],
  outs: ["Outsb", "Outsw", "Outsd"],
  // With F3 it is another instruction on processors that have it.
  wbinvd: ["Wbinvd", "Wbnoinvd"],
  iret: ["Iret", "Iretd"],
  "jmp far": ["Jmp"],
  "call far": ["Call"],
  pushf: ["Pushf", "Pushfd"],
  popf: ["Popf", "Popfd"],
  "push sreg": ["Push"],
  "mov from sreg": ["Mov"],
  "mov sreg": ["Mov"],
  "pop sreg": ["Pop"],
  "load far pointer": ["Les", "Lds", "Lss", "Lfs", "Lgs"],
  "mov from cr": ["Mov"],
  "mov to cr": ["Mov"],
  "mov from dr": ["Mov"],
  "mov to dr": ["Mov"],
};

const host = new Host({ module: builtProcessor(), memoryBytes: 1 << 20 });
const memory = new GuestMemory(host.cpu);
const guest = new Guest(new VcpuState(), memory, new ShadowPaging(host.cpu, host.pages, memory));
const SEGMENTS = [STATE.ES, STATE.CS, STATE.SS, STATE.DS, STATE.FS, STATE.GS];

let seed = 1;
function random(n: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * n);
}

/** A general register by iced's number, or 0 for none. */
function registerValue(register: number): number {
  if (register >= Register.EAX && register < Register.EAX + 8) return guest.state.register(register - Register.EAX);
  return register >= Register.AX && register < Register.AX + 8 ? guest.state.register(register - Register.AX) & 0xffff : 0;
}

/** Opcodes that are decoded, and some that are not. */
const OPCODES = [0x07, 0x17, 0x1f, 0x6c, 0x6d, 0x6e, 0x6f, 0x8e, 0x9a, 0xc4, 0xc5, 0xca, 0xcb, 0xcf, 0xe4, 0xe5, 0xe6, 0xe7, 0xea].concat([
  0x06, 0x0e, 0x16, 0x1e, 0x8c, 0x9c, 0x9d, 0xec, 0xed, 0xee, 0xef, 0xf4, 0xfa, 0xfb, 0xff, 0x89, 0x50, 0xcd,
]);
const SECOND = [
  0x00, 0x01, 0x06, 0x08, 0x09, 0x20, 0x21, 0x22, 0x23, 0x30, 0x31, 0x32, 0x34, 0x35, 0x02, 0x03, 0xa0, 0xa8, 0xa1, 0xa9, 0xb2, 0xb4, 0xb5,
  0xa2,
];
const PREFIXES = [0x66, 0x67, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf3, 0xf2];

function bytes(): Uint8Array {
  const prefixes = Array.from({ length: random(3) }, () => PREFIXES[random(PREFIXES.length)]!);
  const opcode = random(2) ? [OPCODES[random(OPCODES.length)]!] : [0x0f, SECOND[random(SECOND.length)]!];
  return Uint8Array.from([...prefixes, ...opcode, ...Array.from({ length: 12 }, () => random(256))].slice(0, 15));
}

test.each([16, 32] as const)("%i-bit code", (bits) => {
  for (const n of SEGMENTS) guest.state.setSegment(n, { selector: 8, base: 0, limit: 0xffffffff, access: bits === 32 ? 0xc09b : 0x009b });
  let decoded = 0;
  for (let i = 0; i < 20_000; i++) {
    const code = bytes();
    for (let n = 0; n < 8; n++) guest.state.setRegister(n, random(2 ** 32));
    const ours = decode(guest, (offset) => code[offset]);
    const decoder = new Decoder(bits, code, DecoderOptions.None);
    const theirs = decoder.decode();
    const what = Buffer.from(code).toString("hex");
    if (theirs.code === Code.INVALID) {
      // What iced calls invalid never gets here: the processor raises #UD. Some of it we decode.
    } else if (ours) {
      decoded++;
      expect(ours.length, what).toBe(theirs.length);
      const name = Mnemonic[theirs.mnemonic]!;
      expect(
        (NAMES[ours.mnemonic] ?? [ours.mnemonic]).map((n) => n.toLowerCase()),
        what,
      ).toContain(name.toLowerCase());
      if (ours.memory) {
        const address =
          registerValue(theirs.memoryBase) +
          registerValue(theirs.memoryIndex) * theirs.memoryIndexScale +
          Number(theirs.memoryDisplacement);
        const size = ours.addressSize === 4 ? 2 ** 32 : 2 ** 16;
        expect(ours.memory.offset, what).toBe(((address % size) + size) % size);
        expect(ours.memory.segment, what).toBe(theirs.memorySegment - Register.ES);
      }
    }
    theirs.free();
    decoder.free();
  }
  expect(decoded).toBeGreaterThan(10_000);
});

test("what was decoded once is with other registers what decoding it then gives", () => {
  for (const n of SEGMENTS) guest.state.setSegment(n, { selector: 8, base: 0, limit: 0xffffffff, access: 0xc09b });
  const shuffle = () => {
    for (let n = 0; n < 8; n++) guest.state.setRegister(n, random(2 ** 32));
  };
  let moved = 0;
  for (let n = 0; n < 10_000; n++) {
    const code = random(2) ? bytes() : Uint8Array.from([0x87 + random(5), ...Array.from({ length: 12 }, () => random(256))]);
    const decodeNow = () => decode(guest, (offset) => code[offset], true);
    shuffle();
    const first = decodeNow();
    if (!first?.memory) continue;
    shuffle();
    const again = decodedAgain(first, guest.state);
    expect(again === undefined, `${[...code]}`).toBe(first.addressSize === 2);
    if (again) expect(again, `${[...code]}`).toEqual(decodeNow());
    if (again && again.memory!.offset !== first.memory.offset) moved++;
  }
  expect(moved).toBeGreaterThan(500);
});
