// What guest code in rings 1 and 2 can reach by segments, where only these keep it from what the VMM has in its address space (road `bt`): what is
// loaded, and what its descriptor tables would let it load. core/vmm/bt/truncated-tables.ts says what is there by design.
import type { SegmentRegister } from "../../core/cpu/segment.js";
import { STATE_SIZE } from "../../core/vmm/bt/state.js";
import type { BtLayout } from "../../core/vmm/bt/translated-world.js";
import { SEL_STATE } from "../../core/vmm/bt/truncated-tables.js";
import type { Host } from "../../core/vmm/host.js";
import type { VcpuState } from "../../core/vmm/state.js";
import { CODE, CONFORMING, isSystem, PRESENT, parseDescriptor } from "../../core/vmm/trap/descriptor.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";
import * as STATE from "../../wasm/abi/state.js";
import type { TableAudit } from "./attack-audit.js";

type Extent = Omit<SegmentRegister, "selector">;

/** Names what is wrong, or undefined. Without the window in the address space, and in ring 3, segments are the guest's own business. */
export function checkSegments(host: Host, tables: TableAudit, real: VcpuState, layout: BtLayout): string | undefined {
  const root = real.u32(STATE.CR3);
  if (real.cpl === 3 || tables.find(root, layout.window) === undefined) return undefined;
  return checkLoaded(real, layout) ?? checkTables(host, tables, real, layout);
}

/** No byte of it lies at `window` or behind. */
function isBelow({ base, limit, access }: Extent, window: number): boolean {
  return !isExpandDown(access) && base + limit < window;
}

const isExpandDown = (access: number) => (access & (CODE | CONFORMING)) === CONFORMING;
const isState = ({ base, limit }: Extent, { state }: BtLayout) => base === state && limit === STATE_SIZE - 1;

function checkLoaded(real: VcpuState, layout: BtLayout): string | undefined {
  for (const n of [STATE.ES, STATE.SS, STATE.DS, STATE.FS, STATE.GS]) {
    const segment = real.segment(n);
    if (!(segment.access & PRESENT) || isBelow(segment, layout.window)) continue;
    if (n !== STATE.GS || !isState(segment, layout)) return `segment register ${n} reaches the window: ${show(segment)}`;
  }
  // Code reaches all of it, and writes nowhere.
  const code = real.segment(STATE.CS);
  return code.access & CODE ? undefined : `CS is no code: ${show(code)}`;
}

function checkTables(host: Host, tables: TableAudit, real: VcpuState, layout: BtLayout): string | undefined {
  const ldt = real.segment(STATE.LDTR);
  const ranges = [{ base: real.u32(STATE.GDTR_BASE), limit: real.u32(STATE.GDTR_LIMIT) & 0xffff, indicator: 0 }];
  if (ldt.access & PRESENT) ranges.push({ base: ldt.base, limit: ldt.limit, indicator: 4 });
  for (const { base, limit, indicator } of ranges)
    for (let at = indicator ? 0 : 8; at + 7 <= limit; at += 8) {
      const found = tables.find(real.u32(STATE.CR3), (base + at) >>> 0);
      if (found === undefined) return `no descriptor table at ${(base + at).toString(16)}`;
      const descriptor = parseDescriptor(
        host.cpu.view.getUint32(RAM_BASE + found, true),
        host.cpu.view.getUint32(RAM_BASE + found + 4, true),
        base + at,
      );
      if (!(descriptor.access & PRESENT)) continue;
      const selector = at | indicator;
      if (isSystem(descriptor)) return `selector ${selector.toString(16)} is a gate or a system segment`;
      if (isBelow(descriptor, layout.window)) continue;
      if (selector !== (SEL_STATE & ~3) || !isState(descriptor, layout))
        return `selector ${selector.toString(16)} reaches the window: ${show(descriptor)}`;
    }
  return undefined;
}

const show = ({ base, limit, access }: Extent) => `base ${base.toString(16)}, limit ${limit.toString(16)}, rights ${access.toString(16)}`;
