// A guest for paging tests: it makes one access, or one change to what translation depends on, and halts. Its own code, stacks and tables lie
// in the first 4 MiB, which stay mapped one to one; everything it is told to touch lies above.
import { Cpu, type CpuHost } from "../../core/cpu/cpu.js";
import { assemble } from "../../guests/assembler/index.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import { FEATURE_SMAP, FEATURE_SMEP } from "../../wasm/abi/state.js";
import { descriptor } from "../lockstep/kernel.js";
import type { Access } from "./paging-model.js";

export const RAM_BYTES = 0x100000;
const GDT = 0x1000;
const IDT = 0x1800;
const TSS = 0x1f00;
const HANDLERS = 0x2000;
const SUPERVISOR_CODE = 0x3000;
const USER_CODE = 0x4000;
const STACK0 = 0x5f00;
const STACK3 = 0x6f00;
/** Directory, then the table of the first 4 MiB, then two tables for tests; PAE: four directories as well. */
export const DIRECTORY = 0x10000;
export const LOW_TABLE = 0x14000;
export const TABLES = [0x16000, 0x18000] as const;
export const PDPT = 0x1a000;
export const TABLES_END = 0x1b000;
/** Page frames that tests map: each says who it is at offset 4, and is a HLT at its beginning. */
export const FIRST_FRAME = 0x40;
export const FRAMES = 32;

const CODE0 = 0x08;
const DATA0 = 0x10;
const CODE3 = 0x1b;
const DATA3 = 0x23;
const TASK = 0x28;
const HLT = 0xf4;

const SOURCE = `
bits 32
org ${SUPERVISOR_CODE}
read:   popfd
        mov eax, [ebx + 4]
        hlt
write:  popfd
        mov [ebx + 8], eax
        hlt
fetch:  popfd
        jmp ebx
outer:  iretd
invalidate: invlpg [ebx]
        hlt
cr0:    mov cr0, eax
        hlt
cr3:    mov cr3, eax
        hlt
cr4:    mov cr4, eax
        hlt
msr:    wrmsr
        hlt
times ${USER_CODE - SUPERVISOR_CODE} - ($ - $$) db 0
userread: mov eax, [ebx + 4]
        hlt
userwrite: mov [ebx + 8], eax
        hlt
userfetch: jmp ebx
`;

const program = assemble("paging.asm", SOURCE);

export type Change = "invalidate" | "cr0" | "cr3" | "cr4" | "msr";

export interface Outcome {
  /** Of the page fault, or undefined if the access succeeded. */
  readonly errorCode: number | undefined;
  readonly cr2: number;
  /** What was read. */
  readonly value: number;
  /** Device accesses at guest-physical addresses. */
  readonly devices: readonly number[];
}

export class PagingMachine {
  readonly cpu: Cpu;
  readonly ram: DataView;
  private devices: number[] = [];

  constructor(module: WebAssembly.Module) {
    this.cpu = Cpu.create({ module, ramBytes: RAM_BYTES, host: this.host(), features: FEATURE_SMEP | FEATURE_SMAP });
    this.cpu.mapPages(0, RAM_BYTES, "ram", RAM_BASE);
    this.ram = new DataView(this.cpu.ram.buffer, this.cpu.ram.byteOffset, RAM_BYTES);
  }

  private host(): CpuHost {
    return {
      portIn: () => 0,
      portOut: () => {},
      mmioRead: (address) => {
        this.devices.push(address);
        return -1;
      },
      mmioWrite: (address) => {
        this.devices.push(address);
      },
      interruptAcknowledge: () => -1,
      timeStamp: () => 0,
      msrWritten: () => {},
    };
  }

  private set(address: number, value: number): void {
    this.cpu.view.setBigUint64(address, BigInt(value >>> 0), true);
  }

