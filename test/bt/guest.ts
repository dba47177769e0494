// A machine that a guest kernel runs on natively: processor, RAM, a device window, and ports by which it disturbs itself. What the outside
// sees is logged, so that two machines can be compared; nothing depends on how many instructions were executed.
import { Cpu, type CpuHost } from "../../core/cpu/cpu.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import { CODE, CODE_END, RAM_BYTES } from "../lockstep/layout.js";
import { PORT } from "../lockstep/machine.js";
import { REGION_BYTES } from "./layout.js";

const FIRST_VECTOR = 0x20;
const FLAG_RF = 0x10000;
const LOG_LIMIT = 20_000;
const module = builtProcessor();

export class GuestMachine {
  readonly cpu: Cpu;
  readonly ram: Uint8Array;
  log: string[] = [];
  private asked = 0;
  /** The interrupt line, which translated code does not see. */
  line = false;

  constructor() {
    this.cpu = Cpu.create({ module, ramBytes: RAM_BYTES, extraBytes: REGION_BYTES, host: this.host() });
    this.ram = this.cpu.ram;
    this.cpu.mapPages(0, RAM_BYTES, "ram", RAM_BASE);
  }

  start(image: Uint8Array): void {
    const { cpu } = this;
    this.ram.set(image);
    cpu.memoryWritten(0, RAM_BYTES);
    cpu.reset();
    this.setLine(false);
    this.log = [];
    this.asked = 0;
  }

  get eip(): number {
    return this.cpu.view.getUint32(STATE.RIP, true);
  }

  set eip(value: number) {
    this.cpu.view.setBigUint64(STATE.RIP, BigInt(value >>> 0), true);
  }

  /** What a program can see of the processor: registers, EIP, EFLAGS, segments and system registers, x87 and SSE. RF is left out. */
  visible(): Uint8Array {
    const record = this.cpu.saveState();
    const view = new DataView(record.buffer);
    const at = STATE.RFLAGS - STATE.STATE_BASE;
    view.setUint32(at, view.getUint32(at, true) & ~FLAG_RF, true);
    record.fill(0, STATE.INSTRUCTIONS - STATE.STATE_BASE, STATE.FEATURES - STATE.STATE_BASE);
    record.fill(0, STATE.LAST_EXCEPTION - STATE.STATE_BASE, STATE.FPU_REGS - STATE.STATE_BASE);
    // Address and selectors of the last x87 instruction are those that it ran with: the cache, and ring 1.
    record.fill(0, STATE.FPU_IP - STATE.STATE_BASE, STATE.XMM - STATE.STATE_BASE);
    return record;
  }

  /** One instruction as the guest's own processor executes it. False when that has come to rest. */
  step(): boolean {
    const exit = this.cpu.run(1);
    return exit !== "halt" && exit !== "shutdown";
  }

  protected setLine(level: boolean): void {
    this.line = level;
    this.cpu.setInterrupt(level);
  }

  private note(text: string): void {
    if (this.log.length < LOG_LIMIT) this.log.push(text);
  }

  /** An answer that is different every time, so that asking twice shows. */
  private answer(address: number): number {
    return Math.imul(address + ++this.asked, 0x9e3779b1) >>> 0;
  }

  private host(): CpuHost {
    return {
      portIn: (port, size) => {
        this.note(`in ${port} ${size}`);
        return this.answer(port);
      },
      portOut: (port, value, size) => {
        this.note(`out ${port} ${size} ${value}`);
        if (port === PORT.interrupt) this.setLine(true);
        else if (port === PORT.quiet) this.setLine(false);
        else if (port === PORT.nmi) this.cpu.nonMaskableInterrupt();
        else if (port === PORT.dma) this.directAccess(value);
      },
      mmioRead: (address, size) => {
        this.note(`read ${address} ${size}`);
        return this.answer(address);
      },
      mmioWrite: (address, value, size) => this.note(`write ${address} ${size} ${value}`),
      interruptAcknowledge: () => {
        this.note("acknowledge");
        this.setLine(false);
        return FIRST_VECTOR + (++this.asked & 7);
      },
      timeStamp: () => 0,
      msrWritten: (index, value) => this.note(`msr ${index} ${value}`),
    };
  }

  /** A bus master writes a few bytes somewhere in the program. */
  private directAccess(value: number): void {
    const at = CODE + ((Math.imul(value, 0x9e3779b1) >>> 0) % (CODE_END - CODE - 4));
    const length = 1 + (value & 3);
    this.ram.fill(0x90, at, at + length);
    this.cpu.memoryWritten(at, length);
  }
}
