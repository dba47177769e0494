// Realtek RTL8029AS (10ec:8029): an NE2000 on PCI. RTL8029AS data sheet; the NE2000's ports are those of Novell's card.
//
//   BAR 0, 32 bytes of I/O:  00-0F registers of the DP8390     10-17 remote DMA     18-1F reset
//   remote DMA addresses:    0000-001F station address PROM, each byte twice     4000-7FFF 16 KiB of buffer memory
//
// Nothing in it tells software about the link: frames are lost while it is down, and the transmitter misses its carrier. Not modelled: boot ROM,
// the LED and media choices that page 3 holds, full duplex's effect (there are no collisions anyway).

import type { AccessSize, DeviceState, Region } from "../../../core/bus/device.js";
import { ByteRegion } from "../../byte-region.js";
import { PciFunction } from "../../pci/function.js";
import { StateReader } from "../../state-reader.js";
import { MAC_LENGTH } from "../ethernet.js";
import { EEPROM_WORDS, macWords } from "../microwire-eeprom.js";
import type { NicOptions } from "../nic.js";
import { EepromControl } from "../realtek-9346.js";
import { Dp8390, REGISTERS } from "./dp8390.js";

const VENDOR = 0x10ec;
const DEVICE = 0x8029;
const PORTS = 32;
const DATA = 0x10;
const RESET = 0x18;
const PROM_SIZE = 32;
const MEMORY_START = 0x4000;
const MEMORY_SIZE = 0x4000;
/** What marks a card of 16 bits in the last words of the PROM. */
const PROM_MARK = 0x57;
/** Byte of the EEPROM. */
const MAC_AT = 2;

/** "PC", where the DP8390 has the remote byte count. */
const ID: Readonly<Record<number, number>> = { 10: 0x50, 11: 0x43 };
const CR9346 = 1;
const CONFIG2 = 5;
const CONFIG3 = 6;
/** Page 3 says what chip it is. */
const CHIP_ID: Readonly<Record<number, number>> = { 14: 0x29, 15: 0x80 };
const CONFIG_WRITABLE: Readonly<Record<number, number>> = { [CONFIG2]: 0xe0, [CONFIG3]: 0x46 };

export class Ne2kPci extends PciFunction {
  readonly #options: NicOptions;
  readonly #chip: Dp8390;
  readonly #eeprom: EepromControl;
  readonly #prom = new Uint8Array(PROM_SIZE);
  readonly #memory = new Uint8Array(MEMORY_SIZE);
  readonly #config = new Uint8Array(REGISTERS);

  constructor(options: NicOptions) {
    super(options.name ?? "ne2k_pci", { vendor: VENDOR, device: DEVICE, classCode: 0x020000, interruptPin: 1 });
    this.#options = options;
    this.#eeprom = new EepromControl(eepromImage(options.mac), () => this.#loadAddress());
    this.#chip = this.#createChip();
    const registers = new ByteRegion(REGISTERS, {
      read: (register) => this.#chip.readRegister(register),
      write: (register, value) => this.#chip.writeRegister(register, value),
    });
    const { ports, wire } = options;
    const region: Region = {
      read: (offset, size) => (offset < DATA ? registers.read(offset, size) : this.#readPort(offset, size)),
      write: (offset, value, size) => {
        if (offset < DATA) registers.write(offset, value, size);
        else if (offset < RESET) this.#chip.writeData(value, size);
        else this.#chip.reset();
      },
    };
    this.addBar(0, { kind: "io", size: PORTS, map: (base) => ports.add(base, PORTS, region) });
    wire.onFrame((frame) => this.#chip.receive(frame));
    this.reset();
  }

  override reset(): void {
    super.reset();
    this.#memory.fill(0);
    this.#config.fill(0);
    this.#eeprom.reset();
    this.#loadAddress();
    this.#chip.powerOn();
  }

  override save(): DeviceState {
    return {
      ...super.save(),
      chip: this.#chip.save(),
      eeprom: this.#eeprom.save(),
      prom: this.#prom.slice(),
      memory: this.#memory.slice(),
      configuration: this.#config.slice(),
    };
  }

  override load(state: DeviceState): void {
    super.load(state);
    const reader = new StateReader(this.name, state, 1);
    this.#eeprom.load(reader.nested("eeprom", 1));
    this.#prom.set(reader.bytes("prom", PROM_SIZE));
    this.#memory.set(reader.bytes("memory", MEMORY_SIZE));
    this.#config.set(reader.bytes("configuration", REGISTERS));
    this.#chip.load(reader.nested("chip", 1));
  }

  #createChip(): Dp8390 {
    const { wire } = this.#options;
    return new Dp8390({
      memory: {
        read: (address) => (address < PROM_SIZE ? this.#prom[address]! : (this.#memory[address - MEMORY_START] ?? 0xff)),
        write: (address, value) => {
          if (address >= MEMORY_START && address < MEMORY_START + MEMORY_SIZE) this.#memory[address - MEMORY_START] = value;
        },
      },
      irq: this.intx,
      hasCarrier: () => wire.isUp,
      send: (frame) => wire.send(frame),
      readOther: (page, register) => (page === 0 ? ID[register]! : this.#readConfig(register)),
      writeOther: (_, register, value) => this.#writeConfig(register, value),
    });
  }

  /** Reading the reset port resets, and so does writing it. */
  #readPort(offset: number, size: AccessSize): number {
    if (offset < RESET) return this.#chip.readData(size);
    this.#chip.reset();
    return 2 ** (size * 8) - 1;
  }

  #loadAddress(): void {
    const mac = this.#eeprom.bytes.subarray(MAC_AT, MAC_AT + MAC_LENGTH);
    this.#prom.fill(0);
    mac.forEach((byte, index) => {
      this.#prom.fill(byte, index * 2, index * 2 + 2);
    });
    this.#prom.fill(PROM_MARK, PROM_SIZE - 4);
  }

  #readConfig(register: number): number {
    if (register === CR9346) return this.#eeprom.read();
    return CHIP_ID[register] ?? this.#config[register]!;
  }

  #writeConfig(register: number, value: number): void {
    if (register === CR9346) this.#eeprom.write(value);
    else if (this.#eeprom.isUnlocked) {
      const writable = CONFIG_WRITABLE[register] ?? 0;
      this.#config[register] = (this.#config[register]! & ~writable) | (value & writable);
    }
  }
}

function eepromImage(mac: Uint8Array): Uint16Array {
  const words = new Uint16Array(EEPROM_WORDS);
  words.set(macWords(mac), MAC_AT / 2);
  return words;
}
