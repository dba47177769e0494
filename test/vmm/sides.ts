// The same program on bare hardware and on a road, with the same ports, device memory and interrupts around it.

import { Cpu, type CpuHost } from "../../core/cpu/cpu.js";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { loadBinaryTranslator } from "../../core/vmm/bt/loading.js";
import { Counters, type Counts } from "../../core/vmm/events/counters.js";
import { ProcessorEvents } from "../../core/vmm/events/processor-events.js";
import type { ExitRecord } from "../../core/vmm/events/record.js";
import { Host } from "../../core/vmm/host.js";
import type { Compression } from "../../core/vmm/trap/compression.js";
import type { Vcpu } from "../../core/vmm/vcpu.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { assemble } from "../../guests/assembler/index.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";

export const RAM = 1 << 20;
export const CODE = 0x10000;
export const GDT = 0x1000;
/** Device memory: a page of registers that answer with what they were asked. */
export const DEVICE = 0x800000;
const ROM = 0x900000;
const END = 0xf4;
const INTERRUPT = 0xf5;
const NMI = 0xf6;
await loadBinaryTranslator();
const module = builtProcessor();

/** Flat segments of ring 0 and 3, a TSS, an LDT; every vector leads to `vectorN` or, if there is none, to the end of the run. */
const PRELUDE = `
bits 32
org 0x10000
CODE0 equ 8
DATA0 equ 16
CODE3 equ 0x1b
DATA3 equ 0x23
TSS equ 0x28
LDT equ 0x30
FREE equ 0x38           ; to 0x7f: for the program
GDT equ 0x1000
IDT equ 0x2000
TSS_AT equ 0x3000
LDT_AT equ 0x4000
STACK0 equ 0x8000
STACK3 equ 0x9000
DATA equ 0xa000
PAGES equ 0x40000
DEVICE equ 0x800000
ROM equ 0x900000
jmp start
%macro to_user 1
        push dword DATA3
        push dword STACK3
        push dword 0x202
        push dword CODE3
        push dword %1
        iretd
%endmacro
; One to one: the first MiB, for ring 3 too.
map_pages:
        mov edi, PAGES + 0x1000
        mov eax, 7
        mov ecx, 256
.next:  stosd
        add eax, 0x1000
        loop .next
        mov dword [PAGES], PAGES + 0x1000 + 7
        mov eax, PAGES
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80010000
        mov cr0, eax
        ret
`;

const descriptor = (base: number, limit: number, access: number): bigint =>
  BigInt(limit & 0xffff) |
  (BigInt(base & 0xffffff) << 16n) |
  (BigInt((access & 0xf0ff) | ((limit & 0xf0000) >> 8)) << 40n) |
  (BigInt(base >>> 24) << 56n);

/** Where a program ended, and what it left. */
export interface Outcome {
  readonly end: string;
  /** EAX ECX EDX EBX ESP EBP ESI EDI EIP. */
  readonly registers: readonly number[];
  readonly memory: Uint8Array;
  /** Accesses to ports and device memory, in order. */
  readonly log: readonly string[];
}

/** The devices around either. */
class Around {
  readonly log: string[] = [];
  end: string | undefined;
  vector = -1;
  nmi = false;

  in(port: number, size: number): number {
    this.log.push(`in ${port} ${size}`);
    return 0xa5a50000 + port * 3 + size;
  }

  out(port: number, value: number, size: number): void {
    this.log.push(`out ${port} ${size} ${value}`);
    if (port === END) this.end = `end ${value}`;
    if (port === INTERRUPT) this.vector = value & 0xff;
    if (port === NMI) this.nmi = true;
  }

  read(physical: number, size: number): number {
    this.log.push(`read ${physical} ${size}`);
    return 0x1234567 + physical + size;
  }

  write(physical: number, value: number, size: number): void {
    // Bare hardware drops stores to ROM by itself; on a road they are the owner's to drop.
    if (Math.floor(physical / 4096) * 4096 === ROM) return;
    this.log.push(`write ${physical} ${size} ${value >>> 0}`);
  }
}

interface Program {
  readonly bytes: Uint8Array;
  label(name: string): number | undefined;
}

function assembleProgram(source: string): Program {
  const { bytes, symbols } = assemble("program.asm", `${PRELUDE}\n${source}\nunexpected: hlt\n`);
  return {
    bytes,
    label: (name) => {
      const symbol = symbols.get(name);
      return symbol && Number(symbol.value);
    },
  };
}

