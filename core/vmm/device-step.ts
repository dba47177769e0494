// One instruction that accesses a guest's devices. The processor itself executes it: the pages in question lead to host-physical pages that are
// no memory, so the accesses come here. Each is given to the VM's own devices, or becomes an exit: then the instruction is abandoned, and
// executed again from its beginning when the answer is there, with all earlier answers given again.

import type { AccessSize } from "../bus/device.js";
import { DEVICE_PAGES, DEVICE_PAGES_AT } from "./device-pages.js";
import type { VcpuExit } from "./exit.js";
import { type GuestMemory, PAGE } from "./guest-memory.js";
import type { Host, HostAccess } from "./host.js";
import type { MmioBus } from "./vcpu.js";

/** An access that was made: the value written, or the answer. */
interface Access {
  readonly write: boolean;
  readonly physical: number;
  readonly size: AccessSize;
  readonly value: number;
}

export class DeviceStep implements HostAccess {
  /** Guest-physical pages, by number of the device page that stands for each. */
  private pages: number[] = [];
  private log: Access[] = [];
  private next = 0;
  private wanted: { readonly physical: number; readonly size: AccessSize } | undefined;

  constructor(
    private readonly host: Host,
    private readonly memory: GuestMemory,
    private readonly bus: () => MmioBus | undefined,
  ) {}

  /** Host-physical page that stands for the guest-physical one of `physical` until close(); undefined if there are more than any instruction has. */
  pageFor(physical: number): number | undefined {
    const page = Math.floor(physical / PAGE) * PAGE;
    let n = this.pages.indexOf(page);
    if (n < 0) n = this.pages.push(page) - 1;
    return n < DEVICE_PAGES ? DEVICE_PAGES_AT + n * PAGE : undefined;
  }

  begin(): void {
    this.next = 0;
    this.wanted = undefined;
    this.host.access = this;
  }

  /** The exit that the instruction waits for, if it does. */
  end(): VcpuExit | undefined {
    this.host.access = undefined;
    return this.wanted && { kind: "mmio", write: false, ...this.wanted };
  }

  /** The answer to that exit. */
  answer(value: number): void {
    if (this.wanted) this.log.push({ write: false, ...this.wanted, value });
    this.wanted = undefined;
  }

  /** The instruction is over. */
  close(): VcpuExit | undefined {
    const stores = this.bus() ? [] : this.log.filter((access) => access.write);
    this.forget();
    this.pending.push(...stores.map(({ physical, size, value }) => ({ kind: "mmio", write: true, physical, size, value }) as const));
    return this.pending.shift();
  }

  /** Exits that the owner of the VM has not yet seen: stores, and what came after them. */
  private readonly pending: VcpuExit[] = [];

  postpone(exit: VcpuExit): void {
    this.pending.push(exit);
  }

  pendingExit(): VcpuExit | undefined {
    return this.pending.shift();
  }

  forget(): void {
    this.pages = [];
    this.log = [];
    this.wanted = undefined;
  }

  private physicalOf(address: number): number {
    return this.pages[Math.floor((address - DEVICE_PAGES_AT) / PAGE)]! + (address & 0xfff);
  }

  read(address: number, size: AccessSize): number {
    const physical = this.physicalOf(address);
    // Memory that only stores may not reach.
    if (this.memory.page(physical)) return this.fromMemory(physical, size);
    if (this.wanted) return 0;
    const known = this.log[this.next];
    if (known) {
      this.next++;
      return known.value;
    }
    const bus = this.bus();
    if (!bus) {
      this.wanted = { physical, size };
      return 0;
    }
    const value = bus.read(physical, size);
    this.note({ write: false, physical, size, value });
    return value;
  }

  private fromMemory(physical: number, size: AccessSize): number {
    let value = 0;
    for (let i = 0; i < size; i++) value |= this.memory.read8(physical + i) << (8 * i);
    return value >>> 0;
  }

  write(address: number, value: number, size: AccessSize): void {
    if (this.wanted) return;
    if (this.log[this.next]) {
      this.next++;
      return;
    }
    const physical = this.physicalOf(address);
    this.bus()?.write(physical, value, size);
    this.note({ write: true, physical, size, value });
  }

  private note(access: Access): void {
    this.log.push(access);
    this.next++;
  }
}
