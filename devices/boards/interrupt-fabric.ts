// How interrupts get from a device to the processor on the PC board: wires only.
//
//   ISA IRQ n ─┬─ 8259 pair ── INT ─┬─ local APIC LINT0        PCI INTx ── PIRQ (slot - 1 + pin) & 3 ─┬─ I/O APIC pin 16 + PIRQ
//              └─ I/O APIC pin n    └─ I/O APIC pin 0                                                 └─ PIIX3 route ── ISA IRQ
//                 (IRQ 0: pin 2)                                                          I/O APIC ── local APIC ── INTR
//                                                           PCI memory write to FEEx_xxxx ── local APIC

import type { Device, Line } from "../../core/bus/device.js";
import { IoApic } from "../io-apic.js";
import { type ApicEoiOffer, LocalApic } from "../local-apic.js";
import { Piix3 } from "../pci/piix3.js";
import { Pic8259 } from "../pic-8259.js";
import { IsaInterrupts } from "./isa-interrupts.js";
import { IO_APIC_ID, PIRQ_PIN } from "./memory-map.js";
import type { PcOptions } from "./pc-options.js";
import { WiredOr } from "./wired-or.js";

/** I/O APIC pins that are not their ISA interrupt's number: the 8259s' output has pin 0, so the 8254 has pin 2. */
const PIC_OUTPUT_PIN = 0;
const TIMER_PIN = 2;
/** Bits 31-20 of a message's address. */
const MESSAGE_ADDRESS = 0xfee;
const MESSAGE_LOGICAL = 1 << 2;
/** Bit 15 of its data: trigger mode. */
const MESSAGE_LEVEL = 1 << 15;

export class InterruptFabric {
  readonly localApic: LocalApic;
  readonly ioApic: IoApic;
  readonly pic1: Pic8259;
  readonly pic2: Pic8259;
  readonly isa: IsaInterrupts;
  readonly piix3: Piix3;
  readonly #pirqs: readonly WiredOr[];

  constructor(options: PcOptions, eoiOffer?: ApicEoiOffer) {
    this.localApic = this.#createLocalApic(options, eoiOffer);
    this.ioApic = new IoApic({ id: IO_APIC_ID, send: (message) => this.localApic.receive(message) });
    const output: Line = {
      set: (level) => {
        this.localApic.lint0.set(level);
        this.ioApic.pins[PIC_OUTPUT_PIN]!.set(level);
      },
    };
    this.pic1 = new Pic8259("pic-1", output, { elcrMask: 0xf8 });
    this.pic2 = new Pic8259("pic-2", this.pic1.input(2), { slave: true, elcrMask: 0xde });
    this.pic1.cascade(this.pic2);
    this.isa = this.#createIsa();
    this.piix3 = new Piix3(this.#steering());
    this.#pirqs = this.piix3.pirqs.map((line, pirq) => this.#createPirq(line, pirq));
  }

  /** The wire from interrupt pin `pin` (1 is INTA) of a slot. */
  intx(slot: number, pin: number): Line {
    return this.#pirqs[(slot - 1 + pin - 1) & 3]!.input();
  }

  /**
   * A message-signalled interrupt. SDM 3A "Message Signalled Interrupts": the address says who, the data what. Writes to anywhere else reach nobody: a
   * function's messages are no way to memory.
   */
  message(address: number, data: number): void {
    if (address >>> 20 !== MESSAGE_ADDRESS) return;
    this.localApic.receive({
      destination: (address >>> 12) & 0xff,
      logical: (address & MESSAGE_LOGICAL) !== 0,
      deliveryMode: (data >>> 8) & 7,
      vector: data & 0xff,
      level: (data & MESSAGE_LEVEL) !== 0,
    });
  }

  /** Those who only listen, in the order for reset and load: after everyone who drives a wire. */
  get receivers(): readonly Device[] {
    return [this.pic2, this.pic1, this.ioApic, this.localApic];
  }

  #createLocalApic(options: PcOptions, eoiOffer: ApicEoiOffer | undefined): LocalApic {
    return new LocalApic({
      id: 0,
      scheduler: options.scheduler,
      memory: options.memory,
      intr: options.intr,
      nmi: () => options.nmi(),
      // The processor has no system management mode, and a lone processor is not waiting for start-up.
      smi: () => {},
      startUp: () => {},
      init: () => options.init?.(),
      acknowledgeExternal: () => this.pic1.acknowledge(),
      broadcastEoi: (vector) => this.ioApic.endOfInterrupt(vector),
      ...(eoiOffer ? { eoiOffer } : {}),
    });
  }

  #createIsa(): IsaInterrupts {
    const inputs = Array.from({ length: 16 }, (_, irq) => (irq < 8 ? this.pic1.input(irq) : this.pic2.input(irq - 8)));
    return new IsaInterrupts((irq, level) => {
      inputs[irq]!.set(level);
      this.ioApic.pins[irq === 0 ? TIMER_PIN : irq]!.set(level);
    });
  }

  /** Each PIRQ has a driver of its own on each ISA wire. */
  #steering(): (irq: number, pirq: number) => Line {
    const drivers = Array.from({ length: 16 }, (_, irq) => Array.from({ length: 4 }, () => this.isa.driver(irq)));
    return (irq, pirq) => drivers[irq]![pirq]!;
  }

  #createPirq(steered: Line, pirq: number): WiredOr {
    return new WiredOr({
      set: (level) => {
        steered.set(level);
        this.ioApic.pins[PIRQ_PIN + pirq]!.set(level);
      },
    });
  }
}
