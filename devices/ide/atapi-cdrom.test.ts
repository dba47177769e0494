import { describe, expect, test } from "vitest";
import { createIdeHost } from "../testing/ide-host.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";

const READY = 0x50;
const DRQ = 0x58;
const FAILED = 0x51;
const BASE = 0x170;
/** Interrupt reason. */
const [COMMAND, DATA_IN, STATUS] = [1, 2, 3];

function createCdHost(cdSectors = 100) {
  const host = createIdeHost({ cdSectors });
  const { ports, settle } = host;
  const status = () => ports.read(BASE + 7, 1);
  const reason = () => ports.read(BASE + 2, 1) & 3;
  const byteCount = () => ports.read(BASE + 4, 1) | (ports.read(BASE + 5, 1) << 8);
  /** Sends a packet, filled up with zeros. */
  const packet = async (bytes: readonly number[], { dma = false, limit = 0xfffe } = {}) => {
    host.registers([dma ? 1 : 0, 0, 0, limit & 0xff, limit >> 8, 0xa0], BASE);
    ports.write(BASE + 7, 0xa0, 1);
    expect([ports.read(BASE + 0x206, 1), reason()]).toEqual([DRQ, COMMAND]);
    host.sendData(
      Uint8Array.from({ length: 12 }, (_, n) => bytes[n] ?? 0),
      BASE,
    );
    await settle();
    return status();
  };
  /** A packet whose answer comes in one block. */
  const ask = async (bytes: readonly number[]) => {
    expect(await packet(bytes)).toBe(DRQ);
    const length = byteCount();
    const answer = host.data(length + (length & 1), BASE).slice(0, length);
    expect([status(), reason()]).toEqual([READY, STATUS]);
    return answer;
  };
  /** Key, code and qualifier. */
  const sense = async () => {
    const answer = await ask([0x03, 0, 0, 0, 18]);
    return [answer[2], answer[12], answer[13]];
  };
  return { ...host, status, reason, byteCount, packet, ask, sense };
}

const NO_SENSE = [0, 0, 0];
const NO_MEDIUM = [2, 0x3a, 0];
const CHANGED = [6, 0x28, 0];
const read10 = (lba: number, count: number) => [0x28, 0, 0, 0, lba >> 8, lba & 0xff, 0, count >> 8, count & 0xff];

describe("as an ATA device", () => {
  test("has the packet device's signature after a reset, and aborts IDENTIFY DEVICE with it", async () => {
    const { ports, command } = createCdHost();
    ports.write(0x376, 4, 1);
    ports.write(0x376, 0, 1);
    const signature = () => [2, 3, 4, 5].map((n) => ports.read(BASE + n, 1));
    expect([...signature(), ports.read(BASE + 7, 1)]).toEqual([1, 1, 0x14, 0xeb, 0]);
    expect(await command(0xec, [0, 0, 0, 0, 0, 0xa0], BASE)).toBe(FAILED);
    expect(signature()).toEqual([1, 1, 0x14, 0xeb]);
  });

  test("IDENTIFY PACKET DEVICE says CD-ROM, removable, 12-byte packets", async () => {
    const { command, data } = createCdHost();
    expect(await command(0xa1, [], BASE)).toBe(DRQ);
    expect(new Uint16Array(data(512, BASE).buffer)[0]).toBe(0x85c0);
  });

  test("DEVICE RESET ends a command that moves data", async () => {
    const { packet, ports, command } = createCdHost();
    await packet(read10(0, 1));
    expect(await command(0x08, [], BASE)).toBe(0);
    expect(ports.read(BASE + 5, 1)).toBe(0xeb);
  });
});

