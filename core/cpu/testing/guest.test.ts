// Guests whose VMM is no code of the processor: Cpu.enterGuest().
import { describe, expect, test } from "vitest";
import * as STATE from "../../../wasm/abi/state.js";
import * as V from "../../../wasm/abi/svm.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../translator/options.js";
import type { CpuHost } from "../cpu.js";
import { builtProcessor } from "./built-processor.js";
import { smallMachine } from "./small-machine.js";

const VMCB = 0x10000;
const IOPM = 0x11000;
const MSRPM = 0x14000;
const CODE = 0x20000;
const EFER_SVME = 0x1000n;
const PORT = 0x80;
const module = builtProcessor();

const VMMCALL = [0x0f, 0x01, 0xd9];
const CPUID = [0x0f, 0xa2];

interface Guest {
  readonly code: readonly number[];
  /** Bits by vector number. */
  readonly intercepts?: Readonly<Record<number, number>>;
}

/** A machine with a guest in flat 32-bit ring 0, which VMMCALL ends. */
function machineWith({ code, intercepts = {} }: Guest, host?: Partial<CpuHost>, policy: TranslationPolicy = "off") {
  const translator = TRANSLATION_POLICIES[policy];
  const { cpu, ram } = smallMachine({ module, ...(host && { host }), ...(translator && { translator }) });
  cpu.ram.set(code, CODE);
  const set32 = (field: number, value: number) => ram.setUint32(VMCB + field, value >>> 0, true);
  const set64 = (field: number, value: bigint) => ram.setBigUint64(VMCB + field, value, true);
  const get32 = (field: number) => ram.getUint32(VMCB + field, true);
  set32(V.VMCB_INTERCEPTS + 16, 3);
  for (const [vector, bits] of Object.entries(intercepts)) set32(Number(vector) * 4, get32(Number(vector) * 4) | bits);
  set64(V.VMCB_IOPM_BASE, BigInt(IOPM));
  set64(V.VMCB_MSRPM_BASE, BigInt(MSRPM));
  set32(V.VMCB_ASID, 1);
  for (let n = 0; n < 6; n++) {
    set32(V.VMCB_SEGMENTS + n * V.VMCB_SEGMENT_SIZE, (n === STATE.CS ? 0xc9b : 0xc93) << 16);
    set32(V.VMCB_SEGMENTS + n * V.VMCB_SEGMENT_SIZE + 4, 0xffffffff);
  }
  set64(V.VMCB_EFER, EFER_SVME);
  set64(V.VMCB_CR0, 0x11n);
  set64(V.VMCB_RFLAGS, 2n);
  set64(V.VMCB_RIP, BigInt(CODE));
  set64(V.VMCB_RSP, 0x30000n);
  set64(V.VMCB_RAX, 0x1234n);
  set64(V.VMCB_SYSENTER_EIP, 0x5678n);
  return { cpu, ram, set32, set64, get32, exitCode: () => Number(ram.getBigInt64(VMCB + V.VMCB_EXITCODE, true)) };
}

test("run() executes the guest to its #VMEXIT, and nothing after it", () => {
  // inc eax; vmmcall; inc eax; vmmcall
  const { cpu, exitCode, get32, set64 } = machineWith({ code: [0x40, ...VMMCALL, 0x40, ...VMMCALL] });
  cpu.enterGuest(VMCB);
  expect(cpu.run(1000)).toBe("vmexit");
  expect([exitCode(), get32(V.VMCB_RIP) - CODE, get32(V.VMCB_NRIP) - CODE, get32(V.VMCB_RAX)]).toEqual([V.VMEXIT_VMMCALL, 1, 4, 0x1235]);
  const instructions = cpu.instructions;
  expect(cpu.run(1000)).toBe("vmexit");
  expect(cpu.instructions).toBe(instructions);
  set64(V.VMCB_RIP, BigInt(CODE + 4));
  cpu.enterGuest(VMCB);
  expect(cpu.run(1000)).toBe("vmexit");
  expect(get32(V.VMCB_RAX)).toBe(0x1236);
});

test("registers of VMLOAD and VMSAVE are moved too", () => {
  // mov ecx, 176h; rdmsr; inc eax; wrmsr; vmmcall
  const { cpu, get32 } = machineWith({ code: [0xb9, 0x76, 0x01, 0, 0, 0x0f, 0x32, 0x40, 0x0f, 0x30, ...VMMCALL] });
  cpu.enterGuest(VMCB);
  expect(cpu.run(1000)).toBe("vmexit");
  expect(get32(V.VMCB_SYSENTER_EIP)).toBe(0x5679);
});

