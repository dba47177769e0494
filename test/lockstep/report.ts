// A difference between two runs of a program, in a form a person can read: the last instructions before it, disassembled.
import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from "iced-x86";
import * as STATE from "../../wasm/abi/state.js";
import type { LockstepMachine } from "./machine.js";
import type { Program } from "./program.js";
import { begin, lockstep, type Pace, type Stop } from "./run.js";

/** Strides end with 130 single steps, so what made the difference may be that far before it. */
const SHOWN = 160;
const NAMES = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"];

const formatter = new Formatter(FormatterSyntax.Nasm);

function disassemble(bytes: Uint8Array, bits: number, ip: number): string {
  const decoder = new Decoder(bits, bytes, DecoderOptions.None);
  decoder.ip = BigInt(ip);
  const instruction = decoder.decode();
  const text = instruction.length === 0 ? "(nothing)" : formatter.format(instruction);
  instruction.free();
  decoder.free();
  return text;
}

/** The instruction at CS:EIP, and the registers before it. */
export function describe({ cpu }: LockstepMachine): string {
  const cs = STATE.SEGS + STATE.CS * STATE.SEG_STRIDE;
  const rip = Number(cpu.view.getBigUint64(STATE.RIP, true));
  const linear = (Number(cpu.view.getBigUint64(cs + STATE.SEG_BASE, true)) + rip) >>> 0;
  const bytes = cpu.peekLinear(linear, 15);
  const bits = cpu.view.getUint32(cs + STATE.SEG_ACCESS, true) & 0x4000 ? 32 : 16;
  const registers = NAMES.map((name, i) => `${name}=${cpu.register(i * 8).toString(16)}`).join(" ");
  const hex = Buffer.from(bytes).toString("hex");
  return `${cpu.instructions} ${linear.toString(16)} ${hex.slice(0, 16)} ${disassemble(bytes, bits, rip)}  | ${registers} fl=${cpu.flags.toString(16)}`;
}

/** The shortest run that still shows a difference. */
function shorten(a: LockstepMachine, b: LockstepMachine, program: Program, pace: Pace, stop: Stop): Stop {
  let best = stop;
  let low = 0;
  let high = stop.instructions;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = lockstep(a, b, program, pace, middle);
    if (found) {
      best = found;
      high = Math.min(middle, found.instructions);
    } else low = middle + 1;
  }
  return best;
}

const PACES: Readonly<Record<Pace, string>> = { single: "in strides and single", strides: "translated and interpreted" };

export function explain(a: LockstepMachine, b: LockstepMachine, program: Program, first: Stop, pace: Pace = "single"): string {
  const stop = shorten(a, b, program, pace, first);
  begin(b, program);
  const lines: string[] = [];
  for (let i = 0; i < stop.instructions; i++) {
    lines.push(describe(b));
    b.cpu.run(1);
  }
  lines.push(describe(b));
  const head = `seed ${program.seed}: ${program.mode.name}, paging ${program.paging}, cr0 ${program.cr0.toString(16)}, cr4 ${program.cr4.toString(16)}`;
  return [head, `after ${stop.instructions} instructions (${PACES[pace]}): ${stop.what}`, ...lines.slice(-SHOWN)].join("\n");
}