describe("reading", () => {
  test("READ(10) by PIO comes in blocks of the byte count limit, each with an interrupt, and one more at the end", async () => {
    const { packet, data, byteCount, status, reason, irqs } = createCdHost();
    irqs[1].clear();
    expect(await packet(read10(7, 2), { limit: 3000 })).toBe(DRQ);
    for (const length of [3000, 1096]) {
      expect([byteCount(), reason()]).toEqual([length, DATA_IN]);
      expect(data(length, BASE)[0]).toBe(length === 3000 ? 7 : 8);
      expect(status()).toBe(length === 3000 ? DRQ : READY);
    }
    expect([reason(), irqs[1].rises.length]).toEqual([STATUS, 3]);
  });

  test("READ(12) by DMA goes to memory, and ends with one interrupt", async () => {
    const { packet, prds, startDma, ram, status, irqs, busMasterStatus, cdImage } = createCdHost();
    prds(
      [
        [0x8000, 0x8000, false],
        [0x10000, 0, false],
        [0x20000, 0, true],
      ],
      1,
    );
    irqs[1].clear();
    await packet([0xa8, 0, 0, 0, 0, 3, 0, 0, 0, 80], { dma: true });
    await startDma(true, 1);
    expect([status(), irqs[1].rises.length, busMasterStatus(1) & 4]).toEqual([READY, 1, 4]);
    expect([ram.bytes[0x8000], ram.bytes[0x20000 + 0xffff]]).toEqual([3, 82]);
    expect(cdImage.log).toEqual([`read ${3 * 2048}+${64 * 2048}`, `read ${67 * 2048}+${16 * 2048}`]);
  });

  test("beyond the end is an illegal request, a bad sector a medium error", async () => {
    const { packet, sense, ports, cdImage } = createCdHost();
    expect(await packet(read10(99, 2))).toBe(FAILED);
    expect(ports.read(BASE + 1, 1) >> 4).toBe(5);
    expect(await sense()).toEqual([5, 0x21, 0]);
    cdImage.bad.push({ from: 2048, to: 4096, code: "io" });
    expect(await packet(read10(0, 4))).toBe(FAILED);
    expect(await sense()).toEqual([3, 0x11, 0]);
    expect(await sense()).toEqual(NO_SENSE);
  });

  test("READ CD gives the user data, or nothing if nothing is asked for; raw sectors are refused", async () => {
    const { packet, byteCount, sense } = createCdHost();
    const readCd = (parts: number) => [0xbe, 0, 0, 0, 0, 5, 0, 0, 1, parts];
    expect(await packet(readCd(0))).toBe(READY);
    expect(await packet(readCd(0xf8))).toBe(FAILED);
    expect(await sense()).toEqual([5, 0x24, 0]);
    expect(await packet(readCd(0x10))).toBe(DRQ);
    expect(byteCount()).toBe(2048);
  });

  test("a byte count limit of zero aborts a command with data by PIO", async () => {
    const { packet, ports } = createCdHost();
    expect(await packet(read10(0, 1), { limit: 0 })).toBe(FAILED);
    expect(ports.read(BASE + 1, 1)).toBe(4);
    expect(await packet([0x00], { limit: 0 })).toBe(READY);
  });
});

