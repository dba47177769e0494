// The smallest hypervisor that carries docs/hypercalls.md: one guest on one processor of ours, the guest's kernel really in ring 1. For tests of
// the contract and of guests written to it; the road `pv` of the product is core/vmm's. Time is instructions executed.
// Each IDT gate leads to a stub, which is HLT: the processor stops there in ring 0, and the rest is TypeScript, until an IRET in ring 0 takes
// the processor back to the guest.
// Not here: block device, wall clock.

import { Cpu } from "../../core/cpu/cpu.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import * as PV from "../../core/vmm/pv/abi.js";
import { EventChannels } from "../../core/vmm/pv/event-channels.js";
import { Frames } from "../../core/vmm/pv/frames.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import { GuestAccess } from "./guest-access.js";
import { Hypercalls, NEVER } from "./hypercalls.js";
import * as AT from "./layout.js";
import { buildFirstTables, buildVmm, writeGate } from "./vmm-pages.js";

const GUEST_BYTES = 8 * AT.MIB;
/** The real interrupt by which the VMM takes the processor from the guest. */
const HOST_VECTOR = 0xef;
const WITH_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17]);
const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;
const FLAG_TF = 0x100;
const FLAG_IF = 0x200;
/** IOPL, NT, VM: not the guest's. */
const FLAGS_OF_VMM = 0x3000 | 0x4000 | 0x20000;
const CR0 = 0x80010033;
const CHUNK = 2000;
const NANOSECONDS_PER_INSTRUCTION = 2;

/** Where the guest was, or will be: what the processor pushes and IRET pops. */
interface Place {
  readonly eip: number;
  readonly cs: number;
  readonly flags: number;
  readonly esp: number;
  readonly ss: number;
}

export interface Ending {
  readonly reason: number;
  /** Why the VMM ended the guest. */
  readonly problem?: string;
}

export class PvMachine {
  private readonly cpu: Cpu;
  private readonly host: DataView;
  private readonly shared: DataView;
  private readonly frames: Frames;
  private readonly events: EventChannels;
  private readonly guest: GuestAccess;
  private readonly calls: Hypercalls;
  /** Guest time that passed while the guest waited. */
  private skipped = 0;
  private crash: string | undefined;

  /** A guest whose image is loaded at, and entered at, these linear addresses. */
  constructor(image: Uint8Array, load: number, entry: number) {
    this.cpu = Cpu.create({
      module: builtProcessor(),
      ramBytes: AT.GUEST_BASE + GUEST_BYTES,
      host: {
        portIn: () => 0xff,
        portOut: () => {},
        mmioRead: () => 0xffffffff,
        mmioWrite: () => {},
        interruptAcknowledge: () => {
          this.cpu.setInterrupt(false);
          return HOST_VECTOR;
        },
        timeStamp: () => this.now(),
        msrWritten: () => {},
      },
    });
    const { ram } = this.cpu;
    this.cpu.mapPages(0, ram.length, "ram", RAM_BASE);
    this.host = new DataView(ram.buffer, ram.byteOffset, ram.length);
    this.shared = new DataView(ram.buffer, ram.byteOffset + AT.SHARED_INFO, AT.PAGE);
    this.events = new EventChannels(this.shared);
    this.frames = this.createFrames();
    this.guest = new GuestAccess(
      this.host,
      () => this.frames.base! * AT.PAGE,
      (at, length) => this.cpu.memoryWritten(at, length),
    );
    this.calls = new Hypercalls(this.guest, this.frames, this.events, () => this.shared.setUint8(PV.SHARED_ENABLED, 1));
    ram.set(image, AT.GUEST_BASE + load);
    this.start(entry);
  }

  private createFrames(): Frames {
    return new Frames({
      memory: {
        read: (address) => this.host.getUint32(address, true),
        write: (address, value) => this.host.setUint32(address, value, true),
      },
      base: AT.GUEST_BASE / AT.PAGE,
      count: GUEST_BYTES / AT.PAGE,
      sharedInfo: AT.SHARED_INFO / AT.PAGE,
      vmmEntries: [AT.VMM_TABLE | 3],
    });
  }

