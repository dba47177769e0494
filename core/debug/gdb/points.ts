// Z and z packets: breakpoints and watchpoints as gdb counts them. Both kinds of execution breakpoints are the same here: nothing is written to the
// guest's memory. GDB manual, "Packets".
import type { Breakpoint } from "../breakpoints.js";
import type { Debugger } from "../debugger.js";
import type { Point, PointType } from "./stop-reply.js";

const HIGHEST = 0xffffffff;

export class Points {
  private readonly set = new Map<string, { readonly point: Point; readonly breakpoint: Breakpoint }>();

  constructor(private readonly session: Debugger) {}

  get list(): readonly Point[] {
    return [...this.set.values()].map(({ point }) => point);
  }

  /** Insert one, unless it is there. Throws RangeError if there are too many. */
  insert(type: PointType, address: number, length: number): void {
    const key = `${type} ${address} ${length}`;
    if (this.set.has(key)) return;
    const end = type < 2 ? address : Math.min(HIGHEST, address + Math.max(1, length) - 1);
    const breakpoint: Breakpoint =
      type < 2 ? { kind: "execute", address } : { kind: "data", start: address, end, read: type !== 2, write: type !== 3 };
    this.session.insert(breakpoint);
    this.set.set(key, { point: { type, start: address, end }, breakpoint });
  }

  remove(type: PointType, address: number, length: number): void {
    const key = `${type} ${address} ${length}`;
    const there = this.set.get(key);
    if (!there) return;
    this.session.remove(there.breakpoint);
    this.set.delete(key);
  }

  clear(): void {
    this.set.clear();
    this.session.removeAll();
  }
}
