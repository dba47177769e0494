import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ImageDisk } from "../block/image-disk.js";
import { MediaSlot } from "../block/media-slot.js";
import { Dma8237 } from "../dma-8237.js";
import { TestRam } from "../testing/ide-host.js";
import { LineRecorder } from "../testing/line-recorder.js";
import { ManualScheduler } from "../testing/manual-scheduler.js";
import { MemoryImage } from "../testing/memory-image.js";
import { settled } from "../testing/promises.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import { Fdc82077 } from "./fdc-82077.js";

const BUFFER = 0x20000;
const SECTORS = 2880;

function createHost({ readOnly = false, empty = false } = {}) {
  const scheduler = new ManualScheduler();
  const irq = new LineRecorder();
  const ram = new TestRam();
  const dma = new Dma8237("dma", ram);
  const bytes = new Uint8Array(SECTORS * 512);
  for (let n = 0; n < SECTORS; n++) bytes.fill(n & 0xff, n * 512, (n + 1) * 512);
  const image = new MemoryImage(bytes);
  const floppy = () => new ImageDisk("floppy", image, scheduler, { readOnly });
  const slot = new MediaSlot(empty ? undefined : floppy());
  const fdc = new Fdc82077(scheduler, { irq, dma, drives: [slot] });
  fdc.reset();
  // Channel 4 in cascade mode, unmasked.
  dma.second.write(0x16, 0xc0, 1);
  dma.second.write(0x14, 0, 1);

  const settle = async () => {
    await settled();
    scheduler.advance(2e6);
  };
  const status = () => fdc.ports.read(4, 1);
  const send = (...bytesOfCommand: readonly number[]) => {
    for (const byte of bytesOfCommand) fdc.ports.write(5, byte, 1);
  };
  const result = () => {
    const all: number[] = [];
    while ((status() & 0xc0) === 0xc0) all.push(fdc.ports.read(5, 1));
    return all;
  };
  const senseInterrupt = () => {
    send(0x08);
    return result();
  };
  /** Controller on, drive A selected, 500 kbit/s; its four statuses read. */
  const start = () => {
    fdc.ports.write(2, 0x1c, 1);
    scheduler.advance(2e6);
    for (let n = 0; n < 4; n++) senseInterrupt();
    fdc.change.write(0, 0, 1);
  };
  const seek = (cylinder: number) => {
    send(0x0f, 0, cylinder);
    scheduler.advance(2e6);
    return senseInterrupt();
  };
  /** Channel 2 for so many bytes; `toMemory`: the floppy is read. */
  const prepareDma = (length: number, toMemory: boolean) => {
    dma.first.write(0x0b, toMemory ? 0x46 : 0x4a, 1);
    dma.first.write(0x0c, 0, 1);
    for (const value of [BUFFER & 0xff, (BUFFER >> 8) & 0xff]) dma.first.write(4, value, 1);
    for (const value of [(length - 1) & 0xff, (length - 1) >> 8]) dma.first.write(5, value, 1);
    dma.pages.write(1, BUFFER >> 16, 1);
    dma.first.write(0x0a, 2, 1);
  };
  /** A data command on C, H, R up to the end of the track; its result. */
  const data = async (code: number, [cylinder, head, sector]: readonly [number, number, number]) => {
    send(code, head << 2, cylinder, head, sector, 2, 18, 0x1b, 0xff);
    await settle();
    await settle();
    return result();
  };
  return { scheduler, irq, ram, image, slot, floppy, fdc, settle, status, send, result, senseInterrupt, start, seek, prepareDma, data };
}

const [READ, READ_MULTI_TRACK, WRITE, FORMAT] = [0x46, 0xc6, 0x45, 0x4d];

describe("reset", () => {
  test("the controller is dead while DOR bit 2 is clear, then interrupts and has a status of each of four drives", () => {
    const { fdc, irq, scheduler, status, senseInterrupt } = createHost();
    expect(status()).toBe(0);
    fdc.ports.write(2, 0x0c, 1);
    scheduler.advance(2e6);
    expect([irq.level, status()]).toEqual([true, 0x80]);
    expect([0, 1, 2, 3].map(() => senseInterrupt())).toEqual([0, 1, 2, 3].map((drive) => [0xc0 | drive, 0]));
    expect(irq.level).toBe(false);
    expect(senseInterrupt()).toEqual([0x80]);
  });

  test("without DOR bit 3 no interrupt leaves the controller", () => {
    const { fdc, irq, scheduler } = createHost();
    fdc.ports.write(2, 0x04, 1);
    scheduler.advance(2e6);
    expect(irq.level).toBe(false);
    fdc.ports.write(2, 0x0c, 1);
    expect(irq.level).toBe(true);
  });
});

