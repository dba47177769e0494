// The paravirtual gain, counted: a Debian guest moves a mebibyte over each disk and network card in `npm run bench:exits`. Nobody wrote down how many exits
// that makes; this holds their order, and what a driver must do at least.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { NIC_MODELS } from "../../devices/net/nics.js";
import { KIT, lacks, TOP } from "../support/requirements.js";

/** As the driver's script asks for: 64 KiB each. */
const REQUESTS = 16;
const SECTORS = 2048;
/** Bytes of a mebibyte by full-sized frames. */
const FRAMES = Math.floor((1 << 20) / 1460);
const DISKS = ["virtio-blk", "ide-dma", "ide-pio"];
/** The cheapest first. The one that moves every byte by ports is too slow for here. */
const CARDS = ["virtio-net-pci", "e1000", "rtl8139"].filter((model) => NIC_MODELS.some((known) => known === model));

interface Figures {
  readonly device: string;
  readonly direction: string;
  readonly exitsPerMebibyte: number;
  readonly exits: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
  readonly apicAccesses: number;
}

interface Report {
  readonly megabytes: number;
  readonly roads: readonly { readonly road: string; readonly devices: readonly Figures[]; readonly failures: readonly string[] }[];
}

function benchIo(...options: readonly string[]): { readonly code: number | null; readonly output: string; readonly errors: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(TOP, "dist/bench/exits/main.js"), ...options], { encoding: "utf8" });
  return { code: status, output: stdout, errors: stderr };
}

describe.skipIf(lacks(KIT.kernel, KIT.exitsInitrd))("a mebibyte under Debian's drivers, nested paging", () => {
  let report: Report;
  beforeAll(() => {
    const { code, output, errors } = benchIo("--json", "--megabytes", "1", "--devices", [...DISKS, ...CARDS].join(","));
    expect(errors).toBe("");
    expect(code).toBe(0);
    report = JSON.parse(output) as Report;
  }, 300_000);

  const figures = (device: string, direction: string) =>
    report.roads[0]!.devices.find((candidate) => candidate.device === device && candidate.direction === direction)!;
  const exits = (device: string, ...directions: readonly string[]) =>
    directions.reduce((sum, direction) => sum + figures(device, direction).exitsPerMebibyte, 0);

  test("every device moves data in both directions, and the sum of the exits by reason is what is told", () => {
    expect(report.megabytes).toBe(1);
    const [road, ...others] = report.roads;
    expect([road!.road, others, road!.failures]).toEqual(["hw nested", [], []]);
    expect(road!.devices.map(({ device, direction }) => `${device} ${direction}`).sort()).toEqual(
      [
        ...DISKS.flatMap((disk) => [`${disk} read`, `${disk} write`]),
        ...CARDS.flatMap((card) => [`${card} receive`, `${card} send`]),
      ].sort(),
    );
    for (const { exits, exitsPerMebibyte } of road!.devices)
      expect(Object.values(exits).reduce((sum, count) => sum + count, 0)).toBe(exitsPerMebibyte);
  });

  test.each(["read", "write"])("%s: virtio-blk exits less than IDE by DMA, and that less than by PIO", (direction) => {
    const [virtio, dma, pio] = DISKS.map((disk) => exits(disk, direction)) as [number, number, number];
    expect(virtio).toBeLessThan(dma / 4);
    expect(dma).toBeLessThan(pio / 4);
  });

  test.each(["read", "write"])(
    "%s: a request is one kick, one exit for it and one interrupt with virtio-blk, and registers with IDE",
    (direction) => {
      const virtio = figures("virtio-blk", direction);
      expect(virtio.events).toMatchObject({ kicks: REQUESTS });
      expect(virtio.exits["NPF"]! - virtio.apicAccesses).toBe(REQUESTS);
      expect(virtio.exits["IOIO"]).toBeUndefined();
      expect(virtio.events["injections"]).toBeGreaterThanOrEqual(REQUESTS);
      for (const disk of ["ide-dma", "ide-pio"]) {
        expect(figures(disk, direction).events["kicks"]).toBeUndefined();
        expect(figures(disk, direction).exits["IOIO"]! % REQUESTS).toBe(0);
      }
      expect(figures("ide-pio", direction).exits["IOIO"]).toBeGreaterThan(SECTORS);
      expect(figures("ide-dma", direction).exits["IOIO"]).toBeLessThan(SECTORS);
    },
  );

  test("of the network cards, the less a driver has to tell its card the less it exits; none does so for each frame and direction twice", () => {
    const sums = CARDS.map((card) => exits(card, "receive", "send"));
    expect(sums).toEqual([...sums].sort((a, b) => a - b));
    for (const sum of sums) expect(sum).toBeGreaterThan(0);
    for (const sum of sums) expect(sum).toBeLessThan(4 * FRAMES);
    for (const card of CARDS.filter((model) => !model.startsWith("virtio"))) {
      expect(figures(card, "send").exits["NPF"]).toBeGreaterThan(figures(card, "send").apicAccesses);
      expect(figures(card, "send").events["kicks"]).toBeUndefined();
    }
  });
});

test("impossible options are refused in one sentence", () => {
  for (const [options, sentence] of [
    [["--roads", "trap"], /There is no trap; there are hw nested, hw shadow, bt\./],
    [["--devices", "scsi"], /There is no scsi; there are ide-pio, ide-dma, virtio-blk, e1000, /],
    [["--megabytes", "0"], /A whole number from 1 on is needed\./],
    [["--megabytes", "257"], /At most 256 are possible\./],
  ] as const) {
    const { code, output, errors } = benchIo(...options);
    expect([code === 0, output]).toEqual([false, ""]);
    expect(errors).toMatch(sentence);
  }
});
