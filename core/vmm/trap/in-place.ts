// Guest code in its place, deprivileged: the world switch there and back.
import type { Exit } from "../../cpu/cpu.js";
import type { Host } from "../host.js";
import type { ShadowView } from "../shadow/shadow-keys.js";
import { VcpuState } from "../state.js";
import type { Vcpu } from "../vcpu.js";
import { type Compression, compress, decompress, RINGS, viewOf } from "./compression.js";
import type { Guest } from "./guest.js";
import type { Window } from "./window.js";

export class InPlace {
  /** The processor's state, and as it was when the guest was entered. */
  readonly real = new VcpuState();
  private readonly before = new VcpuState();
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
    const { host, vcpu, real, before, guest, window } = this;
    const { shadow } = guest;
    window.refresh();
    const root = shadow.root(guest.paging, this.view);
    const tables = { root, pdptes: shadow.rootEntries(root), window: window.tables(vcpu.state.cpl) };
    compress(vcpu.state, real, this.ring, tables, this.cr4);
    before.segments.set(real.segments);
    if (host.load(vcpu.state, real, shadow.takeFlush())) vcpu.counters.count("tlbFlushes");
    vcpu.stops.enter(host.cpu.stops, 0);
    const exit = host.cpu.run(count);
    vcpu.stops.leave(host.cpu.stops);
    host.store(real);
    decompress(real, before, vcpu.state, (selector) => window.descriptorOf(selector)?.dpl ?? 0);
    return exit;
  }
}