function fill(ram: DataView, bytes: Uint8Array, program: Program): void {
  bytes.fill(0);
  bytes.set(program.bytes, CODE);
  const table: readonly bigint[] = [
    0n,
    descriptor(0, 0xfffff, 0xc09b),
    descriptor(0, 0xfffff, 0xc093),
    descriptor(0, 0xfffff, 0xc0fb),
    descriptor(0, 0xfffff, 0xc0f3),
    descriptor(0x3000, 0x2067, 0x008b),
    descriptor(0x4000, 0xff, 0x0082),
  ];
  for (const [i, value] of table.entries()) ram.setBigUint64(GDT + i * 8, value, true);
  for (let vector = 0; vector < 256; vector++) {
    const handler = program.label(`vector${vector}`) ?? program.label("unexpected")!;
    ram.setBigUint64(
      0x2000 + vector * 8,
      BigInt(handler & 0xffff) | (8n << 16n) | (0xee00n << 32n) | (BigInt(handler >>> 16) << 48n),
      true,
    );
  }
  ram.setUint32(0x3004, 0x7000, true);
  ram.setUint16(0x3008, 16, true);
  ram.setUint16(0x3066, 0x68, true);
  // I/O permission bitmap: only port 80H is allowed; it ends behind the TSS.
  bytes.fill(0xff, 0x3068, 0x5068);
  bytes[0x3068 + 0x10] = 0xfe;
}

function begin(view: DataView, set: (address: number, value: number) => void, program: Program): void {
  for (let n = STATE.ES; n <= STATE.GS; n++) {
    const at = STATE.SEGS + n * STATE.SEG_STRIDE;
    const code = n === STATE.CS;
    set(at + STATE.SEG_BASE, 0);
    view.setUint32(at + STATE.SEG_SELECTOR, code ? 8 : 16, true);
    view.setUint32(at + STATE.SEG_LIMIT, 0xffffffff, true);
    view.setUint32(at + STATE.SEG_ACCESS, code ? 0xc09b : 0xc093, true);
  }
  const tr = STATE.SEGS + STATE.TR * STATE.SEG_STRIDE;
  view.setUint32(tr + STATE.SEG_SELECTOR, 0x28, true);
  view.setUint32(tr + STATE.SEG_LIMIT, 0x2067, true);
  set(tr + STATE.SEG_BASE, 0x3000);
  view.setUint32(tr + STATE.SEG_ACCESS, 0x8b, true);
  set(STATE.GDTR_BASE, GDT);
  set(STATE.GDTR_LIMIT, 0x7f);
  set(STATE.IDTR_BASE, 0x2000);
  set(STATE.IDTR_LIMIT, 0x7ff);
  set(STATE.CR0, 0x31);
  set(STATE.REGS + STATE.RSP, 0x8000);
  set(STATE.RIP, program.label("start")!);
}

const REGISTERS = [0, 1, 2, 3, 4, 5, 6, 7];

export interface BareOutcome extends Outcome {
  /** What the processor counted. */
  readonly counts: Counts;
}

export function runBare(source: string, count = 200_000): BareOutcome {
  const program = assembleProgram(source);
  const around = new Around();
  const host: CpuHost = {
    portIn: (port, size) => around.in(port, size),
    portOut: (port, value, size) => {
      around.out(port, value, size);
      if (around.vector >= 0) cpu.setInterrupt(true);
      if (around.nmi) cpu.nonMaskableInterrupt();
      around.nmi = false;
      if (around.end) cpu.stop();
    },
    mmioRead: (address, size) => around.read(address, size),
    mmioWrite: (address, value, size) => around.write(address, value, size),
    interruptAcknowledge: () => {
      cpu.setInterrupt(false);
      const { vector } = around;
      around.vector = -1;
      return vector;
    },
    timeStamp: () => 0,
    msrWritten: () => {},
  };
  const cpu = Cpu.create({ module, ramBytes: RAM, extraBytes: 4096, host });
  cpu.mapPages(0, RAM, "ram", RAM_BASE);
  cpu.mapPages(ROM, 4096, "rom", RAM_BASE + RAM);
  cpu.bytes.fill(0x5a, RAM_BASE + RAM, RAM_BASE + RAM + 4096);
  fill(new DataView(cpu.memory.buffer, RAM_BASE, RAM), cpu.ram, program);
  begin(cpu.view, (address, value) => cpu.view.setBigUint64(address, BigInt(value >>> 0), true), program);
  cpu.synchronize();
  const events = new ProcessorEvents(cpu.view);
  const counters = new Counters();
  const exit = cpu.run(count);
  events.end(counters);
  const registers = [...REGISTERS.map((n) => Number(cpu.register(n * 8))), cpu.view.getUint32(STATE.RIP, true)];
  return { end: around.end ?? exit, registers, memory: cpu.ram.slice(), log: around.log, counts: counters.since() };
}

