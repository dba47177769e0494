// States that a guest could be in, or nearly, on the pages of attack-code.ts.
import type { VcpuState } from "../../core/vmm/state.js";
import * as STATE from "../../wasm/abi/state.js";
import type { Random } from "../oracle/random.js";
import { address, CODE, CODE_PAGES, DIRECTORY, GDT, IDT, LDT, PAGE, PDPT, RAM, TSS } from "./attack-code.js";

type Mode = "real" | "virtual8086" | "inner" | "protected";

/** `state` is as after power-on; `ram` is filled. `allModes`: real and virtual-8086 mode and rings 1 and 2 (`inner`) are frequent. */
export function randomState(random: Random, state: VcpuState, ram: Uint8Array, allModes: boolean): void {
  for (let n = 0; n < 8; n++) state.setRegister(n, random.chance(70) ? address(random) : random.u32());
  state.setRegister(4, random.chance(90) ? 25 * PAGE + random.below(6 * PAGE) : address(random));
  const rare = random.chance(allModes ? 25 : 2);
  const mode: Mode = rare ? random.pick(["real", "virtual8086", "inner"] as const) : "protected";
  control(random, state, ram, mode === "real");
  segments(random, state, mode);
  state.set(STATE.GDTR_BASE, random.chance(92) ? GDT : address(random));
  state.set(STATE.GDTR_LIMIT, random.chance(99) ? 0x7f + random.below(0x100) : random.below(0x10000));
  state.set(STATE.IDTR_BASE, random.chance(92) ? IDT : address(random));
  state.set(STATE.IDTR_LIMIT, random.chance(92) ? 0x7ff : random.below(0x10000));
  state.setSegment(STATE.LDTR, { selector: 0x28, base: LDT, limit: random.below(0x200), access: random.pick([0x82, 0x82, 0]) });
  state.setSegment(STATE.TR, { selector: 0x30, base: TSS, limit: 0x67 + random.below(0x1000), access: random.pick([0x8b, 0x8b, 0x83]) });
  state.rip = random.chance(97) ? CODE + random.below(CODE_PAGES * PAGE) : address(random);
  if (mode === "real") state.rip &= 0xffff;
  for (const field of [STATE.MSR_SYSENTER_ESP, STATE.MSR_SYSENTER_EIP]) state.set(field, address(random));
  state.set(STATE.MSR_SYSENTER_CS, random.pick([0, 8, 8]));
  if (random.chance(10)) state.set(STATE.DRS + 56, 0x400 | (random.u32() & 0xffff03ff));
}

function control(random: Random, state: VcpuState, ram: Uint8Array, real: boolean): void {
  const paged = !real && random.chance(75);
  const pae = random.chance(35);
  state.set(
    STATE.CR0,
    (0x10 |
      (real ? 0 : 1) |
      (paged ? 0x80000000 : 0) |
      (random.chance(60) ? 0x10000 : 0) |
      (random.chance(20) ? random.below(16) & 0xe : 0)) >>>
      0,
  );
  state.set(STATE.CR4, (pae ? 0x20 : 0) | (random.chance(50) ? 0x10 : 0) | (random.chance(30) ? random.u32() & 0x68f : 0));
  state.set(STATE.CR3, random.chance(92) ? (pae ? PDPT : DIRECTORY) : address(random) & ~0xfff);
  state.set(STATE.EFER, random.pick([0, 0x800]));
  // What MOV to CR3 would have loaded.
  const view = new DataView(ram.buffer, ram.byteOffset, RAM);
  for (let i = 0; i < 4; i++) state.set64(STATE.PDPTES + i * 8, view.getBigUint64(PDPT + i * 8, true));
}

function segments(random: Random, state: VcpuState, mode: Mode): void {
  const sixteen = mode === "real" || mode === "virtual8086";
  const cpl = mode === "real" ? 0 : mode === "virtual8086" ? 3 : mode === "inner" ? 1 + random.below(2) : random.pick([0, 0, 3]);
  for (let n = STATE.ES; n <= STATE.GS; n++) {
    const code = n === STATE.CS;
    if (sixteen) {
      const selector = code ? 0x1000 : random.below(0x4000);
      const access = (code ? 0x9b : 0x93) | (mode === "virtual8086" ? 0x60 : 0);
      state.setSegment(n, { selector, base: selector << 4, limit: 0xffff, access: mode === "virtual8086" ? 0xf3 : access });
      continue;
    }
    const selector = cpl === 0 ? (code ? 8 : 0x10) : (code ? 0x18 : 0x20) | cpl;
    const access = (code ? 0xc09b : random.chance(95) ? 0xc093 : 0x4097) | (cpl << 5);
    const odd = random.chance(5);
    const base = odd ? random.pick([random.below(RAM), random.u32()]) : 0;
    state.setSegment(n, { selector, base, limit: odd ? random.u32() : 0xffffffff, access });
  }
  state.cpl = cpl;
  const iopl = random.pick([0, 0, 3, 1]) << 12;
  const odd = (random.chance(10) ? 0x100 : 0) | (random.chance(5) ? 0x4000 : 0) | (random.chance(10) ? 0x40000 : 0);
  state.flags = 2 | (random.u32() & 0xcd5 & ~0x300) | (random.chance(60) ? 0x200 : 0) | iopl | odd | (mode === "virtual8086" ? 0x20000 : 0);
}
