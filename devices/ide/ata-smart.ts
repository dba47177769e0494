// SMART of a disk that never ails. ATA/ATAPI-6 "SMART feature set"; the attributes' layout is what all vendors share.
// Not modelled: logs, self-tests (they are aborted).
import * as ATA from "./ata.js";
import type { TaskFile } from "./task-file.js";

const KEY_MID = 0x4f;
const KEY_HIGH = 0xc2;

/** Number, flags, raw value: start/stop count, power-on hours, power cycles. */
const ATTRIBUTES = [
  [4, 0x32, 1],
  [9, 0x32, 1],
  [12, 0x32, 1],
] as const;
const ENTRY = 12;

export class Smart {
  enabled = true;

  powerOn(): void {
    this.enabled = true;
  }

  execute(file: TaskFile): Uint8Array<ArrayBuffer> | "done" | "aborted" {
    if (file.get(ATA.LBA_MID) !== KEY_MID || file.get(ATA.LBA_HIGH) !== KEY_HIGH) return "aborted";
    const feature = file.get(ATA.FEATURES);
    if (!this.enabled && feature !== 0xd8) return "aborted";
    switch (feature) {
      case 0xd0:
        return page(([id, flags, raw]) => [id, flags, 0, 100, 100, raw]);
      case 0xd1:
        return page(([id]) => [id, 0]);
      case 0xd8:
      case 0xd9:
        this.enabled = feature === 0xd8;
        return "done";
      // Attribute autosave; and the status, which is good as long as the key stays in the registers.
      case 0xd2:
      case 0xda:
        return "done";
      default:
        return "aborted";
    }
  }
}

/** 512 bytes: a revision, entries of 12 bytes each, and a byte that makes the sum zero. */
function page(entry: (attribute: (typeof ATTRIBUTES)[number]) => readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(512);
  bytes[0] = 1;
  ATTRIBUTES.forEach((attribute, n) => {
    bytes.set(entry(attribute), 2 + n * ENTRY);
  });
  bytes[511] = -bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return bytes;
}