  private start(entry: number): void {
    const { cpu } = this;
    buildVmm(this.host);
    this.writeGates();
    const { directory, information } = buildFirstTables(this.host, GUEST_BYTES);
    if (this.frames.setBase(directory / AT.PAGE) !== undefined) throw new Error("the first page tables are refused");
    const set = (field: number, value: number) => cpu.view.setBigUint64(field, BigInt(value >>> 0), true);
    set(STATE.GDTR_BASE, AT.GDT);
    set(STATE.GDTR_LIMIT, 0x3f);
    set(STATE.IDTR_BASE, AT.IDT);
    set(STATE.IDTR_LIMIT, 0x7ff);
    set(STATE.CR0, CR0);
    cpu.setSegment(STATE.TR, { selector: AT.TSS_SELECTOR, base: AT.TSS, limit: 103, access: 0x8b });
    cpu.setSegment(STATE.CS, { selector: AT.RING0_CODE, base: 0, limit: 0xffffffff, access: 0xc09b });
    cpu.setSegment(STATE.SS, { selector: AT.RING0_DATA, base: 0, limit: 0xffffffff, access: 0xc093 });
    for (const n of [STATE.DS, STATE.ES, STATE.FS, STATE.GS])
      cpu.setSegment(n, { selector: PV.KERNEL_DATA, base: 0, limit: PV.VMM_BASE - 1, access: 0xc0b3 });
    this.setRegister(STATE.RAX, PV.START_MAGIC);
    this.setRegister(STATE.RBX, information - AT.GUEST_BASE);
    this.tellTime();
    this.resume({ eip: entry, cs: PV.KERNEL_CODE, flags: 2, esp: information - AT.GUEST_BASE, ss: PV.KERNEL_DATA });
  }

  /** What the guest printed. */
  get output(): string {
    return this.calls.output;
  }

  /** The VMM's pages but for its stack: no guest may ever change anything there but who may use a gate. */
  get vmmMemory(): Uint8Array {
    return this.cpu.ram.slice(0, AT.STACK_PAGE);
  }

  type(text: string): void {
    this.calls.input.push(...Buffer.from(text, "latin1"));
    this.events.raise(PV.SOURCE_CONSOLE);
  }

  get ending(): Ending | undefined {
    if (this.crash !== undefined) return { reason: PV.SHUTDOWN_CRASH, problem: this.crash };
    return this.calls.shutdown === undefined ? undefined : { reason: this.calls.shutdown };
  }

  /** Run until the guest ends, `until` says so, `seconds` of guest time have passed, or nothing can happen any more. */
  run(until: () => boolean, seconds = 60): Ending | undefined {
    const end = this.now() + seconds * 1e9;
    const { calls, events } = this;
    while (!this.ending && !until() && this.now() < end) {
      if (BigInt(this.now()) >= calls.deadline) {
        calls.deadline = NEVER;
        events.raise(PV.SOURCE_TIMER);
      }
      if (events.deliverable) calls.blocked = false;
      if (calls.blocked && calls.deadline === NEVER) break;
      if (calls.blocked) {
        this.skipped += Number(calls.deadline) - this.now();
        continue;
      }
      if (events.deliverable) this.cpu.setInterrupt(true);
      const exit = this.cpu.run(CHUNK);
      if (exit === "halt") this.exit();
      else if (exit === "shutdown") throw new Error("the guest made the VMM's processor shut down");
    }
    return this.ending;
  }

  private now(): number {
    return Number(this.cpu.instructions) * NANOSECONDS_PER_INSTRUCTION + this.skipped;
  }

  private tellTime(): void {
    const now = BigInt(this.now());
    this.shared.setBigUint64(PV.SHARED_TIME + 8, now, true);
    this.shared.setBigUint64(PV.SHARED_TIME + 16, now, true);
    this.shared.setUint32(PV.SHARED_TIME + 24, 0x80000000, true);
    this.shared.setInt8(PV.SHARED_TIME + 28, 1);
  }

  private register(offset: number): number {
    return Number(BigInt.asUintN(32, this.cpu.register(offset)));
  }

  private setRegister(offset: number, value: number): void {
    this.cpu.setRegister(offset, BigInt(value >>> 0));
  }

  private writeGates(): void {
    for (let vector = 0; vector < 256; vector++)
      writeGate(this.host, vector, vector === PV.HYPERCALL_VECTOR ? 1 : (this.calls.traps.get(vector)?.dpl ?? 0));
  }

  /** Let the processor go to `place` by an IRET in ring 0. The real IF is always set. */
  private resume(place: Place): void {
    const { host, cpu } = this;
    const flags = (place.flags & ~FLAGS_OF_VMM) | FLAG_IF | 2;
    const top = AT.STACK_PAGE + AT.PAGE - 20;
    for (const [i, word] of [place.eip, place.cs, flags, place.esp, place.ss].entries()) host.setUint32(top + i * 4, word, true);
    this.setRegister(STATE.RSP, AT.RING0_STACK - 20);
    cpu.view.setBigUint64(STATE.RIP, BigInt(AT.IRET_STUB), true);
    cpu.view.setUint32(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING, true);
    cpu.view.setBigUint64(STATE.CR3, BigInt(this.frames.base! * AT.PAGE), true);
    // It flushes the TLB, stale or not.
    this.frames.takeStale();
    cpu.synchronize();
  }

