// Where a visitor says what machine to build: guest or own files, memory, clock, translator, disks, network.

import { DisksDialog } from "./disks/disks-dialog.js";
import { DriveList } from "./disks/drive-list.js";
import type { KeptDisks } from "./disks/kept-disks.js";
import { byId, make } from "./dom.js";
import type { FileKind } from "./file-kind.js";
import { NetworkForm } from "./network/network-form.js";
import { asSentence } from "./notice.js";
import type { BootSource, ClockKind, GuestChoice, MachineParts, MachineSpec, ToyGuest, TranslationPolicy } from "./worker/protocol.js";

type OwnKind = BootSource["kind"];
type FileField = Exclude<FileKind, "snapshot" | "unknown">;

const OWN: readonly (readonly [kind: OwnKind, label: string])[] = [
  ["kernel", "A kernel: Linux or multiboot"],
  ["image", "A boot image"],
  ["bios", "A BIOS"],
];
/** Which way of starting a file belongs to. */
const SOURCE_OF: Readonly<Record<FileField, OwnKind>> = {
  kernel: "kernel",
  initrd: "kernel",
  image: "image",
  bios: "bios",
  "video-bios": "bios",
};
const MEMORY_SIZES = [16, 32, 64, 128, 256, 512, 1024, 2048];
const DEFAULT_MEMORY = 256;

export class MachineDialog {
  private readonly dialog = byId<HTMLDialogElement>("machine-dialog");
  private readonly source = byId<HTMLSelectElement>("source");
  private readonly memory = byId<HTMLSelectElement>("memory");
  private readonly clock = byId<HTMLSelectElement>("clock");
  private readonly translate = byId<HTMLSelectElement>("translate");
  private readonly bootFrom = byId<HTMLSelectElement>("boot-from");
  private readonly problem = byId("form-problem");
  private readonly drives: DriveList;
  private readonly network = new NetworkForm();
  private readonly files: Readonly<Record<FileField, HTMLInputElement>> = {
    kernel: byId<HTMLInputElement>("kernel-file"),
    initrd: byId<HTMLInputElement>("initrd-file"),
    image: byId<HTMLInputElement>("image-file"),
    bios: byId<HTMLInputElement>("bios-file"),
    "video-bios": byId<HTMLInputElement>("video-bios-file"),
  };

  constructor(
    guests: readonly ToyGuest[],
    private readonly kept: KeptDisks,
    private readonly start: (spec: MachineSpec) => void,
  ) {
    this.drives = new DriveList(kept, () => this.update());
    const disks = new DisksDialog(kept);
    byId("disks-open").addEventListener("click", () => disks.open());
    for (const [kind, label] of OWN) this.source.append(make("option", { value: kind }, label));
    for (const { name, title } of guests) this.source.append(make("option", { value: `toy:${name}` }, title));
    for (const size of MEMORY_SIZES) this.memory.append(make("option", { value: String(size) }, memoryLabel(size)));
    this.memory.value = String(DEFAULT_MEMORY);
    this.source.addEventListener("change", () => this.update());
    byId("dialog-cancel").addEventListener("click", () => this.dialog.close());
    byId("machine-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.update();
  }

  open(): void {
    this.problem.textContent = "";
    if (this.dialog.open) return;
    this.dialog.showModal();
    void this.kept.carryOut({ what: "list" });
  }

  /** Open with files that the visitor dropped, each in its place. */
  offer(files: readonly (readonly [file: File, kind: FileKind])[]): void {
    for (const [file, kind] of files) {
      if (kind === "snapshot") continue;
      const field: FileField = kind === "unknown" ? "image" : kind;
      const transfer = new DataTransfer();
      transfer.items.add(file);
      this.files[field].files = transfer.files;
      this.source.value = SOURCE_OF[field];
    }
    this.update();
    this.open();
  }

  /** What is chosen to be plugged in, also while the dialog is closed; drives that are not whole are none. */
  parts(): MachineParts {
    const drives = this.drives.drives();
    return {
      drives: typeof drives === "string" ? [] : drives,
      bootFrom: this.bootFrom.value as MachineParts["bootFrom"],
      network: this.network.network(),
    };
  }

  private update(): void {
    for (const part of this.dialog.querySelectorAll<HTMLElement>("[data-for]")) part.hidden = part.dataset["for"] !== this.source.value;
    byId("boot-from-field").hidden = this.source.value !== "bios" || this.drives.isEmpty;
    this.problem.textContent = "";
  }

  private async submit(): Promise<void> {
    const drives = this.drives.drives();
    const missing = this.missing() ?? (typeof drives === "string" ? drives : undefined);
    if (missing) {
      this.problem.textContent = asSentence(missing);
      return;
    }
    try {
      const guest = await this.guest();
      this.start({
        guest,
        memoryMiB: Number(this.memory.value),
        clock: this.clock.value as ClockKind,
        translate: this.translate.value as TranslationPolicy,
        ...this.parts(),
      });
      this.dialog.close();
    } catch {
      this.problem.textContent = "The browser could not read that file; choose it again.";
    }
  }

  private missing(): string | undefined {
    const kind = this.source.value;
    if (kind === "kernel" && !this.file("kernel")) return "choose a kernel file first";
    if (kind === "image" && !this.file("image")) return "choose an image file first";
    if (kind === "bios" && !this.file("bios")) return "choose a BIOS file first";
    return undefined;
  }

  private file(field: FileField): File | undefined {
    return this.files[field].files?.[0];
  }

  private async guest(): Promise<GuestChoice> {
    const kind = this.source.value;
    if (kind.startsWith("toy:")) return { kind: "toy", name: kind.slice("toy:".length) };
    const title = this.file(kind as OwnKind)!.name;
    const videoRom = kind === "bios" ? await this.bytes("video-bios") : undefined;
    return { kind: "own", title, source: await this.ownSource(kind as OwnKind), videoRom };
  }

  /** A field's file; undefined if none was chosen. */
  private async bytes(field: FileField): Promise<Uint8Array | undefined> {
    const file = this.file(field);
    return file && new Uint8Array(await file.arrayBuffer());
  }

  private async ownSource(kind: OwnKind): Promise<BootSource> {
    switch (kind) {
      case "kernel":
        return {
          kind,
          kernel: (await this.bytes("kernel"))!,
          initrd: await this.bytes("initrd"),
          commandLine: byId<HTMLInputElement>("command-line").value,
        };
      case "image":
        return { kind, image: (await this.bytes("image"))! };
      case "bios":
        return { kind, bios: (await this.bytes("bios"))! };
    }
  }
}

function memoryLabel(mebibytes: number): string {
  return mebibytes >= 1024 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`;
}
