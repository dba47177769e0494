// Hostile port and memory-mapped accesses against all devices of a PC at once, with time, input, interrupt acknowledges and snapshots in
// between. Nothing may throw, hang, answer what does not fit the access's width, or keep more and more memory.
import type { AccessSize, DeviceState } from "../../core/bus/device.js";
import { FIRST_FREE_SLOT } from "../../devices/boards/memory-map.js";
import { Machine } from "../../devices/machine/machine.js";
import { MemoryDisk } from "../../devices/testing/memory-disk.js";
import { createVirtioBlockPci } from "../../devices/virtio/block-pci.js";
import { Random } from "../oracle/random.js";

const RAM = 4 << 20;
/** Ports with something behind them; the rest is asked now and then. */
const PORTS: readonly (readonly [first: number, count: number])[] = [
  [0x00, 0x10],
  [0x20, 2],
  [0x40, 4],
  [0x60, 5],
  [0x70, 2],
  [0x80, 0x13],
  [0xa0, 2],
  [0xb2, 2],
  [0xc0, 0x20],
  [0xe9, 1],
  [0xf0, 2],
  [0x1ce, 4],
  [0x2f8, 8],
  [0x3b0, 0x30],
  [0x3f8, 8],
  [0x4d0, 2],
  [0x510, 0xc],
  [0x600, 0x40],
  [0x700, 0x10],
  [0xcf8, 8],
  [0xc000, 0xa0],
];
const AREAS = [
  0xa0000, 0xb8000, 0xc0000, 0xe0000, 0xf0000, 0xfec00000, 0xfee00000, 0xe0000000, 0xfed00000, 0xe1000000, 0xe1001000, 0xe1002000,
  0xe1003000, 0xe1004000, 0xe1005000,
];
const SIZES: readonly AccessSize[] = [1, 2, 4];
const ONES: Readonly<Record<AccessSize, number>> = { 1: 0xff, 2: 0xffff, 4: 0xffffffff };
/** Video memory holds no more, at a byte each. */
const MAX_PIXELS = 16 << 20;
const MAX_MILLISECONDS = 2000;

export class BoardFuzzer {
  private machine: Machine;
  private random = new Random(0);
  private readonly log: string[] = [];
  accesses = 0;
  /** The longest access, for a look at what devices cost. */
  slowest = { milliseconds: 0, what: "" };

  constructor(module: WebAssembly.Module) {
    this.machine = new Machine({ module, ramBytes: RAM, clock: "virtual", hostTime: () => 0, wallClock: 1e9 });
    const { board, queue } = this.machine;
    const disk = new MemoryDisk(new Uint8Array(1 << 16), queue);
    board.pci.attach(FIRST_FREE_SLOT, 0, createVirtioBlockPci("virtio-disk-0", { disk, packed: true }, board.options));
    this.machine.boot({ kind: "image", image: Uint8Array.of(0xf4) });
  }

