// The PC board: an i440FX/PIIX3 machine with a PIIX4's power management, wired like QEMU's "pc" so that guests find what they know.
// Pure wiring. Interrupts:
//
//   ISA IRQ n ─┬─ 8259 pair ── INT ─┬─ local APIC LINT0        PCI INTx ── PIRQ (slot - 1 + pin) & 3 ─┬─ I/O APIC pin 16 + PIRQ
//              └─ I/O APIC pin n    └─ I/O APIC pin 0                                                 └─ PIIX3 route ── ISA IRQ
//                 (IRQ 0: pin 2)                                                          I/O APIC ── local APIC ── INTR

import type { Mapping } from "../../core/bus/bus.js";
import type { AccessSize, Device, Line, Region } from "../../core/bus/device.js";
import { fillCmos } from "../cmos.js";
import { DEBUG_CONSOLE_PORT, DEBUG_EXIT_PORT, DebugConsole, DebugExit } from "../debug-ports.js";
import { Dma8237 } from "../dma-8237.js";
import { FW_CFG_DMA_PORT, FW_CFG_PORT, FwCfg } from "../fw-cfg.js";
import { I8042 } from "../i8042.js";
import { IO_APIC_BASE, IoApic } from "../io-apic.js";
import { LocalApic } from "../local-apic.js";
import { PcSpeaker } from "../pc-speaker.js";
import { PCI_CONFIG_ADDRESS, PCI_CONFIG_DATA, PciBus } from "../pci/bus.js";
import type { PciFunction } from "../pci/function.js";
import { createI440fx } from "../pci/i440fx.js";
import { Piix3, ResetControl } from "../pci/piix3.js";
import { APM_CONTROL, Piix4Pm } from "../pci/piix4-pm.js";
import { Pic8259 } from "../pic-8259.js";
import { Pit8254 } from "../pit-8254.js";
import { Port92 } from "../port92.js";
import { PostPort } from "../post-port.js";
import { Ps2Keyboard } from "../ps2-keyboard.js";
import { Ps2Mouse } from "../ps2-mouse.js";
import { Mc146818 } from "../rtc-mc146818.js";
import { Uart16550 } from "../uart-16550.js";
import { DISPI_PORTS } from "../vga/dispi.js";
import { VGA_PORTS, VGA_PORTS_LENGTH, Vga } from "../vga/vga.js";
import { createVgaPci } from "../vga/vga-pci.js";
import { offerConfiguration } from "./firmware-config.js";
import { IsaInterrupts } from "./isa-interrupts.js";
import { IO_APIC_ID, PIRQ_PIN, VGA_WINDOW, VGA_WINDOW_SIZE } from "./memory-map.js";
import type { PcOptions } from "./pc-options.js";
import { WiredOr } from "./wired-or.js";

const SCI_IRQ = 9;
/** Where SeaBIOS writes what it does. */
const SEABIOS_DEBUG_PORT = 0x402;
/** Port CF9. */
const RESET_CONTROL_OFFSET = 1;
const SLOT_HOST_BRIDGE = 0;
const SLOT_PIIX = 1;
const SLOT_VGA = 2;

export class PcBoard {
  readonly options: PcOptions;
  readonly localApic: LocalApic;
  readonly ioApic: IoApic;
  readonly pic1: Pic8259;
  readonly pic2: Pic8259;
  readonly isa: IsaInterrupts;
  readonly pit: Pit8254;
  readonly rtc: Mc146818;
  readonly speaker: PcSpeaker;
  readonly com1: Uart16550;
  readonly com2: Uart16550;
  readonly dma: Dma8237;
  readonly keyboard: Ps2Keyboard;
  readonly mouse: Ps2Mouse;
  readonly i8042: I8042;
  readonly port92: Port92;
  readonly post: PostPort;
  readonly pci: PciBus;
  readonly hostBridge: PciFunction;
  readonly piix3: Piix3;
  readonly pm: Piix4Pm;
  readonly resetControl: ResetControl;
  readonly fwCfg: FwCfg;
  readonly vga: Vga;
  readonly vgaPci: PciFunction;

  readonly #pirqs: readonly WiredOr[];

