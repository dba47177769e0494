// What surrounds a random program: exception handlers that go on with another block of it, descriptor tables, a task-state segment and
// page tables.
import { assemble } from "../../guests/assembler/index.js";
import type { Random } from "../oracle/random.js";
import {
  ALIASES,
  BLOCK_TABLE,
  CODE,
  DATA,
  FAR,
  FAULT_SUM,
  GATE_WINDOW,
  GATES,
  GDT,
  IDT,
  KERNEL,
  KERNEL_STACK,
  LARGE,
  ODD_PAGES,
  PAE_DIRECTORY,
  PAE_TABLES,
  PAGE_DIRECTORY,
  PAGE_TABLE,
  PDPT,
  RAM_BYTES,
  REAL_VECTORS,
  REMAP,
  SEGMENT_BASE,
  SELECTOR,
  SHARED,
  SHARED_WINDOW,
  SHOWN_END,
  SHOWN_PAGES,
  TSS,
  TSS_BYTES,
  USER_STACK,
  WINDOW_PAGES,
} from "./layout.js";

const VECTORS = 48;
/** After so many exceptions the program ends. */
const MAX_EXCEPTIONS = 64;
/** INT3, INTO and interrupts return to where they came from; so does NMI. */
const TRANSPARENT = [2, 3, 4];
const PAGE_FAULT = 14;
const WITH_CODE = [8, 10, 11, 12, 13, 14, 17];

/** The handler of most exceptions: EIP of the next block in turn into the frame, registers made pointers again. */
const PROTECTED = `
bits 32
common: mov eax, ${SELECTOR.data0}
        mov ds, eax
        mov es, eax
        inc dword [${BLOCK_TABLE + 32}]
        mov ecx, [${BLOCK_TABLE + 32}]
        cmp ecx, ${MAX_EXCEPTIONS}
        ja finish
        and ecx, 7
        mov edx, [${BLOCK_TABLE} + ecx * 4]
        mov [esp + 8], edx
        and dword [esp + 16], ~0x14100
        test byte [esp + 12], 3
        jnz outer
        test dword [esp + 16], 0x20000
        jz same
outer:  mov dword [esp + 20], ${USER_STACK}
same:   mov ebx, DATA_POINTER
        lea esi, [ebx + 0x480]
        lea edi, [ebx + 0x900]
        lea ebp, [ebx + 0xf80]
        mov eax, DATA_SELECTOR
        mov ds, eax
        mov es, eax
        add esp, 8
        iretd
finish: cli
        hlt
resume: iretd
`;

/** A page fault in the windows to shown pages makes the page present and writable, and for users if one touched it. Flags and EIP are kept. */
const DEMAND = `
demand: push eax
        push edx
        mov edx, cr2
        mov eax, edx
        and eax, ${FAR - 1}
        sub eax, ${GATE_WINDOW}
        cmp eax, ${SHOWN_END - GATE_WINDOW}
        jae .other
        shr eax, 12
        push eax
        mov eax, [esp + 24]
        rol dword [ss:${FAULT_SUM}], 5
        xor [ss:${FAULT_SUM}], eax
        mov eax, [esp + 16]
        add [ss:${FAULT_SUM}], eax
        pop eax
        test byte [esp + 8], 4
        jz .super
        or byte [ss:PAGES + eax * 4], 4
        or byte [ss:PAE_PAGES + eax * 8], 4
.super: or byte [ss:PAGES + eax * 4], 3
        or byte [ss:PAE_PAGES + eax * 8], 3
        invlpg [ss:edx]
        pop edx
        pop eax
        add esp, 4
        iretd
.other: pop edx
        pop eax
        push dword ${PAGE_FAULT}
        jmp near common
`;

const CHANGE = `
change: push ecx
        mov ecx, edx
        shr ecx, 12
        and ecx, 0x3ff
        xor [ss:${PAGE_TABLE} + ecx * 4], eax
        xor [ss:${PAE_TABLES} + ecx * 8], eax
        pop ecx
        ret
`;

/** What the services of REMAP do after the change. EAX may be lost. */
const NOTICE: Readonly<Record<number, string>> = {
  [REMAP.silently]: "",
  [REMAP.byPage]: "invlpg [ss:edx]",
  [REMAP.byDirectory]: "mov eax, cr3\nmov cr3, eax",
  [REMAP.byGlobalPages]: "mov eax, cr4\nxor al, 0x80\nmov cr4, eax\nxor al, 0x80\nmov cr4, eax",
};