  /** Some thousand accesses. Returns what went wrong, or undefined. */
  runCase(seed: number, count = 3000): string | undefined {
    this.random = new Random(seed);
    this.log.length = 0;
    if (this.random.chance(30)) this.machine.reset();
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      let wrong: string | undefined;
      try {
        wrong = this.step();
      } catch (error) {
        wrong = `${error instanceof Error ? error.stack : error}`;
      }
      const milliseconds = performance.now() - start;
      if (milliseconds > this.slowest.milliseconds) this.slowest = { milliseconds, what: this.log.at(-1) ?? "" };
      if (milliseconds > MAX_MILLISECONDS) wrong ??= `an access took ${Math.round(milliseconds)} ms`;
      if (wrong) return `seed ${seed}, access ${i}: ${wrong}\n${this.log.slice(-20).join("\n")}`;
      this.accesses++;
    }
    return undefined;
  }

  private step(): string | undefined {
    const n = this.random.below(1000);
    if (n < 520) return this.port();
    if (n < 620) return this.configuration();
    if (n < 850) return this.memory();
    if (n < 930) return this.time();
    if (n < 985) return this.outside();
    return n < 988 ? this.reload() : this.dma();
  }

  private value(): number {
    const { random } = this;
    const n = random.below(10);
    if (n < 4) return random.below(256);
    if (n < 6) return 2 ** random.below(32);
    return n < 8 ? random.u32() : random.below(0x10000);
  }

  private note(text: string): void {
    this.log.push(text);
    if (this.log.length > 200) this.log.splice(0, 100);
  }

  private access(space: "port" | "memory", address: number, size: AccessSize): string | undefined {
    const { ports, memory } = this.machine.board.options;
    const bus = space === "port" ? ports : memory;
    if (this.random.chance(60)) {
      const value = this.value() % (ONES[size] + 1);
      this.note(`${space} ${address.toString(16)} <- ${value.toString(16)} (${size})`);
      bus.write(address, value, size);
      return undefined;
    }
    this.note(`${space} ${address.toString(16)} -> (${size})`);
    const value = bus.read(address, size);
    return Number.isInteger(value) && value >= 0 && value <= ONES[size] ? undefined : `${space} ${address.toString(16)} answered ${value}`;
  }

  private port(): string | undefined {
    const { random } = this;
    const [first, count] = random.pick(PORTS);
    const port = random.chance(97) ? first + random.below(count) : random.below(0x10000);
    return this.access("port", port, random.chance(70) ? 1 : random.pick(SIZES));
  }

  /** A PCI configuration access, mostly to a function that exists. */
  private configuration(): string | undefined {
    const { random } = this;
    const { ports } = this.machine.board.options;
    const slot = random.chance(90) ? random.below(4) : random.below(32);
    const address = (0x80000000 | (slot << 11) | (random.below(4) << 8) | (random.below(64) << 2)) >>> 0;
    this.note(`configuration ${address.toString(16)}`);
    ports.write(0xcf8, address, 4);
    return this.access("port", 0xcfc + random.below(4), random.pick(SIZES));
  }

  private memory(): string | undefined {
    const { random } = this;
    const offset = random.chance(60) ? random.below(64) * 16 : random.below(0x20000);
    return this.access("memory", (random.chance(96) ? random.pick(AREAS) + offset : random.u32()) >>> 0, random.pick(SIZES));
  }

  private time(): undefined {
    const { clock, queue } = this.machine;
    const step = this.random.chance(80) ? this.random.below(100_000) : this.random.below(1e9);
    this.note(`${step} ns pass`);
    clock.skipTo(clock.now() + step);
    queue.runDue(clock.now());
  }

  private outside(): undefined {
    const { random, machine } = this;
    const { board } = machine;
    const n = random.below(8);
    this.note(`outside ${n}`);
    if (n === 0) board.acknowledge();
    else if (n === 1) for (let i = random.below(100); i > 0; i--) board.com1.receive(random.below(256));
    else if (n === 2) board.keyboard.key(random.pick(["KeyA", "Enter", "ShiftLeft", "Pause", "ArrowUp"]), random.chance(50));
    else if (n === 3) board.mouse.move(random.below(2000) - 1000, random.below(2000) - 1000, random.below(9) - 4);
    else if (n === 4) this.render();
    else if (n === 5) board.fpuError.signal();
    else if (n === 6) board.setApicBase(this.apicBase());
    else machine.run(0, random.below(200));
  }

  /** What WRMSR lets through: 36 bits of base, mostly where the local APIC usually is, and the enable bits. */
  private apicBase(): number {
    const { random } = this;
    const base = random.chance(70) ? 0xfee00 : random.below(2 ** 24);
    return base * 4096 + (random.chance(80) ? 0x800 : 0) + (random.chance(80) ? 0x100 : 0);
  }

  private render(): void {
    const { vga } = this.machine.board;
    const { width, height } = vga.frameSize();
    if (!(width >= 0 && height >= 0 && width * height <= MAX_PIXELS)) throw new Error(`the screen has ${width} x ${height} pixels`);
    if (this.random.chance(10)) vga.render(new Uint8ClampedArray(width * height * 4), this.random.chance(50));
    vga.textScreen();
  }

  /** Every device takes its own record back. */
  private reload(): undefined {
    this.note("reload");
    const { devices } = this.machine.board;
    const records = devices.map((device): DeviceState => device.save());
    devices.forEach((device, i) => {
      device.load(records[i]!);
    });
  }

  /** A fw_cfg DMA descriptor of noise, and the doorbell. */
  private dma(): undefined {
    const { random } = this;
    const { ports, guestMemory } = this.machine.board.options;
    const at = random.below(RAM);
    const descriptor = Uint8Array.from({ length: 16 }, () => (random.chance(50) ? 0 : random.below(256)));
    guestMemory.write(at, descriptor);
    this.note(`dma ${at.toString(16)} ${Buffer.from(descriptor).toString("hex")}`);
    const swapped = Buffer.from([at >>> 24, (at >>> 16) & 255, (at >>> 8) & 255, at & 255]).readUInt32LE();
    ports.write(0x518, swapped, 4);
  }
}
