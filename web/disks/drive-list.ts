// The part of the machine dialog that says what is in the machine's drives.
import { byId, make } from "../dom.js";
import type { DriveImage, DriveKind, DriveSpec, KeptDisk } from "../worker/disks/protocol.js";
import { type KeptDisks, sizeLabel } from "./kept-disks.js";

const KINDS: readonly (readonly [kind: DriveKind, label: string])[] = [
  ["ide", "IDE disk"],
  ["virtio", "virtio disk"],
  ["cdrom", "CD-ROM"],
];
const FILE = "file";
const ADDRESS = "address";
/** Before the name of a kept disk. */
const KEPT = "kept:";

export class DriveList {
  private readonly list = byId("drives");
  private rows: DriveRow[] = [];

  constructor(
    private readonly kept: KeptDisks,
    private readonly changed: () => void,
  ) {
    byId("add-drive").addEventListener("click", () => this.add());
    kept.onChange(() => {
      for (const row of this.rows) row.offer(kept.disks);
    });
  }

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  /** What the visitor has chosen; or what is missing, in words. */
  drives(): readonly DriveSpec[] | string {
    const drives = this.rows.map((row) => row.drive());
    return drives.find((drive) => typeof drive === "string") ?? (drives as DriveSpec[]);
  }

  private add(): void {
    const row = new DriveRow(() => this.remove(row));
    row.offer(this.kept.disks);
    this.rows.push(row);
    this.update();
    row.focus();
  }

  private remove(row: DriveRow): void {
    this.rows = this.rows.filter((other) => other !== row);
    this.update();
    byId("add-drive").focus();
  }

  private update(): void {
    this.rows.forEach((row, i) => {
      row.number(i + 1);
    });
    this.list.replaceChildren(...this.rows.map(({ element }) => element));
    this.changed();
  }
}

class DriveRow {
  private readonly image = make("select");
  private readonly kind = make("select", {}, ...KINDS.map(([value, label]) => make("option", { value }, label)));
  private readonly file = make("input", { type: "file" });
  private readonly fileField = make("label", { class: "field" }, make("span"), this.file);
  private readonly address = make("input", { type: "url", placeholder: "https://", spellcheck: "false" });
  private readonly addressField = make("label", { class: "field" }, make("span", {}, "Address"), this.address);
  private readonly removal = make("button", { type: "button", class: "quiet" }, "Remove");
  readonly element = make(
    "li",
    {},
    make("div", { class: "drive-line" }, this.image, this.kind, this.removal),
    this.fileField,
    this.addressField,
  );
  private kept: readonly KeptDisk[] = [];
  private place = 1;

  constructor(remove: () => void) {
    this.image.addEventListener("change", () => this.update());
    this.removal.addEventListener("click", remove);
  }

  focus(): void {
    this.image.focus();
  }

  number(place: number): void {
    this.place = place;
    this.image.setAttribute("aria-label", `Disk ${place}`);
    this.kind.setAttribute("aria-label", `Disk ${place} is a`);
    this.address.setAttribute("aria-label", `Address of disk ${place}`);
    this.removal.setAttribute("aria-label", `Remove disk ${place}`);
    this.update();
  }

  /** The disks that can be chosen. */
  offer(kept: readonly KeptDisk[]): void {
    const chosen = this.image.value;
    this.kept = kept;
    const options = kept.map(({ name, size }) => make("option", { value: `${KEPT}${name}` }, `${name} (${sizeLabel(size)})`));
    this.image.replaceChildren(
      ...options,
      make("option", { value: FILE }, "A file, read only"),
      make("option", { value: ADDRESS }, "A web address, read only"),
    );
    if ([...this.image.options].some(({ value }) => value === chosen)) this.image.value = chosen;
    this.update();
  }

  /** The file that the chosen kept disk lies on. */
  private get baseName(): string | undefined {
    const base = this.kept.find(({ name }) => `${KEPT}${name}` === this.image.value)?.base;
    return base === undefined || /^https?:/.test(base) ? undefined : base;
  }

  private update(): void {
    const { baseName } = this;
    const label = baseName === undefined ? `File of disk ${this.place}` : `The file ${baseName}, which disk ${this.place} lies on`;
    this.fileField.firstElementChild!.textContent = label;
    this.fileField.hidden = this.image.value !== FILE && baseName === undefined;
    this.addressField.hidden = this.image.value !== ADDRESS;
  }

  drive(): DriveSpec | string {
    const kind = this.kind.value as DriveKind;
    const image = this.chosen();
    return typeof image === "string" ? image : { kind, image };
  }

  private chosen(): DriveImage | string {
    const file = this.file.files?.[0];
    const { value } = this.image;
    if (value === ADDRESS) {
      const address = this.address.value.trim();
      return address ? { kind: "address", address } : `write the address of disk ${this.place}`;
    }
    if (value === FILE) return file ? { kind: "file", file } : `choose the file of disk ${this.place}`;
    const name = value.slice(KEPT.length);
    if (this.baseName === undefined) return { kind: "kept", name };
    return file ? { kind: "kept", name, base: file } : `choose the file ${this.baseName}, which disk ${this.place} lies on`;
  }
}
