/** Bit tests and scans of 32 bits in line, and the instructions that set C. */
import { UF_DST_MEM, UF_SRC_IMM } from "../../wasm/abi/uop.js";
import { OP } from "./emit/code.js";
import type { Emitter } from "./emitter.js";
import { Overlay } from "./flags.js";
import type { Emit } from "./integer-operands.js";
import * as L from "./locals.js";

/** BT and its kin on 32 bits. `change` combines value and mask on the stack. A register's offset reaches beyond a memory operand. */
function bitTest(change?: (e: Emitter) => void): Emit {
  return (e, i) => {
    const { code: c } = e;
    const offset = () => {
      if (i.flags & UF_SRC_IMM) c.i32(i.imm & 31);
      else e.get(i.src, 4);
    };
    const write = change !== undefined;
    if (i.flags & UF_DST_MEM) {
      e.address(i);
      if (!(i.flags & UF_SRC_IMM)) {
        c.get(L.ADDRESS);
        offset();
        c.i32(5).op(OP.i32_shr_s).i32(2).op(OP.i32_shl, OP.i32_add).set(L.ADDRESS);
      }
      e.host(i, 4, write);
      c.tee(L.HOST);
      e.load(4, false);
    } else e.get(i.dst, 4);
    c.tee(L.T0);
    offset();
    c.op(OP.i32_shr_u).set(L.T1);
    if (change) {
      c.get(L.T0).i32(1);
      offset();
      c.op(OP.i32_shl);
      change(e);
      c.set(L.T0);
      e.writeBack(i, 4, L.T0);
    }
    e.flags.change(Overlay.Carry, () => c.get(L.T1).set(L.FLAG_OVERLAY));
  };
}

/** BSF and BSR: a source of zero leaves the destination. */
function scan(reverse: boolean): Emit {
  return (e, i) => {
    const { code: c } = e;
    e.source(i, 4, false);
    c.set(L.T0);
    if (reverse) c.i32(31).get(L.T0).op(OP.i32_clz, OP.i32_sub);
    else c.get(L.T0).op(OP.i32_ctz);
    e.get(i.dst, 4);
    c.get(L.T0).op(OP.select);
    e.setTop(i.dst >> 3);
    e.flags.change(Overlay.Zero, () => c.get(L.T0).set(L.FLAG_OVERLAY));
  };
}

function setCarry(value: (e: Emitter) => void): Emit {
  return (e) => {
    value(e);
    e.code.set(L.T0);
    e.flags.change(Overlay.Carry, () => e.code.get(L.T0).set(L.FLAG_OVERLAY));
  };
}

export const bt = bitTest();
export const bts = bitTest((e) => e.code.op(OP.i32_or));
export const btr = bitTest((e) => e.code.i32(-1).op(OP.i32_xor, OP.i32_and));
export const btc = bitTest((e) => e.code.op(OP.i32_xor));
export const bsf = scan(false);
export const bsr = scan(true);
export const clc = setCarry((e) => e.code.i32(0));
export const stc = setCarry((e) => e.code.i32(1));
export const cmc = setCarry((e) => {
  e.flags.carry();
  e.code.i32(1).op(OP.i32_xor);
});
