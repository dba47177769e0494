// What the calls of a paravirtual guest lead to in a machine: the guest's console is the first serial line, whose chip the VMM drives; its
// timer is one of the machine's; its disk is the one that the machine was given. Guest time is the machine's.
// A snapshot has what the guest has set by calls, and not what is on the disk.
import type { Scheduler, Timer } from "../../core/bus/clock.js";
import { type Device, type DeviceState, type Region, StateError, type StateValue } from "../../core/bus/device.js";
import { type Paravirtual, type PvBackEnd, type PvDisk, PvGuestError, type PvStart } from "../../core/vmm/pv/paravirtual.js";
import { BootError } from "../boot/boot-error.js";
import { LCR_WORD_LENGTH, LSR_DATA_READY } from "../uart-16550-registers.js";

/** Name of the record in a snapshot. */
export const PARAVIRTUAL = "paravirtual";

export interface ParavirtualDevicesOptions {
  readonly scheduler: Scheduler;
  /** Registers of the UART. */
  readonly serial: Region;
  /** Seconds since 1970 at power-on. */
  readonly wallClock: () => number;
  readonly disk: PvDisk | undefined;
}

const VERSION = 1;
/** Registers of the UART. */
const DATA = 0;
const LCR = 3;
const LSR = 5;
const EIGHT_BITS = LCR_WORD_LENGTH;
/** A deadline from here on never comes: guest time ends before. Nanoseconds; 104 days. */
const END_OF_TIME = BigInt(Number.MAX_SAFE_INTEGER);

/** In the machine's order of devices it comes last: memory and everything else are in place when its record is loaded. */
export class ParavirtualDevices implements PvBackEnd, Device {
  readonly name = PARAVIRTUAL;
  private readonly timer: Timer;

  constructor(
    private readonly guest: Paravirtual,
    private readonly options: ParavirtualDevicesOptions,
  ) {
    this.timer = options.scheduler.timer(PARAVIRTUAL, () => guest.timerExpired());
    guest.backEnd = this;
  }

  /** Throws BootError. */
  start(start: PvStart): void {
    this.options.serial.write(LCR, EIGHT_BITS, 1);
    try {
      this.guest.start(start);
    } catch (error) {
      if (error instanceof PvGuestError) throw new BootError(error.message);
      throw error;
    }
  }

  get disk(): PvDisk | undefined {
    return this.options.disk;
  }

  now(): bigint {
    return BigInt(Math.floor(this.options.scheduler.now()));
  }

  wallClock(): number {
    return this.options.wallClock();
  }

  setTimer(at: bigint | undefined): void {
    if (at === undefined || at >= END_OF_TIME) this.timer.cancel();
    else this.timer.at(Number(at));
  }

  /** The transmitter takes every byte at once. */
  consoleWrite(bytes: Uint8Array): number {
    for (const byte of bytes) this.options.serial.write(DATA, byte, 1);
    return bytes.length;
  }

  consoleRead(most: number): Uint8Array {
    const bytes: number[] = [];
    while (bytes.length < most && this.consoleReadable()) bytes.push(this.options.serial.read(DATA, 1));
    return Uint8Array.from(bytes);
  }

  consoleReadable(): boolean {
    return (this.options.serial.read(LSR, 1) & LSR_DATA_READY) !== 0;
  }

  reset(): void {
    this.timer.cancel();
  }

  save(): DeviceState {
    return { version: VERSION, guest: this.guest.save() ?? null };
  }

  load({ version, guest }: DeviceState): void {
    if (version !== VERSION) throw new StateError(this.name, `version ${version} is not known`);
    if (typeof guest !== "object" || guest === null) throw new StateError(this.name, "there was no guest");
    try {
      this.guest.load(guest as { readonly [key: string]: StateValue });
    } catch (error) {
      if (error instanceof PvGuestError) throw new StateError(this.name, error.message);
      throw error;
    }
  }
}
