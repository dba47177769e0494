// What the test hypervisor writes into memory before its guest starts: its own pages, and the guest's first page tables.
import * as PV from "../../core/vmm/pv/abi.js";
import * as AT from "./layout.js";

const HLT = 0xf4;
const IRET = 0xcf;
/** Present, writable; accessed and dirty already, as are the segments below, so that the processor changes nothing here. */
const ENTRY = 0x63;
const INTERRUPT_GATE = 0x8e00;
/** 4 KiB units, 32-bit. */
const FLAT = 0xc;

function writeWords(host: DataView, at: number, words: readonly number[]): void {
  for (const [i, word] of words.entries()) host.setUint32(at + i * 4, word, true);
}

function writeDescriptor(host: DataView, selector: number, access: number, limit: number, base = 0, flags = FLAT): void {
  const low = ((base & 0xffff) << 16) | (limit & 0xffff);
  const high = (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff);
  writeWords(host, AT.TABLES_PAGE + (AT.GDT - AT.IDT) + (selector & ~7), [low, high]);
}

/** IDT entry of a vector, with the privilege that INT needs to use it. */
export function writeGate(host: DataView, vector: number, dpl: number): void {
  const stub = AT.STUBS + vector;
  writeWords(host, AT.TABLES_PAGE + vector * 8, [
    (AT.RING0_CODE << 16) | (stub & 0xffff),
    (stub & 0xffff0000) | INTERRUPT_GATE | (dpl << 13),
  ]);
}

export function buildVmm(host: DataView): void {
  writeWords(
    host,
    AT.VMM_TABLE,
    [AT.TABLES_PAGE, AT.STUBS_PAGE, AT.STACK_PAGE].map((page) => page | ENTRY),
  );
  const guestPages = PV.VMM_BASE / AT.PAGE - 1;
  writeDescriptor(host, PV.KERNEL_CODE, 0xbb, guestPages);
  writeDescriptor(host, PV.KERNEL_DATA, 0xb3, guestPages);
  writeDescriptor(host, PV.USER_CODE, 0xfb, guestPages);
  writeDescriptor(host, PV.USER_DATA, 0xf3, guestPages);
  writeDescriptor(host, AT.TSS_SELECTOR, 0x89, 103, AT.TSS, 0);
  writeDescriptor(host, AT.RING0_CODE, 0x9b, 0xfffff);
  writeDescriptor(host, AT.RING0_DATA, 0x93, 0xfffff);
  const tss = AT.TABLES_PAGE + (AT.TSS - AT.IDT);
  writeWords(host, tss + 4, [AT.RING0_STACK, AT.RING0_DATA]);
  host.setUint16(tss + 102, 104, true);
  for (let vector = 0; vector < 256; vector++) host.setUint8(AT.STUBS_PAGE + vector, HLT);
  host.setUint8(AT.STUBS_PAGE + 256, IRET);
}

/** At the end of the guest's memory; the start information before them. Host-physical addresses of both. */
export function buildFirstTables(host: DataView, guestBytes: number): { readonly directory: number; readonly information: number } {
  const tables = Math.ceil(guestBytes / (4 * AT.MIB));
  const directory = AT.GUEST_BASE + guestBytes - AT.PAGE;
  const firstTable = directory - tables * AT.PAGE;
  for (let linear = 0; linear < guestBytes; linear += AT.PAGE) {
    const page = AT.GUEST_BASE + linear;
    host.setUint32(firstTable + (linear / AT.PAGE) * 4, page | (page >= firstTable ? 1 : 3), true);
  }
  for (let i = 0; i < tables; i++) host.setUint32(directory + i * 4, (firstTable + i * AT.PAGE) | 3, true);
  const information = firstTable - AT.PAGE;
  const frames = [AT.GUEST_BASE / AT.PAGE, guestBytes / AT.PAGE];
  const commandLine = information - AT.GUEST_BASE + PV.START_SIZE;
  writeWords(host, information, [PV.PV_VERSION, ...frames, AT.SHARED_INFO, directory, commandLine]);
  return { directory, information };
}
