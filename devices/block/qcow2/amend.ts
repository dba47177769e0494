// What a header says of an image, changed afterwards: version, lazy refcounts, its data file. Source: qcow2.rst, "Header"; what goes with what is as with
// QEMU. The width of refcounts is check/refcount-width.ts's.
//
// Not done: to version 2 with snapshots that have clusters of zeros, which is refused; bitmaps go with version 3.
import { strToU8 } from "fflate";
import { BlockError } from "../store.js";
import { viewOf } from "./big-endian.js";
import { featureNames } from "./create.js";
import { AUTOCLEAR, COMPATIBLE, EXTENSION, FIELD, HEADER_LENGTH, INCOMPATIBLE, V2_HEADER_LENGTH } from "./header.js";
import { changeHeader } from "./header-write.js";
import { isUnallocated, readL2Entry, UNALLOCATED } from "./l2-entry.js";
import type { Qcow2Image } from "./qcow2-image.js";
import { listSnapshots, readL1 } from "./snapshots.js";

const USUAL_REFCOUNT_ORDER = 4;

/** From version 2. */
export async function upgrade(image: Qcow2Image): Promise<void> {
  const { file } = image;
  if (file.header.version === 3) return;
  await image.alone(async () => {
    const names = { type: EXTENSION.featureNames, data: featureNames() };
    const extensions = [...file.header.extensions.filter(({ type }) => type !== EXTENSION.featureNames), names];
    await changeHeader(
      file,
      (now) => {
        const fields = new Uint8Array(HEADER_LENGTH);
        fields.set(now);
        const view = viewOf(fields);
        view.setUint32(FIELD.version, 3);
        view.setUint32(FIELD.refcountOrder, USUAL_REFCOUNT_ORDER);
        view.setUint32(FIELD.headerLength, HEADER_LENGTH);
        return fields;
      },
      extensions,
    );
  });
  await image.flush();
}

/** To version 2. Rejects with a BlockError for what that does not have; nothing has changed then. */
export async function downgrade(image: Qcow2Image): Promise<void> {
  const { file } = image;
  const { header } = file;
  if (header.version === 2) return;
  if (header.refcountOrder !== USUAL_REFCOUNT_ORDER) throw refusal("compat=0.10 requires refcount_bits=16");
  if (file.externalData) throw refusal("Cannot downgrade an image with a data file");
  const left = header.incompatible & ~INCOMPATIBLE.dirty;
  if (left !== 0n) throw refusal(`Cannot downgrade an image with incompatible features 0x${left.toString(16)} set`);
  if (header.extensions.some(({ type }) => type === EXTENSION.bitmaps)) throw refusal("Cannot downgrade an image with bitmaps");
  await refuseSnapshots(image);
  await image.alone(async () => {
    await expandZeros(image);
    await image.settleNow();
    await file.setIncompatible(INCOMPATIBLE.dirty, false);
    image.mapping.countLater = false;
    await image.settleNow();
    await file.barrier();
    const extensions = header.extensions.filter(({ type }) => type !== EXTENSION.featureNames);
    await changeHeader(
      file,
      (now) => {
        const fields = now.slice(0, V2_HEADER_LENGTH);
        viewOf(fields).setUint32(FIELD.version, 2);
        return fields;
      },
      extensions,
    );
  });
  await image.flush();
}

/** Snapshots of another size, or with what version 2 can not say. */
async function refuseSnapshots(image: Qcow2Image): Promise<void> {
  const { file, mapping } = image;
  for (const snapshot of await listSnapshots(image)) {
    if (snapshot.diskSize !== file.size) throw refusal("Internal snapshots prevent downgrade of image");
    const l1 = await readL1(image, snapshot);
    for (let i = 0; i < l1.length; i++) {
      const offset = l1.get(i);
      if (offset === 0) continue;
      const hasZeros = await mapping.tables.use(offset, ({ view }) => {
        const entries = Array.from({ length: file.geometry.l2Entries }, (_, entry) => readL2Entry(view, entry, file.geometry, false));
        return entries.some((entry) => entry.kind === "standard" && entry.zero !== 0);
      });
      if (hasZeros) throw refusal("Internal snapshots prevent downgrade of image");
    }
  }
}

/** Clusters that read as zeros because their entry says so are written, or are nothing where nothing shows then. */
async function expandZeros({ file, mapping, reader, writer }: Qcow2Image): Promise<void> {
  const { clusterSize, l2Entries } = file.geometry;
  for (let cluster = 0; cluster < mapping.l1Length * l2Entries; cluster++) {
    if (mapping.l1Entry(Math.floor(cluster / l2Entries)).offset === 0) {
      cluster += l2Entries - 1;
      continue;
    }
    const entry = await mapping.entry(cluster);
    if (entry.kind === "compressed" || isUnallocated(entry) || entry.zero === 0) continue;
    const start = cluster * clusterSize;
    const isHidden = entry.host === undefined && reader.backingLength(start) === 0;
    if (isHidden || start >= file.size) {
      writer.releaseEntry(entry);
      await mapping.set(cluster, [UNALLOCATED]);
    } else await writer.writeAnywhere(start, new Uint8Array(Math.min(clusterSize, file.size - start)));
  }
}

/** Rejects with a BlockError for version 2, which has none. */
export async function setLazyRefcounts(image: Qcow2Image, on: boolean): Promise<void> {
  const { file } = image;
  if (((file.header.compatible & COMPATIBLE.lazyRefcounts) !== 0n) === on) return;
  if (file.header.version === 2) {
    throw refusal("Lazy refcounts only supported with compatibility level 1.1 and above (use compat=1.1 or greater)");
  }
  await image.alone(() =>
    file.patchHeader(FIELD.compatible, FIELD.autoclear, (view) => {
      const now = view.getBigUint64(FIELD.compatible);
      view.setBigUint64(FIELD.compatible, on ? now | COMPATIBLE.lazyRefcounts : now & ~COMPATIBLE.lazyRefcounts);
    }),
  );
  await image.flush();
}

/** `name`: where it is from now on. `raw` false: it need not be an image of its own any more. Rejects with a BlockError where there is none. */
export async function changeDataFile(image: Qcow2Image, name: string | undefined, raw: boolean | undefined): Promise<void> {
  const { file } = image;
  if (name !== undefined && !file.externalData) throw refusal("data-file can only be set for images that use an external data file");
  if (raw === true && (file.header.autoclear & AUTOCLEAR.rawDataFile) === 0n)
    throw refusal("data-file-raw cannot be set on existing images");
  if (name !== undefined) {
    const others = file.header.extensions.filter(({ type }) => type !== EXTENSION.dataFile);
    const named = name === "" ? [] : [{ type: EXTENSION.dataFile, data: strToU8(name) }];
    await image.alone(() => changeHeader(file, (now) => now, [...named, ...others]));
  }
  if (raw === false && (file.header.autoclear & AUTOCLEAR.rawDataFile) !== 0n) {
    await image.alone(() =>
      file.patchHeader(FIELD.autoclear, FIELD.refcountOrder, (view) => {
        view.setBigUint64(FIELD.autoclear, view.getBigUint64(FIELD.autoclear) & ~AUTOCLEAR.rawDataFile);
      }),
    );
  }
  await image.flush();
}

function refusal(what: string): BlockError {
  return new BlockError(what, "unsupported");
}