  constructor(options: PcOptions) {
    this.options = options;
    const { scheduler } = options;
    this.localApic = this.#createLocalApic();
    this.ioApic = new IoApic({ id: IO_APIC_ID, send: (message) => this.localApic.receive(message) });
    this.pic1 = new Pic8259("pic-1", { set: (level) => this.#picOutput(level) }, { elcrMask: 0xf8 });
    this.pic2 = new Pic8259("pic-2", this.pic1.input(2), { slave: true, elcrMask: 0xde });
    this.pic1.cascade(this.pic2);
    this.isa = this.#createIsa();

    this.pit = new Pit8254("pit", scheduler, { outputs: [this.isa.driver(0)] });
    this.speaker = new PcSpeaker("pc-speaker", scheduler, this.pit, options.tone ? { tone: (hertz) => options.tone?.(hertz) } : {});
    this.rtc = new Mc146818("rtc", scheduler, { irq: this.isa.driver(8), wallClock: () => options.wallClock() });
    fillCmos({ memoryBelow4G: options.guestMemory.size }, (index, value) => this.rtc.fill(index, value));
    this.com1 = new Uart16550("com1", scheduler, { irq: this.isa.driver(4), transmit: (byte) => options.serial1(byte) });
    this.com2 = new Uart16550("com2", scheduler, { irq: this.isa.driver(3), transmit: (byte) => options.serial2(byte) });
    const a20 = new WiredOr({ set: (open) => options.setA20(open) });
    this.dma = new Dma8237("dma", options.guestMemory);
    this.keyboard = new Ps2Keyboard("keyboard", scheduler);
    this.mouse = new Ps2Mouse("mouse", scheduler);
    this.i8042 = new I8042("i8042", scheduler, {
      keyboard: this.keyboard,
      mouse: this.mouse,
      irq1: this.isa.driver(1),
      irq12: this.isa.driver(12),
      a20: a20.input(),
      reset: () => options.reset(),
    });
    this.port92 = new Port92("port92", { a20: a20.input(), reset: () => options.reset() });
    this.post = new PostPort("post");

    this.piix3 = new Piix3(this.#steering());
    this.#pirqs = this.piix3.pirqs.map((line, pirq) => {
      return new WiredOr({
        set: (level) => {
          line.set(level);
          this.ioApic.pins[PIRQ_PIN + pirq]!.set(level);
        },
      });
    });
    this.pci = new PciBus((slot, pin) => this.#pirqs[(slot - 1 + pin - 1) & 3]!.input());
    this.hostBridge = createI440fx((start, length, mode) => options.setShadow(start, length, mode));
    this.pm = new Piix4Pm({
      ports: options.ports,
      scheduler,
      sci: this.isa.driver(SCI_IRQ),
      smbusInterrupt: this.isa.driver(SCI_IRQ),
      powerOff: () => options.powerOff(),
    });
    this.resetControl = new ResetControl(() => options.reset());
    this.fwCfg = new FwCfg(options.guestMemory);
    offerConfiguration(this.fwCfg, options.guestMemory.size);
    this.vga = new Vga({ clock: scheduler, memory: options.videoMemory });
    this.vgaPci = createVgaPci({
      vga: this.vga,
      memory: options.memory,
      mapFramebuffer: (base) => this.#mapFramebuffer(base),
      framebufferSize: options.videoMemory.bytes.length,
      rom: options.videoRom,
    });
    this.pci.attach(SLOT_HOST_BRIDGE, 0, this.hostBridge);
    this.pci.attach(SLOT_PIIX, 0, this.piix3);
    this.pci.attach(SLOT_PIIX, 3, this.pm);
    this.pci.attach(SLOT_VGA, 0, this.vgaPci);
    this.#mapPorts();
    options.memory.add(IO_APIC_BASE, 0x1000, this.ioApic);
    options.memory.add(VGA_WINDOW, VGA_WINDOW_SIZE, this.vga.window);
    this.reset();
  }

  /** Everything that holds state, drivers of wires before those who listen: the order for reset and for load. */
  get devices(): readonly Device[] {
    const peripherals = [this.dma, this.com1, this.com2, this.keyboard, this.mouse, this.i8042];
    const sources = [this.pit, this.speaker, this.rtc, ...peripherals, this.port92, this.post, this.resetControl, this.fwCfg, this.vga];
    const functions = this.pci.functions.map(({ device }) => device);
    return [...sources, this.isa, this.pci, ...functions, this.pic2, this.pic1, this.ioApic, this.localApic];
  }

  /** System reset: every chip as after power-on, but for what a battery or a crystal keeps. */
  reset(): void {
    for (const device of this.devices) device.reset();
  }

  /** The processor's interrupt-acknowledge cycle. */
  acknowledge(): number {
    return this.localApic.acknowledge();
  }

  /** The processor wrote IA32_APIC_BASE. */
  setApicBase(value: number): void {
    this.localApic.base = value;
  }

  #createLocalApic(): LocalApic {
    const { options } = this;
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
    });
  }

  #picOutput(level: boolean): void {
    this.localApic.lint0.set(level);
    this.ioApic.pins[0]!.set(level);
  }

  #createIsa(): IsaInterrupts {
    const inputs = Array.from({ length: 16 }, (_, irq) => (irq < 8 ? this.pic1.input(irq) : this.pic2.input(irq - 8)));
    return new IsaInterrupts((irq, level) => {
      inputs[irq]!.set(level);
      this.ioApic.pins[irq === 0 ? 2 : irq]!.set(level);
    });
  }

  /** Each PIRQ has a driver of its own on each ISA wire. */
  #steering(): (irq: number, pirq: number) => Line {
    const drivers = Array.from({ length: 16 }, (_, irq) => Array.from({ length: 4 }, () => this.isa.driver(irq)));
    return (irq, pirq) => drivers[irq]![pirq]!;
  }

  #mapFramebuffer(base: number): Mapping {
    const { options } = this;
    return options.mapFramebuffer?.(base) ?? options.memory.add(base, options.videoMemory.bytes.length, this.vga.linear);
  }

  /** The reset control register lies inside CONFIG_ADDRESS, and answers what is not 32 bits wide. */
  #configAddress(): Region {
    const { address } = this.pci;
    const target = (offset: number, size: AccessSize) => (offset === RESET_CONTROL_OFFSET && size === 1 ? this.resetControl : address);
    return {
      read: (offset, size) => target(offset, size).read(offset, size),
      write: (offset, value, size) => target(offset, size).write(offset, value, size),
    };
  }

  #mapPorts(): void {
    const { ports } = this.options;
    const debugConsole = new DebugConsole((byte) => this.options.debugConsole(byte)).ports;
    const map: readonly (readonly [start: number, length: number, region: Region])[] = [
      [0x00, 0x10, this.dma.first],
      [0x20, 2, this.pic1.ports],
      [0x40, 4, this.pit.ports],
      [0x60, 1, this.i8042.data],
      [0x61, 1, this.speaker.ports],
      [0x64, 1, this.i8042.command],
      [0x70, 2, this.rtc.ports],
      [0x80, 0x10, this.dma.pages],
      // Over the page register that belongs to no channel.
      [0x80, 1, this.post.ports],
      [0x92, 1, this.port92.ports],
      [0xa0, 2, this.pic2.ports],
      [0xc0, 0x20, this.dma.second],
      [APM_CONTROL, 2, this.pm.apm],
      [DEBUG_CONSOLE_PORT, 1, debugConsole],
      [SEABIOS_DEBUG_PORT, 1, debugConsole],
      [DEBUG_EXIT_PORT, 4, new DebugExit((code) => this.options.exit(code)).ports],
      [DISPI_PORTS, 4, this.vga.dispi.ports],
      [0x2f8, 8, this.com2.ports],
      [VGA_PORTS, VGA_PORTS_LENGTH, this.vga.ports],
      [0x3f8, 8, this.com1.ports],
      [0x4d0, 1, this.pic1.elcr],
      [0x4d1, 1, this.pic2.elcr],
      [FW_CFG_PORT, 2, this.fwCfg.ports],
      [FW_CFG_DMA_PORT, 8, this.fwCfg.dma],
      [PCI_CONFIG_ADDRESS, 4, this.#configAddress()],
      [PCI_CONFIG_DATA, 4, this.pci.data],
    ];
    for (const [start, length, region] of map) ports.add(start, length, region);
  }
}