describe("what it answers", () => {
  test("INQUIRY: a removable CD-ROM; no more bytes than the host has room for", async () => {
    const { ask } = createCdHost();
    const answer = await ask([0x12, 0, 0, 0, 36]);
    expect([answer[0], answer[1], answer.length]).toEqual([5, 0x80, 36]);
    expect((await ask([0x12, 0, 0, 0, 5])).length).toBe(5);
  });

  test("READ CAPACITY: the last sector and 2048 bytes", async () => {
    expect([...(await createCdHost(300).ask([0x25]))]).toEqual([0, 0, 1, 43, 0, 0, 8, 0]);
  });

  test("READ TOC: one data track and the lead-out, by sector or by minutes, seconds and frames", async () => {
    const { ask, packet } = createCdHost(200);
    expect([...(await ask([0x43, 0, 0, 0, 0, 0, 0, 0, 100]))]).toEqual([
      ...[0, 18, 1, 1],
      ...[0, 0x14, 1, 0, 0, 0, 0, 0],
      ...[0, 0x16, 0xaa, 0, 0, 0, 0, 200],
    ]);
    expect([...(await ask([0x43, 2, 0, 0, 0, 0, 0xaa, 0, 100]))].slice(-4)).toEqual([0, 0, 4, 50]);
    expect((await ask([0x43, 0, 2, 0, 0, 0, 0, 0, 100])).length).toBe(4 + 4 * 11);
    expect(await packet([0x43, 0, 0, 0, 0, 0, 5, 0, 100])).toBe(FAILED);
  });

  test("GET CONFIGURATION: the profile is CD-ROM, or DVD-ROM for what no CD can hold, or none without a disc", async () => {
    const profile = async (sectors: number) => {
      const answer = await createCdHost(sectors).ask([0x46, 0, 0, 0, 0, 0, 0, 1, 0]);
      return (answer[6]! << 8) | answer[7]!;
    };
    expect([await profile(100), await profile(0)]).toEqual([8, 0]);
    const { ask } = createCdHost();
    const one = await ask([0x46, 2, 0, 3, 0, 0, 0, 1, 0]);
    expect([...one.subarray(8, 12)]).toEqual([0, 3, 3, 4]);
    expect(one[3]).toBe(one.length - 4);
  });

  test("MODE SENSE, READ DISC INFORMATION and MECHANISM STATUS have the lengths that they tell", async () => {
    const { ask, packet } = createCdHost();
    for (const page of [0x01, 0x0d, 0x0e, 0x2a, 0x3f]) {
      const answer = await ask([0x5a, 0, page, 0, 0, 0, 0, 1, 0]);
      expect(((answer[0]! << 8) | answer[1]!) + 2).toBe(answer.length);
    }
    expect(await packet([0x5a, 0, 0x30, 0, 0, 0, 0, 1, 0])).toBe(FAILED);
    const disc = await ask([0x51, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(((disc[0]! << 8) | disc[1]!) + 2).toBe(disc.length);
    expect((await ask([0xbd, 0, 0, 0, 0, 0, 0, 0, 1, 0])).length).toBe(8);
  });

  test("commands that it does not have are illegal requests", async () => {
    const { packet, sense } = createCdHost();
    expect(await packet([0xff])).toBe(FAILED);
    expect(await sense()).toEqual([5, 0x20, 0]);
  });
});

describe("the medium", () => {
  const UNIT_READY = [0x00];
  const EVENTS = [0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8];

  test("an empty drive is not ready, but answers what needs no medium", async () => {
    const { packet, sense, ask } = createCdHost(0);
    for (const command of [UNIT_READY, read10(0, 1), [0x25]]) {
      expect(await packet(command)).toBe(FAILED);
      expect(await sense()).toEqual(NO_MEDIUM);
    }
    await ask([0x12, 0, 0, 0, 36]);
  });

  test("a new medium is told once by a unit attention, and by an event to who polls", async () => {
    const { packet, sense, ask, slot, cdDisk } = createCdHost();
    slot.insert(undefined);
    expect(await packet(UNIT_READY)).toBe(FAILED);
    expect(await sense()).toEqual(NO_MEDIUM);
    slot.insert(cdDisk());
    expect([...(await ask(EVENTS))]).toEqual([0, 6, 4, 0x10, 2, 2, 0, 0]);
    expect([...(await ask(EVENTS))].slice(4, 6)).toEqual([0, 2]);
    expect(await packet(UNIT_READY)).toBe(FAILED);
    expect(await sense()).toEqual(CHANGED);
    expect(await packet(UNIT_READY)).toBe(READY);
  });

  test("START STOP UNIT opens and closes the tray, unless PREVENT ALLOW MEDIUM REMOVAL has locked it", async () => {
    const { packet, sense, ask } = createCdHost();
    const [eject, load] = [
      [0x1b, 0, 0, 0, 2],
      [0x1b, 0, 0, 0, 3],
    ] as const;
    expect(await packet([0x1e, 0, 0, 0, 1])).toBe(READY);
    expect(await packet(eject)).toBe(FAILED);
    expect(await sense()).toEqual([5, 0x53, 2]);
    expect(await packet([0x1e])).toBe(READY);
    expect(await packet(eject)).toBe(READY);
    expect([...(await ask(EVENTS))].slice(4, 6)).toEqual([3, 1]);
    expect(await packet(UNIT_READY)).toBe(FAILED);
    expect(await sense()).toEqual(NO_MEDIUM);
    expect(await packet(load)).toBe(READY);
    expect(await packet(UNIT_READY)).toBe(FAILED);
    expect(await packet(UNIT_READY)).toBe(READY);
  });

  test("the host may open an unlocked tray; of a locked one the guest is asked", async () => {
    const { packet, ask, cdrom } = createCdHost();
    await packet([0x1e, 0, 0, 0, 1]);
    expect(cdrom().eject()).toBe(false);
    expect([...(await ask(EVENTS))].slice(4, 6)).toEqual([1, 2]);
    await packet([0x1e]);
    expect(cdrom().eject()).toBe(true);
    expect(await packet(UNIT_READY)).toBe(FAILED);
  });

  test("taken out while it is read, the command fails", async () => {
    const { registers, ports, sendData, slot, settle, status, sense } = createCdHost();
    registers([0, 0, 0, 0xfe, 0xff, 0xa0], BASE);
    ports.write(BASE + 7, 0xa0, 1);
    sendData(Uint8Array.from([...read10(0, 1), 0, 0, 0]), BASE);
    slot.insert(undefined);
    await settle();
    expect(status()).toBe(FAILED);
    expect(await sense()).toEqual(NO_MEDIUM);
  });
});

test("a copy from the state saved in the middle of a packet or of its data goes on as the drive itself does", async () => {
  for (const moment of ["packet", "disk", "data"]) {
    const a = createCdHost();
    a.registers([0, 0, 0, 0xfe, 0xff, 0xa0], BASE);
    a.ports.write(BASE + 7, 0xa0, 1);
    const bytes = Uint8Array.from([...read10(9, 1), 0, 0, 0]);
    a.sendData(moment === "packet" ? bytes.subarray(0, 4) : bytes, BASE);
    if (moment === "data") await a.settle();
    const b = createCdHost();
    b.scheduler.advanceTo(a.scheduler.now());
    transplant(a.ide, b.ide);
    for (const host of [a, b]) {
      if (moment === "packet") host.sendData(bytes.subarray(4), BASE);
      await host.settle();
      expect(host.data(2048, BASE)[2047]).toBe(9);
      expect(host.status()).toBe(READY);
    }
  }
});

test("damaged records are refused", () => {
  expectDamageRefused(createCdHost().ide);
});
