// Two drives on a cable, interrupts, resets, and the bus master: PIIX3 data sheet, SFF-8038i, ATA/ATAPI-6.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccessSize } from "../../core/bus/device.js";
import { COMMAND } from "../pci/function.js";
import { BUS_MASTER, createIdeHost, PRD_TABLE } from "../testing/ide-host.js";
import { transplant } from "../testing/round-trip.js";
import { IDETIM } from "./piix3-ide.js";

const READY = 0x50;
const DRQ = 0x58;
const BSY = 0x80;

describe("the PIIX3's IDE function", () => {
  test("is 8086:7010, an IDE controller in legacy mode that can be bus master", () => {
    const { ide } = createIdeHost();
    expect([ide.readConfig(0, 4), ide.readConfig(8, 4)]).toEqual([0x70108086, 0x01018000]);
  });

  test("a channel answers while I/O decoding is on and its bit in IDETIM is set", () => {
    const { ide, ports } = createIdeHost();
    const answers = () => [ports.read(0x1f7, 1), ports.read(0x3f6, 1), ports.read(0x177, 1)].map((value) => value !== 0xff);
    expect(answers()).toEqual([true, true, true]);
    ide.writeConfig(IDETIM + 1, 0, 1);
    expect(answers()).toEqual([false, false, true]);
    ide.writeConfig(IDETIM + 1, 0x80, 1);
    ide.writeConfig(COMMAND, 0, 2);
    expect(answers()).toEqual([false, false, false]);
  });
});

describe("drive selection", () => {
  test("registers and status are the selected drive's; what is written reaches both", () => {
    const { ports } = createIdeHost({ secondDisk: true });
    ports.write(0x1f2, 0x55, 1);
    ports.write(0x1f6, 0xf0, 1);
    expect([ports.read(0x1f2, 1), ports.read(0x1f6, 1), ports.read(0x1f7, 1)]).toEqual([0x55, 0xf0, READY]);
  });

  test("a drive that is not there reads as zeros, and takes no command", async () => {
    const { command, ports, at, irqs } = createIdeHost();
    expect(await command(0x20, at(0, 1, 1))).toBe(0);
    expect(ports.read(0x3f6, 1)).toBe(0);
    expect(irqs[0].rises.length).toBe(0);
    expect(await command(0x20, at(0, 1), 0x170)).toBe(0);
  });

  test("only the selected drive's interrupt is on the cable", async () => {
    const { registers, at, ports, settle, irqs } = createIdeHost({ secondDisk: true });
    registers(at(0, 1), 0x1f0);
    ports.write(0x1f7, 0x40, 1);
    ports.write(0x1f6, 0xf0, 1);
    await settle();
    expect(irqs[0].level).toBe(false);
    ports.write(0x1f6, 0xe0, 1);
    expect(irqs[0].level).toBe(true);
  });
});

describe("interrupts", () => {
  test("reading the status register ends one, reading the alternate status does not", async () => {
    const { registers, at, ports, settle, irqs } = createIdeHost();
    registers(at(0, 1), 0x1f0);
    ports.write(0x1f7, 0x40, 1);
    await settle();
    expect([ports.read(0x3f6, 1), irqs[0].level]).toEqual([READY, true]);
    expect([ports.read(0x1f7, 1), irqs[0].level]).toEqual([READY, false]);
  });

  test("nIEN keeps one off the cable; it is there when nIEN is cleared", async () => {
    const { registers, ports, settle, irqs, at } = createIdeHost();
    ports.write(0x3f6, 2, 1);
    registers(at(0, 1), 0x1f0);
    ports.write(0x1f7, 0x40, 1);
    await settle();
    expect(irqs[0].level).toBe(false);
    ports.write(0x3f6, 0, 1);
    expect(irqs[0].level).toBe(true);
  });

  test("the secondary channel's is IRQ 15", async () => {
    const { command, irqs } = createIdeHost({ cdSectors: 4 });
    await command(0xa1, [], 0x170);
    expect([irqs[0].rises.length, irqs[1].rises.length]).toEqual([0, 1]);
  });
});

