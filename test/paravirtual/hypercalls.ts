// What the hypercalls of docs/hypercalls.md do, HC_IRET apart: that one is machine.ts's.
import * as PV from "../../core/vmm/pv/abi.js";
import type { EventChannels } from "../../core/vmm/pv/event-channels.js";
import type { Frames } from "../../core/vmm/pv/frames.js";
import { readTraps, type Trap } from "../../core/vmm/pv/traps.js";
import { applyUpdates } from "../../core/vmm/pv/updates.js";
import type { GuestAccess } from "./guest-access.js";

export const NEVER = (1n << 64n) - 1n;

export class Hypercalls {
  traps: ReadonlyMap<number, Trap> = new Map();
  kernelStack = 0;
  callback = 0;
  deadline = NEVER;
  /** The guest waits for an event. */
  blocked = false;
  /** Reason of a shutdown. */
  shutdown: number | undefined;
  output = "";
  readonly input: number[] = [];

  constructor(
    private readonly guest: GuestAccess,
    private readonly frames: Frames,
    private readonly events: EventChannels,
    private readonly enableEvents: () => void,
  ) {}

  /** Result of a call with its number and EBX, ECX, EDX. */
  answer(call: number, ebx: number, ecx: number, edx: number): number {
    switch (call) {
      case PV.HC_VERSION:
        return PV.PV_VERSION;
      case PV.HC_SET_TRAPS:
        return this.setTraps(ebx, ecx);
      case PV.HC_SET_STACK:
        if (ebx !== PV.KERNEL_DATA || ecx > PV.VMM_BASE) return PV.ERROR_RANGE;
        this.kernelStack = ecx;
        return 0;
      case PV.HC_SET_CALLBACK:
        if (ebx >= PV.VMM_BASE) return PV.ERROR_RANGE;
        this.callback = ebx;
        return 0;
      case PV.HC_UPDATE_TABLES:
        return this.updateTables(ebx, ecx);
      case PV.HC_MMU:
        return this.mmu(ebx, ecx) ?? 0;
      case PV.HC_EVENT:
        return this.event(ebx, ecx) ?? 0;
      case PV.HC_SET_TIMER:
        this.deadline = (BigInt(ecx) << 32n) | BigInt(ebx);
        return 0;
      case PV.HC_SCHED:
        return this.schedule(ebx, ecx);
      case PV.HC_CONSOLE:
        return this.console(ebx, ecx, edx);
      default:
        return PV.ERROR_NO_CALL;
    }
  }

  private setTraps(address: number, count: number): number {
    if (count > PV.TRAP_MOST) return PV.ERROR_RANGE;
    const bytes = this.guest.read(address, count * PV.TRAP_SIZE);
    if (!bytes) return PV.ERROR_ADDRESS;
    const traps = readTraps(bytes);
    if (typeof traps === "number") return traps;
    this.traps = new Map(traps.map((trap) => [trap.vector, trap]));
    return 0;
  }

  private updateTables(address: number, count: number): number {
    if (count > PV.UPDATE_MOST) return PV.ERROR_RANGE;
    const bytes = this.guest.read(address, count * PV.UPDATE_SIZE);
    if (!bytes) return PV.ERROR_ADDRESS;
    const { done, error } = applyUpdates(this.frames, bytes);
    return done === 0 && error !== undefined ? error : done;
  }

  private mmu(operation: number, argument: number): number | undefined {
    switch (operation) {
      case PV.MMU_PIN_TABLE:
        return this.frames.pin(argument, "table");
      case PV.MMU_PIN_DIRECTORY:
        return this.frames.pin(argument, "directory");
      case PV.MMU_UNPIN:
        return this.frames.unpin(argument);
      case PV.MMU_SET_BASE:
        return this.frames.setBase(argument);
      case PV.MMU_FLUSH:
      case PV.MMU_FLUSH_PAGE:
        // The way back to the guest flushes.
        return 0;
      default:
        return PV.ERROR_NO_CALL;
    }
  }

  private event(operation: number, argument: number): number | undefined {
    switch (operation) {
      case PV.EVENT_BIND:
        return this.events.bind(argument);
      case PV.EVENT_CLOSE:
        return this.events.close(argument);
      case PV.EVENT_UNMASK:
        return this.events.unmask(argument);
      case PV.EVENT_SEND:
        return this.events.send(argument);
      case PV.EVENT_DELIVER:
        // The run loop looks at events before the guest goes on.
        return 0;
      default:
        return PV.ERROR_NO_CALL;
    }
  }

  private schedule(operation: number, reason: number): number {
    if (operation === PV.SCHED_BLOCK) {
      this.enableEvents();
      this.blocked = true;
    } else if (operation === PV.SCHED_SHUTDOWN) {
      if (reason > PV.SHUTDOWN_CRASH) return PV.ERROR_RANGE;
      this.shutdown = reason;
    } else if (operation !== PV.SCHED_YIELD) return PV.ERROR_NO_CALL;
    return 0;
  }

  private console(operation: number, address: number, length: number): number {
    if (length > PV.CONSOLE_MOST) return PV.ERROR_RANGE;
    if (operation === PV.CONSOLE_WRITE) {
      const bytes = this.guest.read(address, length);
      if (!bytes) return PV.ERROR_ADDRESS;
      this.output += Buffer.from(bytes).toString("latin1");
      return length;
    }
    if (operation !== PV.CONSOLE_READ) return PV.ERROR_NO_CALL;
    if (!this.guest.canWrite(address, length)) return PV.ERROR_ADDRESS;
    const bytes = Uint8Array.from(this.input.splice(0, length));
    this.guest.write(address, bytes);
    return bytes.length;
  }
}
