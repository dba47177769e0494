/**
 * The function by which one region goes on in another, or in the interpreter: (target: linear address, left) -> left. It finds the decoded
 * page through the code TLB and enters the region there by a tail call, or says in NEXT_UOP or RIP where the interpreter goes on.
 */
import { CODE_TLB_SIZE } from "../../wasm/abi/layout.js";
import * as REGION from "../../wasm/abi/region.js";
import { RIP } from "../../wasm/abi/state.js";
import { U_LINK } from "../../wasm/abi/uop.js";
import { OP_ENTER } from "../isa/generated/handlers.js";
import { GLOBAL_PAGE_LINEAR, type RegionMode, TYPE_CHAIN, TYPE_REGION, TYPES } from "./context.js";
import { Code, I32, I64, MEMORY, OP } from "./emit/code.js";
import { assembleModule } from "./emit/module.js";
import { MARGIN } from "./function.js";

const TARGET = 0;
const LEFT = 1;
const SLOT = 2;
const UOP = 3;
const RECORD = 4;

/** The bytes of a module that exports it, over a memory of so many pages. */
export function chainModule(mode: RegionMode, pages: number): Uint8Array {
  return assembleModule({
    types: TYPES,
    imports: [
      { kind: "global", name: "lazyKind", type: I32 },
      { kind: "global", name: "lazyA", type: I64 },
      { kind: "global", name: "lazyResult", type: I64 },
      { kind: "global", name: "pageLinear", type: I64 },
      { kind: "memory", name: "memory", pages },
      { kind: "table", name: "table" },
    ],
    functions: [{ type: TYPE_CHAIN, locals: [I32, I32, I32], code: body(mode), name: "chain" }],
    exports: ["chain"],
  });
}

function body(mode: RegionMode): Uint8Array {
  const c = new Code(512);
  const page = () => c.get(TARGET).i32(-4096).op(OP.i32_and);
  const field = (offset: number) => c.get(RECORD).memory(MEMORY.i32_load, offset);
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
  page();
  c.op(OP.i64_extend_i32_u).globalSet(GLOBAL_PAGE_LINEAR);
  c.get(UOP).memory(MEMORY.i32_load16_u).i32(OP_ENTER).op(OP.i32_eq).if();
  c.get(UOP).memory(MEMORY.i32_load, U_LINK).set(RECORD);
  c.get(LEFT);
  field(REGION.ENTRY_NEED).op(OP.i32_gt_s);
  field(REGION.ENTRY_TLB).i32(mode.tlb).op(OP.i32_eq, OP.i32_and).if();
  c.i32(0).get(RECORD).i32(REGION.ENTRY_COPY).op(OP.i32_add).memory(MEMORY.i32_store, REGION.NEXT_UOP);
  field(REGION.ENTRY_NUMBER).get(LEFT);
  page();
  field(REGION.ENTRY_LINEAR).op(OP.i32_sub);
  field(REGION.ENTRY_FUNCTION).returnCallIndirect(TYPE_REGION);
  c.end();
  c.else();
  c.i32(0).get(UOP).memory(MEMORY.i32_store, REGION.CHAIN_MISS);
  c.end();
  c.i32(0).get(UOP).memory(MEMORY.i32_store, REGION.NEXT_UOP).get(LEFT).op(OP.return);
  c.end();
  c.i32(0).get(TARGET).op(OP.i64_extend_i32_u).memory(MEMORY.i64_store, RIP);
  c.i32(0).i32(0).memory(MEMORY.i32_store, REGION.NEXT_UOP).get(LEFT);
  return c.bytes.slice(0, c.length);
}