describe("commands without data", () => {
  test("an unknown command is answered with 80H", () => {
    const { start, send, result } = createHost();
    start();
    send(0x1f);
    expect(result()).toEqual([0x80]);
  });

  test("VERSION says 82077, LOCK keeps what CONFIGURE set over a reset by DSR, DUMPREG shows it", () => {
    const { start, send, result, fdc, scheduler } = createHost();
    start();
    send(0x10);
    expect(result()).toEqual([0x90]);
    send(0x13, 0, 0x57, 0x10);
    send(0x94);
    expect(result()).toEqual([0x10]);
    fdc.ports.write(4, 0x80, 1);
    scheduler.advance(2e6);
    send(0x0e);
    expect(result().slice(-2)).toEqual([0x57, 0x10]);
  });

  test("SEEK and RECALIBRATE interrupt when the head is there; a drive that is not there has no track 0", () => {
    const { start, seek, send, status, scheduler, senseInterrupt } = createHost();
    start();
    expect(seek(40)).toEqual([0x20, 40]);
    send(0x07, 0);
    expect(status()).toBe(0x81);
    scheduler.advance(2e6);
    expect(senseInterrupt()).toEqual([0x20, 0]);
    send(0x07, 1);
    scheduler.advance(2e6);
    expect(senseInterrupt()).toEqual([0x71, 0]);
  });

  test("READ ID finds the first sector of the track, at the right data rate only", () => {
    const { start, send, result, seek, fdc } = createHost();
    start();
    seek(3);
    send(0x4a, 4);
    expect(result()).toEqual([4, 0, 0, 3, 1, 1, 2]);
    fdc.change.write(0, 2, 1);
    send(0x4a, 0);
    expect(result().slice(0, 3)).toEqual([0x40, 1, 0]);
  });

  test("SENSE DRIVE STATUS tells track 0 and write protection", () => {
    const { start, send, result, seek } = createHost({ readOnly: true });
    start();
    send(0x04, 0);
    expect(result()).toEqual([0x78]);
    seek(1);
    send(0x04, 4);
    expect(result()).toEqual([0x6c]);
  });
});

describe("data", () => {
  test("READ moves sectors by channel 2 until terminal count, and names the one after", async () => {
    const { start, seek, prepareDma, data, ram, irq } = createHost();
    start();
    seek(1);
    prepareDma(1024, true);
    irq.clear();
    expect(await data(READ, [1, 1, 4])).toEqual([4, 0, 0, 1, 1, 6, 2]);
    const first = (1 * 2 + 1) * 18 + 3;
    expect([ram.bytes[BUFFER], ram.bytes[BUFFER + 1023], ram.bytes[BUFFER + 1024]]).toEqual([first, first + 1, 0]);
    expect(irq.rises.length).toBe(1);
  });

  test("a multi-track READ goes on on the other side; without terminal count the end of the cylinder is an error", async () => {
    const { start, prepareDma, data, ram } = createHost();
    start();
    prepareDma(36 * 512, true);
    expect(await data(READ_MULTI_TRACK, [0, 0, 1])).toEqual([0, 0, 0, 1, 0, 1, 2]);
    expect(ram.bytes[BUFFER + 35 * 512]).toBe(35);
    prepareDma(0x10000, true);
    expect((await data(READ, [0, 0, 17])).slice(0, 3)).toEqual([0x40, 0x80, 0]);
  });

  test("WRITE takes bytes from memory; part of a sector is filled up with zeros", async () => {
    const { start, prepareDma, data, ram, image } = createHost();
    start();
    ram.bytes.fill(0xee, BUFFER, BUFFER + 1024);
    prepareDma(700, false);
    expect(await data(WRITE, [0, 0, 3])).toEqual([0, 0, 0, 0, 0, 5, 2]);
    expect([1023, 1024, 1024 + 699, 1024 + 700, 2047, 2048].map((at) => image.bytes[at])).toEqual([1, 0xee, 0xee, 0, 0, 4]);
  });

  test("FORMAT TRACK fills the track", async () => {
    const { start, seek, prepareDma, send, settle, result, image } = createHost();
    start();
    seek(2);
    prepareDma(18 * 4, false);
    send(FORMAT, 0, 2, 18, 0x54, 0xf6);
    await settle();
    expect(result().slice(0, 3)).toEqual([0, 0, 0]);
    const from = 2 * 36 * 512;
    expect(image.bytes.subarray(from, from + 18 * 512).every((byte) => byte === 0xf6)).toBe(true);
    expect([image.bytes[from - 1], image.bytes[from + 18 * 512]]).toEqual([71, 90]);
  });

  test("a wrong cylinder, a sector that there is not, write protection, a bad sector, no medium, no DMA", async () => {
    const codes = async (host: ReturnType<typeof createHost>, code: number, place: readonly [number, number, number]) => {
      host.prepareDma(512, code !== WRITE);
      return (await host.data(code, place)).slice(0, 3);
    };
    const host = createHost();
    host.start();
    expect(await codes(host, READ, [5, 0, 1])).toEqual([0x40, 0x04, 0x10]);
    expect(await codes(host, READ, [0, 0, 19])).toEqual([0x40, 0x04, 0]);
    host.image.bad.push({ from: 512, to: 1024, code: "io" });
    expect(await codes(host, READ, [0, 0, 2])).toEqual([0x40, 0x20, 0]);
    host.send(0x03, 0xaf, 0x03);
    expect(await codes(host, READ, [0, 0, 1])).toEqual([0x40, 0x10, 0]);
    const locked = createHost({ readOnly: true });
    locked.start();
    expect(await codes(locked, WRITE, [0, 0, 1])).toEqual([0x40, 0x02, 0]);
    const empty = createHost({ empty: true });
    empty.start();
    expect(await codes(empty, READ, [0, 0, 1])).toEqual([0x40, 0x01, 0]);
  });

  test("a channel that is masked keeps the controller waiting until it is not", async () => {
    const { start, send, settle, status, prepareDma, result, ram } = createHost();
    start();
    send(READ, 0, 0, 0, 6, 2, 18, 0x1b, 0xff);
    await settle();
    expect(status()).toBe(0x10);
    prepareDma(512, true);
    expect(result().slice(0, 3)).toEqual([0, 0, 0]);
    expect(ram.bytes[BUFFER]).toBe(5);
  });
});

