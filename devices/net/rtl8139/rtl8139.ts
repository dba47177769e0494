// Realtek RTL8139 Fast Ethernet controller (10ec:8139), as an RTL8139C+ or as an RTL8139C. RTL8139C(L)+ and RTL8139C(L) data sheets.
//
//   BAR 0  registers, 256 bytes of I/O     BAR 1  the same in memory
//   EEPROM 93C46 with the MAC address      transceiver whose MII registers are among the chip's
//
// Not modelled: wake-up and power management, flash, CardBus, early receive and transmit, flow control, LEDs, autoload of anything but the
// address.

import type { Timer } from "../../../core/bus/clock.js";
import type { AccessSize, DeviceState, Region } from "../../../core/bus/device.js";
import { PciFunction } from "../../pci/function.js";
import { StateReader } from "../../state-reader.js";
import { HEADER_LENGTH, isBroadcast, isFor, isGroup, isInHashTable, MAC_LENGTH, padded } from "../ethernet.js";
import { EEPROM_WORDS, macWords } from "../microwire-eeprom.js";
import { MII_ADVERTISE, MII_CONTROL, MII_EXPANSION, MII_PARTNER, MII_STATUS, MiiPhy } from "../mii-phy.js";
import type { NicOptions } from "../nic.js";
import { EepromControl } from "../realtek-9346.js";
import type { Frame } from "../wire.js";
import type { Match, Rtl8139Chip } from "./chip.js";
import { ClassicRings } from "./classic.js";
import { DescriptorRings } from "./descriptors.js";
import * as R from "./registers.js";
import { TALLY_COUNT, TallyCounters } from "./tally.js";

const VENDOR = 0x10ec;
const DEVICE = 0x8139;
/** PCI revision, and the version in TCR. */
const CHIPS = { c: { revision: 0x10, version: 0x74000000 }, "c+": { revision: 0x20, version: 0x74800000 } } as const;
/** First word of the EEPROM. */
const EEPROM_ID = 0x8129;
/** Byte of the EEPROM. */
const MAC_AT = 14;
const TPPOLL_HIGH = 1 << 7;
const TPPOLL_NORMAL = 1 << 6;
const TPPOLL_SOFTWARE = 1 << 0;
const DUMP = 1 << 3;
const MSR_SPEED_10 = 1 << 3;
const MSR_NO_LINK = 1 << 2;
const CSCR_LINK = 0xf400;
const CSCR_LINK_CHANGED = 0x0800;
/** The transceiver's registers, from BMCR on. */
const MII: readonly number[] = [MII_CONTROL, MII_STATUS, MII_ADVERTISE, MII_PARTNER, MII_EXPANSION];
/** The general-purpose timer counts the PCI clock. */
const NANOSECONDS_PER_TICK = 30;
const TIMER_PERIOD = 2 ** 32;
const LONGEST_FRAME = 4096;

export interface Rtl8139Options extends NicOptions {
  /** Default: the C+. */
  readonly chip?: keyof typeof CHIPS;
}

export class Rtl8139 extends PciFunction {
  readonly #options: Rtl8139Options;
  readonly #hasDescriptors: boolean;
  readonly #version: number;
  readonly #registers = new R.RegisterBytes();
  readonly #tally = new TallyCounters();
  readonly #eeprom: EepromControl;
  readonly #phy: MiiPhy;
  readonly #classic: ClassicRings;
  readonly #descriptors: DescriptorRings;
  readonly #timer: Timer;
  /** When TCTR was zero. */
  #timerStart = 0;
  #linkChanged = false;

