import { describe, expect, test } from "vitest";
import { StateError } from "../../core/bus/device.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import * as STATE from "../../wasm/abi/state.js";
import { BootError } from "../boot/boot-error.js";
import { Machine } from "./machine.js";
import type { MachineOptions } from "./machine-options.js";
import { decodeSnapshot, encodeSnapshot, type SnapshotContent, SnapshotError, unpackMemory } from "./snapshot.js";

const module = builtProcessor();
const RAM = 4 << 20;
const NEVER = Number.POSITIVE_INFINITY;

interface Rig {
  readonly machine: Machine;
  /** What the guest sent on COM1. */
  readonly serial: () => string;
  readonly host: { time: number };
}

/** A machine with a boot sector of these bytes. Host time stands still unless the test moves it. */
function rig(code: readonly number[] | undefined, options: Partial<MachineOptions> = {}): Rig {
  let text = "";
  const host = { time: 0 };
  const machine = new Machine({
    module,
    ramBytes: RAM,
    clock: "virtual",
    hostTime: () => host.time,
    wallClock: 0,
    output: {
      serial1: (byte) => {
        text += String.fromCharCode(byte);
      },
    },
    ...options,
  });
  if (code) machine.boot({ kind: "image", image: Uint8Array.from(code) });
  return { machine, serial: () => text, host };
}

const CLI_HLT = [0xfa, 0xf4];
const LOOP = [0x40, 0xeb, 0xfd];
/** MOV AL, n; OUT port, AL. */
const out = (port: number, value: number) => [0xb0, value, 0xe6, port];
/** MOV DX, port; MOV AL, n; OUT DX, AL. */
const outDx = (port: number, value: number) => [0xba, port & 255, port >> 8, 0xb0, value, 0xee];

/**
 * Prints a letter on COM1 at each tick of the 8254: vector table entry 8, counter 0 at about 1 kHz, IRQ 0 unmasked; the handler prints,
 * counts up and ends the interrupt; the program halts, or counts in CX between the ticks.
 */
function ticking(body: readonly number[]): number[] {
  const handler = [0x50, 0x52, 0xba, 0xf8, 0x03, 0x88, 0xd8, 0xee, 0x43, 0xb0, 0x20, 0xe6, 0x20, 0x5a, 0x58, 0xcf];
  const setUp = [
    ...[0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0xc7, 0x06, 0x20, 0x00, 0x60, 0x7c, 0xc7, 0x06, 0x22, 0x00, 0x00, 0x00],
    ...out(0x43, 0x34),
    ...out(0x40, 0xa9),
    ...out(0x40, 0x04),
    ...out(0x21, 0xfe),
    ...outDx(0x3fb, 3),
    ...[0xb3, 0x41, 0xfb],
  ];
  const image = [...setUp, ...body];
  while (image.length < 0x60) image.push(0x90);
  return [...image, ...handler];
}
const HALTING = ticking([0xf4, 0xeb, 0xfd]);
const BUSY = ticking([0x41, 0xeb, 0xfd]);

const stateOf = ({ machine }: Rig) => ({ now: machine.clock.now(), file: machine.save() });

describe("run", () => {
  test("executes exactly as many instructions as asked for", () => {
    const { machine } = rig(LOOP);
    for (const limit of [1, 2, 127, 128, 129, 5000, 1_000_003]) {
      const before = machine.cpu.instructions;
      machine.run(NEVER, limit);
      expect(machine.cpu.instructions - before).toBe(BigInt(limit));
    }
  });

  test("is exact also when timers fire and interrupts come in between", () => {
    const { machine, serial } = rig(BUSY);
    for (let i = 0; i < 20; i++) {
      const before = machine.cpu.instructions;
      machine.run(NEVER, 123_457);
      expect(machine.cpu.instructions - before).toBe(123_457n);
    }
    expect(serial()).toMatch(/^ABCD/);
  });

  test("returns when its host time is over", () => {
    let time = 0;
    const { machine } = rig(LOOP, { hostTime: () => time++ });
    expect(machine.run(50)).toEqual({});
    expect(time).toBeLessThan(200);
  });

  test("a guest that only remaps memory does not keep the machine from its owner", () => {
    const pam = [0x66, 0xb8, 0x58, 0, 0, 0x80, 0xba, 0xf8, 0x0c, 0x66, 0xef, 0xb2, 0xfd];
    const guest = [...pam, 0x34, 0x33, 0xee, 0xeb, 0xfb];
    let looks = 0;
    const { machine } = rig(guest, { hostTime: () => looks++ });
    machine.run(100);
    expect(Number(machine.cpu.instructions)).toBeLessThan(2000);
  });
});

