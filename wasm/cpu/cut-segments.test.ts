// Segments that begin at 0 and end before 4 GiB: the handlers for flat code serve them, and must see their ends. The pages are in the TLB.
import { beforeEach, expect, test } from "vitest";
import * as STATE from "../abi/state.js";
import { cpu, execute, powerOn, ram, setSegment } from "../testing/protected-mode.js";

const GP = 13;
const SS = 12;
const END = 0x20800;
const GDT_AT = 0x500;
const SELECTOR = 0x18;
/** MOV [20000H], AL */
const WARM = [0xa2, 0, 0, 2, 0];

/** A data descriptor of ring 0 that ends at `end`, for SELECTOR. */
function describe(end: number): void {
  ram.setUint32(GDT_AT + SELECTOR, (end - 1) & 0xffff, true);
  ram.setUint32(GDT_AT + SELECTOR + 4, 0x00409300 | ((end - 1) & 0xf0000), true);
  cpu.view.setUint32(STATE.GDTR_LIMIT, SELECTOR + 7, true);
}

function cutAll(): void {
  for (const n of [STATE.ES, STATE.SS, STATE.DS]) setSegment(n, { limit: END - 1 });
  cpu.synchronize();
}

beforeEach(() => {
  powerOn();
  cutAll();
});

/** Instructions with an operand at EBX, and its bytes. */
const OPERANDS: readonly (readonly [name: string, code: readonly number[], size: number])[] = [
  ["mov al, [ebx]", [0x8a, 0x03], 1],
  ["mov [ebx], al", [0x88, 0x03], 1],
  ["inc byte [ebx]", [0xfe, 0x03], 1],
  ["mov ax, [ebx]", [0x66, 0x8b, 0x03], 2],
  ["movzx eax, word [ebx]", [0x0f, 0xb7, 0x03], 2],
  ["mov eax, [ebx]", [0x8b, 0x03], 4],
  ["mov [ebx], eax", [0x89, 0x03], 4],
  ["mov dword [ebx], 5", [0xc7, 0x03, 5, 0, 0, 0], 4],
  ["add [ebx], eax", [0x01, 0x03], 4],
  ["cmp [ebx], eax", [0x39, 0x03], 4],
  ["xchg [ebx], eax", [0x87, 0x03], 4],
  ["mov edx, [ebx]; mov esi, [ebx]", [0x8b, 0x13, 0x8b, 0x33], 4],
  ["cmp dword [ebx], 0; jz", [0x83, 0x3b, 0, 0x74, 0], 4],
];

test.each(OPERANDS)("%s ends with the segment", (_name, code, size) => {
  for (let ebx = END - 8; ebx < END + 4; ebx++) {
    const { vector } = execute([...WARM, ...code], { ebx });
    expect(vector, ebx.toString(16)).toBe(ebx + size <= END ? -1 : GP);
  }
});

test("the stack ends with its segment", () => {
  /** Where the fault's own frame has no room either, the processor shuts down. */
  const succeeds = (code: readonly number[], esp: number) => {
    powerOn();
    cutAll();
    if (esp + 4 <= END) ram.setUint32(esp, 0x1000 + WARM.length + code.length, true);
    try {
      return execute([...WARM, ...code], { esp }).vector === -1;
    } catch {
      return false;
    }
  };
  for (let top = END - 8; top < END + 4; top++) {
    const fits = top + 4 <= END;
    expect([succeeds([0x58], top), succeeds([0x50], top + 4), succeeds([0xc3], top)], top.toString(16)).toEqual([fits, fits, fits]);
  }
  expect(execute([...WARM, 0x58], { esp: END - 3 }).vector).toBe(SS);
});

test("one segment's end is not another's", () => {
  setSegment(STATE.ES, { limit: 0x10fff });
  cpu.synchronize();
  ram.setUint32(END - 4, 0x12345678, true);
  expect(execute([...WARM, 0x8b, 0x03], { ebx: END - 4 })).toMatchObject({ vector: -1, eax: 0x12345678 });
  // MOV EAX, [ES:EBX]
  expect(execute([...WARM, 0x26, 0x8b, 0x03], { ebx: 0x10ffd }).vector).toBe(GP);
  expect(execute([...WARM, 0x26, 0x8b, 0x03], { ebx: 0x10ffc }).vector).toBe(-1);
});

test("a segment that is loaded ends elsewhere at once", () => {
  // MOV DS, EAX between two reads at EBX
  const code = [...WARM, 0x8b, 0x13, 0x8e, 0xd8, 0x8b, 0x33];
  describe(END - 0x400);
  expect(execute(code, { eax: SELECTOR, ebx: END - 0x404 }).vector).toBe(-1);
  cutAll();
  expect(execute(code, { eax: SELECTOR, ebx: END - 0x403 })).toMatchObject({ vector: GP, eip: 0x1000 + WARM.length + 4 });
  describe(END + 0x400);
  cutAll();
  for (const n of [STATE.ES, STATE.SS]) setSegment(n, { limit: END + 0x7ff });
  cpu.synchronize();
  // MOV DS, EAX; MOV EDX, [EBX]
  const longer = [...WARM, 0x8e, 0xd8, 0x8b, 0x13];
  expect(execute(longer, { eax: SELECTOR, ebx: END + 0x3fc }).vector).toBe(-1);
  expect(execute(longer, { eax: SELECTOR, ebx: END + 0x3fd }).vector).toBe(GP);
});