describe("resets", () => {
  test("SRST makes both drives busy, gives up what they were doing, and leaves the signature", async () => {
    const { command, at, ports, settle, irqs } = createIdeHost({ secondDisk: true });
    await command(0x20, at(9, 4, 1));
    irqs[0].clear();
    ports.write(0x3f6, 4, 1);
    expect(ports.read(0x1f7, 1)).toBe(BSY);
    ports.write(0x3f6, 0, 1);
    await settle();
    expect([1, 2, 3, 4, 5, 6, 7].map((n) => ports.read(0x1f0 + n, 1))).toEqual([1, 1, 1, 0, 0, 0xa0, READY]);
    expect(irqs[0].rises.length).toBe(0);
  });

  test("a request that was under way when the drive was reset is not told of", async () => {
    const { registers, at, ports, settle, irqs } = createIdeHost();
    registers(at(9, 4), 0x1f0);
    ports.write(0x1f7, 0x20, 1);
    ports.write(0x3f6, 4, 1);
    ports.write(0x3f6, 0, 1);
    await settle();
    expect([ports.read(0x1f7, 1), irqs[0].rises.length]).toEqual([READY, 0]);
  });

  test("EXECUTE DEVICE DIAGNOSTIC passes, with an interrupt of drive 0", async () => {
    const { command, ports, irqs } = createIdeHost({ secondDisk: true });
    expect(await command(0x90, [0, 0, 0, 0, 0, 0xf0])).toBe(READY);
    expect([ports.read(0x1f1, 1), ports.read(0x1f6, 1) & 0x10, irqs[0].rises.length]).toEqual([1, 0, 1]);
  });

  test("commands and registers are not taken while a drive is busy or asks for data", async () => {
    const { command, at, ports, data } = createIdeHost();
    await command(0x20, at(3, 1));
    ports.write(0x1f3, 77, 1);
    ports.write(0x1f7, 0xe0, 1);
    expect([ports.read(0x1f3, 1), ports.read(0x1f7, 1), data(512)[0]]).toEqual([3, DRQ, 3]);
  });
});

describe("the bus master", () => {
  test("READ DMA scatters sectors by the table, and ends with an interrupt behind the data", async () => {
    const { command, at, prds, startDma, busMasterStatus, ram, irqs, ports } = createIdeHost();
    prds([
      [0x2000, 512, false],
      [0x4000, 1024, true],
    ]);
    expect(await command(0xc8, at(5, 3))).toBe(DRQ);
    expect([irqs[0].rises.length, busMasterStatus()]).toEqual([0, 0]);
    await startDma(true);
    expect([0x2000, 0x21ff, 0x4000, 0x4200].map((address) => ram.bytes[address])).toEqual([5, 5, 6, 7]);
    expect([ports.read(0x1f7, 1), irqs[0].rises.length, busMasterStatus()]).toEqual([READY, 1, 4]);
    ports.write(BUS_MASTER + 2, 4, 1);
    expect(busMasterStatus()).toBe(0);
  });

  test("it may be started before the drive is ready", async () => {
    const { registers, at, prds, startDma, ram, ports, busMasterStatus } = createIdeHost();
    prds([[0x2000, 512, true]]);
    registers(at(9, 1), 0x1f0);
    ports.write(0x1f7, 0xc8, 1);
    await startDma(true);
    expect([ram.bytes[0x2000], busMasterStatus()]).toEqual([9, 4]);
  });

  test("WRITE DMA gathers; what is more than one request moves goes to the disk in pieces", async () => {
    const { command, registers, prds, startDma, settle, ram, image, busMasterStatus, ports } = createIdeHost();
    ram.bytes.fill(0x3c, 0x10000, 0x40000);
    prds(Array.from({ length: 9 }, (_, n) => [0x10000 * ((n % 3) + 1), 0, n === 8] as const));
    registers([0, 4, 0, 0, 0, 0xe0], 0x1f0);
    await command(0x35, [0, 0x80, 0, 0, 0, 0xe0]);
    await startDma(false);
    await settle();
    expect(image.log).toEqual([`write 0+${0x80000}`, `write ${0x80000}+${0x10000}`]);
    expect([image.bytes[0], image.bytes[0x8ffff], image.bytes[0x90000]]).toEqual([0x3c, 0x3c, 0x80]);
    expect([busMasterStatus(), ports.read(0x1f7, 1)]).toEqual([4, READY]);
  });

  test("a table that is longer than the transfer stays active beside the interrupt, until it is stopped", async () => {
    const { command, at, prds, startDma, busMasterStatus, ports } = createIdeHost();
    prds([[0x2000, 0x4000, true]]);
    await command(0xc8, at(0, 1));
    await startDma(true);
    expect(busMasterStatus()).toBe(5);
    ports.write(BUS_MASTER, 8, 1);
    expect(busMasterStatus()).toBe(4);
  });

  test("a table that is too short ends without an interrupt; the drive waits, and goes on with the next table", async () => {
    const { command, at, prds, startDma, busMasterStatus, ports, ram, irqs } = createIdeHost();
    prds([[0x2000, 512, true]]);
    await command(0xc8, at(0, 2));
    await startDma(true);
    expect([busMasterStatus(), ports.read(0x1f7, 1), irqs[0].rises.length]).toEqual([0, DRQ, 0]);
    ports.write(BUS_MASTER, 0, 1);
    prds([[0x6000, 512, true]]);
    await startDma(true);
    expect([ram.bytes[0x6000], busMasterStatus(), irqs[0].rises.length]).toEqual([1, 4, 1]);
  });

  test("the wrong direction, and a function that may not be bus master, move nothing", async () => {
    const { command, at, prds, startDma, ports, ram, ide } = createIdeHost();
    prds([[0x2000, 512, true]]);
    await command(0xc8, at(5, 1));
    await startDma(false);
    expect([ports.read(0x1f7, 1), ram.bytes[0x2000]]).toEqual([DRQ, 0]);
    ports.write(BUS_MASTER, 0, 1);
    ide.writeConfig(COMMAND, 1, 2);
    await startDma(true);
    expect([ports.read(0x1f7, 1), ram.bytes[0x2000]]).toEqual([DRQ, 0]);
  });
});

