// What `info` prints, from plain data.
import { sizeText } from "../../devices/block/tools/sizes.js";
import type { Json } from "./json.js";

export interface SnapshotInfo {
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly vmStateSize: number;
  /** Since 1970. */
  readonly dateSeconds: number;
  readonly dateNanoseconds: number;
  /** Guest time. */
  readonly clockSeconds: number;
  readonly clockNanoseconds: number;
  /** Instructions, of a guest that ran with a count of them. */
  readonly icount?: number;
}

export interface ImageInfo {
  readonly filename: string;
  readonly format: string;
  /** Bytes. */
  readonly virtualSize: number;
  /** Bytes of the host's storage, where that is known. */
  readonly actualSize?: number;
  readonly clusterSize?: number;
  /** It was not closed when it was last written. */
  readonly dirty: boolean;
  readonly backingFile?: string;
  /** From where this process is. */
  readonly fullBackingFile?: string;
  readonly backingFormat?: string;
  readonly snapshots: readonly SnapshotInfo[];
  /** As QEMU's ImageInfoSpecificQCow2, in its order. */
  readonly specific?: { readonly [key: string]: Json | undefined };
}

/** As QEMU's ImageInfo, in the order in which qemu-img prints it. */
export function infoJson(info: ImageInfo): Json {
  return {
    snapshots: info.snapshots.length > 0 ? info.snapshots.map(snapshotJson) : undefined,
    "backing-filename-format": info.backingFormat,
    "virtual-size": info.virtualSize,
    filename: info.filename,
    "cluster-size": info.clusterSize,
    format: info.format,
    "actual-size": info.actualSize,
    "format-specific": info.specific ? { type: info.format, data: info.specific } : undefined,
    "full-backing-filename": info.fullBackingFile,
    "backing-filename": info.backingFile,
    "dirty-flag": info.dirty,
  };
}

function snapshotJson(snapshot: SnapshotInfo): Json {
  return {
    icount: snapshot.icount,
    "vm-clock-nsec": snapshot.clockNanoseconds,
    name: snapshot.name,
    "date-sec": snapshot.dateSeconds,
    "date-nsec": snapshot.dateNanoseconds,
    "vm-clock-sec": snapshot.clockSeconds,
    id: snapshot.id,
    "vm-state-size": snapshot.vmStateSize,
  };
}

export function infoText(info: ImageInfo): string {
  const { backingFile, fullBackingFile } = info;
  const lines = [
    `image: ${info.filename}`,
    `file format: ${info.format}`,
    `virtual size: ${sizeText(info.virtualSize)} (${info.virtualSize} bytes)`,
    `disk size: ${info.actualSize === undefined ? "unavailable" : sizeText(info.actualSize)}`,
    ...(info.clusterSize === undefined ? [] : [`cluster_size: ${info.clusterSize}`]),
    ...(info.dirty ? ["cleanly shut down: no"] : []),
    ...(backingFile === undefined
      ? []
      : [
          `backing file: ${backingFile}${
            fullBackingFile === undefined || fullBackingFile === backingFile ? "" : ` (actual path: ${fullBackingFile})`
          }`,
        ]),
    ...(info.backingFormat === undefined ? [] : [`backing file format: ${info.backingFormat}`]),
  ];
  const specific = info.specific ? `Format specific information:\n${dump(info.specific, 1)}` : "";
  return `${lines.join("\n")}\n${snapshotList(info.snapshots)}${specific}`;
}

/** Nothing if there are none. */
export function snapshotList(snapshots: readonly SnapshotInfo[]): string {
  if (snapshots.length === 0) return "";
  const row = (id: string, tag: string, size: string, date: string, clock: string, icount: string) =>
    `${id.padEnd(9)} ${tag.padEnd(16)} ${size.padStart(8)}${date.padStart(20)}${clock.padStart(13)}${icount.padStart(11)}\n`;
  const rows = snapshots.map((s) =>
    row(s.id, s.name, sizeText(s.vmStateSize), dateText(s.dateSeconds), clockText(s.clockSeconds, s.clockNanoseconds), `${s.icount ?? ""}`),
  );
  return `Snapshot list:\n${row("ID", "TAG", "VM SIZE", "DATE", "VM CLOCK", "ICOUNT")}${rows.join("")}`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** In the zone of this process. */
function dateText(seconds: number): string {
  const date = new Date(seconds * 1000);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

function clockText(seconds: number, nanoseconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return `${parts}.${String(Math.floor(nanoseconds / 1e6)).padStart(3, "0")}`;
}

/** Keys and indices, what is in them further to the right. */
function dump(value: { readonly [key: string]: Json | undefined } | readonly Json[], depth: number): string {
  const entries = Array.isArray(value) ? value.map((item: Json, i) => [`[${i}]`, item] as const) : Object.entries(value);
  const indent = " ".repeat(4 * depth);
  return entries
    .map(([key, item]) => {
      if (item === undefined) return "";
      const name = `${indent}${key.replaceAll("-", " ")}:`;
      return typeof item === "object" ? `${name}\n${dump(item, depth + 1)}` : `${name} ${item}\n`;
    })
    .join("");
}
