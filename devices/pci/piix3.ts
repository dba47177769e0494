// Intel 82371SB (PIIX3), function 0: PCI-to-ISA bridge. Modelled: identity, PIRQ route control (60H-63H), reset control (port CF9).
// Its 8259s, 8254, 8237s and ELCR are devices of their own. Not modelled: X-bus chip selects, APM timers, MBDMA; their registers hold
// what is written.

import type { AccessSize, Device, DeviceState, Line, Region } from "../../core/bus/device.js";
import { StateReader } from "../state-reader.js";
import { PciFunction } from "./function.js";

export const PIRQ_ROUTE = 0x60;
const PIRQ_DISABLED = 0x80;
/** IRQs a PIRQ may be steered to: 3-7, 9-12, 14, 15. */
const STEERABLE = 0b1101_1110_1111_1000;

export class Piix3 extends PciFunction {
  /** The four PIRQ wires, already combined from all slots. */
  readonly pirqs: readonly Line[];
  readonly #steered: (irq: number, pirq: number) => Line;
  readonly #levels = [false, false, false, false];
  readonly #irqs: number[] = [-1, -1, -1, -1];

  /** `steered` gives the wire from a PIRQ (0-3) to ISA interrupt `irq`. */
  constructor(steered: (irq: number, pirq: number) => Line) {
    super("piix3", {
      vendor: 0x8086,
      device: 0x7000,
      classCode: 0x060100,
      subsystemVendor: 0x1af4,
      subsystem: 0x1100,
      multifunction: true,
      commandMask: 0x0008,
    });
    this.#steered = steered;
    this.pirqs = this.#levels.map((_, pirq) => ({
      set: (level: boolean) => {
        this.#levels[pirq] = level;
        this.#drive(pirq);
      },
    }));
    this.setInitial(0x04, [0x07, 0x00, 0x00, 0x02]);
    this.setInitial(0x4c, [0x4d, 0x00, 0x03, 0x00]);
    this.setInitial(PIRQ_ROUTE, [PIRQ_DISABLED, PIRQ_DISABLED, PIRQ_DISABLED, PIRQ_DISABLED]);
    this.setWritable(0x4c, [0xff, 0, 0xff, 0xff]);
    this.setWritable(PIRQ_ROUTE, [0x8f, 0x8f, 0x8f, 0x8f]);
    this.setWritable(0x69, [0xff, 0xff, 0xff, 0, 0, 0, 0, 0xbf, 0xbf]);
    this.setWritable(0x76, [0xff, 0xff, 0xff, 0xff]);
    this.setWritable(0xa0, [0xff, 0, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0, 0xff, 0, 0xff, 0, 0xff]);
    this.watch(PIRQ_ROUTE, PIRQ_ROUTE + 3, () => this.#route());
  }

  /** The ISA interrupt a PIRQ goes to, or -1. */
  irqOf(pirq: number): number {
    const route = this.config[PIRQ_ROUTE + pirq]!;
    const irq = route & 15;
    return route & PIRQ_DISABLED || !((STEERABLE >> irq) & 1) ? -1 : irq;
  }

  override save(): DeviceState {
    return { ...super.save(), levels: this.#levels.map(Number) };
  }

  override load(state: DeviceState): void {
    const levels = new StateReader(this.name, state, 1).numbers("levels", 4, 1);
    super.load(state);
    this.#levels.splice(0, 4, ...levels.map(Boolean));
    this.#route();
  }

  #route(): void {
    for (let pirq = 0; pirq < 4; pirq++) {
      const irq = this.irqOf(pirq);
      const before = this.#irqs[pirq]!;
      if (before !== irq && before >= 0) this.#steered(before, pirq).set(false);
      this.#irqs[pirq] = irq;
      this.#drive(pirq);
    }
  }

  #drive(pirq: number): void {
    const irq = this.#irqs[pirq]!;
    if (irq >= 0) this.#steered(irq, pirq).set(this.#levels[pirq]!);
  }
}

/** Reset control register, port CF9. PIIX3 data sheet "RC - Reset Control Register": bit 2 rising resets, bit 1 chooses a hard reset. */
export class ResetControl implements Device, Region {
  readonly name = "reset-control";
  readonly #reset: () => void;
  #value = 0;

  constructor(reset: () => void) {
    this.#reset = reset;
  }

  read(_offset: number, _size: AccessSize): number {
    return this.#value;
  }

  write(_offset: number, value: number, _size: AccessSize): void {
    const rises = (value & 4) !== 0 && (this.#value & 4) === 0;
    this.#value = value & 6;
    if (rises) this.#reset();
  }

  reset(): void {
    this.#value = 0;
  }

  save(): DeviceState {
    return { version: 1, value: this.#value };
  }

  load(state: DeviceState): void {
    this.#value = new StateReader(this.name, state, 1).number("value", 6);
  }
}
