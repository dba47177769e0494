// A processor's registers for people: general, segment and control registers, with the segments' hidden parts.
import { REGISTERS } from "./registers.js";
import type { DebugVcpu } from "./target.js";

const SEGMENTS = ["es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr"];

const hex = (value: number | bigint, digits: number) => value.toString(16).padStart(digits, "0");

/** Whole lines. */
export function registersText(vcpu: DebugVcpu): string {
  const values = REGISTERS.filter((r) => r.bits === 32 && !/^f[a-z]{2,4}$|_base$|^.s$|^mxcsr$/.test(r.name));
  const named = values.map(({ name }) => `${name}=${hex(vcpu.read(name), 8)}`);
  const rows = Array.from({ length: Math.ceil(named.length / 4) }, (_, n) => named.slice(n * 4, n * 4 + 4).join(" "));
  const segments = SEGMENTS.map((name, n) => {
    const { selector, base, limit, access } = vcpu.segment(n);
    return `${name.padEnd(3)} ${hex(selector, 4)} base=${hex(base, 8)} limit=${hex(limit, 8)} access=${hex(access, 4)}`;
  });
  const tables = (["gdt", "idt"] as const).map((name) => {
    const { base, limit } = vcpu.tableRegister(name);
    return `${name} base=${hex(base, 8)} limit=${hex(limit, 4)}`;
  });
  return [...rows, ...segments, ...tables].map((line) => `${line}\n`).join("");
}
