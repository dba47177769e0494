// Guest code in its place, deprivileged: the world switch there and back.
import * as STATE from "../../../wasm/abi/state.js";
import type { Exit } from "../../cpu/cpu.js";
import type { Host } from "../host.js";
import type { ShadowView } from "../shadow/shadow-keys.js";
import { VcpuState } from "../state.js";
import type { Vcpu } from "../vcpu.js";
import { type Compression, compress, decompress, RINGS, sameSegment, viewOf } from "./compression.js";
import type { Guest } from "./guest.js";
import type { Window } from "./window.js";

export class InPlace {
  /** The processor's state when it was left. */
  readonly real = new VcpuState();
  /** With the segments that the guest was entered with. */
  readonly before = new VcpuState();
  private readonly ring: 1 | 3;

  /** `cr4`: bits that are set while the guest runs. */
  constructor(
    private readonly host: Host,
    private readonly vcpu: Vcpu,
    private readonly guest: Guest,
    private readonly window: Window,
    private readonly compression: Compression,
    private readonly cr4: number,
  ) {
    this.ring = RINGS[compression];
  }

  /** The shadow tables for the guest's privilege. */
  get view(): ShadowView {
    return this.viewAt(this.vcpu.state.cpl);
  }

  /** Those for another virtual privilege. */
  viewAt(cpl: number): ShadowView {
    return viewOf(this.compression, cpl);
  }

  /** At most `count` instructions; returns why no more. */
  run(count: number): Exit {
    this.enter();
    const exit = this.host.cpu.run(count);
    this.leave();
    return exit;
  }

  /** From the guest's state to the processor's. */
  enter(): void {
    const { host, vcpu, real, guest, window } = this;
    const { shadow } = guest;
    window.refresh();
    const root = shadow.root(guest.paging, this.view);
    const tables = { root, pdptes: shadow.rootEntries(root), window: window.tables(vcpu.state.cpl) };
    compress(vcpu.state, real, this.ring, tables, this.cr4);
    if (host.load(vcpu.state, real, shadow.takeFlush())) vcpu.counters.count("tlbFlushes");
    this.entered();
    vcpu.stops.enter(host.cpu.stops, 0);
  }

  /** The processor's segments are those that the guest goes on with. */
  entered(): void {
    this.before.segments.set(this.host.segments);
  }

  /** Whether the guest has loaded no segment register since. */
  get hasItsSegments(): boolean {
    const { host, before } = this;
    for (let n = STATE.ES; n <= STATE.GS; n++) if (!sameSegment(host, before, n)) return false;
    return true;
  }

  /** Back to the guest's state. */
  leave(): void {
    const { host, vcpu, real, before, window } = this;
    vcpu.stops.leave(host.cpu.stops);
    host.store(real);
    decompress(real, before, vcpu.state, (selector) => window.descriptorOf(selector)?.dpl ?? 0);
  }
}
