// Where a visitor makes, copies in, downloads and deletes the disks that this browser keeps.
import { byId, make } from "../dom.js";
import { download } from "../download.js";
import { asSentence } from "../notice.js";
import type { BaseImage, DiskCommand, Format, KeptDisk } from "../worker/disks/protocol.js";
import { type KeptDisks, sizeLabel } from "./kept-disks.js";

type Contents = "empty" | "copy" | "file" | "address";

const MIB = 2 ** 20;

export class DisksDialog {
  private readonly dialog = byId<HTMLDialogElement>("disks-dialog");
  private readonly problem = byId("disks-problem");
  private readonly rows = byId("kept-disks");
  private readonly name = byId<HTMLInputElement>("disk-name");
  private readonly contents = byId<HTMLSelectElement>("disk-contents");
  private readonly file = byId<HTMLInputElement>("disk-file");
  private readonly create = byId<HTMLButtonElement>("disk-create");

  constructor(private readonly kept: KeptDisks) {
    kept.onChange(() => this.show());
    this.contents.addEventListener("change", () => this.update());
    this.file.addEventListener("change", () => this.suggestName());
    byId("disks-close").addEventListener("click", () => this.dialog.close());
    byId("disks-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.update();
  }

  open(): void {
    this.problem.textContent = "";
    this.dialog.showModal();
    void this.carryOut({ what: "list" });
  }

  private update(): void {
    const contents = this.contents.value;
    for (const part of this.dialog.querySelectorAll<HTMLElement>("[data-contents]"))
      part.hidden = !part.dataset["contents"]!.split(" ").includes(contents);
    this.problem.textContent = "";
  }

  private suggestName(): void {
    const file = this.file.files?.[0];
    if (!file || this.name.value) return;
    const name = file.name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
    this.name.value = this.contents.value === "file" ? `${name.replace(/\.[^.]*$/, "")}-changes.qcow2` : name;
  }

  private show(): void {
    byId("kept-none").hidden = this.kept.disks.length > 0;
    byId("kept-table").hidden = this.kept.disks.length === 0;
    this.rows.replaceChildren(...this.kept.disks.map((disk) => this.row(disk)));
  }

  private row({ name, format, size, stored, base, damage }: KeptDisk): HTMLElement {
    const button = (label: string, act: () => void) => {
      const made = make("button", { type: "button", class: "quiet", "aria-label": `${label} ${name}` }, label);
      made.addEventListener("click", act);
      return made;
    };
    const about = damage ? asSentence(damage) : `${format}, ${sizeLabel(size)}${base ? `, on ${base}` : ""}`;
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, name),
      make("td", {}, about),
      make("td", { class: "number" }, sizeLabel(stored)),
      make(
        "td",
        { class: "actions" },
        button("Download", () => void this.carryOut({ what: "export", name })),
        button("Delete", () => {
          if (confirm(`Delete the disk ${name} and everything on it?`)) void this.carryOut({ what: "delete", name });
        }),
      ),
    );
  }

  private async submit(): Promise<void> {
    const command = this.command();
    if (typeof command === "string") {
      this.problem.textContent = asSentence(command);
      return;
    }
    this.create.disabled = true;
    // So that the browser does not clear it away when room is short. It may refuse, which changes nothing here.
    void navigator.storage.persist().catch(() => {});
    const done = await this.carryOut(command);
    this.create.disabled = false;
    if (!done) return;
    this.name.value = "";
    this.file.value = "";
  }

  /** What the fields ask for; or what is missing. */
  private command(): DiskCommand | string {
    const name = this.name.value.trim();
    const contents = this.contents.value as Contents;
    if (!name) return "give the disk a name";
    const file = this.file.files?.[0];
    if ((contents === "copy" || contents === "file") && !file) return "choose a file first";
    if (contents === "copy") return { what: "import", name, file: file! };
    if (contents === "empty") {
      const size = Number(byId<HTMLInputElement>("disk-size").value);
      if (!(Number.isInteger(size) && size > 0)) return "the size is a whole number of MiB";
      return { what: "create", disk: { name, format: byId<HTMLSelectElement>("disk-format").value as Format, size: size * MIB } };
    }
    const base: BaseImage =
      contents === "file"
        ? { kind: "file", file: file! }
        : { kind: "address", address: byId<HTMLInputElement>("disk-address").value.trim() };
    return { what: "create", disk: { name, format: "qcow2", size: 0, base } };
  }

  /** Whether it was done. */
  private async carryOut(command: DiskCommand): Promise<boolean> {
    const { failure, file } = await this.kept.carryOut(command);
    this.problem.textContent = asSentence(failure ?? "");
    if (file) download(file, file.name);
    return failure === undefined;
  }
}