describe("how a guest ends", () => {
  test("HLT with interrupts off is dead", () => {
    expect(rig(CLI_HLT).machine.run(NEVER)).toEqual({ ending: { kind: "dead" } });
  });

  test("HLT with interrupts on and nothing that could interrupt is not dead: time goes on", () => {
    const masked = [...out(0x21, 0xff), ...out(0xa1, 0xff), 0xfb, 0xf4];
    let looks = 0;
    const { machine } = rig(masked, { hostTime: () => looks++ });
    expect(machine.run(100).ending).toBeUndefined();
  });

  test("the debug exit port ends it with a code", () => {
    expect(rig(out(0xf4, 3)).machine.run(NEVER)).toEqual({ ending: { kind: "exit", code: 7 } });
  });

  test("ACPI power-off ends it", () => {
    expect(rig([0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef]).machine.run(NEVER)).toEqual({ ending: { kind: "power-off" } });
  });

  test("an ended machine stays ended until it is reset", () => {
    const { machine } = rig(CLI_HLT);
    machine.run(NEVER);
    const { instructions } = machine.cpu;
    expect(machine.run(NEVER)).toEqual({ ending: { kind: "dead" } });
    expect(machine.cpu.instructions).toBe(instructions);
    machine.reset();
    expect(machine.run(NEVER)).toEqual({ ending: { kind: "dead" } });
    expect(machine.cpu.instructions).toBeGreaterThan(instructions);
  });
});

describe("reset", () => {
  /** LIDT of zeros: with no vectors, any exception is a triple fault. */
  const tripleFault = [0x0f, 0x01, 0x1e, 0x00, 0x05, 0xcc];
  const print = (letter: string) => [...outDx(0x3fb, 3), ...outDx(0x3f8, letter.charCodeAt(0))];
  const resets: readonly (readonly [string, readonly number[]])[] = [
    ["a triple fault", tripleFault],
    ["the 8042's pulse", out(0x64, 0xfe)],
    ["port 92", out(0x92, 1)],
    ["port CF9", outDx(0xcf9, 6)],
  ];

  test.each(resets)("%s starts the guest anew", (_, code) => {
    const { machine, serial } = rig([...print("x"), ...code]);
    machine.run(NEVER, 100);
    expect(serial()).toMatch(/^x{3,}$/);
  });

  test.each(resets)("%s ends the run if the owner wants that", (_, code) => {
    const { machine, serial } = rig([...print("x"), ...code, ...CLI_HLT], { stopOnReset: true });
    expect(machine.run(NEVER)).toEqual({ ending: { kind: "reset" } });
    expect(serial()).toBe("x");
  });

  test("a guest that faults at its first instruction keeps nobody waiting", () => {
    const { machine } = rig([0x0f, 0x01, 0x1e, 0x00, 0x05, 0xcc]);
    machine.run(NEVER, 100);
    expect(machine.cpu.instructions).toBeGreaterThanOrEqual(100n);
  });

  test("time does not run backwards", () => {
    const { machine } = rig([...print("x"), ...out(0x92, 1)]);
    let last = 0;
    for (let i = 0; i < 50; i++) {
      machine.run(NEVER, 7);
      expect(machine.clock.now()).toBeGreaterThan(last);
      last = machine.clock.now();
    }
  });
});

