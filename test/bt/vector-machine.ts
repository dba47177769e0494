// The recorded vectors through the translator: an instruction that is copied, or a near branch, is translated and its translation run, in
// ring 3 as it was recorded. What comes behind it is done natively, from the guest state that the translator gives back.
import { Decoder, DecoderOptions } from "iced-x86";
import { BinaryTranslator } from "../../core/vmm/bt/binary-translator.js";
import { classify } from "../../core/vmm/bt/classify.js";
import type { BtHost, Fault, FetchedCode, HostEvent } from "../../core/vmm/bt/host.js";
import { GUEST_CS, GUEST_GS, STATE_GS, STATE_SIZE } from "../../core/vmm/bt/state.js";
import * as STATE from "../../wasm/abi/state.js";
import { descriptor } from "../lockstep/kernel.js";
import { CODE_BASE, IMAGE_RFLAGS, IMAGE_RIP, PAGE, SEL_CODE32, type StateImage } from "../oracle/layout.js";
import { GDT, OracleMachine, USER_DIRECTORY } from "../oracle/machine.js";

/** Linear address of state segment and cache, and where they are in RAM. */
const REGION = 0x2b600000;
const REGION_AT = 0x80000;
const CACHE = 0x90000;
const CACHE_BYTES = 0x8000;
const REGION_BYTES = CACHE + CACHE_BYTES;
const REGION_TABLE = 0x25000;
const SEL_STATE = 0x5b;
const FLAG_TF = 0x100;
const FLAG_RF = 0x10000;
const NATIVE = new Set(["cli", "sti", "pushf", "popf", "sensitive", "branch-form", "invalid"]);

export class VectorTranslator extends OracleMachine {
  /** Vectors whose instruction was executed in the cache, and of these, those that faulted there. */
  inCache = 0;
  faulted = 0;
  private readonly bt: BinaryTranslator;
  private input!: StateImage;
  /** Where the handler of the last event came to rest. */
  private handler = { eip: 0, esp: 0n };

  constructor() {
    super();
    const { ram } = this;
    ram.setBigUint64(USER_DIRECTORY + (REGION >>> 21) * 8, BigInt(REGION_TABLE) | 7n, true);
    for (let page = 0; page < REGION_BYTES / PAGE; page++)
      ram.setBigUint64(REGION_TABLE + page * 8, BigInt(REGION_AT + page * PAGE) | 0x67n, true);
    ram.setBigUint64(GDT + (SEL_STATE & ~7), descriptor(REGION, STATE_SIZE - 1, 0x40f3), true);
    this.u32(STATE.GDTR_LIMIT, SEL_STATE | 7);
    const { cacheBase, stateBase } = { cacheBase: REGION + CACHE, stateBase: REGION };
    this.bt = new BinaryTranslator(this.host(), { cacheBase, cacheSize: CACHE_BYTES, stateBase });
  }

  protected override execute(input: StateImage): string {
    this.input = input;
    const eip = input.u32(IMAGE_RIP);
    if (!this.isTranslated(input)) return super.execute(input);
    this.place(input);
    this.bt.codeWritten(CODE_BASE / PAGE);
    this.bt.flags.value = input.u32(IMAGE_RFLAGS);
    for (const [slot, selector] of [
      [GUEST_GS, input.segment(STATE.GS)],
      [GUEST_CS, SEL_CODE32],
      [STATE_GS, SEL_STATE],
    ] as const)
      this.ram.setUint32(REGION_AT + slot, selector, true);
    this.setSegment(STATE.GS, SEL_STATE);
    const exit = this.bt.run(eip);
    this.inCache++;
    this.setSegment(STATE.GS, input.segment(STATE.GS));
    this.bt.restoreX87Pointers();
    if (exit.kind === "event") return this.faultAt(exit.eip);
    this.u32(STATE.RIP, exit.eip);
    this.cpu.synchronize();
    return this.runToRest();
  }

  /** The handler's state as the fault left it, but with the guest's EIP in the frame. */
  private faultAt(eip: number): string {
    this.faulted++;
    this.u32(STATE.RIP, this.handler.eip);
    this.cpu.setRegister(STATE.RSP, this.handler.esp);
    this.setFrameEip(eip);
    return "halt";
  }

  private isTranslated(input: StateImage): boolean {
    if (input.segment(STATE.CS) !== SEL_CODE32 || input.u32(IMAGE_RFLAGS) & (FLAG_TF | FLAG_RF)) return false;
    const at = input.u32(IMAGE_RIP);
    const decoder = new Decoder(32, this.cpu.ram.subarray(at, Math.min(at + 15, CODE_BASE + PAGE)), DecoderOptions.None);
    const instruction = decoder.decode();
    const kind = classify(instruction);
    instruction.free();
    decoder.free();
    return !NATIVE.has(kind);
  }

  private host(): BtHost {
    const { cpu, ram } = this;
    return {
      codeLimit: 0xffffffff,
      fetch: (eip) => this.fetch(eip),
      readState: (offset) => ram.getUint32(REGION_AT + offset, true),
      writeState: (offset, value) => ram.setUint32(REGION_AT + offset, value, true),
      fillState: (offset, count, value) => {
        for (let n = 0; n < count; n++) ram.setUint32(REGION_AT + offset + n * 4, value, true);
      },
      place: (offset, bytes) => {
        cpu.ram.set(bytes, REGION_AT + CACHE + offset);
        cpu.memoryWritten(REGION_AT + CACHE + offset, bytes.length);
      },
      patch: (patches) => {
        for (const { offset, value } of patches) {
          ram.setInt32(REGION_AT + CACHE + offset, value, true);
          cpu.memoryWritten(REGION_AT + CACHE + offset, 4);
        }
      },
      getRegister: (n) => Number(cpu.register(n * 8)),
      setRegister: (n, value) => cpu.setRegister(n * 8, BigInt(value >>> 0)),
      get flags() {
        return cpu.flags;
      },
      restoreX87Pointers: (guestEip) => {
        const at = cpu.view.getUint32(STATE.FPU_IP, true);
        this.u32(STATE.FPU_IP, guestEip(at) ?? at);
      },
      restoreStateSegment: () => this.setSegment(STATE.GS, SEL_STATE),
      writeStack: () => {
        throw new Error("no PUSHF is translated here");
      },
      run: (eip) => this.runTranslated(eip),
    };
  }

  private fetch(eip: number): FetchedCode | Fault {
    const page = eip >>> 12;
    if (page !== CODE_BASE / PAGE) return { vector: 14, error: 0x14, address: eip };
    return { bytes: this.cpu.ram.slice(eip, CODE_BASE + PAGE), page, frame: page };
  }

  private runTranslated(eip: number): HostEvent {
    this.u32(STATE.RIP, eip);
    this.cpu.synchronize();
    if (this.runToRest() !== "halt") throw new Error("translated code does not come to rest");
    this.handler = { eip: this.cpu.view.getUint32(STATE.RIP, true), esp: this.cpu.register(STATE.RSP) };
    const { vector, error, eip: at, flags, esp } = this.stopped();
    this.cpu.setRegister(STATE.RSP, BigInt(esp));
    this.cpu.flags = flags & ~FLAG_RF;
    this.setSegment(STATE.CS, SEL_CODE32);
    this.setSegment(STATE.SS, this.input.segment(STATE.SS));
    this.u32(STATE.CPL, 3);
    this.u32(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    return { vector, error, eip: at };
  }
}
