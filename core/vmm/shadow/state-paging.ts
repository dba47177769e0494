import * as STATE from "../../../wasm/abi/state.js";
import type { VcpuState } from "../state.js";
import type { GuestPaging } from "./guest-walk.js";

/** A guest's paging as its state has it, at each look. */
export class StatePaging implements GuestPaging {
  constructor(private readonly state: VcpuState) {}

  get cr0(): number {
    return this.state.cr0;
  }

  get cr3(): number {
    return this.state.u32(STATE.CR3);
  }

  get cr4(): number {
    return this.state.cr4;
  }

  get efer(): number {
    return this.state.u32(STATE.EFER);
  }

  get pdptes(): readonly bigint[] {
    return [0, 8, 16, 24].map((offset) => this.state.u64(STATE.PDPTES + offset));
  }
}