test("a VMCB that can not be entered ends with VMEXIT_INVALID", () => {
  const { cpu, exitCode, set32, get32 } = machineWith({ code: VMMCALL });
  set32(V.VMCB_ASID, 0);
  cpu.enterGuest(VMCB);
  expect(cpu.run(1000)).toBe("vmexit");
  expect([exitCode(), get32(V.VMCB_RAX)]).toEqual([V.VMEXIT_INVALID, 0x1234]);
});

test("the budget ends run() before the #VMEXIT does", () => {
  const { cpu, exitCode } = machineWith({ code: [0x90, 0x90, 0x90, ...VMMCALL] });
  cpu.enterGuest(VMCB);
  expect(cpu.run(2)).toBe("budget");
  expect(cpu.run(2)).toBe("vmexit");
  expect(exitCode()).toBe(V.VMEXIT_VMMCALL);
});

describe("interrupts from outside", () => {
  const LOOP = [0xeb, 0xfe];

  test("INTR and NMI end the guest when they are intercepted, and stay pending", () => {
    for (const [bit, code] of [
      [1, V.VMEXIT_INTR],
      [2, V.VMEXIT_NMI],
    ] as const) {
      let acknowledged = 0;
      const host = { interruptAcknowledge: () => ++acknowledged };
      const { cpu, exitCode, set64 } = machineWith({ code: LOOP, intercepts: { 3: bit } }, host);
      set64(V.VMCB_V_INTR, BigInt(V.V_INTR_MASKING));
      cpu.enterGuest(VMCB);
      expect(cpu.run(1000)).toBe("budget");
      if (code === V.VMEXIT_INTR) cpu.setInterrupt(true);
      else cpu.nonMaskableInterrupt();
      expect(cpu.run(1000)).toBe("vmexit");
      expect([exitCode(), acknowledged]).toEqual([code, 0]);
      const pending = code === V.VMEXIT_INTR ? STATE.INTR : STATE.NMI_PENDING;
      expect(cpu.view.getUint32(pending, true)).toBe(1);
    }
  });

  test("without V_INTR_MASKING the guest's IF counts", () => {
    const { cpu } = machineWith({ code: LOOP, intercepts: { 3: 1 } });
    cpu.enterGuest(VMCB);
    cpu.setInterrupt(true);
    expect(cpu.run(1000)).toBe("budget");
  });

  test("a halted guest is woken by what the host takes", () => {
    const { cpu, exitCode, set64 } = machineWith({ code: [0xf4], intercepts: { 3: 1 } });
    set64(V.VMCB_V_INTR, BigInt(V.V_INTR_MASKING));
    cpu.enterGuest(VMCB);
    expect(cpu.run(1000)).toBe("halt");
    expect(cpu.interruptible).toBe(true);
    cpu.setInterrupt(true);
    expect(cpu.run(1000)).toBe("vmexit");
    expect(exitCode()).toBe(V.VMEXIT_INTR);
  });
});

test("guest mode is part of a saved state", () => {
  // nop; nop; cpuid; vmmcall, with CPUID intercepted; then in another processor
  const guest = { code: [0x90, 0x90, ...CPUID, ...VMMCALL], intercepts: { 3: 1 << 18 } };
  const first = machineWith(guest);
  first.cpu.enterGuest(VMCB);
  expect(first.cpu.run(1)).toBe("budget");
  const second = machineWith(guest);
  second.cpu.loadState(first.cpu.saveState());
  expect(second.cpu.run(1000)).toBe("vmexit");
  expect([second.exitCode(), second.get32(V.VMCB_RIP) - CODE]).toEqual([V.VMEXIT_CPUID, 2]);
});

test("a shutdown that nobody intercepts is the processor's", () => {
  const { cpu } = machineWith({ code: [0x0f, 0x0b] });
  cpu.enterGuest(VMCB);
  expect(cpu.run(1000)).toBe("shutdown");
});

test("a port that the map does not name is the host's, another ends the guest", () => {
  const ports: number[] = [];
  const host = { portOut: (port: number) => void ports.push(port) };
  // out 80h, al; out 81h, al; vmmcall
  const { cpu, ram, exitCode, get32 } = machineWith({ code: [0xe6, PORT, 0xe6, PORT + 1, ...VMMCALL], intercepts: { 3: 1 << 27 } }, host);
  ram.setUint8(IOPM + ((PORT + 1) >> 3), 1 << ((PORT + 1) & 7));
  cpu.enterGuest(VMCB);
  expect(cpu.run(1000)).toBe("vmexit");
  expect([ports, exitCode(), get32(V.VMCB_EXITINFO1) >>> 16]).toEqual([[PORT], V.VMEXIT_IOIO, PORT + 1]);
  expect(get32(V.VMCB_EXITINFO2) - CODE).toBe(4);
});

