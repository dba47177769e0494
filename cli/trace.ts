// --trace: what the guest does, one line an event.
import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from "iced-x86";
import type { Machine } from "../devices/machine/machine.js";
import type { MachineObserver } from "../devices/machine/machine-options.js";
import * as STATE from "../wasm/abi/state.js";
import { UserError } from "./user-error.js";

const KINDS = ["exec", "int", "io", "mmio"] as const;
type Kind = (typeof KINDS)[number];

export interface Tracer extends MachineObserver {
  /** Called once with the machine that is traced. */
  attach(machine: Machine): void;
}

/** D/B in a segment's access word. */
const DEFAULT_BIG = 1 << 14;

const hex = (value: number | bigint, digits: number) => value.toString(16).padStart(digits, "0");

function parseKinds(text: string): Set<Kind> {
  const kinds = text.split(",").map((k) => k.trim());
  const unknown = kinds.find((k) => !KINDS.includes(k as Kind));
  if (unknown !== undefined) throw new UserError(`the trace "${unknown}" is not known; there are ${KINDS.join(", ")}`);
  return new Set(kinds as Kind[]);
}

type Print = (line: string) => void;

/** Prints the instruction at CS:EIP, with its bytes. */
class ExecutionTrace {
  private readonly formatter = new Formatter(FormatterSyntax.Nasm);

  constructor(
    private readonly machine: Machine,
    private readonly print: Print,
  ) {}

  next(): void {
    const { cpu } = this.machine;
    const code = cpu.segment(STATE.CS);
    const rip = cpu.view.getUint32(STATE.RIP, true);
    const big = (code.access & DEFAULT_BIG) !== 0;
    const linear = (code.base + rip) >>> 0;
    const bytes = cpu.peekLinear(linear, 15);
    const decoder = new Decoder(big ? 32 : 16, bytes, DecoderOptions.None);
    decoder.ip = BigInt(rip);
    const instruction = decoder.decode();
    const raw = [...bytes.subarray(0, instruction.length)].map((b) => hex(b, 2)).join(" ");
    const where = `${hex(code.selector, 4)}:${hex(rip, 8)}`;
    this.print(`exec ${cpu.instructions} ${where} ${raw.padEnd(30)} ${this.formatter.format(instruction)}`);
    instruction.free();
    decoder.free();
  }
}

/** An observer for --trace; `print` takes its lines. Throws UserError. */
export function createTracer(text: string, print: Print): Tracer {
  const kinds = parseKinds(text);
  let machine: Machine | undefined;
  const at = () => (machine ? `${machine.cpu.instructions}` : "-");
  const tracer: Tracer = {
    attach: (m) => {
      machine = m;
      if (kinds.has("exec")) {
        const execution = new ExecutionTrace(m, print);
        m.traceInstructions(() => execution.next());
      }
      if (kinds.has("int")) m.traceExceptions((vector, code) => print(`int  ${at()} exception ${vector} code ${hex(code, 4)}`));
    },
  };
  if (kinds.has("int"))
    tracer.interrupt = (vector) => {
      if (vector >= 0) print(`int  ${at()} external ${vector}`);
    };
  if (kinds.has("io"))
    tracer.port = (write, port, size, value) =>
      print(`io   ${at()} ${write ? "out" : "in "} ${hex(port, 4)} ${size} ${hex(value, size * 2)}`);
  if (kinds.has("mmio"))
    tracer.mmio = (write, address, size, value) =>
      print(`mmio ${at()} ${write ? "write" : "read "} ${hex(address, 8)} ${size} ${hex(value, size * 2)}`);
  return tracer;
}
