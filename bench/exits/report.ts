// What `npm run bench:exits` prints.
import { table } from "../../cli/table.js";
import { countsToJson, sumOfExits } from "../../core/vmm/events/counters.js";
import { type ExitReason, REASON, reasonName } from "../../core/vmm/events/exit-reasons.js";
import type { IoFigures, IoResults } from "./guest.js";

/** A paravirtual device, and those that do the same. */
const PARAVIRTUAL = ["virtio-blk", "virtio-net-pci"];
const INTERRUPTS = ["INTR", "VINTR"];

const short = (value: number) => (Math.abs(value) < 100 ? String(Math.round(value * 10) / 10) : String(Math.round(value)));
const total = ({ perMebibyte }: IoFigures) => sumOfExits(perMebibyte.counts);

function exitsWhere({ perMebibyte }: IoFigures, is: (reason: ExitReason) => boolean): number {
  let sum = 0;
  for (const [reason, count] of perMebibyte.counts.exits) if (is(reason)) sum += count;
  return sum;
}

const named = (figures: IoFigures, ...names: readonly string[]) => exitsWhere(figures, (reason) => names.includes(reasonName(reason)));
const memory = (figures: IoFigures) => exitsWhere(figures, (reason) => reason === REASON.NPF || reason === REASON.MMIO);

/** How often more than the paravirtual device that does the same. */
function gain(figures: IoFigures, all: readonly IoFigures[]): string {
  const paravirtual = all.find(({ device, direction }) => PARAVIRTUAL.includes(device) && direction === figures.direction);
  return paravirtual ? short(total(figures) / total(paravirtual)) : "-";
}

const COLUMNS: readonly (readonly [string, (figures: IoFigures, all: readonly IoFigures[]) => string])[] = [
  ["exits", (figures) => short(total(figures))],
  ["× virtio", gain],
  ["ports", (figures) => short(named(figures, "IOIO"))],
  ["memory", (figures) => short(memory(figures) - figures.apicAccesses)],
  ["APIC", ({ apicAccesses }) => short(apicAccesses)],
  ["HLT", (figures) => short(named(figures, "HLT"))],
  ["interrupts", (figures) => short(named(figures, ...INTERRUPTS))],
  ["others", (figures) => short(total(figures) - memory(figures) - named(figures, "IOIO", "HLT", ...INTERRUPTS))],
  ["injected", ({ perMebibyte }) => short(perMebibyte.counts.events.get("injections") ?? 0)],
  ["kicks", ({ perMebibyte }) => short(perMebibyte.counts.events.get("kicks") ?? 0)],
];

const LEGEND = `What is done once is in no figure: each is the difference of two runs, in which what goes by the clock can fall below zero.
ports: IN, OUT and strings of them; memory: devices' registers in memory; APIC: the local APIC's; HLT: the guest waits; interrupts: a device's time has
come, or the VMM takes the guest back behind a string of ports (INTR); the guest can be interrupted now (VINTR). Interrupts injected and kicks of
virtqueues are no exits.`;

function tableOf({ road, figures, failures }: IoResults, megabytes: number): string {
  const rows = figures.map((row) => [`${row.device} ${row.direction}`, ...COLUMNS.map(([, cell]) => cell(row, figures))]);
  return [
    `Exits on ${road.name} for one mebibyte, counted over ${megabytes}`,
    table(["one MiB of", ...COLUMNS.map(([title]) => title)], rows),
    ...failures.map((name) => `${road.name}: no ${name}: the guest can not do it`),
  ].join("\n\n");
}

export function ioTables(results: readonly IoResults[], megabytes: number): string {
  return [...results.map((result) => tableOf(result, megabytes)), LEGEND].join("\n\n");
}

/** Everything is for one mebibyte. */
export function ioToJson(results: readonly IoResults[], megabytes: number): object {
  return {
    megabytes,
    roads: results.map(({ road, figures, failures }) => ({
      road: road.name,
      devices: figures.map((row) => ({
        device: row.device,
        direction: row.direction,
        exitsPerMebibyte: total(row),
        ...countsToJson(row.perMebibyte.counts),
        apicAccesses: row.apicAccesses,
        instructions: row.perMebibyte.instructions,
      })),
      failures,
    })),
  };
}