const REAL = `
bits 16
real:   xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, ${USER_STACK}
        inc word [${BLOCK_TABLE + 32}]
        cmp word [${BLOCK_TABLE + 32}], ${MAX_EXCEPTIONS}
        ja near stopped
        push word ${SEGMENT_BASE >> 4}
        mov bx, [${BLOCK_TABLE + 32}]
        and bx, 7
        shl bx, 2
        push word [bx + ${BLOCK_TABLE}]
        mov bx, DATA_POINTER
        mov si, DATA_POINTER + 0x480
        mov di, DATA_POINTER + 0x900
        mov ax, DATA_SELECTOR
        mov ds, ax
        mov es, ax
        retf
stopped: cli
        hlt
back:   iret
`;

function stub(vector: number): string {
  if (vector === PAGE_FAULT) return `entry${vector}: jmp near demand\nalign 16\n`;
  const notice = NOTICE[vector];
  if (notice !== undefined) return `entry${vector}: call near change\n${notice}\niretd\nalign 32\n`;
  if (TRANSPARENT.includes(vector) || vector >= 32) return `entry${vector}: jmp near resume\nalign 16\n`;
  return `entry${vector}: ${WITH_CODE.includes(vector) ? "" : "push dword 0"}\npush dword ${vector}\njmp near common\nalign 16\n`;
}

export interface Handlers {
  readonly bytes: Uint8Array;
  readonly label: (name: string) => number;
}

/** Assemble the handlers for programs whose data segment has this selector; `pointer` is the offset of DATA in it. */
export function handlers(selector: number, pointer: number): Handlers {
  const stubs = Array.from({ length: VECTORS }, (_, vector) => stub(vector)).join("");
  const { bytes, symbols } = assemble("kernel.asm", `org ${KERNEL}\nbits 32\n${stubs}${PROTECTED}${DEMAND}${CHANGE}${REAL}`, {
    defines: {
      DATA_SELECTOR: `${selector}`,
      DATA_POINTER: `${pointer}`,
      PAGES: `${PAGE_TABLE + (GATE_WINDOW >> 10)}`,
      PAE_PAGES: `${PAE_TABLES + (GATE_WINDOW >> 9)}`,
    },
  });
  return { bytes, label: (name) => Number(symbols.get(name)!.value) };
}

/** A descriptor: `access` is its bits 40-55 with the limit's upper part left out; a limit above 1 MiB is counted in pages. */
export function descriptor(base: number, limit: number, access: number): bigint {
  const scaled = limit > 0xfffff ? limit >>> 12 : limit;
  const flags = limit > 0xfffff ? access | 0x8000 : access;
  const high = (base & 0xff000000) | ((flags & 0xf000) << 8) | (scaled & 0xf0000) | ((flags & 0xff) << 8) | ((base >>> 16) & 0xff);
  return (BigInt(high >>> 0) << 32n) | BigInt((((base & 0xffff) << 16) | (scaled & 0xffff)) >>> 0);
}

const FLAT = 0xffffffff;
const BASED_LIMIT = 0xdfff;

/** Selector to base, limit and access. */
export const SEGMENTS: Readonly<Record<number, readonly [base: number, limit: number, access: number]>> = {
  [SELECTOR.code0]: [0, FLAT, 0x409b],
  [SELECTOR.data0]: [0, FLAT, 0x4093],
  [SELECTOR.code3]: [0, FLAT, 0x40fb],
  [SELECTOR.data3]: [0, FLAT, 0x40f3],
  [SELECTOR.basedCode0]: [SEGMENT_BASE, BASED_LIMIT, 0x409b],
  [SELECTOR.basedData0]: [SEGMENT_BASE, BASED_LIMIT, 0x4093],
  [SELECTOR.basedCode3]: [SEGMENT_BASE, BASED_LIMIT, 0x40fb],
  [SELECTOR.basedData3]: [SEGMENT_BASE, BASED_LIMIT, 0x40f3],
  [SELECTOR.code16]: [0, 0xffff, 0x9b],
  [SELECTOR.data16]: [0, 0xffff, 0x93],
  [SELECTOR.code16Ring3]: [0, 0xffff, 0xfb],
  [SELECTOR.data16Ring3]: [0, 0xffff, 0xf3],
  [SELECTOR.tss]: [TSS, TSS_BYTES - 1, 0x8b],
  [SELECTOR.expandDown]: [0, 0x7fff, 0x40f7],
  [SELECTOR.conforming]: [0, FLAT, 0x40ff],
  [SELECTOR.shortData]: [DATA, 0x7fe, 0x40f3],
  [SELECTOR.absent]: [0, FLAT, 0x4073],
};

