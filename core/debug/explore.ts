// Any linear address of a guest through all tables: its own, then, in a virtual machine, the shadow or nested tables that the processor really walks,
// and what each kind of access would come to. Changes nothing.
//
// Not here: what a TLB still holds; a store to memory that decoded code lies in.

import { pageOf } from "../vmm/debug/vm-view.js";
import type { TranslationStep } from "../vmm/events/record.js";
import { type Access, verdictOf, type Walk, walkPages } from "./page-walk.js";
import type { DebugVcpu } from "./target.js";

/** What an access would come to. */
export type Outcome =
  | { readonly kind: "allowed" }
  /** The guest's own fault: #PF with this error code. */
  | { readonly kind: "true fault"; readonly errorCode: number; readonly reason: string }
  /** The hypervisor fills its table, and the access is made again. */
  | { readonly kind: "hidden fault"; readonly reason: string }
  /** A store to a page that the hypervisor watches: it executes the instruction by itself, and looks. */
  | { readonly kind: "trace" }
  /** No memory is there, or read-only memory that is written. */
  | { readonly kind: "device" };

export interface Exploration {
  readonly guest: Walk;
  /** For the guest's ring 0 and its ring 3: on most roads the same tables. Empty on bare hardware. */
  readonly kernel: readonly TranslationStep[];
  readonly user: readonly TranslationStep[];
  /** By the VM's slots. Undefined: bare hardware, a device, or no such address. */
  readonly hostPhysical: number | undefined;
  readonly outcomes: readonly { readonly access: Access; readonly outcome: Outcome }[];
}

const ACCESSES: readonly Access[] = [true, false].flatMap((user) =>
  (["read", "write", "execute"] as const).map((kind) => ({ kind, user })),
);
const WRITABLE = 2n;
const DIRTY = 0x40n;
const NX = 1n << 63n;

export function explore(vcpu: DebugVcpu, linear: number): Exploration {
  const guest = walkPages(linear, vcpu.pagingState(), (address, size) => vcpu.readPhysical(address, size));
  const { underneath } = vcpu;
  const kernel = underneath?.tableSteps(linear, 0) ?? [];
  const user = underneath?.tableSteps(linear, 3) ?? [];
  const slot = guest.physical === undefined ? undefined : underneath?.slot(Number(guest.physical));
  return {
    guest,
    kernel,
    user,
    hostPhysical: slot?.address,
    outcomes: ACCESSES.map((access) => ({ access, outcome: outcomeOf(vcpu, guest, access.user ? user : kernel, access) })),
  };
}

function outcomeOf({ underneath }: DebugVcpu, guest: Walk, steps: readonly TranslationStep[], access: Access): Outcome {
  const verdict = verdictOf(guest, access);
  if (!verdict.allowed) return { kind: "true fault", errorCode: verdict.errorCode, reason: verdict.reason };
  if (!underneath || guest.physical === undefined) return { kind: "allowed" };
  const slot = underneath.slot(Number(guest.physical));
  if (!slot || (slot.readOnly && access.kind === "write")) return { kind: "device" };
  if (access.kind === "write" && underneath.isWatched(slot.address)) return { kind: "trace" };
  const isNested = steps[0]?.table.startsWith("nested") === true;
  if (pageOf(steps, isNested ? Number(guest.physical) : guest.linear) === undefined)
    return { kind: "hidden fault", reason: isNested ? "the nested tables have no such page yet" : "the shadow has no such page yet" };
  const rights = steps.filter(({ table }) => !table.endsWith("PDPTE"));
  if (access.kind === "execute" && rights.some(({ entry }) => entry & NX)) return { kind: "hidden fault", reason: "XD is set below" };
  if (access.kind !== "write" || rights.every(({ entry }) => entry & WRITABLE)) return { kind: "allowed" };
  const leaf = guest.entries.at(-1);
  const isDirty = isNested || !leaf || (leaf.value & DIRTY) !== 0n;
  return { kind: "hidden fault", reason: isDirty ? "R/W is clear below" : "the guest's D is clear: it is set first" };
}
