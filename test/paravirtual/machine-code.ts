// Instructions of a paravirtual guest as bytes, for programs that are made by the thousand: an assembler would take longer than they run.
import * as PV from "../../core/vmm/pv/abi.js";

/** Number, EBX, ECX, EDX, ESI; the last two as they are if they are not there. */
export type Call = readonly [number: number, ebx: number, ecx: number, edx?: number, esi?: number];

/** Bytes one behind the other. */
export class Code {
  private readonly view: DataView;

  constructor(
    private readonly memory: Uint8Array,
    public at: number,
  ) {
    this.view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  }

  bytes(...values: readonly number[]): void {
    for (const value of values) this.memory[this.at++] = value;
  }

  /** An opcode, and a 32-bit operand. */
  operand(opcode: number, value: number): void {
    this.memory[this.at++] = opcode;
    this.word(value);
  }

  word(value: number): void {
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  store(address: number, value: number): void {
    this.bytes(0xc7);
    this.operand(0x05, address);
    this.word(value);
  }

  call(...[number, ebx, ecx, edx, esi]: Call): void {
    this.operand(0xbb, ebx);
    this.operand(0xb9, ecx);
    if (edx !== undefined) this.operand(0xba, edx);
    if (esi !== undefined) this.operand(0xbe, esi);
    this.operand(0xb8, number);
    this.bytes(0xcd, PV.HYPERCALL_VECTOR);
  }

  /** PUSH EAX, and HC_IRET. */
  leave(): void {
    this.bytes(0x50);
    this.operand(0xb8, PV.HC_IRET);
    this.bytes(0xcd, PV.HYPERCALL_VECTOR);
  }
}
