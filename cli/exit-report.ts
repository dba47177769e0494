// --trace-exits, --count-exits, --costs: what leaves the guest for the VMM, each exit as a record, and in the end their counts and modelled cost.
import { modelledCost } from "../core/vmm/costs/profile.js";
import { PROFILES } from "../core/vmm/costs/profiles.js";
import { countsReport } from "../core/vmm/costs/report.js";
import type { Counts } from "../core/vmm/events/counters.js";
import { type RenderOptions, recordToJson, recordToText } from "../core/vmm/events/render.js";
import type { Vcpu } from "../core/vmm/vcpu.js";
import { type Output, openOutput } from "./output.js";
import { UserError } from "./user-error.js";

export interface ExitOptions {
  /** A file, or true for standard error. */
  readonly traceExits?: string | true;
  readonly countExits?: boolean;
  /** Name of a cost profile. */
  readonly costs?: string;
  readonly road: string;
}

type Profile = (typeof PROFILES)[number];

/** Files of these names get JSON, a record a line. */
const JSON_NAME = /\.jsonl?$/i;

export function parseProfile(name: string): Profile {
  const profile = PROFILES.find((known) => known.name === name);
  if (profile) return profile;
  throw new UserError(`the cost profile "${name}" is not known; there are ${PROFILES.map((known) => known.name).join(", ")}`);
}

export class ExitReport {
  private readonly profile: Profile | undefined;
  private readonly file: Output | undefined;
  private counts: (() => Counts) | undefined;

  /** `diagnostics`: standard error. `changed`: a file was written, or could not be. Throws UserError. */
  constructor(
    private readonly options: ExitOptions,
    private readonly diagnostics: Output,
    changed: () => void,
  ) {
    const { traceExits, countExits, costs, road } = options;
    const wanted = traceExits !== undefined || countExits === true;
    if (costs !== undefined && !wanted) throw new UserError("--costs needs --trace-exits or --count-exits");
    if (wanted && road === "bare")
      throw new UserError(
        "on the road bare there is no VMM that a guest could leave: --trace-exits and --count-exits are for the other roads",
      );
    this.profile = costs === undefined ? undefined : parseProfile(costs);
    if (typeof traceExits === "string") this.file = openOutput("file for exits", traceExits, changed);
  }

  /** Where records go, beside standard error. */
  get outputs(): readonly Output[] {
    return this.file ? [this.file] : [];
  }

  async attach(vcpu: Vcpu | undefined): Promise<void> {
    const { traceExits, countExits } = this.options;
    if (!vcpu) return;
    if (countExits) this.counts = () => vcpu.counters.since();
    if (traceExits === undefined) return;
    // The disassembler takes longer to load than all the rest.
    const { disassemble } = await import("../core/vmm/events/disassembly.js");
    const { profile } = this;
    const render: RenderOptions = {
      disassemble,
      ...(profile ? { cost: { profile: profile.name, model: (counts: Counts) => modelledCost(counts, profile) } } : {}),
    };
    const json = typeof traceExits === "string" && JSON_NAME.test(traceExits);
    const output = this.file ?? this.diagnostics;
    vcpu.events.subscribe((record) => output.print(json ? JSON.stringify(recordToJson(record, render)) : recordToText(record, render)));
  }

  /** The run is over: the counts. */
  finish(): void {
    if (this.counts) this.diagnostics.print(countsReport(this.counts(), this.profile));
    this.file?.end();
  }
}