describe("time", () => {
  test("under the virtual clock a halted guest's ticks come at once, and always the same", () => {
    const runs = [1, 2].map(() => {
      const { machine, serial } = rig(HALTING);
      machine.run(NEVER, 2000);
      return [serial(), machine.clock.now()];
    });
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]![0]).toMatch(/^ABCDEFGH/);
  });

  test("under the real clock a halted guest says how long it waits, and ticks when that is over", () => {
    const { machine, serial, host } = rig(HALTING, { clock: "real" });
    const { idle } = machine.run(10);
    expect(idle).toBeGreaterThan(0.5);
    expect(idle).toBeLessThan(1.1);
    expect(serial()).toBe("");
    host.time += 1.1;
    machine.run(10);
    expect(serial()).toBe("A");
  });

  test("a paused machine's real time stands still", () => {
    const { machine, host } = rig(HALTING, { clock: "real" });
    machine.run(10);
    machine.pause();
    const now = machine.clock.now();
    host.time += 60_000;
    expect(machine.clock.now()).toBe(now);
    machine.run(0);
    expect(machine.clock.now()).toBe(now);
  });
});

describe("snapshots", () => {
  test.each([
    ["halting", HALTING],
    ["busy", BUSY],
  ] as const)("a %s guest resumed in a fresh machine goes on as if nothing had been", (_, code) => {
    const straight = rig(code);
    straight.machine.run(NEVER, 900_000);
    for (const at of [20, 600_001]) {
      const first = rig(code);
      first.machine.run(NEVER, at);
      const second = rig(undefined);
      second.machine.load(first.machine.save());
      second.machine.run(NEVER, 900_000 - at);
      expect(first.serial() + second.serial()).toBe(straight.serial());
      expect(stateOf(second)).toEqual(stateOf(straight));
    }
  });

  test("saving changes nothing, and what was loaded saves the same again", () => {
    const { machine } = rig(BUSY);
    machine.run(NEVER, 50_000);
    const file = machine.save();
    expect(machine.save()).toEqual(file);
    const other = rig(undefined);
    other.machine.load(file);
    expect(other.machine.save()).toEqual(file);
  });

  test("the file says what machine it needs", () => {
    expect(Machine.describe(rig(LOOP).machine.save())).toEqual({ ramBytes: RAM, clock: "virtual", hypervisor: "none" });
  });

  test("a resumed guest can still reset itself", () => {
    const { machine } = rig(LOOP);
    const other = rig(undefined);
    other.machine.load(machine.save());
    other.machine.run(NEVER, 1000);
    other.machine.reset();
    expect(other.machine.cpu.ram[0x7c00]).toBe(LOOP[0]);
    expect(Number(other.machine.cpu.view.getBigUint64(STATE.RIP, true))).toBe(0x7c00);
  });

  /** What a snapshot holds, for tests to spoil. */
  interface Content {
    readonly machine: Record<string, unknown>;
    readonly devices: Record<string, unknown>;
    processor: Uint8Array;
    readonly memories: Record<string, Uint8Array>;
  }

  function contentOf(file: Uint8Array): Content {
    const { machine, devices, processor, memories } = decodeSnapshot(file);
    const unpacked = Object.entries(memories).map(([name, memory]) => {
      const target = new Uint8Array(memory.size);
      unpackMemory(memory, target);
      return [name, target] as const;
    });
    return { machine: { ...machine }, devices: { ...devices }, processor, memories: Object.fromEntries(unpacked) };
  }

  /** A snapshot of a simple machine, with something changed. */
  function changed(change: (content: Content) => void): Uint8Array {
    const content = contentOf(rig(LOOP).machine.save());
    change(content);
    return encodeSnapshot(content as unknown as SnapshotContent);
  }

  const impossible: readonly (readonly [string, Parameters<typeof changed>[0]])[] = [
    ["of another size", (c) => Object.assign(c.memories, { ram: new Uint8Array(8 << 20) })],
    ["without video memory", (c) => delete c.memories["video"]],
    ["with a ROM larger than there is room for", (c) => Object.assign(c.memories, { rom: new Uint8Array(8 << 20) })],
    ["with half a processor", (c) => Object.assign(c, { processor: c.processor.slice(0, 100) })],
    ["with a processor in ring 7", (c) => c.processor.fill(7, STATE.CPL - STATE.STATE_BASE, STATE.CPL - STATE.STATE_BASE + 1)],
    [
      "with a processor that neither runs nor halts",
      (c) => c.processor.fill(9, STATE.ACTIVITY - STATE.STATE_BASE, STATE.ACTIVITY - STATE.STATE_BASE + 1),
    ],
    ["without a time", (c) => delete c.machine["now"]],
    ["of a time that is none", (c) => Object.assign(c.machine, { now: "noon" })],
    ["of a time before power-on", (c) => Object.assign(c.machine, { now: -1 })],
    ["without a device", (c) => delete c.devices["pit"]],
    ["with a device of another version", (c) => Object.assign(c.devices, { pit: { version: 99 } })],
    ["with a device that is a number", (c) => Object.assign(c.devices, { pit: 5 })],
    ["started with nonsense", (c) => Object.assign(c.machine, { source: { kind: "floppy" } })],
  ];
  test.each(impossible)("one %s is refused", (_, change) => {
    const { machine } = rig(undefined);
    let thrown: unknown;
    try {
      machine.load(changed(change));
    } catch (error) {
      thrown = error;
    }
    expect(thrown instanceof SnapshotError || thrown instanceof StateError, `${thrown}`).toBe(true);
  });

  test.each([-1, 5.5, 1e300, 4_500_000, "4"])("one that claims %s bytes of memory does not describe a machine", (ramBytes) => {
    const file = changed((c) => Object.assign(c.machine, { ramBytes }));
    expect(() => Machine.describe(file)).toThrow(SnapshotError);
  });
});

