// A paravirtual guest straight on a host, with a back end that the test sees, and with marks in all of the host's memory that is not its own.
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import type { VcpuExit } from "../../core/vmm/exit.js";
import { Host } from "../../core/vmm/host.js";
import type { PvBackEnd, PvDisk } from "../../core/vmm/pv/paravirtual.js";
import { PV_PAGES } from "../../core/vmm/pv/vmm-pages.js";
import * as STATE from "../../wasm/abi/state.js";

export const PAGE = 4096;
const MIB = 1 << 20;
const MARK = 0xc7;
const NANOSECONDS_PER_INSTRUCTION = 2;

/** Host-physical: a run of marks, the VMM's pages, the guest, marks again. All of it is compared after each random guest, so it is small. */
const MARKED = 32 * PAGE;
const VMM_AT = MARKED;
/** Of the guest's linear address 0. */
export const OFFSET = VMM_AT + PV_PAGES * PAGE;
export const GUEST_BYTES = 4 * MIB;
/** Its first page directory, and the table behind entry 0: of a guest with GUEST_BYTES. */
export const DIRECTORY = OFFSET + GUEST_BYTES - PAGE;
export const TABLE = DIRECTORY - PAGE;
export const VMM_TABLES = VMM_AT;
export const VMM_PAGE_TABLE = VMM_AT + PAGE;
export const SHARED_INFO = VMM_AT + 2 * PAGE;

export interface DomainOptions {
  readonly policy?: TranslationPolicy;
  readonly disk?: PvDisk;
  /** At most 4 MiB. */
  readonly guestBytes?: number;
}

export function createDomain({ policy = "off", disk, guestBytes = GUEST_BYTES }: DomainOptions = {}) {
  const translator = TRANSLATION_POLICIES[policy];
  const memoryBytes = OFFSET + guestBytes + MARKED;
  const host = new Host({ module: builtProcessor(), memoryBytes, ...(translator && { translator }), timeStamp: () => now() });
  host.cpu.ram.fill(MARK);
  host.pages.allocateRange(VMM_AT);
  const vm = host.createVm();
  const vcpu = vm.createVcpu({ road: "pv" });
  const at = host.pages.allocateRange(guestBytes);
  if (at !== OFFSET) throw new Error("the host's memory is not handed out as this file says");
  vm.setMemorySlot(0, { physical: 0, bytes: guestBytes, host: at });
  const ram = host.cpu.ram.subarray(at, at + guestBytes);
  let skipped = 0;
  const now = () => Number(host.cpu.instructions) * NANOSECONDS_PER_INSTRUCTION + skipped;
  let deadline: bigint | undefined;
  let output = "";
  const input: number[] = [];
  const backEnd: PvBackEnd = {
    now: () => BigInt(now()),
    wallClock: () => 1_000_000_000.25,
    setTimer: (when) => {
      deadline = when;
    },
    consoleWrite: (bytes) => {
      output += String.fromCharCode(...bytes);
      return bytes.length;
    },
    consoleRead: (most) => Uint8Array.from(input.splice(0, most)),
    consoleReadable: () => input.length > 0,
    disk,
  };
  const paravirtual = vcpu.paravirtual!;
  paravirtual.backEnd = backEnd;
  /** What a guest must never change, whatever it does, as it is now: all but its own memory and the shared-information page. */
  const others = () => {
    const ranges = [host.cpu.ram.subarray(0, SHARED_INFO), host.cpu.ram.subarray(OFFSET + guestBytes, memoryBytes)];
    const copies = ranges.map((range) => range.slice());
    return () => ranges.every((range, i) => Buffer.compare(range, copies[i]!) === 0);
  };
  const start = (code: Uint8Array, load: number) => {
    ram.fill(0);
    ram.set(code, load);
    vm.memoryWritten(0, guestBytes);
    paravirtual.start({ entry: load, end: load + code.length, commandLine: Uint8Array.of(104, 105) });
  };
  /** Run so many instructions, or until an exit that is not "intr"; time passes to the timer while the guest waits. */
  const run = (count: number): VcpuExit => {
    const end = host.cpu.instructions + BigInt(count);
    for (;;) {
      if (deadline !== undefined && BigInt(now()) >= deadline) {
        deadline = undefined;
        paravirtual.timerExpired();
      }
      const left = Number(end - host.cpu.instructions);
      if (left <= 0) return { kind: "intr" };
      const exit = vcpu.run(Math.min(left, 1000));
      if (exit.kind === "hlt" && deadline !== undefined && deadline < 2n ** 52n) skipped += Math.max(0, Number(deadline) - now());
      else if (exit.kind !== "intr") return exit;
    }
  };
  return {
    host,
    vm,
    vcpu,
    ram,
    start,
    run,
    others,
    output: () => output,
    type: (text: string) => input.push(...Buffer.from(text, "latin1")),
  };
}

export type Domain = ReturnType<typeof createDomain>;

/** Little-endian word of the shared-information page. */
export function sharedWord({ host }: Domain, at: number): number {
  return new DataView(host.cpu.ram.buffer, host.cpu.ram.byteOffset + SHARED_INFO).getUint32(at, true);
}

export const eip = ({ vcpu }: Domain): number => vcpu.state.u32(STATE.RIP);
