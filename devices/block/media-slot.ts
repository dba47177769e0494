// A drive's opening: the host puts a medium in, or takes it out, while the machine runs. What is in it is no part of a snapshot.
import type { Disk, Medium } from "./disk.js";

export class MediaSlot implements Medium {
  private readonly listeners: (() => void)[] = [];
  private current: Disk | undefined;

  constructor(disk?: Disk) {
    this.current = disk;
  }

  get disk(): Disk | undefined {
    return this.current;
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Undefined: take out what is in. */
  insert(disk: Disk | undefined): void {
    this.current = disk;
    for (const listener of this.listeners) listener();
  }
}