function writeTables(view: DataView, { label }: Handlers, random: Random): void {
  for (const [selector, [base, limit, access]] of Object.entries(SEGMENTS))
    view.setBigUint64(GDT + (Number(selector) & ~7), descriptor(base, limit, access), true);
  const gate = (target: number, type: number) =>
    (BigInt(((target & 0xffff0000) | type) >>> 0) << 32n) | BigInt(((SELECTOR.code0 << 16) | (target & 0xffff)) >>> 0);
  view.setBigUint64(GDT + (SELECTOR.callGate & ~7), gate(label("resume"), 0xec00), true);
  for (let vector = 0; vector < VECTORS; vector++) {
    const type = random.chance(70) ? 0xee00 : 0xef00;
    view.setBigUint64(IDT + vector * 8, gate(label(`entry${vector}`), type), true);
    const real = label(TRANSPARENT.includes(vector) || vector >= 32 ? "back" : "real");
    view.setUint32(REAL_VECTORS + vector * 4, real, true);
  }
  view.setUint32(TSS + 4, KERNEL_STACK, true);
  view.setUint32(TSS + 8, SELECTOR.data0, true);
  view.setUint16(TSS + 0x66, 0x88, true);
}

const PRESENT = 1;
const USER_WRITABLE = 7;
const GLOBAL = 0x100;
const LARGE_PAGE = 0x80;

/**
 * Rights of a linear page: the program's pages are `program`, windows show other pages (those to GATES and SHARED in no order) or have odd
 * rights, all else is the kernel's.
 */
function pageEntry(page: number, program: number, random: Random): number {
  const address = page << 12;
  if (address >= ALIASES && address < ALIASES + WINDOW_PAGES * 4096)
    return (CODE + 4096 * random.below((USER_STACK - CODE) >> 12)) | (random.chance(80) ? program : random.below(8));
  if (address >= ODD_PAGES && address < ODD_PAGES + WINDOW_PAGES * 4096)
    return random.chance(10) ? random.u32() : ((random.chance(80) ? DATA : CODE) + 4096 * random.below(2)) | random.below(8);
  if (address >= GATE_WINDOW && address < SHOWN_END) {
    const shown = (address < SHARED_WINDOW ? GATES : SHARED) + 4096 * random.below(SHOWN_PAGES);
    return shown | program | (random.chance(40) ? GLOBAL : 0);
  }
  const mine = address >= CODE && address < KERNEL_STACK;
  const global = random.chance(20) ? GLOBAL : 0;
  return address | global | (mine || address >= RAM_BYTES / 2 ? program : USER_WRITABLE & ~4);
}

function writePageTables(view: DataView, user: boolean, random: Random): void {
  const program = user ? USER_WRITABLE : USER_WRITABLE & ~4;
  view.setUint32(PAGE_DIRECTORY, PAGE_TABLE | USER_WRITABLE, true);
  view.setUint32(PAGE_DIRECTORY + (LARGE >>> 20), LARGE_PAGE | program | (random.chance(30) ? GLOBAL : 0), true);
  view.setUint32(PAGE_DIRECTORY + (FAR >>> 20), PAGE_TABLE | USER_WRITABLE, true);
  for (let i = 0; i < 4; i++) view.setBigUint64(PDPT + i * 8, BigInt(PAE_DIRECTORY | PRESENT), true);
  for (let i = 0; i < 2; i++) {
    const table = BigInt((PAE_TABLES + i * 4096) | USER_WRITABLE);
    view.setBigUint64(PAE_DIRECTORY + i * 8, table, true);
    view.setBigUint64(PAE_DIRECTORY + (FAR >>> 18) + i * 8, table, true);
    view.setBigUint64(PAE_DIRECTORY + (2 + i) * 8, BigInt(LARGE_PAGE | program), true);
  }
  for (let page = 0; page < 1024; page++) {
    const entry = pageEntry(page, program, random) >>> 0;
    view.setUint32(PAGE_TABLE + page * 4, entry, true);
    const noExecute = page << 12 >= ALIASES && random.chance(10) ? 1n << 63n : 0n;
    view.setBigUint64(PAE_TABLES + page * 8, BigInt(entry) | noExecute, true);
  }
}

/** Fill an image of RAM with everything but the program. */
export function writeKernel(image: Uint8Array, code: Handlers, user: boolean, random: Random): void {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  image.set(code.bytes, KERNEL);
  writeTables(view, code, random);
  writePageTables(view, user, random);
}
