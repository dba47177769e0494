import { beforeAll, describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import * as STATE from "../../wasm/abi/state.js";
import { NANOSECONDS_PER_INSTRUCTION } from "./guest-clock.js";
import { Machine } from "./machine.js";
import type { MachineOptions } from "./machine-options.js";
import { SnapshotError } from "./snapshot.js";

const module = builtProcessor();

/** Of the machines of the test at hand; undefined: bare. */
let road: RoadOptions | undefined;

function machineOf(options: Partial<MachineOptions> = {}): Machine {
  const own = { module, ramBytes: 4 << 20, clock: "virtual", hostTime: () => 0, wallClock: 0, hypervisor: "kvm" } as const;
  return new Machine({ ...own, ...(road && { road }), ...options });
}

/** A machine that has run a boot sector of these bytes, and HLT with interrupts off, to its end. */
function ran(code: readonly number[], options: Partial<MachineOptions> = {}): Machine {
  const machine = machineOf(options);
  machine.boot({ kind: "image", image: Uint8Array.from([...code, 0xfa, 0xf4]) });
  machine.run(1000);
  return machine;
}

const bytes = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
/** MOV EAX, n and its kin, in 16-bit code. */
const moveEax = (value: number) => [0x66, 0xb8, ...bytes(value)];
const moveEcx = (value: number) => [0x66, 0xb9, ...bytes(value)];
const moveEdx = (value: number) => [0x66, 0xba, ...bytes(value)];
const CPUID = [0x0f, 0xa2];
const RDTSC = [0x0f, 0x31];
const wrmsr = (index: number, low: number, high = 0) => [...moveEcx(index), ...moveEax(low), ...moveEdx(high), 0x0f, 0x30];
const rdmsr = (index: number) => [...moveEcx(index), 0x0f, 0x32];
/** #GP goes to 0000:7E00: HLT with SI = 1234h. */
const CATCH_GP = [0x31, 0xc0, 0x8e, 0xd8, 0xc7, 0x06, 0x34, 0, 0, 0x7e, 0xc7, 0x06, 0x36, 0, 0, 0];
const catching = (code: readonly number[]) => {
  const image = [...CATCH_GP, ...code, 0xfa, 0xf4];
  while (image.length < 0x200) image.push(0);
  return [...image, 0xbe, 0x34, 0x12];
};

const register = (machine: Machine, offset: number) => Number(BigInt.asUintN(32, machine.cpu.register(offset)));
const cpuid = (leaf: number, options?: Partial<MachineOptions>) => {
  const machine = ran([...moveEax(leaf), ...CPUID], options);
  return [STATE.RAX, STATE.RBX, STATE.RCX, STATE.RDX].map((offset) => register(machine, offset));
};
const faulted = (code: readonly number[], options?: Partial<MachineOptions>) =>
  (register(ran(catching(code), options), STATE.RSI) & 0xffff) === 0x1234;
/** Guest time by the record at 1000h and a value of the counter. */
const clockAt = ({ cpu }: Machine, tsc: bigint) => {
  const view = new DataView(cpu.ram.buffer, cpu.ram.byteOffset + 0x1000);
  return BigInt.asUintN(64, tsc - view.getBigUint64(8, true)) + view.getBigUint64(16, true);
};
const counter = (machine: Machine) => (BigInt(register(machine, STATE.RDX)) << 32n) | BigInt(register(machine, STATE.RAX));

describe.each([
  { name: "bare", on: undefined },
  { name: "hw", on: { road: "hw" } as const },
])("on the road $name", ({ on }) => {
  beforeAll(() => {
    road = on;
  });

  describe("CPUID", () => {
    test("says that a hypervisor is there, which one, and what it offers", () => {
      expect(cpuid(1)[2]! >>> 31).toBe(1);
      const [highest, ...signature] = cpuid(0x40000000);
      expect(highest).toBe(0x40000010);
      expect(String.fromCharCode(...signature.flatMap(bytes))).toBe("KVMKVMKVM\0\0\0");
      expect(cpuid(0x40000001)).toEqual([0x0100006b, 0, 0, 0]);
      expect(cpuid(0x40000010)).toEqual([1_000_000, 100_000, 0, 0]);
      expect(cpuid(0x400000ff)).toEqual([0, 0, 0, 0]);
    });

    test("says nothing of it on a bare machine: the leaf is as any above the highest", () => {
      const bare = { hypervisor: "none" } as const;
      expect(cpuid(1, bare)[2]! >>> 31).toBe(0);
      expect(cpuid(0x40000000, bare)).toEqual(cpuid(7, bare));
    });
  });

  describe("registers", () => {
    test("read back what was written; those that do not exist, and all of them on a bare machine, are #GP", () => {
      const machine = ran([...wrmsr(0x4b564d01, 0x1001), ...rdmsr(0x12)]);
      expect(register(machine, STATE.RAX)).toBe(0x1001);
      expect(faulted(rdmsr(0x4b564d01))).toBe(false);
      expect(faulted(rdmsr(0x4b564d02))).toBe(true);
      expect(faulted(wrmsr(0x4b564d02, 0))).toBe(true);
      expect(faulted(wrmsr(0x4b564d03, 0x1003))).toBe(true);
      expect(faulted(rdmsr(0x4b564d01), { hypervisor: "none" })).toBe(true);
      expect(faulted(wrmsr(0x11, 0), { hypervisor: "none" })).toBe(true);
    });

    test("kvm-clock is guest time at every look, under the virtual clock to the instruction", () => {
      const machine = ran([...wrmsr(0x4b564d01, 0x1001), ...Array<number>(100).fill(0x90), ...RDTSC]);
      // CLI and HLT are executed after RDTSC, which sees the time before itself.
      const expected = BigInt(NANOSECONDS_PER_INSTRUCTION) * (machine.cpu.instructions - 3n);
      expect(clockAt(machine, counter(machine))).toBe(expected);
    });

    test("kvm-clock does not move when the guest moves its time-stamp counter", () => {
      const machine = ran([...wrmsr(0x4b564d01, 0x1001), ...wrmsr(0x10, 5, 0x80000000), ...RDTSC]);
      expect(counter(machine)).toBe(0x80000000_00000005n + 2n);
      expect(clockAt(machine, counter(machine))).toBe(BigInt(NANOSECONDS_PER_INSTRUCTION) * (machine.cpu.instructions - 3n));
    });

    test("under the real clock the counter is never before the record, and goes at the record's rate", () => {
      let time = 0;
      const loop = [...wrmsr(0x4b564d01, 0x1001), ...RDTSC, 0xeb, 0xfc];
      const machine = machineOf({
        clock: "real",
        hostTime: () => {
          time += 0.001;
          return time;
        },
      });
      machine.boot({ kind: "image", image: Uint8Array.from(loop) });
      for (let n = 0; n < 20; n++) {
        const before = machine.clock.now();
        machine.run(5, 2001);
        const guest = Number(clockAt(machine, counter(machine)));
        expect(guest).toBeGreaterThanOrEqual(before);
        expect(guest).toBeLessThanOrEqual(machine.clock.now());
      }
    });
  });

  test("steal time is told before the processor goes on: what the host took between two runs", () => {
    let time = 0;
    const machine = machineOf({ clock: "real", hostTime: () => time });
    machine.boot({ kind: "image", image: Uint8Array.from([...wrmsr(0x4b564d03, 0x2001), 0xeb, 0xfe]) });
    machine.run(0, 1000);
    const stolen = () => new DataView(machine.cpu.ram.buffer, machine.cpu.ram.byteOffset + 0x2000).getBigUint64(0, true);
    expect(stolen()).toBe(0n);
    time += 60_000;
    machine.run(0, 1000);
    machine.run(0, 1000);
    expect(stolen()).toBeGreaterThan(59_999_000_000n);
    expect(stolen()).toBeLessThanOrEqual(60_000_000_000n);
  });

  describe("snapshots", () => {
    test("keep the interface, and say what machine they need", () => {
      const machine = ran(wrmsr(0x4b564d01, 0x1001));
      const file = machine.save();
      expect(Machine.describe(file)).toEqual({ ramBytes: 4 << 20, clock: "virtual", hypervisor: "kvm" });
      const copy = machineOf();
      copy.load(file);
      expect(copy.board.kvm?.readMsr(0x4b564d01)).toBe(0x1001n);
      expect(copy.save()).toEqual(file);
    });

    test("are not taken by a machine with another hypervisor", () => {
      expect(() => machineOf({ hypervisor: "none" }).load(machineOf().save())).toThrow(SnapshotError);
      expect(() => machineOf().load(machineOf({ hypervisor: "none" }).save())).toThrow(/not of a machine whose hypervisor is kvm/);
    });

    test("that are taken by a machine at work lose no end of an interrupt and write to no memory of the other's", () => {
      const machine = ran([]);
      machine.board.localApic.setVirtualWire();
      const deliver = () => {
        machine.board.localApic.receive({ destination: 0, logical: false, deliveryMode: 0, vector: 0x50, level: false });
        return machine.board.acknowledge();
      };
      machine.board.kvm?.writeMsr(0x4b564d04, 0x3001n);
      expect(deliver()).toBe(0x50);
      // The guest ends the interrupt without a word, and is saved.
      machine.cpu.ram[0x3000] = 0;
      const file = machine.save();
      expect(deliver()).toBe(0x50);
      machine.load(file);
      expect(machine.save()).toEqual(file);
      expect(machine.cpu.ram[0x3000]).toBe(0);
      expect(deliver()).toBe(0x50);
    });
  });
});
