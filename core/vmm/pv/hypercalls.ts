// The hypercalls of docs/hypercalls.md that leave the guest where it is: all but HC_IRET and HC_SCHED, which are the road's.
import * as PV from "./abi.js";
import type { EventChannels } from "./event-channels.js";
import type { Frames } from "./frames.js";
import type { GuestAccess } from "./guest-access.js";
import type { PvBackEnd } from "./paravirtual.js";
import { readTraps, type Trap } from "./traps.js";
import { applyUpdates } from "./updates.js";

/** EBX, ECX, EDX, ESI. */
export type Arguments = readonly [ebx: number, ecx: number, edx: number, esi: number];

export interface CallContext {
  readonly guest: GuestAccess;
  readonly frames: Frames;
  readonly events: EventChannels;
  readonly backEnd: PvBackEnd;
  /** The guest asks for a flush of the TLB: of all, or of one page. */
  flush(page: boolean): void;
  /** A call moves so many bytes between the guest and the VMM: that is work, too. */
  moving(bytes: number): void;
}

/** What a guest has set by calls. */
export class Settings {
  /** As the guest gave it: entries of TRAP_SIZE. */
  trapTable = new Uint8Array();
  traps: ReadonlyMap<number, Trap> = new Map();
  kernelStack = 0;
  /** 0: none. */
  callback = 0;
  deadline = PV.TIMER_NEVER;

  setTraps(table: Uint8Array): PV.PvError | undefined {
    const traps = readTraps(table);
    if (typeof traps === "number") return traps;
    this.trapTable = table.slice();
    this.traps = new Map(traps.map((trap) => [trap.vector, trap]));
    return undefined;
  }

  setStack(selector: number, esp: number): PV.PvError | undefined {
    if (selector !== PV.KERNEL_DATA || esp > PV.VMM_BASE) return PV.ERROR_RANGE;
    this.kernelStack = esp;
    return undefined;
  }

  setCallback(address: number): PV.PvError | undefined {
    if (address >= PV.VMM_BASE) return PV.ERROR_RANGE;
    this.callback = address;
    return undefined;
  }
}

/** Carry out a call. Returns its result; refused, it has changed nothing. */
export function answer(call: number, [ebx, ecx, edx, esi]: Arguments, settings: Settings, context: CallContext): number {
  switch (call) {
    case PV.HC_VERSION:
      return PV.PV_VERSION;
    case PV.HC_SET_TRAPS:
      return setTraps(settings, context, ebx, ecx);
    case PV.HC_SET_STACK:
      return settings.setStack(ebx, ecx) ?? 0;
    case PV.HC_SET_CALLBACK:
      return settings.setCallback(ebx) ?? 0;
    case PV.HC_UPDATE_TABLES:
      return updateTables(context, ebx, ecx);
    case PV.HC_MMU:
      return mmu(context, ebx, ecx) ?? 0;
    case PV.HC_EVENT:
      return event(context.events, ebx, ecx) ?? 0;
    case PV.HC_SET_TIMER:
      settings.deadline = (BigInt(ecx) << 32n) | BigInt(ebx);
      context.backEnd.setTimer(settings.deadline === PV.TIMER_NEVER ? undefined : settings.deadline);
      return 0;
    case PV.HC_CONSOLE:
      return consoleCall(context, ebx, ecx, edx);
    case PV.HC_BLOCK:
      return block(context, ebx, ecx, edx, esi);
    default:
      return PV.ERROR_NO_CALL;
  }
}

/** What lies in the guest's memory; undefined if not all of it can be read. */
function take(context: CallContext, address: number, length: number): Uint8Array | undefined {
  context.moving(length);
  return context.guest.read(address, length);
}

function canGive(context: CallContext, address: number, length: number): boolean {
  context.moving(length);
  return context.guest.canWrite(address, length);
}