describe("a hostile driver", () => {
  test("tables outside memory, without an end, over themselves, and entries of odd size harm nobody", async () => {
    for (const [table, address, count] of [
      [0xfffffff8, 0, 0],
      [PRD_TABLE, 0xfffffffe, 0],
      [PRD_TABLE, PRD_TABLE, 1],
      [0x000ffff8, 0x000ffffe, 0xffff],
    ] as const) {
      const { command, at, ports, ram, startDma, settle } = createIdeHost();
      for (let n = PRD_TABLE; n < PRD_TABLE + 0x8000; n += 8) {
        ram.view.setUint32(n, address, true);
        ram.view.setUint32(n + 4, count, true);
      }
      ports.write(BUS_MASTER + 4, table, 4);
      await command(0xc8, at(0, 0));
      await startDma(true);
      await settle();
      expect([READY, DRQ]).toContain(ports.read(0x1f7, 1));
    }
  });

  test("whatever is written in whatever order, nothing throws or hangs, and a copy of the state saves the same", {
    timeout: 60_000,
  }, async () => {
    const port = fc.oneof(
      fc.constantFrom(0x1f7, 0x1f6, 0x1f2, 0x3f6, BUS_MASTER, BUS_MASTER + 2),
      fc.integer({ min: 0x1f0, max: 0x1f7 }),
      fc.integer({ min: 0x170, max: 0x177 }),
      fc.integer({ min: BUS_MASTER, max: BUS_MASTER + 15 }),
    );
    const code = fc.constantFrom(0x20, 0x30, 0x25, 0x35, 0xc4, 0xc5, 0xc8, 0xca, 0xec, 0xa0, 0xa1, 0xe7, 0x08, 0x90, 0xef, 0x91);
    const step = fc.oneof(
      fc.record({ port, value: fc.oneof(code, fc.nat(255), fc.nat(0xffffffff)), size: fc.constantFrom<AccessSize>(1, 2, 4) }),
      fc.record({ code, base: fc.constantFrom(0x1f0, 0x170) }),
      fc.record({ packet: fc.uint8Array({ minLength: 12, maxLength: 12 }), dma: fc.boolean() }),
      fc.record({ read: port }),
      fc.constant({ settle: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const host = createIdeHost({ secondDisk: true, cdSectors: 8, sectors: 64 });
        const { ports, settle } = host;
        for (const s of steps) {
          if ("code" in s) ports.write(s.base + 7, s.code, 1);
          else if ("packet" in s) {
            host.registers([s.dma ? 1 : 0, 0, 0, 0, 8, 0xa0], 0x170);
            ports.write(0x177, 0xa0, 1);
            host.sendData(s.packet, 0x170);
          } else if ("read" in s) for (let n = 0; n < 300; n++) ports.read(s.read, 2);
          else if ("settle" in s) await settle();
          else ports.write(s.port, s.value, s.size);
        }
        const copy = createIdeHost({ secondDisk: true, cdSectors: 8, sectors: 64 });
        copy.scheduler.advanceTo(host.scheduler.now());
        transplant(host.ide, copy.ide);
        await settle();
      }),
      { numRuns: 150 },
    );
  });
});
