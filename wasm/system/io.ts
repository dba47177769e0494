// IN OUT INS OUTS, with IOPL and the I/O permission bitmap. SDM 1 "Input/Output".
import { CPL, ES, RAX, RDI, RDX, RSI } from "../abi/state";
import { IOIO_IN, IOIO_STRING } from "../abi/svm";
import { U_IMM, U_SEG } from "../abi/uop";
import { fault, raise, VECTOR_GP } from "../cpu/fault";
import { probeWrite, readLinear, writeLinear } from "../cpu/memory";
import { segmentLinear } from "../cpu/operand";
import { getReg, setReg } from "../cpu/state";
import { portIn, portOut } from "../host";
import { advance, chunk, countDown, elementsInPage, pointer, repeated, repeatIfLeft } from "../integer/string";
import { checkPortBreakpoint } from "./debug";
import { ioPrivilege, isProtected, isVirtual8086 } from "./mode";
import { portIntercepted } from "./svm/permission-maps";
import { portIsMapped } from "./tss";

/** Iterations of REP INS and REP OUTS in one go. */
const CHUNK: u64 = 256;

/** #GP(0) unless IOPL or the bitmap allows it; virtual-8086 mode always asks the bitmap. False if a fault was raised. */
function allowed(port: u32, size: u32): bool {
  if (!isProtected() || (!isVirtual8086() && load<u32>(CPL) <= ioPrivilege())) return true;
  if (portIsMapped(port, size)) return true;
  if (!fault) raise(VECTOR_GP);
  return false;
}

function input<T>(u: usize, port: u32): void {
  if (!allowed(port, sizeof<T>()) || portIntercepted(u, port, sizeof<T>(), IOIO_IN)) return;
  checkPortBreakpoint(port, sizeof<T>());
  setReg<T>(RAX, <T>portIn(port, sizeof<T>()));
}

function output<T>(u: usize, port: u32): void {
  if (!allowed(port, sizeof<T>()) || portIntercepted(u, port, sizeof<T>(), 0)) return;
  checkPortBreakpoint(port, sizeof<T>());
  portOut(port, <i32>getReg<T>(RAX), sizeof<T>());
}

export function inImmediate<T>(u: usize): void {
  input<T>(u, load<u32>(u, U_IMM) & 0xff);
}

export function inDx<T>(u: usize): void {
  input<T>(u, getReg<u16>(RDX));
}

export function outImmediate<T>(u: usize): void {
  output<T>(u, load<u32>(u, U_IMM) & 0xff);
}

export function outDx<T>(u: usize): void {
  output<T>(u, getReg<u16>(RDX));
}

function inputElement<T>(u: usize): void {
  const port = <u32>getReg<u16>(RDX);
  if (!allowed(port, sizeof<T>()) || portIntercepted(u, port, sizeof<T>(), IOIO_IN | IOIO_STRING)) return;
  const linear = segmentLinear(ES, pointer(u, RDI), sizeof<T>(), true);
  // The port is not read before it is sure that the value can be stored.
  if (!fault) probeWrite(linear, sizeof<T>());
  if (fault) return;
  checkPortBreakpoint(port, sizeof<T>());
  writeLinear<T>(linear, <T>portIn(port, sizeof<T>()));
  if (!fault) advance<T>(u, RDI, 1);
}

function outputElement<T>(u: usize): void {
  const port = <u32>getReg<u16>(RDX);
  if (!allowed(port, sizeof<T>()) || portIntercepted(u, port, sizeof<T>(), IOIO_STRING)) return;
  const linear = segmentLinear(load<u8>(u, U_SEG), pointer(u, RSI), sizeof<T>(), false);
  if (fault) return;
  const value = readLinear<T>(linear);
  if (fault) return;
  checkPortBreakpoint(port, sizeof<T>());
  portOut(port, <i32>value, sizeof<T>());
  advance<T>(u, RSI, 1);
}

export function insString<T>(u: usize): void {
  if (!repeated(u)) {
    inputElement<T>(u);
    return;
  }
  const n = chunk(u, min<u64>(CHUNK, elementsInPage(u, ES, RDI, sizeof<T>())));
  for (let i = 0; i < n; i++) {
    inputElement<T>(u);
    if (fault) return;
    countDown(u, 1);
  }
  repeatIfLeft(u);
}

export function outsString<T>(u: usize): void {
  if (!repeated(u)) {
    outputElement<T>(u);
    return;
  }
  const n = chunk(u, min<u64>(CHUNK, elementsInPage(u, load<u8>(u, U_SEG), RSI, sizeof<T>())));
  for (let i = 0; i < n; i++) {
    outputElement<T>(u);
    if (fault) return;
    countDown(u, 1);
  }
  repeatIfLeft(u);
}
