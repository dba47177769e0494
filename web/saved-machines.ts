import { byId } from "./dom.js";
import { download } from "./download.js";
import type { MachineClient } from "./machine-client.js";
import type { MachineParts } from "./worker/protocol.js";

/** Saves the machine to a file and continues machines from files. */
export class SavedMachines {
  private readonly field = byId<HTMLInputElement>("restore-file");

  /** `parts`: what is to be plugged into a machine that goes on. */
  constructor(
    private readonly machine: MachineClient,
    private readonly parts: () => MachineParts,
  ) {
    byId("save").addEventListener("click", () => machine.send({ type: "save" }));
    machine.on("saved", ({ file, title }) => download(new Blob([file], { type: "application/octet-stream" }), fileName(title, new Date())));
    byId("restore").addEventListener("click", () => this.field.click());
    this.field.addEventListener("change", () => {
      const file = this.field.files?.[0];
      if (file) void this.restore(file);
      this.field.value = "";
    });
  }

  async restore(file: File): Promise<void> {
    const bytes = new Uint8Array(await file.arrayBuffer());
    this.machine.send({ type: "restore", file: bytes, title: file.name, parts: this.parts() }, [bytes.buffer]);
  }
}

/** "teaching-kernel-2026-11-20-1204.ringside" */
export function fileName(title: string, when: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const day = [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())].join("-");
  const name = title.replace(/(-\d{4}-\d\d-\d\d-\d{4})?\.ringside$/, "").replace(/[^\w.-]+/g, "-");
  return `${name}-${day}-${two(when.getHours())}${two(when.getMinutes())}.ringside`;
}
