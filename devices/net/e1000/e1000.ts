// Intel 82540EM gigabit Ethernet controller (8086:100e), as PCI cards and virtual machines have it.
// PCI/PCI-X Family of Gigabit Ethernet Controllers Software Developer's Manual (8254x), which the files of this folder quote by section.
//
//   BAR 0  registers, 128 KiB of memory     BAR 2  the same through an address and a data port
//   EEPROM 93C46 with the MAC address     transceiver with the registers of a Marvell M88E1011 at MDI address 1
//
// Not modelled: wake-up and power management, flash, ASF and SMBus, the aliases of 82542 registers, flow control, LEDs, software-definable pins,
// small packet detection, diagnostic access to the packet buffer. Registers are read in any size and written 32 bits at a time, as the manual asks of software.

import type { AccessSize, DeviceState, Region } from "../../../core/bus/device.js";
import { PciFunction } from "../../pci/function.js";
import { StateReader } from "../../state-reader.js";
import { MicrowireEeprom } from "../microwire-eeprom.js";
import type { NicOptions } from "../nic.js";
import type { Frame } from "../wire.js";
import { eepromImage } from "./eeprom.js";
import { E1000Interrupts, InterruptDelay } from "./interrupts.js";
import { M88Phy } from "./phy.js";
import { E1000Receiver } from "./receive.js";
import * as R from "./registers.js";
import { E1000Statistics, STATISTICS_COUNT } from "./statistics.js";
import { E1000Transmitter } from "./transmit.js";

const VENDOR = 0x8086;
const DEVICE = 0x100e;
const REGISTERS_SIZE = 0x20000;
const PORTS_SIZE = 0x40;
/** IODATA; IOADDR is at 0. */
const PORT_DATA = 4;
const PORT_ADDRESS_MASK = 0xfffff;

const STATUS_FULL_DUPLEX = 1 << 0;
const STATUS_LINK_UP = 1 << 1;
const SPEED_SHIFT = 6;
const SPEEDS = [10, 100, 1000];

const EECD_CLOCK = 1 << 0;
const EECD_SELECT = 1 << 1;
const EECD_DATA_IN = 1 << 2;
const EECD_DATA_OUT = 1 << 3;
const EECD_REQUEST = 1 << 6;
const EECD_GRANT = 1 << 7;
const EECD_PRESENT = 1 << 8;
const EERD_START = 1 << 0;
const EERD_DONE = 1 << 4;

const MDI_WRITE = 1;
const MDI_READ = 2;
const MDIC_READY = 1 << 28;
const MDIC_INTERRUPT = 1 << 29;
const MDIC_ERROR = 1 << 30;
const PHY_ADDRESS = 1;
const FLUSH = 0x80000000;