function setTraps(settings: Settings, context: CallContext, address: number, count: number): number {
  if (count > PV.TRAP_MOST) return PV.ERROR_RANGE;
  const table = take(context, address, count * PV.TRAP_SIZE);
  return table ? (settings.setTraps(table) ?? 0) : PV.ERROR_ADDRESS;
}

function updateTables(context: CallContext, address: number, count: number): number {
  if (count > PV.UPDATE_MOST) return PV.ERROR_RANGE;
  const requests = take(context, address, count * PV.UPDATE_SIZE);
  if (!requests) return PV.ERROR_ADDRESS;
  const { done, error } = applyUpdates(context.frames, requests);
  return done === 0 && error !== undefined ? error : done;
}

function mmu(context: CallContext, operation: number, argument: number): PV.PvError | undefined {
  const { frames } = context;
  switch (operation) {
    case PV.MMU_PIN_TABLE:
      return frames.pin(argument, "table");
    case PV.MMU_PIN_DIRECTORY:
      return frames.pin(argument, "directory");
    case PV.MMU_UNPIN:
      return frames.unpin(argument);
    case PV.MMU_SET_BASE: {
      const refused = frames.setBase(argument);
      if (refused === undefined) context.flush(false);
      return refused;
    }
    case PV.MMU_FLUSH:
    case PV.MMU_FLUSH_PAGE:
      context.flush(operation === PV.MMU_FLUSH_PAGE);
      return undefined;
    default:
      return PV.ERROR_NO_CALL;
  }
}

function event(events: EventChannels, operation: number, argument: number): number | undefined {
  switch (operation) {
    case PV.EVENT_BIND:
      return events.bind(argument);
    case PV.EVENT_CLOSE:
      return events.close(argument);
    case PV.EVENT_UNMASK:
      return events.unmask(argument);
    case PV.EVENT_SEND:
      return events.send(argument);
    case PV.EVENT_DELIVER:
      // What is pending and enabled is delivered after every call.
      return 0;
    default:
      return PV.ERROR_NO_CALL;
  }
}

function consoleCall(context: CallContext, operation: number, address: number, length: number): number {
  const { guest, backEnd } = context;
  if (operation !== PV.CONSOLE_WRITE && operation !== PV.CONSOLE_READ) return PV.ERROR_NO_CALL;
  if (length > PV.CONSOLE_MOST) return PV.ERROR_RANGE;
  if (operation === PV.CONSOLE_WRITE) {
    const bytes = take(context, address, length);
    return bytes ? backEnd.consoleWrite(bytes) : PV.ERROR_ADDRESS;
  }
  if (!canGive(context, address, length)) return PV.ERROR_ADDRESS;
  const bytes = backEnd.consoleRead(length);
  guest.write(address, bytes);
  return bytes.length;
}

function block(context: CallContext, operation: number, sector: number, count: number, address: number): number {
  const { disk } = context.backEnd;
  const sectors = disk?.sectors ?? 0;
  if (operation === PV.BLOCK_CAPACITY) return Math.min(sectors, PV.BLOCK_CAPACITY_MOST);
  if (operation === PV.BLOCK_FLUSH) return !disk || disk.flush() ? 0 : PV.ERROR_IO;
  if (operation !== PV.BLOCK_READ && operation !== PV.BLOCK_WRITE) return PV.ERROR_NO_CALL;
  if (!disk || count > PV.BLOCK_MOST || sector + count > sectors) return PV.ERROR_RANGE;
  if (operation === PV.BLOCK_WRITE) {
    const bytes = take(context, address, count * PV.SECTOR_SIZE);
    if (!bytes) return PV.ERROR_ADDRESS;
    return disk.write(sector, bytes) ? count : PV.ERROR_IO;
  }
  if (!canGive(context, address, count * PV.SECTOR_SIZE)) return PV.ERROR_ADDRESS;
  const bytes = disk.read(sector, count);
  if (!bytes) return PV.ERROR_IO;
  context.guest.write(address, bytes);
  return count;
}
