import { describe, expect, test } from "vitest";
import { createIdeHost } from "../testing/ide-host.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";

const filled = (sectors: number, value: number) => new Uint8Array(sectors * 512).fill(value);
const READY = 0x50;
const DRQ = 0x58;
const FAILED = 0x51;
const [UNC, IDNF, ABRT] = [0x40, 0x10, 0x04];

describe("IDENTIFY DEVICE", () => {
  async function identify(options = {}) {
    const host = createIdeHost({ sectors: 4096, ...options });
    expect(await host.command(0xec)).toBe(DRQ);
    const words = new Uint16Array(host.data(512).buffer);
    const text = (from: number, count: number) =>
      Array.from(words.subarray(from, from + count), (word) => String.fromCharCode(word >> 8, word & 0xff))
        .join("")
        .trim();
    return { host, words, text };
  }

  test("tells serial number, model and size", async () => {
    const { words, text, host } = await identify();
    expect([text(10, 10), text(27, 20)]).toEqual(["RS00001", "RINGSIDE HARDDISK"]);
    expect(words[60]! + words[61]! * 65536).toBe(4096);
    expect(words[100]! + words[101]! * 65536).toBe(4096);
    expect([words[1], words[3], words[6]]).toEqual([4, 16, 63]);
    expect(host.ports.read(0x1f7, 1)).toBe(READY);
  });

  test("sums up to zero, behind the signature A5", async () => {
    const { words } = await identify();
    const bytes = new Uint8Array(words.buffer);
    expect(bytes[510]).toBe(0xa5);
    expect(bytes.reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(0);
  });

  test("says that a write-through disk has its write cache off", async () => {
    expect((await identify()).words[85]! & 0x20).toBe(0x20);
    expect((await identify({ disk: { writeCache: false } })).words[85]! & 0x20).toBe(0);
  });
});

describe("reading by PIO", () => {
  test("READ SECTORS interrupts for each sector, and not at the end", async () => {
    const { command, at, data, irqs, ports } = createIdeHost();
    expect(await command(0x20, at(5, 3))).toBe(DRQ);
    expect([...data(512)]).toEqual([...filled(1, 5)]);
    expect(ports.read(0x1f7, 1)).toBe(DRQ);
    expect([data(512)[0], ports.read(0x1f7, 1), data(512)[0], ports.read(0x1f7, 1)]).toEqual([6, DRQ, 7, READY]);
    expect(irqs[0].rises.length).toBe(3);
    expect(irqs[0].level).toBe(false);
  });

  test("READ MULTIPLE interrupts for each block of as many sectors as SET MULTIPLE said", async () => {
    const { command, at, data, irqs, ports } = createIdeHost();
    expect(await command(0xc6, [0, 4])).toBe(READY);
    irqs[0].clear();
    await command(0xc4, at(0, 10));
    for (const sectors of [4, 4, 2]) {
      expect(ports.read(0x1f7, 1)).toBe(DRQ);
      data(sectors * 512);
    }
    expect(ports.read(0x1f7, 1)).toBe(READY);
    expect(irqs[0].rises.length).toBe(3);
  });

  test("SET MULTIPLE refuses what is no power of two or too many; 0 switches the MULTIPLE commands off", async () => {
    const { command, at } = createIdeHost();
    for (const count of [3, 32]) expect(await command(0xc6, [0, count])).toBe(FAILED);
    expect(await command(0xc6, [0, 0])).toBe(READY);
    expect(await command(0xc4, at(0, 1))).toBe(FAILED);
  });

  test("a count of 0 is 256 sectors; the data register is 32 bits wide as well", async () => {
    const { command, at, ports, image } = createIdeHost();
    await command(0x20, at(0, 0));
    const dwords = Uint32Array.from({ length: 256 * 128 }, () => ports.read(0x1f0, 4));
    expect(new Uint8Array(dwords.buffer).every((byte, n) => byte === image.bytes[n])).toBe(true);
    expect(ports.read(0x1f7, 1)).toBe(READY);
  });

  test("cylinder, head and sector lead to the same place, in the geometry that INITIALIZE DEVICE PARAMETERS sets", async () => {
    const { command, data } = createIdeHost();
    await command(0x20, [0, 1, 4, 1, 0, 0xa2]);
    expect(data(512)[0]).toBe((1 * 16 * 63 + 2 * 63 + 3) & 0xff);
    expect(await command(0x91, [0, 32, 0, 0, 0, 0xa0 | 7])).toBe(READY);
    await command(0x20, [0, 1, 4, 1, 0, 0xa2]);
    expect(data(512)[0]).toBe((1 * 8 * 32 + 2 * 32 + 3) & 0xff);
  });

  test("sector 0 of a cylinder, and a head that there is not, are IDNF", async () => {
    const { command, ports } = createIdeHost();
    expect(await command(0x20, [0, 1, 0, 0, 0, 0xa0])).toBe(FAILED);
    expect(ports.read(0x1f1, 1)).toBe(IDNF);
    await command(0x91, [0, 63, 0, 0, 0, 0xa0 | 3]);
    expect(await command(0x20, [0, 1, 1, 0, 0, 0xa4])).toBe(FAILED);
  });
});

describe("48-bit addresses", () => {
  /** Each register twice, the high byte first. */
  const at48 = (lba: number, count: number, write: (register: number, value: number) => void) => {
    const byte = (n: number) => Math.floor(lba / 256 ** n) & 0xff;
    write(2, count >> 8);
    write(2, count & 0xff);
    for (const n of [0, 1, 2]) {
      write(3 + n, byte(3 + n));
      write(3 + n, byte(n));
    }
    write(6, 0xe0);
  };

  test("READ SECTORS EXT takes what was written before the last value as the high bytes, and HOB shows it", async () => {
    const { command, ports, data } = createIdeHost();
    at48(7, 2, (register, value) => ports.write(0x1f0 + register, value, 1));
    expect(await command(0x24)).toBe(DRQ);
    expect(data(1024)[512]).toBe(8);
    at48(0x123456789abc, 1, (register, value) => ports.write(0x1f0 + register, value, 1));
    expect([3, 4, 5].map((n) => ports.read(0x1f0 + n, 1))).toEqual([0xbc, 0x9a, 0x78]);
    ports.write(0x3f6, 0x80, 1);
    expect([3, 4, 5].map((n) => ports.read(0x1f0 + n, 1))).toEqual([0x56, 0x34, 0x12]);
    expect(await command(0x24)).toBe(FAILED);
    expect(ports.read(0x1f1, 1)).toBe(IDNF);
  });

  test("READ NATIVE MAX ADDRESS (EXT) names the last sector", async () => {
    const { command, ports } = createIdeHost({ sectors: 0x12345 });
    await command(0xf8, [0, 0, 0, 0, 0, 0xe0]);
    expect([3, 4, 5].map((n) => ports.read(0x1f0 + n, 1))).toEqual([0x44, 0x23, 0x01]);
    expect(await command(0x27, [0, 0, 0, 0, 0, 0xa0])).toBe(FAILED);
  });
});

describe("writing by PIO", () => {
  test("the first sector is asked for without an interrupt; each one written is told by one", async () => {
    const { command, at, sendData, settle, irqs, image, ports } = createIdeHost();
    expect(await command(0x30, at(10, 2))).toBe(DRQ);
    expect(irqs[0].rises.length).toBe(0);
    sendData(filled(1, 0xaa));
    expect(ports.read(0x3f6, 1)).toBe(0x80);
    await settle();
    expect([ports.read(0x1f7, 1), irqs[0].rises.length]).toEqual([DRQ, 1]);
    sendData(filled(1, 0xbb));
    await settle();
    expect([ports.read(0x1f7, 1), irqs[0].rises.length]).toEqual([READY, 2]);
    expect([9, 10, 11, 12].map((sector) => image.bytes[sector * 512])).toEqual([9, 0xaa, 0xbb, 12]);
    expect(image.log).toEqual(["write 5120+512", "write 5632+512"]);
  });

  test("with the write cache off, the writes are flushed before the command ends", async () => {
    const { command, at, sendData, settle, image } = createIdeHost();
    expect(await command(0xef, [0x82])).toBe(READY);
    image.log.length = 0;
    await command(0x30, at(0, 1));
    sendData(filled(1, 1));
    await settle();
    await settle();
    expect(image.log).toEqual(["write 0+512", "flush"]);
  });

  test("FLUSH CACHE reaches the image", async () => {
    const { command, image } = createIdeHost();
    for (const code of [0xe7, 0xea]) expect(await command(code)).toBe(READY);
    expect(image.log).toEqual(["flush", "flush"]);
  });
});

describe("errors", () => {
  test("a sector that can not be read is UNC, and the address registers name the first of the request", async () => {
    const { command, at, image, ports, irqs } = createIdeHost();
    image.bad.push({ from: 0x123 * 512, to: 0x124 * 512, code: "io" });
    expect(await command(0x20, at(0x123, 1))).toBe(FAILED);
    expect(ports.read(0x1f1, 1)).toBe(UNC);
    expect([3, 4, 5].map((n) => ports.read(0x1f0 + n, 1))).toEqual([0x23, 0x01, 0]);
    expect(irqs[0].rises.length).toBe(1);
  });

  test("a request across the end is done up to there, and is IDNF at the first sector beyond", async () => {
    const { command, at, data, ports } = createIdeHost({ sectors: 100 });
    expect(await command(0x20, at(98, 4))).toBe(DRQ);
    data(1024);
    expect(ports.read(0x1f7, 1)).toBe(FAILED);
    expect([ports.read(0x1f1, 1), ports.read(0x1f3, 1)]).toEqual([IDNF, 100]);
  });

  test.each([0x00, 0x06, 0x26, 0xa1, 0xf1, 0xf2, 0xf4, 0xf6, 0x92])("command %i is aborted", async (code) => {
    const { command, ports } = createIdeHost();
    expect(await command(code)).toBe(FAILED);
    expect(ports.read(0x1f1, 1)).toBe(ABRT);
  });

  test("a full store and a read-only disk abort what is written", async () => {
    const full = createIdeHost();
    full.image.bad.push({ from: 0, to: 512, code: "full" });
    await full.command(0x30, full.at(0, 1));
    full.sendData(filled(1, 1));
    await full.settle();
    expect([full.ports.read(0x1f7, 1), full.ports.read(0x1f1, 1)]).toEqual([FAILED, ABRT]);
    const readOnly = createIdeHost({ disk: { readOnly: true } });
    expect(await readOnly.command(0x30, readOnly.at(0, 1))).toBe(FAILED);
  });
});

describe("other commands", () => {
  test("CHECK POWER MODE tells standby from active, and reading ends standby", async () => {
    const { command, ports, at } = createIdeHost();
    const mode = async () => (await command(0xe5)) === READY && ports.read(0x1f2, 1);
    expect(await mode()).toBe(0xff);
    expect(await command(0xe0)).toBe(READY);
    expect(await mode()).toBe(0);
    await command(0x40, at(0, 1));
    expect(await mode()).toBe(0xff);
  });

  test("READ VERIFY, SEEK and RECALIBRATE move no data", async () => {
    const { command, at } = createIdeHost({ sectors: 100 });
    for (const code of [0x40, 0x70, 0x10]) expect(await command(code, at(50, 1))).toBe(READY);
    for (const code of [0x40, 0x70]) expect(await command(code, at(100, 1))).toBe(FAILED);
  });

  test("SET FEATURES takes the transfer modes there are, and IDENTIFY shows the one chosen", async () => {
    const { command, data } = createIdeHost();
    const modes = async () => {
      await command(0xec);
      const words = new Uint16Array(data(512).buffer);
      return [words[63]! >> 8, words[88]! >> 8];
    };
    expect(await command(0xef, [3, 0x22])).toBe(READY);
    expect(await modes()).toEqual([4, 0]);
    expect(await command(0xef, [3, 0x45])).toBe(READY);
    expect(await modes()).toEqual([0, 0x20]);
    for (const mode of [0x23, 0x46, 0x80]) expect(await command(0xef, [3, mode])).toBe(FAILED);
    expect(await command(0xef, [0x99])).toBe(FAILED);
  });

  test("SMART needs its key, and says that the disk is well", async () => {
    const { command, data, ports } = createIdeHost();
    const smart = (feature: number) => command(0xb0, [feature, 0, 0, 0x4f, 0xc2, 0xa0]);
    expect(await command(0xb0, [0xda, 0, 0, 0, 0, 0xa0])).toBe(FAILED);
    expect(await smart(0xda)).toBe(READY);
    expect([ports.read(0x1f4, 1), ports.read(0x1f5, 1)]).toEqual([0x4f, 0xc2]);
    for (const feature of [0xd0, 0xd1]) {
      expect(await smart(feature)).toBe(DRQ);
      expect(data(512).reduce((sum, byte) => sum + byte, 0) & 0xff).toBe(0);
    }
    expect(await smart(0xd9)).toBe(READY);
    expect(await smart(0xd0)).toBe(FAILED);
    expect(await smart(0xd8)).toBe(READY);
  });
});

test("a copy from the state saved at any moment goes on as the drive itself does", async () => {
  for (const moment of ["disk", "data", "idle"]) {
    const a = createIdeHost();
    a.registers(a.at(3, 2), 0x1f0);
    a.ports.write(0x1f7, 0x20, 1);
    if (moment !== "disk") await a.settle();
    if (moment === "idle") a.data(1024);
    const b = createIdeHost();
    b.scheduler.advanceTo(a.scheduler.now());
    transplant(a.ide, b.ide);
    for (const host of [a, b]) {
      await host.settle();
      if (moment !== "idle") expect([host.data(512)[0], host.data(512)[0]]).toEqual([3, 4]);
      expect(host.ports.read(0x1f7, 1)).toBe(READY);
    }
  }
});

test("damaged records are refused, also those of a command that this disk can not be doing", () => {
  const { ide, registers, at, ports } = createIdeHost();
  expectDamageRefused(ide);
  registers(at(4000, 2), 0x1f0);
  ports.write(0x1f7, 0x20, 1);
  const small = createIdeHost({ sectors: 100 });
  expect(() => small.ide.load(ide.save())).toThrow("not possible with the disk");
});