  constructor(options: Rtl8139Options) {
    const chip = CHIPS[options.chip ?? "c+"];
    super(options.name ?? "rtl8139", {
      vendor: VENDOR,
      device: DEVICE,
      classCode: 0x020000,
      revision: chip.revision,
      subsystemVendor: VENDOR,
      subsystem: DEVICE,
      interruptPin: 1,
    });
    const { scheduler, wire, memory, ports } = options;
    this.#options = options;
    this.#version = chip.version;
    this.#hasDescriptors = chip === CHIPS["c+"];
    this.#eeprom = new EepromControl(eepromImage(options.mac), () => this.#loadAddress());
    this.#phy = this.#createPhy();
    const parts = this.#createChip();
    this.#classic = new ClassicRings(parts);
    this.#descriptors = new DescriptorRings(this.name, parts, scheduler);
    this.#timer = scheduler.timer(`${this.name}.timer`, () => this.#timeOut());
    const region: Region = { read: (...access) => this.#read(...access), write: (...access) => this.#write(...access) };
    this.addBar(0, { kind: "io", size: R.REGISTERS_SIZE, map: (base) => ports.add(base, R.REGISTERS_SIZE, region) });
    this.addBar(1, { kind: "memory", size: R.REGISTERS_SIZE, map: (base) => memory.add(base, R.REGISTERS_SIZE, region) });
    wire.onFrame((frame) => this.#arrived(frame));
    this.reset();
  }

  override reset(): void {
    super.reset();
    this.#registers.bytes.fill(0);
    this.#registers.set(R.CONFIG1, R.CONFIG1_INITIAL);
    this.#tally.reset();
    this.#eeprom.reset();
    this.#phy.reset();
    this.#linkChanged = false;
    this.#restartTimer();
    this.#loadAddress();
    this.#softwareReset();
  }

  override save(): DeviceState {
    return {
      ...super.save(),
      registers: this.#registers.bytes.slice(),
      tally: this.#tally.save(),
      eeprom: this.#eeprom.save(),
      phy: this.#phy.save(),
      slot: this.#classic.slot,
      descriptors: this.#descriptors.save(),
      timerStart: this.#timerStart,
      timeOut: this.#timer.deadline ?? null,
      linkChanged: this.#linkChanged,
    };
  }

  override load(state: DeviceState): void {
    super.load(state);
    const reader = new StateReader(this.name, state, 1);
    this.#registers.bytes.set(reader.bytes("registers", R.REGISTERS_SIZE));
    this.#tally.load(reader.numbers("tally", TALLY_COUNT, Number.MAX_SAFE_INTEGER));
    this.#eeprom.load(reader.nested("eeprom", 1));
    this.#classic.slot = reader.number("slot", 3);
    this.#descriptors.load(reader.nested("descriptors", 1));
    this.#timerStart = reader.number("timerStart", Number.MAX_SAFE_INTEGER);
    const timeOut = reader.optional("timeOut", Number.MAX_SAFE_INTEGER);
    if (timeOut === undefined) this.#timer.cancel();
    else this.#timer.at(timeOut);
    this.#linkChanged = reader.boolean("linkChanged");
    this.#phy.load(reader.nested("phy", 1));
    this.#updateInterrupt();
  }

  #createPhy(): MiiPhy {
    const { scheduler, wire } = this.#options;
    return new MiiPhy({
      name: `${this.name}.phy`,
      scheduler,
      wire,
      initial: { [MII_CONTROL]: 0x1100, [MII_STATUS]: 0x7809, [MII_ADVERTISE]: 0x05e1 },
      changed: () => {
        this.#linkChanged = true;
        this.#raise(R.CAUSE_LINK);
      },
    });
  }

  #createChip(): Rtl8139Chip {
    return {
      registers: this.#registers,
      memory: this.#options.guestMemory,
      tally: this.#tally,
      isMaster: () => this.isMaster,
      raise: (causes) => this.#raise(causes),
      send: (frame) => this.#send(frame),
    };
  }

