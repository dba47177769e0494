// The PC board: an i440FX/PIIX3 machine with a PIIX4's power management, wired like QEMU's "pc" so that guests find what they know.
// Pure wiring; interrupts are in interrupt-fabric.ts, addresses in memory-map.ts.
// Not on the board: parallel port, USB, sound, HPET. Network cards and virtio disks are plugged into its PCI bus (machine/). One processor.
//
//   PCI 00.0 i440FX   01.0 PIIX3   01.1 its IDE   01.3 PIIX4 power management   02.0 VGA   03.0 and up: free (attach to `pci`)

import type { Mapping } from "../../core/bus/bus.js";
import type { AccessSize, Device, Region } from "../../core/bus/device.js";
import { fillCmos } from "../cmos.js";
import { DEBUG_CONSOLE_PORT, DEBUG_EXIT_PORT, DebugConsole, DebugExit } from "../debug-ports.js";
import { Dma8237 } from "../dma-8237.js";
import { Fdc82077 } from "../floppy/fdc-82077.js";
import { FpuError } from "../fpu-error.js";
import { FW_CFG_DMA_PORT, FW_CFG_PORT, FwCfg } from "../fw-cfg.js";
import { I8042 } from "../i8042.js";
import { Piix3Ide } from "../ide/piix3-ide.js";
import { IO_APIC_BASE, type IoApic } from "../io-apic.js";
import { Kvm } from "../kvm/kvm.js";
import type { LocalApic } from "../local-apic.js";
import { PcSpeaker } from "../pc-speaker.js";
import { PCI_CONFIG_ADDRESS, PCI_CONFIG_DATA, PciBus } from "../pci/bus.js";
import type { PciFunction } from "../pci/function.js";
import { createI440fx } from "../pci/i440fx.js";
import { type Piix3, ResetControl } from "../pci/piix3.js";
import { APM_CONTROL, Piix4Pm } from "../pci/piix4-pm.js";
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
import { InterruptFabric } from "./interrupt-fabric.js";
import type { IsaInterrupts } from "./isa-interrupts.js";
import { FIRST_FREE_SLOT, VGA_WINDOW, VGA_WINDOW_SIZE } from "./memory-map.js";
import type { PcOptions } from "./pc-options.js";
import { WiredOr } from "./wired-or.js";

const SCI_IRQ = 9;
/** Where SeaBIOS writes what it does. */
const SEABIOS_DEBUG_PORT = 0x402;
/** Port CF9 inside CONFIG_ADDRESS. */
const RESET_CONTROL_OFFSET = 1;

export class PcBoard {
  readonly options: PcOptions;
  /** KVM's paravirtual interface, if the board has it. */
  readonly kvm: Kvm | undefined;
  readonly interrupts: InterruptFabric;
  readonly pit: Pit8254;
  readonly rtc: Mc146818;
  readonly speaker: PcSpeaker;
  readonly com1: Uart16550;
  readonly com2: Uart16550;
  readonly dma: Dma8237;
  readonly fdc: Fdc82077;
  readonly keyboard: Ps2Keyboard;
  readonly mouse: Ps2Mouse;
  readonly i8042: I8042;
  readonly fpuError: FpuError;
  readonly port92: Port92;
  readonly post = new PostPort("post");
  readonly pci: PciBus;
  readonly hostBridge: PciFunction;
  readonly ide: Piix3Ide;
  readonly pm: Piix4Pm;
  readonly resetControl: ResetControl;
  readonly fwCfg: FwCfg;
  readonly vga: Vga;
  readonly vgaPci: PciFunction;
  /** Address line 20 is open while the keyboard controller or port 92 opens it. */
  readonly #a20: WiredOr;