test.each(["off", "eager"] as const)("a #VMEXIT right behind STI tells of its shadow, a later one does not (translator %s)", (policy) => {
  for (const [between, shadow] of [
    [[], 1],
    [[0x90], 0],
  ] as const) {
    // again: mov ecx, 50; cli; sti; nop; loop back to cli; cli; sti; between; vmmcall; jmp again
    const code = [0xb9, 50, 0, 0, 0, 0xfa, 0xfb, 0x90, 0xe2, 0xfb, 0xfa, 0xfb, ...between, ...VMMCALL];
    const { cpu, get32, set32 } = machineWith({ code: [...code, 0xeb, -(code.length + 2) & 255] }, undefined, policy);
    for (let n = 0; n < 100; n++) {
      cpu.enterGuest(VMCB);
      expect(cpu.run(10_000)).toBe("vmexit");
      expect([get32(V.VMCB_RIP) - CODE, get32(V.VMCB_INTERRUPT_SHADOW)]).toEqual([code.length - 3, shadow]);
      set32(V.VMCB_RIP, CODE + code.length);
      set32(V.VMCB_INTERRUPT_SHADOW, 0);
    }
    if (policy === "eager") expect(cpu.translation!.regions).toBeGreaterThan(0);
  }
});

describe("a guest that is entered again", () => {
  const PAGES = 0x40000;
  const PTE = PAGES + 0x1000;

  /** A guest that reads a page each time, which lies at 50000h; then the page table says 60000h. */
  function pagedGuest() {
    // again: mov eax, [400000h]; vmmcall; jmp again
    const machine = machineWith({ code: [0xa1, 0, 0, 0x40, 0, ...VMMCALL, 0xeb, 0xf6] });
    const { cpu, ram, set32, set64, get32 } = machine;
    ram.setUint32(PAGES, 0x87, true);
    ram.setUint32(PAGES + 4, PTE + 7, true);
    ram.setUint32(PTE, 0x50007, true);
    ram.setUint32(0x50000, 5, true);
    ram.setUint32(0x60000, 6, true);
    set64(V.VMCB_CR0, 0x80000011n);
    set64(V.VMCB_CR4, 0x10n);
    set64(V.VMCB_CR3, BigInt(PAGES));
    const read = () => {
      set32(V.VMCB_RIP, CODE);
      cpu.enterGuest(VMCB);
      expect(cpu.run(1000)).toBe("vmexit");
      return get32(V.VMCB_RAX);
    };
    expect(read()).toBe(5);
    ram.setUint32(PTE, 0x60007, true);
    return { ...machine, read };
  }

  test("finds its translations in the TLB", () => {
    expect(pagedGuest().read()).toBe(5);
  });

  test("does not, if TLB_CONTROL asks for a flush", () => {
    const { read, set32 } = pagedGuest();
    set32(V.VMCB_TLB_CONTROL, 1);
    expect(read()).toBe(6);
  });

  test("does not, under another ASID, or after a guest with another", () => {
    const { read, set32 } = pagedGuest();
    set32(V.VMCB_ASID, 2);
    expect(read()).toBe(6);
  });

  test("does not, if the VMM has changed how it is paged", () => {
    const { read, set64 } = pagedGuest();
    set64(V.VMCB_CR0, 0x80010011n);
    expect(read()).toBe(6);
  });

  test("does not, after the facade has taken the processor back", () => {
    const { read, cpu } = pagedGuest();
    cpu.enterGuest(VMCB);
    cpu.abandonGuest();
    expect(read()).toBe(6);
  });
});

test("the guest's time-stamp counter is the host's and TSC_OFFSET, both ways to read it", () => {
  // rdtsc; mov ebx, eax; mov ecx, edx; vmmcall; mov ecx, 10h; rdmsr; vmmcall
  const code = [0x0f, 0x31, 0x89, 0xc3, 0x89, 0xd1, ...VMMCALL, 0xb9, 0x10, 0, 0, 0, 0x0f, 0x32, ...VMMCALL];
  const { cpu, set32, set64, get32 } = machineWith({ code }, { timeStamp: () => 5000 });
  for (const offset of [0n, 0x7_0000_0003n, -1000n]) {
    set64(V.VMCB_TSC_OFFSET, BigInt.asUintN(64, offset));
    const expected = BigInt.asUintN(64, 5000n + offset);
    set32(V.VMCB_RIP, CODE);
    cpu.enterGuest(VMCB);
    expect(cpu.run(1000)).toBe("vmexit");
    expect(cpu.register(STATE.RBX) | (cpu.register(STATE.RCX) << 32n)).toBe(expected);
    set32(V.VMCB_RIP, get32(V.VMCB_NRIP));
    cpu.enterGuest(VMCB);
    expect(cpu.run(1000)).toBe("vmexit");
    expect(BigInt(get32(V.VMCB_RAX)) | (cpu.register(STATE.RDX) << 32n)).toBe(expected);
  }
});
