import type { Command, Report } from "./worker/protocol.js";

type ReportOf<T extends Report["type"]> = Extract<Report, { type: T }>;

/** The machine in its worker, as the page sees it: commands go in, reports come out to whoever asked for their kind. */
export class MachineClient {
  private readonly worker = new Worker(new URL("./worker/main.ts", import.meta.url), { type: "module", name: "machine" });
  private readonly listeners = new Map<Report["type"], ((report: never) => void)[]>();

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<Report>) => this.deliver(data);
    this.worker.onerror = (event) => {
      const sentence = `the machine's worker failed: ${event.message || "it could not be loaded"}`;
      this.deliver({ type: "problem", sentence });
    };
  }

  send(command: Command, transfer: Transferable[] = []): void {
    this.worker.postMessage(command, transfer);
  }

  on<T extends Report["type"]>(type: T, listener: (report: ReportOf<T>) => void): void {
    const listeners = this.listeners.get(type) ?? [];
    this.listeners.set(type, [...listeners, listener]);
  }

  private deliver(report: Report): void {
    for (const listener of this.listeners.get(report.type) ?? []) listener(report as never);
  }
}