  constructor(options: PcOptions) {
    this.options = options;
    const { scheduler, guestMemory } = options;
    this.kvm = this.#createKvm();
    this.interrupts = new InterruptFabric(options, this.kvm?.eoi);
    this.#a20 = new WiredOr({ set: (open) => options.setA20(open) });
    this.pit = new Pit8254("pit", scheduler, { outputs: [this.isa.driver(0)] });
    this.speaker = new PcSpeaker("pc-speaker", scheduler, this.pit, options.tone ? { tone: (hertz) => options.tone?.(hertz) } : {});
    this.rtc = new Mc146818("rtc", scheduler, { irq: this.isa.driver(8), wallClock: () => options.wallClock() });
    this.#fillCmos();
    this.com1 = new Uart16550("com1", scheduler, { irq: this.isa.driver(4), transmit: (byte) => options.serial1(byte) });
    this.com2 = new Uart16550("com2", scheduler, { irq: this.isa.driver(3), transmit: (byte) => options.serial2(byte) });
    this.dma = new Dma8237("dma", guestMemory);
    this.fdc = new Fdc82077(scheduler, { irq: this.isa.driver(6), dma: this.dma, drives: options.drives?.floppies ?? [] });
    this.keyboard = new Ps2Keyboard("keyboard", scheduler);
    this.mouse = new Ps2Mouse("mouse", scheduler);
    this.i8042 = this.#createI8042();
    this.fpuError = new FpuError("fpu-error", this.isa.driver(13));
    this.port92 = new Port92("port92", { a20: this.#a20.input(), reset: () => options.reset() });
    this.fwCfg = new FwCfg(guestMemory);
    offerConfiguration(this.fwCfg, guestMemory.size, options.drives?.bootPaths);
    this.hostBridge = createI440fx((start, length, mode) => options.setShadow(start, length, mode));
    this.ide = this.#createIde();
    this.pm = this.#createPm();
    this.resetControl = new ResetControl(() => options.reset());
    this.vga = new Vga({ clock: scheduler, memory: options.videoMemory });
    this.vgaPci = this.#createVgaPci();
    this.pci = this.#createPci();
    this.#mapPorts();
    options.memory.add(IO_APIC_BASE, 0x1000, this.ioApic);
    options.memory.add(VGA_WINDOW, VGA_WINDOW_SIZE, this.vga.window);
    this.reset();
  }

  get localApic(): LocalApic {
    return this.interrupts.localApic;
  }

  get ioApic(): IoApic {
    return this.interrupts.ioApic;
  }

  /** The wires of the ISA bus's interrupts. */
  get isa(): IsaInterrupts {
    return this.interrupts.isa;
  }

  get piix3(): Piix3 {
    return this.interrupts.piix3;
  }

  /** Everything that holds state, drivers of wires before those who listen: the order for reset and for load. */
  get devices(): readonly Device[] {
    const timers = [this.pit, this.speaker, this.rtc];
    const serial = [this.com1, this.com2];
    const peripherals = [this.dma, this.fdc, ...serial, this.keyboard, this.mouse, this.i8042, this.fpuError, this.port92, this.post];
    const functions = this.pci.functions.map(({ device }) => device);
    const others = [this.resetControl, this.fwCfg, this.vga];
    return [
      ...timers,
      ...peripherals,
      ...others,
      this.isa,
      this.pci,
      ...functions,
      ...this.interrupts.receivers,
      ...(this.kvm ? [this.kvm] : []),
    ];
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

  #createKvm(): Kvm | undefined {
    const { kvm, guestMemory, scheduler } = this.options;
    if (!kvm) return undefined;
    return new Kvm({ ...kvm, memory: guestMemory, clock: scheduler, wallClock: () => this.options.wallClock() }, () =>
      this.localApic.collectEoi(),
    );
  }

  #createI8042(): I8042 {
    return new I8042("i8042", this.options.scheduler, {
      keyboard: this.keyboard,
      mouse: this.mouse,
      irq1: this.isa.driver(1),
      irq12: this.isa.driver(12),
      a20: this.#a20.input(),
      reset: () => this.options.reset(),
    });
  }

  #fillCmos(): void {
    const { drives, guestMemory } = this.options;
    const told = drives && { bootOrder: drives.bootOrder, floppies: drives.floppyTypes, ideCylinders: drives.ideCylinders };
    fillCmos({ memoryBelow4G: guestMemory.size, ...told }, (index, value) => this.rtc.fill(index, value));
  }

