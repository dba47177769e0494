// One processor with RAM, a device window, tracked and read-only pages, and ports by which a program disturbs it: everything is a function
// of what the processor does, so that two of them that run the same program in different steps must stay equal.
import { Cpu, type CpuHost } from "../../core/cpu/cpu.js";
import type { TranslatorOptions } from "../../core/translator/options.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import { FEATURE_SMAP, FEATURE_SMEP, FEATURE_UMIP } from "../../wasm/abi/state.js";
import { CODE, CODE_END, DEVICE, RAM_BYTES, ROM, TRACKED } from "./layout.js";

/** Ports with an effect; all others only answer. */
export const PORT = { interrupt: 0x10, nmi: 0x11, stop: 0x12, dma: 0x13, a20: 0x14, remap: 0x15, dirty: 0x16, quiet: 0x17 } as const;

const PAGE = 4096;
const FIRST_VECTOR = 0x20;
const LOG_LIMIT = 50_000;

export class LockstepMachine {
  readonly cpu: Cpu;
  readonly ram: Uint8Array;
  /** Everything the host was asked, in order. */
  log: string[] = [];
  /** How many times it was asked. */
  accesses = 0;
  /** Hash of the log, which is cut off when it gets long. */
  private digest = 0;
  private asked = 0;

  /** Without a translator, everything is interpreted. */
  constructor(module: WebAssembly.Module, translator?: TranslatorOptions) {
    const features = FEATURE_UMIP | FEATURE_SMEP | FEATURE_SMAP;
    this.cpu = Cpu.create({ module, ramBytes: RAM_BYTES, host: this.host(), features, ...(translator && { translator }) });
    this.ram = this.cpu.ram;
  }

  /** Power on with `image` in memory. */
  start(image: Uint8Array): void {
    const { cpu } = this;
    cpu.setA20(true);
    cpu.mapPages(0, RAM_BYTES, "ram", RAM_BASE);
    cpu.mapPages(DEVICE, PAGE, "none");
    cpu.mapPages(TRACKED, PAGE, "tracked", RAM_BASE + TRACKED);
    cpu.mapPages(ROM, PAGE, "rom", RAM_BASE + ROM);
    this.ram.set(image);
    cpu.reset();
    cpu.setInterrupt(false);
    this.log = [];
    this.accesses = 0;
    this.digest = 0;
    this.asked = 0;
  }

  /** What the host has seen so far, as a number. */
  get seen(): number {
    return this.digest;
  }

  private note(text: string): void {
    this.accesses++;
    if (this.log.length < LOG_LIMIT) this.log.push(`${this.cpu.instructions}: ${text}`);
    for (let i = 0; i < text.length; i++) this.digest = (Math.imul(this.digest, 31) + text.charCodeAt(i)) | 0;
    this.digest = (Math.imul(this.digest, 31) + Number(this.cpu.instructions & 0xffffffn)) | 0;
  }

  /** An answer that is different every time, so that asking twice shows. */
  private answer(address: number): number {
    this.asked++;
    return Math.imul(address + this.asked, 0x9e3779b1) >>> 0;
  }

  private host(): CpuHost {
    return {
      portIn: (port, size) => {
        this.note(`in ${port} ${size}`);
        return this.answer(port);
      },
      portOut: (port, value, size) => {
        this.note(`out ${port} ${size} ${value}`);
        this.disturb(port, value);
      },
      mmioRead: (address, size) => {
        this.note(`read ${address} ${size}`);
        return this.answer(address);
      },
      mmioWrite: (address, value, size) => this.note(`write ${address} ${size} ${value}`),
      interruptAcknowledge: () => {
        this.note("acknowledge");
        this.cpu.setInterrupt(false);
        return this.asked++ % 16 === 0 ? -1 : FIRST_VECTOR + (this.asked & 7);
      },
      timeStamp: () => Number(this.cpu.instructions),
      msrWritten: (index, value) => this.note(`msr ${index} ${value}`),
    };
  }

  private disturb(port: number, value: number): void {
    const { cpu } = this;
    if (port === PORT.interrupt) cpu.setInterrupt(true);
    else if (port === PORT.quiet) cpu.setInterrupt(false);
    else if (port === PORT.nmi) cpu.nonMaskableInterrupt();
    else if (port === PORT.stop) cpu.stop();
    else if (port === PORT.dma) this.directAccess(value);
    else if (port === PORT.a20) cpu.setA20((value & 1) !== 0);
    else if (port === PORT.remap) {
      const kind = (["ram", "rom", "tracked", "none"] as const)[value & 3]!;
      cpu.mapPages(TRACKED, PAGE, kind, RAM_BASE + TRACKED);
    } else if (port === PORT.dirty) this.note(`dirty ${cpu.takeDirtyPages(TRACKED, PAGE).join()}`);
  }

  /** A bus master writes a few bytes somewhere in the program. */
  private directAccess(value: number): void {
    const at = CODE + ((Math.imul(value, 0x9e3779b1) >>> 0) % (CODE_END - CODE - 4));
    const length = 1 + (value & 3);
    this.ram.fill(0x90, at, at + length);
    this.cpu.memoryWritten(at, length);
  }
}