test("the disk change line is up until the head is moved with a medium in the drive", () => {
  const { start, seek, fdc, slot, floppy } = createHost();
  start();
  const changed = () => fdc.change.read(0, 1) >> 7;
  expect(changed()).toBe(1);
  seek(1);
  expect(changed()).toBe(0);
  slot.insert(undefined);
  seek(2);
  expect(changed()).toBe(1);
  slot.insert(floppy());
  seek(3);
  expect(changed()).toBe(0);
});

test("a floppy that is taken out, or is a smaller one, while bytes for it still come ends the command", async () => {
  for (const code of [WRITE, FORMAT]) {
    for (const bytes of [undefined, 737_280]) {
      const { scheduler, slot, start, seek, send, settle, prepareDma, result, image } = createHost();
      start();
      seek(79);
      // The channel is masked: the controller waits for the bytes.
      if (code === WRITE) send(WRITE, 4, 79, 1, 18, 2, 18, 0x1b, 0xff);
      else send(FORMAT, 4, 2, 18, 0x54, 0xe5);
      await settle();
      slot.insert(bytes === undefined ? undefined : new ImageDisk("small", new MemoryImage(new Uint8Array(bytes)), scheduler));
      prepareDma(code === WRITE ? 512 : 72, false);
      await settle();
      await settle();
      expect(result().slice(0, 3)).toEqual([0x44, 0x01, 0]);
      expect(image.bytes[image.bytes.length - 1]).toBe((SECTORS - 1) & 0xff);
    }
  }
});

test("a copy from the state saved at any moment goes on as the controller does; damaged records are refused", async () => {
  for (const moment of ["command", "disk", "dma", "result"]) {
    const [a, b] = [createHost(), createHost()];
    a.start();
    if (moment === "result") a.prepareDma(512, true);
    a.send(...[READ, 0, 0, 0, 7, 2, 18, 0x1b, 0xff].slice(0, moment === "command" ? 4 : 9));
    if (moment === "dma" || moment === "result") await a.settle();
    b.scheduler.advanceTo(a.scheduler.now());
    transplant(a.fdc, b.fdc);
    expectDamageRefused(b.fdc);
    if (moment === "command") {
      b.send(7, 2, 18, 0x1b, 0xff);
      await b.settle();
    }
    if (moment === "disk") await b.settle();
    if (moment !== "result") b.fdc.ports.write(2, 0x18, 1);
    expect(b.result().length).toBe(moment === "result" ? 7 : 0);
  }
});

test("whatever is written in whatever order, nothing throws or hangs, and what is kept is bounded", async () => {
  const code = fc.constantFrom(0x46, 0xc6, 0x45, 0x4d, 0x4a, 0x07, 0x0f, 0x08, 0x03, 0x04, 0x13, 0x16, 0x0e);
  const step = fc.oneof(
    fc.record({ port: fc.nat(5), value: fc.nat(255) }),
    fc.record({ command: fc.tuple(code, fc.array(fc.oneof(fc.nat(4), fc.nat(255)), { minLength: 8, maxLength: 8 })) }),
    fc.record({ dma: fc.nat(0xffff), toMemory: fc.boolean() }),
    fc.constant({ settle: true }),
    fc.constant({ read: true }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const host = createHost();
      host.start();
      for (const s of steps) {
        if ("port" in s) host.fdc.ports.write(s.port, s.value, 1);
        else if ("command" in s) host.send(s.command[0], ...s.command[1]);
        else if ("dma" in s) host.prepareDma(s.dma + 1, s.toMemory);
        else if ("settle" in s) await host.settle();
        else host.result();
      }
      const copy = createHost();
      copy.scheduler.advanceTo(host.scheduler.now());
      transplant(host.fdc, copy.fdc);
    }),
    { numRuns: 100 },
  );
});