export class E1000 extends PciFunction {
  readonly #options: NicOptions;
  readonly #registers = new R.RegisterFile();
  readonly #statistics = new E1000Statistics();
  readonly #interrupts: E1000Interrupts;
  readonly #eeprom: MicrowireEeprom;
  readonly #phy: M88Phy;
  readonly #receiver: E1000Receiver;
  readonly #transmitter: E1000Transmitter;
  readonly #receiveDelay: InterruptDelay;
  readonly #transmitDelay: InterruptDelay;
  /** Registers that do something in place of holding what is written. */
  readonly #writers: ReadonlyMap<number, (value: number) => void> = new Map([
    [R.CTRL, (value: number) => this.#control(value)],
    [R.EECD, (value: number) => this.#writeEecd(value)],
    [R.EERD, (value: number) => this.#readEeprom(value)],
    [R.MDIC, (value: number) => this.#writeMdic(value)],
    [R.ICR, (value: number) => this.#interrupts.clear(value)],
    [R.ICS, (value: number) => this.#interrupts.raise(value)],
    [R.IMS, (value: number) => this.#interrupts.enable(value)],
    [R.IMC, (value: number) => this.#interrupts.disable(value)],
    [
      R.ITR,
      (value: number) => {
        this.#interrupts.interval = value & 0xffff;
      },
    ],
  ]);
  /** EECD as written, EERD, MDIC and IOADDR as they read. */
  #eecd = 0;
  #eerd = 0;
  #mdic = 0;
  #portAddress = 0;

  constructor(options: NicOptions) {
    super(options.name ?? "e1000", {
      vendor: VENDOR,
      device: DEVICE,
      classCode: 0x020000,
      revision: 2,
      subsystemVendor: VENDOR,
      subsystem: 0x001e,
      interruptPin: 1,
    });
    const { scheduler, wire, memory, ports } = options;
    this.#options = options;
    this.#eeprom = new MicrowireEeprom(eepromImage(options.mac, DEVICE, VENDOR));
    this.#interrupts = new E1000Interrupts(this.name, scheduler, this.intx);
    this.#receiveDelay = new InterruptDelay(`${this.name}.receive`, scheduler, () => this.#interrupts.raise(R.CAUSE_RX_TIMER));
    this.#transmitDelay = new InterruptDelay(`${this.name}.transmit`, scheduler, () => this.#interrupts.raise(R.CAUSE_TX_WRITTEN_BACK));
    this.#phy = new M88Phy({ name: `${this.name}.phy`, scheduler, wire, changed: () => this.#interrupts.raise(R.CAUSE_LINK) });
    this.#receiver = this.#createReceiver();
    this.#transmitter = this.#createTransmitter();
    const region: Region = { read: (...access) => this.#read(...access), write: (...access) => this.#write(...access) };
    this.addBar(0, { kind: "memory", size: REGISTERS_SIZE, map: (base) => memory.add(base, REGISTERS_SIZE, region) });
    this.addBar(2, { kind: "io", size: PORTS_SIZE, map: (base) => ports.add(base, PORTS_SIZE, this.#portRegion(region)) });
    wire.onFrame((frame) => this.#arrived(frame));
    this.reset();
  }

  override reset(): void {
    super.reset();
    this.#eecd = 0;
    this.#portAddress = 0;
    this.#phy.reset();
    this.#resetController();
  }

  override save(): DeviceState {
    return {
      ...super.save(),
      registers: this.#registers.save(),
      statistics: this.#statistics.save(),
      interrupts: this.#interrupts.save(),
      eeprom: this.#eeprom.save(),
      phy: this.#phy.save(),
      receiver: this.#receiver.save(),
      transmitter: this.#transmitter.save(),
      receiveDelay: this.#receiveDelay.save(),
      transmitDelay: this.#transmitDelay.save(),
      eecd: this.#eecd,
      eerd: this.#eerd,
      mdic: this.#mdic,
      portAddress: this.#portAddress,
    };
  }

  override load(state: DeviceState): void {
    super.load(state);
    const reader = new StateReader(this.name, state, 1);
    this.#registers.load(reader.numbers("registers", R.RegisterFile.count));
    this.#statistics.load(reader.numbers("statistics", STATISTICS_COUNT));
    this.#interrupts.load(reader.nested("interrupts", 1));
    this.#eeprom.load(reader.nested("eeprom", 1));
    this.#receiver.load(reader.nested("receiver", 1));
    this.#transmitter.load(reader.nested("transmitter", 1));
    this.#receiveDelay.load(reader.nested("receiveDelay", 1));
    this.#transmitDelay.load(reader.nested("transmitDelay", 1));
    this.#eecd = reader.number("eecd");
    this.#eerd = reader.number("eerd");
    this.#mdic = reader.number("mdic");
    this.#portAddress = reader.number("portAddress", PORT_ADDRESS_MASK);
    this.#phy.load(reader.nested("phy", 1));
  }

  #createReceiver(): E1000Receiver {
    return new E1000Receiver({
      registers: this.#registers,
      statistics: this.#statistics,
      memory: this.#options.guestMemory,
      isMaster: () => this.isMaster,
      raise: (causes) => this.#received(causes),
    });
  }

  #createTransmitter(): E1000Transmitter {
    return new E1000Transmitter({
      name: this.name,
      registers: this.#registers,
      statistics: this.#statistics,
      memory: this.#options.guestMemory,
      scheduler: this.#options.scheduler,
      isMaster: () => this.isMaster,
      send: (frame) => this.#send(frame),
      written: (delayed) => this.#written(delayed),
      raise: (causes) => this.#interrupts.raise(causes),
    });
  }

  /** CTRL.RST: everything but the transceiver and PCI configuration; addresses come from the EEPROM again. */
  #resetController(): void {
    this.#registers.reset();
    this.#statistics.reset();
    this.#receiveDelay.cancel();
    this.#transmitDelay.cancel();
    this.#receiver.reset();
    this.#transmitter.reset();
    this.#interrupts.reset();
    this.#eerd = 0;
    this.#mdic = MDIC_READY;
    const [first, second, third] = this.#eeprom.words;
    this.#registers.set(R.RAL, (first! | (second! << 16)) >>> 0);
    this.#registers.set(R.RAL + 4, (third! | 0x80000000) >>> 0);
  }

  #arrived(frame: Frame): void {
    if (this.#phy.hasLink && !this.#isLoopback) this.#receiver.receive(frame);
  }

  #send(frame: Frame): void {
    if (this.#isLoopback) this.#receiver.receive(frame);
    else if (this.#phy.hasLink) this.#options.wire.send(frame);
  }

  get #isLoopback(): boolean {
    return this.#phy.isLoopback || this.#registers.has(R.RCTL, R.RCTL_LOOPBACK);
  }

  #received(causes: number): void {
    const delay = this.#registers.get(R.RDTR);
    const isDelayed = delay !== 0 && (causes & R.CAUSE_RX_TIMER) !== 0;
    if (isDelayed) this.#receiveDelay.start(delay, this.#registers.get(R.RADV));
    this.#interrupts.raise(isDelayed ? causes & ~R.CAUSE_RX_TIMER : causes);
  }

  #written(delayed: boolean): void {
    const delay = this.#registers.get(R.TIDV);
    if (delayed && delay !== 0) this.#transmitDelay.start(delay, this.#registers.get(R.TADV));
    else this.#interrupts.raise(R.CAUSE_TX_WRITTEN_BACK);
  }

  #portRegion(registers: Region): Region {
    return {
      read: (offset, size) => (offset < PORT_DATA ? part(this.#portAddress, offset, size) : registers.read(this.#portAddress, size)),
      write: (offset, value, size) => {
        if (size !== 4) return;
        if (offset === 0) this.#portAddress = value & PORT_ADDRESS_MASK;
        else if (offset === PORT_DATA) registers.write(this.#portAddress, value, size);
      },
    };
  }

  #read(offset: number, size: AccessSize): number {
    return part(this.#readRegister(offset & ~3), offset & 3, size);
  }

  #readRegister(offset: number): number {
    if (offset >= R.STATISTICS && offset < R.STATISTICS_END) return this.#statistics.read(offset);
    switch (offset) {
      case R.STATUS:
        return this.#status();
      case R.EECD:
        return this.#eecd | EECD_PRESENT | (this.#eecd & EECD_REQUEST ? EECD_GRANT : 0) | (this.#eeprom.dataOut ? EECD_DATA_OUT : 0);
      case R.EERD:
        return this.#eerd;
      case R.MDIC:
        return this.#mdic;
      case R.ICR:
        return this.#interrupts.take();
      case R.ITR:
        return this.#interrupts.interval;
      case R.IMS:
        return this.#interrupts.mask;
      default:
        return offset < R.REGISTERS_END ? this.#registers.get(offset) : 0;
    }
  }

  #status(): number {
    const forced = this.#registers.get(R.CTRL);
    const speed = forced & R.CTRL_FORCE_SPEED ? (forced >> 8) & 3 : SPEEDS.indexOf(this.#phy.speed);
    const isFull = forced & R.CTRL_FORCE_DUPLEX ? forced & R.CTRL_FULL_DUPLEX : this.#phy.isFullDuplex;
    const isUp = this.#phy.hasLink && (forced & R.CTRL_SET_LINK_UP) !== 0;
    return (isFull ? STATUS_FULL_DUPLEX : 0) | (isUp ? STATUS_LINK_UP : 0) | (speed << SPEED_SHIFT);
  }

  #write(offset: number, value: number, size: AccessSize): void {
    if (size !== 4 || offset & 3 || offset >= R.REGISTERS_END) return;
    const special = this.#writers.get(offset);
    if (special) special(value);
    else this.#registers.write(offset, value);
    this.#react(offset, value);
  }

  /** What a register that holds its value does beside. */
  #react(offset: number, value: number): void {
    if (offset === R.TDT || offset === R.TCTL) this.#transmitter.transmit();
    if (offset === R.RDT || offset === R.RCTL) this.#receiver.deliver();
    if (offset === R.RDTR && value & FLUSH) this.#receiveDelay.flush();
    if (offset === R.TIDV && value & FLUSH) this.#transmitDelay.flush();
  }

  #control(value: number): void {
    if (value & R.CTRL_PHY_RESET) this.#phy.reset();
    if (value & R.CTRL_RESET) {
      this.#resetController();
      return;
    }
    const wasUp = this.#status() & STATUS_LINK_UP;
    this.#registers.write(R.CTRL, value);
    if ((this.#status() & STATUS_LINK_UP) !== wasUp) this.#interrupts.raise(R.CAUSE_LINK);
  }

  #writeEecd(value: number): void {
    this.#eecd = value & (EECD_CLOCK | EECD_SELECT | EECD_DATA_IN | EECD_REQUEST | 0x30);
    this.#eeprom.set({
      select: (value & EECD_SELECT) !== 0,
      clock: (value & EECD_CLOCK) !== 0,
      dataIn: (value & EECD_DATA_IN) !== 0,
    });
  }

  #readEeprom(value: number): void {
    if (!(value & EERD_START)) return;
    const address = (value >> 8) & 0xff;
    this.#eerd = (((this.#eeprom.words[address] ?? 0xffff) << 16) | (address << 8) | EERD_DONE) >>> 0;
  }

  #writeMdic(value: number): void {
    const operation = (value >> 26) & 3;
    const register = (value >> 16) & 31;
    const isHere = ((value >> 21) & 31) === PHY_ADDRESS;
    let result = (value & ~(MDIC_READY | MDIC_ERROR)) | MDIC_READY;
    if (!isHere) result |= MDIC_ERROR;
    else if (operation === MDI_WRITE) this.#phy.write(register, value & 0xffff);
    else if (operation === MDI_READ) result = (result & ~0xffff) | this.#phy.read(register);
    this.#mdic = result >>> 0;
    if (value & MDIC_INTERRUPT) this.#interrupts.raise(R.CAUSE_MDIO);
  }
}

/** `size` bytes of a register from byte `at` on. */
function part(value: number, at: number, size: AccessSize): number {
  return (value >>> (at * 8)) % 2 ** (size * 8);
}
