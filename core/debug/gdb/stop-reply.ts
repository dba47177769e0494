// Why the target stands, as gdb wants to hear it. GDB manual, "Stop Reply Packets".
import * as STATE from "../../../wasm/abi/state.js";
import * as STOP from "../../../wasm/abi/stop.js";
import type { Stop } from "../debugger.js";
import { REGISTERS, type RegisterName } from "../registers.js";
import type { DebugVcpu } from "../target.js";
import { toHex } from "./packet.js";

const SIGINT = 2;
const SIGTRAP = 5;

/** What the client has said it understands. */
export interface ClientFeatures {
  readonly swbreak: boolean;
  readonly hwbreak: boolean;
}

/** gdb's breakpoint types: Z0 to Z4. */
export type PointType = 0 | 1 | 2 | 3 | 4;

export interface Point {
  readonly type: PointType;
  readonly start: number;
  readonly end: number;
}

/** Sent along with every stop, so that gdb need not ask. */
const EXPEDITED = ["esp", "ebp", "eip"] as const;

/** A register's bytes in hexadecimal, little-endian. */
export function encodeRegister(vcpu: DebugVcpu, name: RegisterName, bits: number): string {
  let value = vcpu.read(name);
  const bytes: number[] = [];
  for (let i = 0; i < bits / 8; i++, value >>= 8n) bytes.push(Number(value & 0xffn));
  return toHex(bytes);
}

function expedited(vcpu: DebugVcpu): string {
  return EXPEDITED.map((name) => {
    const number = REGISTERS.findIndex((r) => r.name === name);
    return `${number.toString(16).padStart(2, "0")}:${encodeRegister(vcpu, name, 32)};`;
  }).join("");
}

const WATCHES: Readonly<Partial<Record<PointType, string>>> = { 2: "watch", 3: "rwatch", 4: "awatch" };

function reason(stop: Stop, points: readonly Point[], client: ClientFeatures): string {
  if (stop.kind === "beginning") return "replaylog:begin;";
  if (stop.kind !== "hit") return "";
  const { kind, first, second } = stop.hit;
  const here = points.filter((p) => p.start <= first && first <= p.end);
  if (kind === STOP.HIT_EXECUTE) {
    const isSoftware = here.some(({ type }) => type === 0);
    return isSoftware ? (client.swbreak ? "swbreak:;" : "") : client.hwbreak ? "hwbreak:;" : "";
  }
  if (kind !== STOP.HIT_DATA) return "";
  const wanted: readonly PointType[] = second === STOP.STOP_WRITE ? [2, 4] : [3, 4];
  const word = here.map(({ type }) => (wanted.includes(type) ? WATCHES[type] : undefined)).find((w) => w !== undefined);
  return word ? `${word}:${first.toString(16)};` : "";
}

export function threadOf(vcpu: number): string {
  return (vcpu + 1).toString(16).padStart(2, "0");
}

export function stopReply(stop: Stop, vcpu: DebugVcpu, points: readonly Point[], client: ClientFeatures): string {
  if (stop.kind === "ended") return "W00";
  const signal = stop.kind === "interrupted" ? SIGINT : SIGTRAP;
  return `T${signal.toString(16).padStart(2, "0")}thread:${threadOf(stop.vcpu)};${reason(stop, points, client)}${expedited(vcpu)}`;
}

/** Linear address of the next instruction. */
export function linearEip(vcpu: DebugVcpu): number {
  return (vcpu.segment(STATE.CS).base + Number(vcpu.read("eip"))) >>> 0;
}
