// The state image of a vector: one flat record of everything an instruction can read or change, the same for processor and emulator,
// and the fixed addresses both use. Registers are 64 bits wide and 16 in number from the first day; 32-bit vectors use the low part.
// Not modelled: control, debug and model-specific registers, the upper halves of YMM.

/** Byte offsets in the image. */
const IMAGE_GPR = 0;
export const IMAGE_RIP = 128;
export const IMAGE_RFLAGS = 136;
/** u16 x 6: ES CS SS DS FS GS. */
export const IMAGE_SEGMENTS = 144;
/** u64, only meaningful if the vector is #PF. */
export const IMAGE_CR2 = 160;
/** u32: the exception that ended the vector; #BP from the INT3 around the instruction when it completed. */
export const IMAGE_VECTOR = 168;
/** Not an exception: the instruction never ended, and the vector is not kept. */
export const VECTOR_ENDLESS = 255;
export const IMAGE_ERROR = 172;
/** First 416 bytes of an FXSAVE image; the rest is zero. */
export const IMAGE_FX = 176;
export const IMAGE_DATA = 704;
export const IMAGE_STACK = 4800;
export const IMAGE_SIZE = 8896;

/** Offsets in the FXSAVE image. SDM 2A "FXSAVE". */
export const FX_FCW = 0;
export const FX_FSW = 2;
/** Abridged tag byte: bit i is 1 if physical register i is not empty. */
export const FX_FTW = 4;
export const FX_FOP = 6;
export const FX_FIP = 8;
export const FX_FDP = 16;
export const FX_MXCSR = 24;
export const FX_ST = 32;
export const FX_XMM = 160;

/** Linear addresses of the three mapped pages; every other page below 64 KiB is not present. */
export const CODE_BASE = 0x4000;
export const DATA_BASE = 0x8000;
export const STACK_BASE = 0xc000;
export const PAGE = 4096;
export const UNMAPPED = [0x7000, 0x9000, 0xb000, 0xd000];

export const EAX = 0;
export const ECX = 1;
export const EDX = 2;
export const EBX = 3;
export const ESP = 4;
export const EBP = 5;
export const ESI = 6;
export const EDI = 7;

export const SEG_ES = 0;
export const SEG_CS = 1;
export const SEG_SS = 2;
export const SEG_DS = 3;
export const SEG_FS = 4;
export const SEG_GS = 5;

/** Flat segments of ring 3 in the GDT: the selectors Linux gives 32-bit programs. */
export const SEL_CODE32 = 0x23;
export const SEL_DATA32 = 0x2b;

export interface LdtSegment {
  readonly base: number;
  readonly limit: number;
  /** Type field of the descriptor (S = 1), accessed bit set. */
  readonly type: number;
  readonly big: boolean;
  readonly present: boolean;
}

/** The local descriptor table, DPL 3 and byte granular. Selector of entry n is 8 n + 7. */
export const LDT: readonly LdtSegment[] = [
  { base: 0, limit: 0xffff, type: 0xb, big: false, present: true },
  { base: 0, limit: 0xffff, type: 0x3, big: false, present: true },
  { base: 0x1000, limit: 0x7fff, type: 0x3, big: true, present: true },
  { base: 0, limit: 0x7fff, type: 0x7, big: true, present: true },
  { base: 0, limit: 0xfffff, type: 0x1, big: true, present: true },
  { base: 0, limit: 0xffff, type: 0x3, big: true, present: false },
  { base: 0, limit: 0xffff, type: 0x9, big: true, present: true },
  // Linux installs conforming segments only if they are not present.
  { base: 0, limit: 0xffff, type: 0xf, big: true, present: false },
];
export const SEL_CODE16 = 0x07;
export const SEL_STACK16 = 0x0f;
/** Base 0x1000, limit 0x7fff. */
export const SEL_LIMITED = 0x17;
/** Expand-down, offsets above 0x7fff. */
export const SEL_EXPAND_DOWN = 0x1f;

/** Typed access to the fields of one image. */
export class StateImage {
  readonly view: DataView;

  constructor(readonly bytes: Uint8Array = new Uint8Array(IMAGE_SIZE)) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  copy(): StateImage {
    return new StateImage(this.bytes.slice());
  }

  gpr(n: number): number {
    return this.view.getUint32(IMAGE_GPR + n * 8, true);
  }

  setGpr(n: number, value: number): void {
    this.view.setUint32(IMAGE_GPR + n * 8, value >>> 0, true);
  }

  u16(offset: number): number {
    return this.view.getUint16(offset, true);
  }

  setU16(offset: number, value: number): void {
    this.view.setUint16(offset, value & 0xffff, true);
  }

  u32(offset: number): number {
    return this.view.getUint32(offset, true);
  }

  setU32(offset: number, value: number): void {
    this.view.setUint32(offset, value >>> 0, true);
  }

  setSegment(n: number, selector: number): void {
    this.setU16(IMAGE_SEGMENTS + n * 2, selector);
  }

  segment(n: number): number {
    return this.u16(IMAGE_SEGMENTS + n * 2);
  }

  top(): number {
    return (this.u16(IMAGE_FX + FX_FSW) >> 11) & 7;
  }

  /** Offset in the image of a byte at a linear address, or -1 outside the windows. */
  static offsetOf(linear: number): number {
    if (linear >= DATA_BASE && linear < DATA_BASE + PAGE) return IMAGE_DATA + linear - DATA_BASE;
    if (linear >= STACK_BASE && linear < STACK_BASE + PAGE) return IMAGE_STACK + linear - STACK_BASE;
    return -1;
  }

  /** Put bytes at a linear address; what lies outside the windows is dropped. */
  poke(linear: number, bytes: Uint8Array): void {
    bytes.forEach((byte, i) => {
      const at = StateImage.offsetOf((linear + i) >>> 0);
      if (at >= 0) this.bytes[at] = byte;
    });
  }
}
