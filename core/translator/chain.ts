/**
 * The function by which one region goes on in another, or in the interpreter: (target: linear address, left) -> left. It enters the region
 * there by a tail call, or says in NEXT_UOP or RIP where the interpreter goes on. Targets are found through the code TLB and the decoded page;
 * those that were are remembered in one line of a cache, for as long as code TLB and regions stay as they are. Where code is segmented, the
 * interpreter goes on by way of the run loop, which knows where the code segment ends.
 */
import { CODE_TLB_SIZE, TLB_BASE, TLB_SET_SIZE } from "../../wasm/abi/layout.js";
import * as REGION from "../../wasm/abi/region.js";
import { CS, RIP, SEG_BASE, SEG_STRIDE, SEGS } from "../../wasm/abi/state.js";
import { U_LINK } from "../../wasm/abi/uop.js";
import { OP_ENTER } from "../isa/generated/handlers.js";
import { isSegmented, isUser, type RegionMode, TYPE_CHAIN, TYPE_REGION, TYPES } from "./context.js";
import { Code, I32, MEMORY, OP } from "./emit/code.js";
import { assembleModule } from "./emit/module.js";
import { MARGIN } from "./function.js";

const TARGET = 0;
const LEFT = 1;
const SLOT = 2;
const UOP = 3;
const RECORD = 4;
const JUMP = 5;

/** The bytes of a module that exports it, over a memory of so many pages. */
export function chainModule(mode: RegionMode, pages: number): Uint8Array {
  return assembleModule({
    types: TYPES,
    imports: [
      { kind: "memory", name: "memory", pages },
      { kind: "table", name: "table" },
    ],
    functions: [{ type: TYPE_CHAIN, locals: [I32, I32, I32, I32], code: body(mode), name: "chain" }],
    exports: ["chain"],
  });
}

function body(mode: RegionMode): Uint8Array {
  const c = new Code(512);
  const page = () => c.get(TARGET).i32(-4096).op(OP.i32_and);
  const setPage = () => {
    c.i32(0);
    page();
    c.op(OP.i64_extend_i32_u).memory(MEMORY.i64_store, REGION.PAGE_LINEAR);
  };
  const record = (offset: number) => c.get(RECORD).memory(MEMORY.i32_load, offset);
  const jump = (offset: number) => c.get(JUMP).memory(MEMORY.i32_load, offset);
  /** What jumps that are valid have in JUMP_VALID. */
  const valid = () =>
    c
      .i32(0)
      .memory(MEMORY.i32_load, REGION.JUMP_GENERATION + (isUser(mode.tlb) ? 4 : 0))
      .i32(mode.mode)
      .op(OP.i32_or);
  const enter = () => {
    setPage();
    jump(REGION.JUMP_NUMBER);
    c.get(LEFT);
    jump(REGION.JUMP_DELTA);
    jump(REGION.JUMP_FUNCTION);
    c.returnCallIndirect(TYPE_REGION);
  };

  c.get(TARGET).get(TARGET).i32(10).op(OP.i32_shr_u, OP.i32_xor);
  c.i32(REGION.JUMP_ENTRIES - 1).op(OP.i32_and);
  c.i32(REGION.JUMP_SIZE).op(OP.i32_mul).i32(jumpsOf(mode)).op(OP.i32_add).set(JUMP);
  jump(REGION.JUMP_TARGET);
  c.get(TARGET).op(OP.i32_eq);
  jump(REGION.JUMP_VALID);
  valid();
  c.op(OP.i32_eq, OP.i32_and).get(LEFT);
  jump(REGION.JUMP_NEED);
  c.op(OP.i32_gt_s, OP.i32_and).if();
  enter();
  c.end();

  c.block();
  c.get(LEFT).i32(MARGIN).op(OP.i32_le_s).brIf(0);
  c.get(TARGET)
    .i32(8)
    .op(OP.i32_shr_u)
    .i32(CODE_TLB_SIZE - 16)
    .op(OP.i32_and)
    .tee(SLOT)
    .memory(MEMORY.i32_load, mode.codeTlb);
  page();
  c.i32(mode.mode).op(OP.i32_or, OP.i32_ne).brIf(0);
  c.get(SLOT)
    .memory(MEMORY.i32_load, mode.codeTlb + 4)
    .get(TARGET)
    .i32(0xfff)
    .op(OP.i32_and)
    .i32(2)
    .op(OP.i32_shl, OP.i32_add);
  c.memory(MEMORY.i32_load, REGION.PAGE_ENTRIES).tee(UOP).op(OP.i32_eqz).brIf(0);
  c.get(UOP).memory(MEMORY.i32_load16_u).i32(OP_ENTER).op(OP.i32_eq).if();
  c.get(UOP).memory(MEMORY.i32_load, U_LINK).set(RECORD);
  c.get(LEFT);
  record(REGION.ENTRY_NEED).op(OP.i32_gt_s);
  record(REGION.ENTRY_TLB).i32(mode.tlb).op(OP.i32_eq, OP.i32_and).if();
  const remember = (offset: number, value: () => void) => {
    c.get(JUMP);
    value();
    c.memory(MEMORY.i32_store, offset);
  };
  remember(REGION.JUMP_TARGET, () => c.get(TARGET));
  remember(REGION.JUMP_VALID, valid);
  remember(REGION.JUMP_NEED, () => record(REGION.ENTRY_NEED));
  remember(REGION.JUMP_NUMBER, () => record(REGION.ENTRY_NUMBER));
  remember(REGION.JUMP_DELTA, () => {
    page();
    record(REGION.ENTRY_LINEAR).op(OP.i32_sub);
  });
  remember(REGION.JUMP_FUNCTION, () => record(REGION.ENTRY_FUNCTION));
  enter();
  c.end();
  c.else();
  c.i32(0).get(UOP).memory(MEMORY.i32_store, REGION.CHAIN_MISS);
  c.end();
  setPage();
  const segmented = isSegmented(mode.mode);
  if (!segmented) c.i32(0).get(UOP).memory(MEMORY.i32_store, REGION.NEXT_UOP).get(LEFT).op(OP.return);
  c.end();
  c.i32(0).get(TARGET);
  if (segmented)
    c.i32(0)
      .memory(MEMORY.i32_load, SEGS + CS * SEG_STRIDE + SEG_BASE)
      .op(OP.i32_sub);
  c.op(OP.i64_extend_i32_u).memory(MEMORY.i64_store, RIP);
  c.i32(0).i32(0).memory(MEMORY.i32_store, REGION.NEXT_UOP).get(LEFT);
  return c.bytes.slice(0, c.length);
}

/** The table of jumps of a TLB set. */
function jumpsOf({ tlb }: RegionMode): number {
  return REGION.JUMPS + ((tlb - TLB_BASE) / TLB_SET_SIZE) * REGION.JUMP_TABLE_SIZE;
}
