// An Ethernet transceiver's registers, as IEEE 802.3 clause 22 has them, and auto-negotiation with a partner that can do everything.
//
//   0 control   1 status   2, 3 identifier   4 advertisement   5 partner's ability   6 expansion   others: fixed, or a subclass's
//
// Not modelled: how long real negotiation takes (seconds), next pages, remote fault, isolation, flow control by the partner.

import type { Scheduler, Timer } from "../../core/bus/clock.js";
import type { DeviceState } from "../../core/bus/device.js";
import type { StateReader } from "../state-reader.js";
import type { Wire } from "./wire.js";

export const MII_CONTROL = 0;
export const MII_STATUS = 1;
export const MII_ID1 = 2;
export const MII_ID2 = 3;
export const MII_ADVERTISE = 4;
export const MII_PARTNER = 5;
export const MII_EXPANSION = 6;
export const MII_REGISTERS = 32;

const CONTROL_RESET = 1 << 15;
const CONTROL_LOOPBACK = 1 << 14;
const CONTROL_SPEED_100 = 1 << 13;
const CONTROL_NEGOTIATE = 1 << 12;
const CONTROL_POWER_DOWN = 1 << 11;
const CONTROL_RESTART = 1 << 9;
const CONTROL_FULL_DUPLEX = 1 << 8;
const CONTROL_SPEED_1000 = 1 << 6;
const STATUS_NEGOTIATED = 1 << 5;
const STATUS_LINK = 1 << 2;
const EXPANSION_PARTNER_NEGOTIATES = 1 << 0;
/** 10 and 100 Mb/s, half and full duplex, acknowledged, IEEE 802.3. */
const PARTNER_ABILITY = 0x41e1;
const ADVERTISE_100 = 0x0180;
const ADVERTISE_FULL = 0x0140;
const NEGOTIATION_TIME = 100_000_000;

export interface MiiOptions {
  /** Of its timer. */
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly wire: Wire;
  /** Register values after reset, by number. */
  readonly initial: Readonly<Record<number, number>>;
  /** Which bits of a register software may change, by number; those of control and advertisement are given. */
  readonly writable?: Readonly<Record<number, number>>;
  /** The link came or went. */
  changed(): void;
}

export class MiiPhy {
  protected readonly registers = new Uint16Array(MII_REGISTERS);
  readonly #options: MiiOptions;
  readonly #timer: Timer;
  readonly #writable: Readonly<Record<number, number>>;
  #hasLink = false;
  /** The link has failed since status was last read: it reads as down once. */
  #hasFailed = false;

  constructor(options: MiiOptions) {
    this.#options = options;
    this.#writable = { [MII_CONTROL]: 0x7dc0, [MII_ADVERTISE]: 0xffff, ...options.writable };
    this.#timer = options.scheduler.timer(options.name, () => this.#setLink(this.#canLink));
    options.wire.onLink(() => this.#negotiate());
  }

  get hasLink(): boolean {
    return this.#hasLink;
  }

  get isLoopback(): boolean {
    return (this.registers[MII_CONTROL]! & CONTROL_LOOPBACK) !== 0;
  }

  get isNegotiated(): boolean {
    return this.#hasLink && this.#negotiates;
  }

  /** Mb/s: what both can do, or what software has forced. */
  get speed(): 10 | 100 | 1000 {
    const control = this.registers[MII_CONTROL]!;
    if (this.#negotiates) return this.registers[MII_ADVERTISE]! & ADVERTISE_100 ? 100 : 10;
    return control & CONTROL_SPEED_1000 ? 1000 : control & CONTROL_SPEED_100 ? 100 : 10;
  }

  get isFullDuplex(): boolean {
    if (this.#negotiates) return (this.registers[MII_ADVERTISE]! & ADVERTISE_FULL) !== 0;
    return (this.registers[MII_CONTROL]! & CONTROL_FULL_DUPLEX) !== 0;
  }

  reset(): void {
    this.registers.fill(0);
    for (const [index, value] of Object.entries(this.#options.initial)) this.registers[Number(index)] = value;
    this.#negotiate();
  }

  read(index: number): number {
    const value = this.registers[index]!;
    switch (index) {
      case MII_STATUS:
        return value | this.#readStatus();
      case MII_PARTNER:
        return this.isNegotiated ? PARTNER_ABILITY : 0;
      case MII_EXPANSION:
        return value | (this.isNegotiated ? EXPANSION_PARTNER_NEGOTIATES : 0);
      default:
        return value;
    }
  }

  write(index: number, value: number): void {
    if (index === MII_CONTROL && value & CONTROL_RESET) {
      this.reset();
      return;
    }
    const mask = this.#writable[index] ?? 0;
    const before = this.registers[index]!;
    this.registers[index] = (before & ~mask) | (value & mask);
    if (index === MII_CONTROL && (value & CONTROL_RESTART || this.registers[index] !== before)) this.#negotiate();
  }

  save(): DeviceState {
    return {
      version: 1,
      registers: [...this.registers],
      hasLink: this.#hasLink,
      hasFailed: this.#hasFailed,
      negotiated: this.#timer.deadline ?? null,
    };
  }

  load(reader: StateReader): void {
    this.registers.set(reader.numbers("registers", MII_REGISTERS, 0xffff));
    this.#hasLink = reader.boolean("hasLink");
    this.#hasFailed = reader.boolean("hasFailed");
    const negotiated = reader.optional("negotiated", Number.MAX_SAFE_INTEGER);
    if (negotiated === undefined) this.#timer.cancel();
    else this.#timer.at(negotiated);
    // The cable here may not be as that one was. It is noticed once the machine runs: an interrupt would get lost while its receivers load.
    const now = this.#options.scheduler.now();
    if (this.#hasLink && !this.#canLink) this.#timer.at(now);
    if (!this.#hasLink && negotiated === undefined && this.#canLink) this.#timer.at(now + NEGOTIATION_TIME);
  }

  get #negotiates(): boolean {
    return (this.registers[MII_CONTROL]! & CONTROL_NEGOTIATE) !== 0;
  }

  get #canLink(): boolean {
    return this.#options.wire.isUp && !(this.registers[MII_CONTROL]! & CONTROL_POWER_DOWN);
  }

  #readStatus(): number {
    const hasLink = this.#hasLink && !this.#hasFailed;
    this.#hasFailed = false;
    return (hasLink ? STATUS_LINK : 0) | (this.isNegotiated ? STATUS_NEGOTIATED : 0);
  }

  /** Begins again: without negotiation the link is there as soon as the cable is. */
  #negotiate(): void {
    const { scheduler } = this.#options;
    this.#timer.cancel();
    this.#setLink(this.#canLink && !this.#negotiates);
    if (this.#canLink && this.#negotiates) this.#timer.at(scheduler.now() + NEGOTIATION_TIME);
  }

  #setLink(up: boolean): void {
    if (up === this.#hasLink) return;
    this.#hasLink = up;
    if (!up) this.#hasFailed = true;
    this.#options.changed();
  }
}