export interface TrapOptions {
  readonly compression?: Compression;
  /** Instead of the road trap. */
  readonly road?: RoadOptions;
  readonly policy?: TranslationPolicy;
  /** Nobody subscribes to the exits: there are no records. */
  readonly quiet?: boolean;
  /** Devices in the VMM; without, accesses to device memory are exits. */
  readonly bus?: boolean;
  readonly count?: number;
}

export interface TrapOutcome extends Outcome {
  readonly records: readonly ExitRecord[];
  readonly vcpu: Vcpu;
  readonly host: Host;
  /** Where the guest's RAM lies in the host's. */
  readonly ramAt: number;
}

export function runTrap(source: string, options: TrapOptions = {}): TrapOutcome {
  const { compression = "0/1/3", policy = "off", bus = false, quiet = false, count = 200_000 } = options;
  const program = assembleProgram(source);
  const around = new Around();
  const translator = TRANSLATION_POLICIES[policy];
  const host = new Host({ module, memoryBytes: 16 << 20, ...(translator && { translator }) });
  host.cpu.ram.fill(0xee);
  const vm = host.createVm();
  host.pages.allocateRange(0x5000);
  const ramAt = host.pages.allocateRange(RAM);
  const romAt = host.pages.allocateRange(4096);
  vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: ramAt });
  vm.setMemorySlot(1, { physical: ROM, bytes: 4096, host: romAt, readOnly: true });
  host.cpu.ram.fill(0x5a, romAt, romAt + 4096);
  const ram = host.cpu.ram.subarray(ramAt, ramAt + RAM);
  fill(new DataView(ram.buffer, ram.byteOffset, RAM), ram, program);
  const vcpu = vm.createVcpu(options.road ?? { road: "trap", compression });
  vcpu.ports = { read: (port, size) => around.in(port, size), write: (port, value, size) => around.out(port, value, size) };
  const records: ExitRecord[] = [];
  if (!quiet) vcpu.events.subscribe((record) => records.push(record));
  if (bus) vcpu.mmio = { read: (at, size) => around.read(at, size), write: (at, value, size) => around.write(at, value, size) };
  begin(vcpu.state.view, (address, value) => vcpu.state.set(address, value), program);
  vcpu.stateChanged();
  const end = drive(vcpu, around, host, count);
  const registers = [...REGISTERS.map((n) => vcpu.state.register(n)), vcpu.state.rip];
  return { end, registers, memory: ram.slice(), log: around.log, records, vcpu, host, ramAt };
}

/** What the owner of a VM does. */
function drive(vcpu: Vcpu, around: Around, host: Host, count: number): string {
  const last = host.cpu.instructions + BigInt(count);
  while (host.cpu.instructions < last) {
    if (around.vector >= 0 && vcpu.interruptible) {
      vcpu.queueInterrupt(around.vector);
      around.vector = -1;
    }
    vcpu.requestInterruptWindow(around.vector >= 0);
    const exit = vcpu.run(Number(last - host.cpu.instructions));
    switch (exit.kind) {
      case "io":
        if (exit.write) around.out(exit.port, exit.value, exit.size);
        else vcpu.completeInput(around.in(exit.port, exit.size));
        break;
      case "mmio":
        if (exit.write) around.write(exit.physical, exit.value, exit.size);
        else vcpu.completeInput(around.read(exit.physical, exit.size));
        break;
      case "interrupt-window":
      case "intr":
      case "msr":
      case "fpu-error":
        break;
      case "internal-error":
        return exit.message;
      default:
        return exit.kind === "hlt" ? "halt" : exit.kind;
    }
    if (around.nmi) vcpu.nonMaskableInterrupt();
    around.nmi = false;
    if (around.end) return around.end;
  }
  return "budget";
}