  #createIde(): Piix3Ide {
    const { ports, guestMemory, drives } = this.options;
    const irqs = [this.isa.driver(14), this.isa.driver(15)] as const;
    return new Piix3Ide({ ports, memory: guestMemory, irqs, ...(drives ? { drives: drives.ide } : {}) });
  }

  #createPm(): Piix4Pm {
    return new Piix4Pm({
      ports: this.options.ports,
      scheduler: this.options.scheduler,
      sci: this.isa.driver(SCI_IRQ),
      smbusInterrupt: this.isa.driver(SCI_IRQ),
      powerOff: () => this.options.powerOff(),
    });
  }

  #createVgaPci(): PciFunction {
    const { options } = this;
    const framebufferSize = options.videoMemory.bytes.length;
    const mapFramebuffer = (base: number): Mapping => {
      return options.mapFramebuffer?.(base) ?? options.memory.add(base, framebufferSize, this.vga.linear);
    };
    return createVgaPci({ vga: this.vga, memory: options.memory, mapFramebuffer, framebufferSize, rom: options.videoRom });
  }

  #createPci(): PciBus {
    const pci = new PciBus(
      (slot, pin) => this.interrupts.intx(slot, pin),
      (address, data) => this.interrupts.message(address, data),
    );
    pci.attach(0, 0, this.hostBridge);
    pci.attach(1, 0, this.piix3);
    pci.attach(1, 1, this.ide);
    pci.attach(1, 3, this.pm);
    pci.attach(2, 0, this.vgaPci);
    this.options.drives?.functions.forEach((create, n) => {
      pci.attach(FIRST_FREE_SLOT + n, 0, create(this.options));
    });
    return pci;
  }

  /** The reset control register lies inside CONFIG_ADDRESS, and answers accesses one byte wide. */
  #configAddress(): Region {
    const { address } = this.pci;
    const target = (offset: number, size: AccessSize) => (offset === RESET_CONTROL_OFFSET && size === 1 ? this.resetControl : address);
    return {
      read: (offset, size) => target(offset, size).read(offset, size),
      write: (offset, value, size) => target(offset, size).write(offset, value, size),
    };
  }

  #mapPorts(): void {
    const { pic1, pic2 } = this.interrupts;
    const debugConsole = new DebugConsole((byte) => this.options.debugConsole(byte)).ports;
    const map: readonly (readonly [start: number, length: number, region: Region])[] = [
      [0x00, 0x10, this.dma.first],
      [0x20, 2, pic1.ports],
      [0x40, 4, this.pit.ports],
      [0x60, 1, this.i8042.data],
      [0x61, 1, this.speaker.ports],
      [0x64, 1, this.i8042.command],
      [0x70, 2, this.rtc.ports],
      [0x80, 0x10, this.dma.pages],
      // Over the page register that belongs to no channel.
      [0x80, 1, this.post.ports],
      [0x92, 1, this.port92.ports],
      [0xa0, 2, pic2.ports],
      [APM_CONTROL, 2, this.pm.apm],
      [0xc0, 0x20, this.dma.second],
      [0xf0, 2, this.fpuError.ports],
      [DEBUG_CONSOLE_PORT, 1, debugConsole],
      [DEBUG_EXIT_PORT, 4, new DebugExit((code) => this.options.exit(code)).ports],
      [DISPI_PORTS, 4, this.vga.dispi.ports],
      [0x2f8, 8, this.com2.ports],
      [VGA_PORTS, VGA_PORTS_LENGTH, this.vga.ports],
      [0x3f0, 6, this.fdc.ports],
      [0x3f7, 1, this.fdc.change],
      [0x3f8, 8, this.com1.ports],
      [SEABIOS_DEBUG_PORT, 1, debugConsole],
      [0x4d0, 1, pic1.elcr],
      [0x4d1, 1, pic2.elcr],
      [FW_CFG_PORT, 2, this.fwCfg.ports],
      [FW_CFG_DMA_PORT, 8, this.fwCfg.dma],
      [PCI_CONFIG_ADDRESS, 4, this.#configAddress()],
      [PCI_CONFIG_DATA, 4, this.pci.data],
    ];
    for (const [start, length, region] of map) this.options.ports.add(start, length, region);
  }
}