  /** The processor stands behind the HLT of a stub. */
  private exit(): void {
    const vector = Number(this.cpu.view.getBigUint64(STATE.RIP, true)) - 1 - AT.STUBS;
    const word = (n: number) => this.host.getUint32(AT.STACK_PAGE + AT.PAGE - n * 4, true);
    const from = { eip: word(5), cs: word(4), flags: word(3), esp: word(2), ss: word(1) };
    if (vector === HOST_VECTOR) this.callBack(from);
    else if (vector === PV.HYPERCALL_VECTOR) this.hypercall(from);
    else this.trap(vector, WITH_ERROR_CODE.has(vector) ? word(6) : undefined, from);
  }

  private hypercall(from: Place): void {
    const call = this.register(STATE.RAX);
    if (call === PV.HC_IRET) {
      this.iret(from);
      return;
    }
    const [ebx, ecx, edx] = [STATE.RBX, STATE.RCX, STATE.RDX].map((offset) => this.register(offset)) as [number, number, number];
    this.setRegister(STATE.RAX, this.calls.answer(call, ebx, ecx, edx));
    if (call === PV.HC_SET_TRAPS) this.writeGates();
    this.resume(from);
  }

  private iret(from: Place): void {
    const words = (at: number, count: number): readonly number[] | undefined => {
      const bytes = this.guest.read(at, count * 4);
      return bytes && [...new Uint32Array(bytes.buffer)];
    };
    const [eax = 0, eip = 0, cs, flags = 0] = words(from.esp, 4) ?? [];
    const inner = cs === PV.KERNEL_CODE;
    const outer = cs === PV.USER_CODE ? words(from.esp + 16, 2) : undefined;
    const [esp = 0, ss] = inner ? [from.esp + 16, PV.KERNEL_DATA] : (outer ?? []);
    if (ss !== (inner ? PV.KERNEL_DATA : PV.USER_DATA)) {
      this.trap(GENERAL_PROTECTION, 0, from);
      return;
    }
    this.setRegister(STATE.RAX, eax);
    this.shared.setUint8(PV.SHARED_ENABLED, flags & FLAG_IF ? 1 : 0);
    this.callBack({ eip, cs: inner ? PV.KERNEL_CODE : PV.USER_CODE, flags, esp, ss });
  }

  /** Deliver events if there are any, or go on. */
  private callBack(from: Place): void {
    if (!this.events.deliverable || !this.calls.callback) {
      this.resume(from);
      return;
    }
    this.tellTime();
    this.deliver(this.calls.callback, true, undefined, from);
  }

  private trap(vector: number, errorCode: number | undefined, from: Place): void {
    const trap = this.calls.traps.get(vector);
    if (!trap) {
      this.crash = `vector ${vector} at ${from.eip.toString(16)} has no handler`;
      return;
    }
    if (vector === PAGE_FAULT) this.shared.setUint32(PV.SHARED_FAULT_ADDRESS, this.cpu.view.getUint32(STATE.CR2, true), true);
    this.deliver(trap.offset, trap.disablesEvents, errorCode, from);
  }

  /** Enter the guest's kernel at a handler. */
  private deliver(handler: number, disables: boolean, errorCode: number | undefined, from: Place): void {
    const outer = (from.cs & 3) === 3;
    const virtualIf = this.shared.getUint8(PV.SHARED_ENABLED) & 1 ? FLAG_IF : 0;
    const flags = (from.flags & ~(FLAG_IF | FLAGS_OF_VMM)) | virtualIf;
    const frame = [...(errorCode === undefined ? [] : [errorCode]), from.eip, from.cs, flags, ...(outer ? [from.esp, from.ss] : [])];
    const esp = ((outer ? this.calls.kernelStack : from.esp) - frame.length * 4) >>> 0;
    if (!this.guest.write(esp, new Uint8Array(Uint32Array.from(frame).buffer))) {
      this.crash = `no stack at ${esp.toString(16)} to enter ${handler.toString(16)} from ${from.eip.toString(16)}`;
      return;
    }
    if (disables) this.shared.setUint8(PV.SHARED_ENABLED, 0);
    this.resume({ eip: handler, cs: PV.KERNEL_CODE, flags: from.flags & ~FLAG_TF, esp, ss: PV.KERNEL_DATA });
  }
}