  /** CR.RST: transmitter and receiver off and empty; addresses, filters and configuration stay. */
  #softwareReset(): void {
    const { bytes } = this.#registers;
    bytes.fill(0, R.TSD, R.CR9346);
    bytes.fill(0, R.MULINT, R.TX_SUMMARY);
    bytes.fill(0, R.TPPOLL, R.REGISTERS_SIZE);
    this.#registers.set(R.TCR, this.#version);
    this.#classic.reset();
    this.#descriptors.reset();
    this.#updateInterrupt();
  }

  #loadAddress(): void {
    this.#registers.bytes.set(this.#eeprom.bytes.subarray(MAC_AT, MAC_AT + MAC_LENGTH), R.IDR);
  }

  #raise(causes: number): void {
    this.#registers.set(R.ISR, this.#registers.get(R.ISR) | causes);
    this.#updateInterrupt();
  }

  #updateInterrupt(): void {
    this.intx.set((this.#registers.get(R.ISR) & this.#registers.get(R.IMR)) !== 0);
  }

  get #isLoopback(): boolean {
    return (this.#registers.get(R.TCR) & R.TCR_LOOPBACK) === R.TCR_LOOPBACK || this.#phy.isLoopback;
  }

  #send(frame: Frame): void {
    this.#tally.count("sent");
    if (this.#isLoopback) this.#receive(frame);
    else if (this.#phy.hasLink) this.#options.wire.send(frame);
  }

  #arrived(frame: Frame): void {
    if (this.#phy.hasLink && !this.#isLoopback) this.#receive(frame);
  }

  #receive(frame: Frame): void {
    const registers = this.#registers;
    if (!registers.has(R.CR, R.CR_RX_ENABLE) || !this.isMaster) return;
    if (frame.length < HEADER_LENGTH || frame.length > LONGEST_FRAME) return;
    const match = this.#filter(frame);
    if (!match) return;
    this.#tally.count("received");
    if (match !== "any") this.#tally.count(match);
    if (this.#hasDescriptors && registers.has(R.CPCR, R.CPCR_RX)) this.#descriptors.receive(padded(frame), match);
    else this.#classic.receive(padded(frame), match);
  }

  #filter(frame: Frame): Match | undefined {
    const accepts = (bits: number) => this.#registers.has(R.RCR, bits);
    const { bytes } = this.#registers;
    if (isBroadcast(frame)) return accepts(R.RCR_BROADCAST) ? "broadcast" : undefined;
    if (isGroup(frame)) return accepts(R.RCR_MULTICAST) && isInHashTable(frame, bytes, R.MAR) ? "multicast" : undefined;
    if (isFor(frame, bytes, R.IDR) && accepts(R.RCR_PHYSICAL_MATCH | R.RCR_ALL_PHYSICAL)) return "physical";
    return accepts(R.RCR_ALL_PHYSICAL) ? "any" : undefined;
  }

  #read(offset: number, size: AccessSize): number {
    let value = 0;
    for (let index = 0; index < size; ) {
      const place = R.PLACES[offset + index];
      if (!place) return value + (2 ** ((size - index) * 8) - 1) * 2 ** (index * 8);
      const from = offset + index - place.at;
      const count = Math.min(place.width - from, size - index);
      const part = Math.floor(this.#readRegister(place.at) / 2 ** (from * 8)) % 2 ** (count * 8);
      value += part * 2 ** (index * 8);
      index += count;
    }
    return value;
  }

  #readRegister(at: number): number {
    const registers = this.#registers;
    if (at >= R.BMCR && at <= R.ANER) return this.#phy.read(MII[(at - R.BMCR) >> 1]!);
    switch (at) {
      case R.CR:
        return registers.get(R.CR) | (this.#classic.isEmpty ? R.CR_EMPTY : 0);
      case R.TCTR:
        return this.#ticks % TIMER_PERIOD;
      case R.CR9346:
        return this.#eeprom.read();
      case R.MSR:
        return (this.#phy.hasLink ? 0 : MSR_NO_LINK) | (this.#phy.speed === 10 ? MSR_SPEED_10 : 0);
      case R.TX_SUMMARY:
        return this.#classic.summary;
      case R.CSCR:
        return this.#readLinkStatus();
      default:
        return registers.get(at);
    }
  }

  /** Reading tells once that the link has changed. */
  #readLinkStatus(): number {
    const value = (this.#phy.hasLink ? CSCR_LINK : 0) | (this.#linkChanged ? CSCR_LINK_CHANGED : 0);
    this.#linkChanged = false;
    return value;
  }

  #write(offset: number, value: number, size: AccessSize): void {
    for (let index = 0; index < size; ) {
      const place = R.PLACES[offset + index];
      if (!place) return;
      const from = offset + index - place.at;
      const count = Math.min(place.width - from, size - index);
      const mask = (2 ** (count * 8) - 1) * 2 ** (from * 8);
      const part = Math.floor(value / 2 ** (index * 8)) % 2 ** (count * 8);
      this.#writeRegister(place.at, part * 2 ** (from * 8), mask);
      index += count;
    }
  }

  /** `value` in the bytes that `mask` has. */
  #writeRegister(at: number, value: number, mask: number): void {
    const special = this.#writers.get(at);
    if (special) {
      special(value, mask);
      return;
    }
    if (at >= R.BMCR && at <= R.ANER) this.#phy.write(MII[(at - R.BMCR) >> 1]!, value);
    else if (at >= R.TSD && at < R.TSAD) this.#writeStatus(at, value);
    else this.#hold(at, value, mask);
    if (at === R.IMR) this.#updateInterrupt();
    if (at === R.TIMER_INT) this.#armTimer();
    if (at === R.RDSAR) this.#descriptors.resetReceiver();
  }

  #hold(at: number, value: number, mask: number): void {
    const writable = (WRITABLE.get(at) ?? (this.#eeprom.isUnlocked ? LOCKED.get(at) : undefined) ?? 0) & mask;
    this.#registers.set(at, (this.#registers.get(at) & ~writable) | (value & writable));
  }

  /** Registers that do something in place of holding what is written. */
  readonly #writers: ReadonlyMap<number, (value: number, mask: number) => void> = new Map([
    [R.CR, (value: number) => this.#command(value)],
    [
      R.ISR,
      (value: number) => {
        this.#registers.set(R.ISR, this.#registers.get(R.ISR) & ~value);
        this.#updateInterrupt();
      },
    ],
    [R.TCTR, () => this.#restartTimer()],
    [R.MPC, () => this.#registers.set(R.MPC, 0)],
    [R.CR9346, (value: number) => this.#eeprom.write(value)],
    [R.CBR, () => {}],
    [R.TPPOLL, (value: number) => this.#poll(value)],
  ]);

  #command(value: number): void {
    if (value & R.CR_RESET) {
      this.#softwareReset();
      return;
    }
    const before = this.#registers.get(R.CR);
    const now = value & (R.CR_TX_ENABLE | R.CR_RX_ENABLE);
    this.#registers.set(R.CR, now);
    if (now & ~before & R.CR_RX_ENABLE) {
      this.#classic.resetReceiver();
      this.#descriptors.resetReceiver();
    }
    if (now & ~before & R.CR_TX_ENABLE) this.#descriptors.resetTransmitter();
  }

  /** TSD gives a slot to the chip; in C+ mode the first is where counters are dumped. */
  #writeStatus(at: number, value: number): void {
    if (this.#hasDescriptors && this.#registers.has(R.CPCR, R.CPCR_TX | R.CPCR_RX)) {
      this.#registers.set(at, value);
      if (at === R.DTCCR && value & DUMP) this.#dump();
      return;
    }
    this.#registers.set(at, value & (0x3f0000 | R.TSD_SIZE | R.TSD_OWN));
    this.#classic.transmit();
  }

  #dump(): void {
    const { guestMemory } = this.#options;
    if (this.isMaster) guestMemory.write(this.#registers.address(R.DTCCR) - DUMP, this.#tally.dump());
    this.#registers.set(R.DTCCR, this.#registers.get(R.DTCCR) & ~DUMP);
  }

  #poll(value: number): void {
    if (value & TPPOLL_SOFTWARE) this.#raise(R.CAUSE_SOFTWARE);
    if (this.#hasDescriptors) this.#descriptors.poll((value & TPPOLL_NORMAL) !== 0, (value & TPPOLL_HIGH) !== 0);
  }

  get #ticks(): number {
    return Math.floor((this.#options.scheduler.now() - this.#timerStart) / NANOSECONDS_PER_TICK);
  }

  #restartTimer(): void {
    this.#timerStart = this.#options.scheduler.now();
    this.#armTimer();
  }

  /** TimeOut comes when TCTR next is what TimerInt says. */
  #armTimer(): void {
    const target = this.#registers.get(R.TIMER_INT);
    if (target === 0) {
      this.#timer.cancel();
      return;
    }
    const rounds = Math.floor((this.#ticks - target) / TIMER_PERIOD) + 1;
    this.#timer.at(this.#timerStart + (rounds * TIMER_PERIOD + target) * NANOSECONDS_PER_TICK);
  }

  #timeOut(): void {
    this.#raise(R.CAUSE_TIMEOUT);
    this.#armTimer();
  }
}

const WRITABLE: ReadonlyMap<number, number> = new Map(R.HELD);
const LOCKED: ReadonlyMap<number, number> = new Map(R.LOCKED);

function eepromImage(mac: Uint8Array): Uint16Array {
  const words = new Uint16Array(EEPROM_WORDS);
  words.set([EEPROM_ID, VENDOR, DEVICE, VENDOR, DEVICE, 0x4020, 0xe112, ...macWords(mac)]);
  return words;
}