test("impossible memory sizes are refused", () => {
  for (const ramBytes of [0, 1 << 20, (4 << 20) + 4096, 4 * 2 ** 30, Number.NaN])
    expect(() => rig(undefined, { ramBytes })).toThrow(RangeError);
});

test("a BIOS of an odd size, or an empty kernel, is a BootError", () => {
  const { machine } = rig(undefined);
  for (const bios of [0, 1000, 5 << 20]) expect(() => machine.boot({ kind: "bios", bios: new Uint8Array(bios) })).toThrow(BootError);
  expect(() => machine.boot({ kind: "kernel", kernel: new Uint8Array(0), commandLine: "" })).toThrow(BootError);
});

describe("the framebuffer's BAR", () => {
  const ONES = 0xffffffff;

  test("over RAM, ROM or the APICs shows those, and they are unharmed when it goes away", () => {
    const { machine } = rig(undefined);
    machine.boot({ kind: "bios", bios: new Uint8Array(0x10000).fill(0xea) });
    machine.cpu.ram[0x123456] = 0x77;
    const pages = (at: number) => machine.cpu.peekLinear(at, 1)[0];
    for (const base of [0, 0x1000000, 0xfe000000, 0xff000000]) {
      const mapping = machine.memory.mapFramebuffer(base);
      machine.memory.bytes.fill(0x11);
      expect([pages(0x123456), pages(ONES)]).toEqual([0x77, 0xea]);
      expect(pages(0xfec00000)).toBe(0);
      mapping.remove();
      expect([pages(0x123456), pages(ONES)]).toEqual([0x77, 0xea]);
    }
  });

  test("half above RAM shows that half, and its dirty pages count from the BAR", () => {
    const { machine } = rig([0xa2, 0, 0], { ramBytes: 8 << 20 });
    machine.memory.mapFramebuffer(0x7ff000);
    machine.memory.bytes[0x1000] = 0x5a;
    expect(machine.cpu.peekLinear(0x800000, 1)[0]).toBe(0x5a);
    // MOV [0], AL with DS at the first page above RAM: the second of the BAR.
    machine.cpu.setSegment(STATE.DS, { selector: 0, base: 0x800000, limit: 0xffff, access: 0x93 });
    machine.cpu.synchronize();
    machine.run(NEVER, 1);
    expect([...(machine.memory.takeDirtyPages() ?? [])]).toEqual([1]);
  });
});
