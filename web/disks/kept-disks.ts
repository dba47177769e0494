import type { MachineClient } from "../machine-client.js";
import type { DiskCommand, DiskReport, KeptDisk } from "../worker/disks/protocol.js";

/** The disks that this browser keeps, as the worker last told. */
export class KeptDisks {
  disks: readonly KeptDisk[] = [];
  private readonly waiting = new Map<number, (report: DiskReport) => void>();
  private readonly listeners: (() => void)[] = [];
  private commands = 0;

  constructor(private readonly machine: MachineClient) {
    machine.on("disks", ({ id, report }) => {
      this.disks = report.disks;
      for (const listener of this.listeners) listener();
      this.waiting.get(id)?.(report);
      this.waiting.delete(id);
    });
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  carryOut(command: DiskCommand): Promise<DiskReport> {
    const id = ++this.commands;
    this.machine.send({ type: "disks", id, command });
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }
}

/** Bytes as a person reads them: "512 MiB", "1.5 GiB". */
export function sizeLabel(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const step = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** step;
  return `${Number(amount.toFixed(amount < 10 ? 1 : 0))} ${units[step]}`;
}