  /** Power on, with everything in place but paging itself. */
  start(): void {
    const { cpu, ram } = this;
    cpu.reset();
    cpu.ram.fill(0);
    cpu.ram.set(program.bytes, SUPERVISOR_CODE);
    for (const [selector, access] of [
      [CODE0, 0x409b],
      [DATA0, 0x4093],
      [CODE3, 0x40fb],
      [DATA3, 0x40f3],
    ] as const)
      ram.setBigUint64(GDT + (selector & ~7), descriptor(0, 0xffffffff, access), true);
    for (let vector = 0; vector < 32; vector++) {
      ram.setBigUint64(IDT + vector * 8, (0x8e00n << 32n) | BigInt((CODE0 << 16) | (HANDLERS + vector)), true);
      ram.setUint8(HANDLERS + vector, HLT);
    }
    ram.setUint32(TSS + 4, STACK0, true);
    ram.setUint32(TSS + 8, DATA0, true);
    for (let frame = FIRST_FRAME; frame < FIRST_FRAME + FRAMES; frame++) {
      ram.setUint32(frame * 4096, HLT, true);
      ram.setUint32(frame * 4096 + 4, frame, true);
    }
    this.set(STATE.GDTR_BASE, GDT);
    this.set(STATE.IDTR_BASE, IDT);
    this.set(STATE.CR0, 0x11);
    const segment = (n: number, selector: number, base: number, limit: number, access: number) => {
      const at = STATE.SEGS + n * STATE.SEG_STRIDE;
      cpu.view.setUint32(at + STATE.SEG_SELECTOR, selector, true);
      cpu.view.setUint32(at + STATE.SEG_LIMIT, limit, true);
      this.set(at + STATE.SEG_BASE, base);
      cpu.view.setUint32(at + STATE.SEG_ACCESS, access, true);
    };
    for (let n = 0; n < 6; n++) segment(n, n === STATE.CS ? CODE0 : DATA3, 0, 0xffffffff, n === STATE.CS ? 0xc09b : 0xc0f3);
    segment(STATE.SS, DATA0, 0, 0xffffffff, 0xc093);
    segment(STATE.TR, TASK, TSS, 0x67, 0x8b);
    cpu.synchronize();
  }

  private label(name: string): number {
    return Number(program.symbols.get(name)!.value);
  }

  /** Run from a label to the next HLT, which is the program's own or a handler's. */
  private go(label: string): void {
    this.set(STATE.RIP, this.label(label));
    this.set(STATE.ACTIVITY, STATE.ACTIVITY_RUNNING);
    this.devices = [];
    const exit = this.cpu.run(1000);
    if (exit !== "halt") throw new Error(`${label} ended with ${exit}`);
  }

  /** Execute one instruction of ring 0 with EAX, EBX, ECX and EDX as given. */
  change(what: Change, registers: { eax?: number; ebx?: number; ecx?: number; edx?: number }): void {
    this.set(STATE.REGS + STATE.RAX, registers.eax ?? 0);
    this.set(STATE.REGS + STATE.RBX, registers.ebx ?? 0);
    this.set(STATE.REGS + STATE.RCX, registers.ecx ?? 0);
    this.set(STATE.REGS + STATE.RDX, registers.edx ?? 0);
    this.set(STATE.REGS + STATE.RSP, STACK0);
    this.go(what);
    if (Number(this.cpu.register(STATE.RSP)) !== STACK0) throw new Error(`${what} raised an exception`);
  }

  /** One access at a linear page's beginning (fetch), its second (read) or third dword (write). */
  access(linear: number, { kind, user }: Access, ac: boolean, value: number): Outcome {
    const flags = 2 | (ac ? 0x40000 : 0);
    const frame = user ? [this.label(`user${kind}`), CODE3, flags, STACK3, DATA3] : [flags];
    const esp = STACK0 - frame.length * 4;
    for (const [i, word] of frame.entries()) this.ram.setUint32(esp + i * 4, word, true);
    this.set(STATE.REGS + STATE.RSP, esp);
    this.set(STATE.REGS + STATE.RBX, linear);
    this.set(STATE.REGS + STATE.RAX, value);
    this.set(STATE.CR2, 0);
    this.go(user ? "outer" : kind);
    const vector = Number(this.cpu.view.getBigUint64(STATE.RIP, true)) - 1 - HANDLERS;
    const faulted = vector === 14;
    return {
      errorCode: faulted ? this.ram.getUint32(Number(this.cpu.register(STATE.RSP)), true) : undefined,
      cr2: this.cpu.view.getUint32(STATE.CR2, true),
      value: Number(this.cpu.register(STATE.RAX)),
      devices: this.devices,
    };
  }
}
