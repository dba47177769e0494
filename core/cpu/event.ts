import * as EVENT from "../../wasm/abi/deprivileged.js";

/** SDM 3A "Exception Classifications"; "software" is INT n, INT3 or INTO. Aborts do not exist here. */
export type EventKind = "fault" | "trap" | "software" | "external" | "nmi";

/** An event that a hypervisor takes instead of the IDT: wasm/abi/deprivileged.ts says what state the processor is in. */
export interface ProcessorEvent {
  readonly kind: EventKind;
  readonly vector: number;
  /** Error code; 0 for vectors that have none. */
  readonly code: number;
  /** EFLAGS as the delivery would have pushed it. */
  readonly flags: number;
  /** Length in bytes of the instruction that asked for it, or 0. */
  readonly length: number;
}

const KINDS: Readonly<Record<number, EventKind>> = {
  [EVENT.KIND_FAULT]: "fault",
  [EVENT.KIND_TRAP]: "trap",
  [EVENT.KIND_SOFTWARE]: "software",
  [EVENT.KIND_EXTERNAL]: "external",
  [EVENT.KIND_NMI]: "nmi",
};

export function readEvent(view: DataView): ProcessorEvent {
  return {
    kind: KINDS[view.getUint32(EVENT.EVENT_KIND, true)]!,
    vector: view.getUint32(EVENT.EVENT_VECTOR, true),
    code: view.getUint32(EVENT.EVENT_CODE, true),
    flags: view.getUint32(EVENT.EVENT_FLAGS, true),
    length: view.getUint32(EVENT.EVENT_LENGTH, true),
  };
}
