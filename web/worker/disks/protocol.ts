// What the page and the worker say to each other of disks. Types only.
import type { Format } from "../../../devices/block/open.js";

export type { Format };

/** A disk that the browser keeps for this page. */
export interface KeptDisk {
  readonly name: string;
  readonly format: Format;
  /** Bytes that a guest sees. */
  readonly size: number;
  /** Bytes of the file. */
  readonly stored: number;
  /** The name of the file, or the address, that it lies on. */
  readonly base?: string;
  /** Why it can not be used. */
  readonly damage?: string;
}

/** An image that is only read. */
export type BaseImage = { readonly kind: "file"; readonly file: File } | { readonly kind: "address"; readonly address: string };

export interface NewDisk {
  readonly name: string;
  readonly format: Format;
  /** Bytes; with a base, that has its size. */
  readonly size: number;
  /** The new disk shows what is there, and keeps what is written. */
  readonly base?: BaseImage;
}

export type DiskCommand =
  | { readonly what: "list" }
  | { readonly what: "create"; readonly disk: NewDisk }
  /** Keep a copy of a file. */
  | { readonly what: "import"; readonly name: string; readonly file: File }
  | { readonly what: "export"; readonly name: string }
  | { readonly what: "delete"; readonly name: string };

/** `failure`: one sentence; the command did nothing then. */
export interface DiskReport {
  readonly disks: readonly KeptDisk[];
  readonly failure?: string;
  /** What was asked for by "export". */
  readonly file?: File;
}

/** What is in a drive. `base`: the file that a kept disk lies on. */
export type DriveImage = BaseImage | { readonly kind: "kept"; readonly name: string; readonly base?: File };

export type DriveKind = "ide" | "virtio" | "cdrom";

export interface DriveSpec {
  readonly kind: DriveKind;
  readonly image: DriveImage;
}
