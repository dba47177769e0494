// Loading LDTR and the segment registers of a task that has just been switched to. SDM 3A table "Exception Conditions Checked During a
// Task Switch": what MOV reports as #GP is #TS here. All selectors are visible first; hidden parts not yet loaded stay unusable.
import { CS, DS, ES, FS, GS, LDTR, RFLAGS, SEG_LIMIT, SS } from "../abi/state";
import { fault, raise, VECTOR_GP, VECTOR_NP, VECTOR_TS } from "../cpu/fault";
import { FLAG_VM } from "../cpu/flags";
import { getRip, segment } from "../cpu/state";
import { isNull, isPresent, markAccessed, raiseSelector, readDescriptor, systemType, TYPE_LDT } from "./descriptor";
import { setPrivilege } from "./mode";
import { codeFitsPrivilege, dataDescriptor, setCode, setNull, setSegment, setVirtualSegment, stackDescriptor } from "./segment";

function loadLdt(selector: u32): void {
  if (isNull(selector)) return;
  const d = (selector & 4) == 0 ? readDescriptor(selector, VECTOR_TS) : 0;
  if (fault) return;
  if (systemType(d) != TYPE_LDT || !isPresent(d)) raiseSelector(VECTOR_TS, selector);
  else setSegment(LDTR, selector, d);
}

function loadCode(selector: u32): void {
  const d = isNull(selector) ? 0 : readDescriptor(selector, VECTOR_TS);
  if (fault) return;
  const rpl = selector & 3;
  if (!codeFitsPrivilege(d, rpl, rpl)) raiseSelector(VECTOR_TS, selector);
  else if (!isPresent(d)) raiseSelector(VECTOR_NP, selector);
  else {
    const marked = markAccessed(selector, d);
    if (!fault) setCode(selector, marked, rpl);
  }
}

function loadStack(selector: u32, cpl: u32): void {
  const d = stackDescriptor(selector, cpl, VECTOR_TS);
  if (!fault) setSegment(SS, selector, d);
}

function loadData(n: i32, selector: u32): void {
  if (fault || isNull(selector)) return;
  const d = dataDescriptor(selector, VECTOR_TS);
  if (!fault) setSegment(n, selector, d);
}

/** `selectors` holds ES CS SS DS FS GS from index `first`. */
export function loadTaskSegments(selectors: StaticArray<u32>, first: i32, ldt: u32): void {
  if (load<u32>(RFLAGS) & FLAG_VM) {
    setNull(LDTR, ldt);
    setPrivilege(3);
    for (let n = 0; n < 6; n++) setVirtualSegment(n, selectors[first + n]);
    loadLdt(ldt);
  } else {
    for (let n = 0; n < 6; n++) setNull(n, selectors[first + n]);
    setNull(LDTR, ldt);
    const cs = selectors[first + CS];
    setPrivilege(cs & 3);
    loadLdt(ldt);
    if (!fault) loadCode(cs);
    if (!fault) loadStack(selectors[first + SS], cs & 3);
    loadData(DS, selectors[first + DS]);
    loadData(ES, selectors[first + ES]);
    loadData(FS, selectors[first + FS]);
    loadData(GS, selectors[first + GS]);
  }
  if (!fault && getRip() > <u64>load<u32>(segment(CS), SEG_LIMIT)) raise(VECTOR_GP);
}
