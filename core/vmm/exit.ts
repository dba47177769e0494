// Why Vcpu.run() returned: what KVM has in struct kvm_run.
import type { AccessSize } from "../bus/device.js";

export type VcpuExit =
  /** `count` is used up, stop() was called (KVM_EXIT_INTR), or the guest has given its time slice away, or used it up by what it makes the VMM do. */
  | { readonly kind: "intr" }
  /** Port access. For input call completeInput() before the next run. */
  | { readonly kind: "io"; readonly write: false; readonly port: number; readonly size: AccessSize }
  | { readonly kind: "io"; readonly write: true; readonly port: number; readonly size: AccessSize; readonly value: number }
  /** Access to guest-physical memory that no slot has, or store to a read-only slot. For reads call completeInput() before the next run. */
  | { readonly kind: "mmio"; readonly write: false; readonly physical: number; readonly size: AccessSize }
  | { readonly kind: "mmio"; readonly write: true; readonly physical: number; readonly size: AccessSize; readonly value: number }
  /** HLT: nothing happens before an interrupt. */
  | { readonly kind: "hlt" }
  /** Triple fault. */
  | { readonly kind: "shutdown" }
  /** On the road pv (KVM_EXIT_SYSTEM_EVENT): the guest has ended. Of a crash: why. */
  | { readonly kind: "system-event"; readonly event: "power-off" | "reboot" }
  | { readonly kind: "system-event"; readonly event: "crash"; readonly message: string }
  /** IF is set and nothing blocks: an interrupt may be queued now. Only after requestInterruptWindow(). */
  | { readonly kind: "interrupt-window" }
  /** The guest wrote an MSR that belongs to the machine around the processor. */
  | { readonly kind: "msr"; readonly index: number; readonly value: bigint }
  /** A breakpoint, or whatever else vcpu.stops has (KVM_EXIT_DEBUG): vcpu.stops.take() tells. */
  | { readonly kind: "debug" }
  /** An x87 error while CR0.NE is clear: FERR#. */
  | { readonly kind: "fpu-error" }
  /** The road can not go on (KVM_EXIT_INTERNAL_ERROR): a sentence that says what it does not do, and where. The guest's state is kept. */
  | { readonly kind: "internal-error"; readonly message: string };
