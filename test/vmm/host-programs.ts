// Small programs for virtual processors without a machine around them: flat segments, ring 0, no paging to begin with.
import { loadBinaryTranslator } from "../../core/vmm/bt/loading.js";
import type { Host } from "../../core/vmm/host.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import type { RoadOptions, Vm } from "../../core/vmm/vm.js";
import { assemble } from "../../guests/assembler/index.js";
import * as STATE from "../../wasm/abi/state.js";

await loadBinaryTranslator();

export const RAM = 1 << 20;

/** The roads that need nothing of their guest, by name. */
export const ROADS: Readonly<Record<string, RoadOptions>> = {
  "trap 0/1/3": { road: "trap" },
  "trap 0/3/3": { road: "trap", compression: "0/3/3" },
  bt: { road: "bt" },
  "hw nested": { road: "hw" },
  "hw shadow": { road: "hw", paging: "shadow" },
};

/** GDT at 1000H: code and data of ring 0; what is behind them is for programs. */
const GDT = 0x1000;
const DESCRIPTORS = [0n, 0x00cf9b000000ffffn, 0x00cf93000000ffffn];

export interface SmallVm {
  readonly vm: Vm;
  /** Guest memory. */
  readonly ram: Uint8Array;
  readonly view: DataView;
  word(address: number): number;
  symbol(name: string): number;
}

/** A VM with RAM bytes of memory and a program at 10000H, which is where `source` begins. */
export function smallVm(host: Host, source: string): SmallVm {
  const vm = host.createVm();
  const at = host.pages.allocateRange(RAM);
  vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: at });
  const ram = host.cpu.ram.subarray(at, at + RAM);
  const view = new DataView(ram.buffer, ram.byteOffset, RAM);
  const { bytes, symbols } = assemble("program.asm", `bits 32\norg 0x10000\n${source}`);
  ram.fill(0);
  ram.set(bytes, 0x10000);
  for (const [i, descriptor] of DESCRIPTORS.entries()) view.setBigUint64(GDT + i * 8, descriptor, true);
  const symbol = (name: string) => {
    const found = symbols.get(name);
    if (!found) throw new Error(`no label ${name}`);
    return Number(found.value);
  };
  return { vm, ram, view, symbol, word: (address) => view.getUint32(address, true) };
}

/** One more processor, about to execute the code at `label`, with a stack of its own. */
export function startVcpu({ vm, symbol }: SmallVm, road: RoadOptions, label: string): Vcpu {
  const vcpu = vm.createVcpu(road);
  const { state } = vcpu;
  for (let n = STATE.ES; n <= STATE.GS; n++)
    state.setSegment(n, { selector: n === STATE.CS ? 8 : 16, base: 0, limit: 0xffffffff, access: n === STATE.CS ? 0xc09b : 0xc093 });
  state.set(STATE.CR0, 0x31);
  state.set(STATE.GDTR_BASE, GDT);
  state.set(STATE.GDTR_LIMIT, 0x7f);
  state.set(STATE.IDTR_LIMIT, 0);
  state.setRegister(4, 0x8000 - vcpu.number * 0x1000);
  state.rip = symbol(label);
  vcpu.stateChanged();
  return vcpu;
}

/** Give each processor `slice` instructions in turn until all have halted. Throws if one ends otherwise, or none does. */
export function runAll(vcpus: readonly Vcpu[], slice: number): void {
  const running = new Set(vcpus);
  for (let turn = 0; turn < 10_000 && running.size > 0; turn++)
    for (const vcpu of running) {
      const exit = vcpu.run(slice);
      if (exit.kind === "hlt") running.delete(vcpu);
      else if (exit.kind !== "intr") throw new Error(`processor ${vcpu.number}: ${JSON.stringify(exit)}`);
    }
  if (running.size > 0) throw new Error(`${running.size} processors do not end`);
}
