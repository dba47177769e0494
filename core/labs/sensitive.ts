/** Lab: the sensitive instructions that do not trap, executed where a guest kernel believes to be (ring 0) and where a VMM puts it (ring 1 or 3). */
import * as STATE from "../../wasm/abi/state.js";
import { disassemble } from "../vmm/events/disassembly.js";
import { REASON, reasonName } from "../vmm/events/exit-reasons.js";
import { exceptionName } from "../vmm/events/svm-exit-codes.js";
import type { Lab, LabEnvironment, LabReport, LabTable } from "./lab.js";
import { LabVm } from "./lab-vm.js";
import { remedyFor } from "./remedies.js";
import { CODE, RAM, type Ring, RingMachine, standing, type World, worldOf } from "./ring-machine.js";
import { LAB_ROADS } from "./roads.js";
import { COMPARISONS, EXPERIMENTS, type Experiment } from "./sensitive-experiments.js";

const CR4_PVI = 2;
const CR4_UMIP = 0x800;
/** Exceptions that an instruction is for: INT1, INT3, INTO. */
const INTENDED: ReadonlySet<number> = new Set([1, 3, 4]);

/** What an experiment gave in one place. */
export interface Finding {
  readonly kernelRing: Ring;
  /** What the guest learned, or the exception that stopped it. */
  readonly seen: string;
  /** The VMM has got control: by an exception, or because the processor went through one of its gates. */
  readonly trapped: boolean;
}

export type Verdict = "true" | "traps" | "LIES";

export interface Result {
  readonly experiment: Experiment;
  readonly text: string;
  /** Alone on the machine, kernel in ring 0. */
  readonly truth: Finding;
  /** Under a VMM, kernel in ring 1, and in ring 3. */
  readonly moved: readonly (Finding & { readonly verdict: Verdict })[];
}

function perform(machine: RingMachine, experiment: Experiment, world: World, kernelRing: Ring, cr4: number): Finding {
  const ring = experiment.user ? 3 : kernelRing;
  const outcome = machine.run({
    world,
    kernelDpl: kernelRing,
    ring,
    cr4,
    code: experiment.code,
    ...(experiment.user ? { user: true } : {}),
    ...experiment.setup?.({ world, ring }),
  });
  const { exception } = outcome;
  if (exception && !INTENDED.has(exception.vector)) {
    const error = exception.error.toString(16).toUpperCase().padStart(4, "0");
    return { kernelRing, trapped: true, seen: `${exceptionName(exception.vector)}(${error})` };
  }
  return { kernelRing, trapped: worldOf(outcome.eip) === "vmm", seen: experiment.observe(outcome, machine.ram) };
}

/** A trap is no lie: the VMM gets to know, and can do what the guest alone would have had. */
function verdict(truth: Finding, moved: Finding): Verdict {
  if (moved.seen === truth.seen) return "true";
  return moved.trapped ? "traps" : "LIES";
}

/** Every experiment, in its three places. */
export function runExperiments(environment: LabEnvironment, experiments: readonly Experiment[]): Result[] {
  const { switches, module } = environment;
  const machine = new RingMachine(module, switches.has("umip") ? STATE.FEATURE_UMIP : 0);
  const cr4 = (switches.has("umip") ? CR4_UMIP : 0) | (switches.has("pvi") ? CR4_PVI : 0);
  return experiments.map((experiment) => {
    const truth = perform(machine, experiment, "guest", 0, cr4);
    const moved = ([1, 3] as const)
      .map((ring) => perform(machine, experiment, "vmm", ring, cr4))
      .map((finding) => ({ ...finding, verdict: verdict(truth, finding) }));
    const { text } = disassemble({ bits: 32, bytes: Uint8Array.from(experiment.code), eip: CODE });
    return { experiment, text, truth, moved };
  });
}

const WHERE = ["instruction", "by", "the guest wants", "alone, ring 0"];

const described = ({ experiment, text, truth }: Result) => [text, experiment.user ? "user" : "kernel", experiment.question, truth.seen];

function criticalTable(results: readonly Result[]): LabTable {
  return {
    title: "Critical instructions",
    columns: [...WHERE, "kernel in ring 1", "", "kernel in ring 3", ""],
    rows: results.map((result) => [...described(result), ...result.moved.flatMap((finding) => [finding.seen, finding.verdict])]),
  };
}

/** No verdicts: VIF is not meant to be what IF is, but to stand for it. */
function comparisonTable(results: readonly Result[]): LabTable {
  return {
    title: "For comparison: privileged",
    columns: [...WHERE, "kernel in ring 1", "kernel in ring 3"],
    rows: results.map((result) => [...described(result), ...result.moved.map((finding) => finding.seen)]),
  };
}

/** What an experiment gave a guest on a road: what it saw, or why the road does not do it. */
export interface RoadFinding {
  readonly road: string;
  readonly seen: string;
  /** Against the guest alone on the machine. */
  readonly verdict: "true" | "LIES" | "refused";
  /** Exits to the VMM that it took, but for those that only fill tables. */
  readonly exits: readonly string[];
}

const FILLING: ReadonlySet<number> = new Set([REASON.NPF, REASON.HIDDEN_FAULT]);

function performOn(vm: LabVm, template: RingMachine, experiment: Experiment): Omit<RoadFinding, "road" | "verdict"> & { refused: boolean } {
  template.prepare({
    world: "guest",
    kernelDpl: 0,
    ring: experiment.user ? 3 : 0,
    code: experiment.code,
    ...(experiment.user ? { user: true } : {}),
    ...experiment.setup?.({ world: "guest", ring: experiment.user ? 3 : 0 }),
  });
  vm.begin(template.cpu.ram, template.cpu.saveState());
  const { exits, refused } = vm.step();
  const taken = exits.filter(({ reason }) => !FILLING.has(reason)).map(({ reason }) => reasonName(reason));
  if (refused !== undefined) return { seen: refused, exits: taken, refused: true };
  const place = standing(vm.state.view, vm.state.flags);
  const vector = place.handler?.vector;
  if (vector !== undefined && vector < 32 && !INTENDED.has(vector)) {
    const error = vm.memory.getUint32(place.registers[4]!, true).toString(16).toUpperCase().padStart(4, "0");
    return { seen: `${exceptionName(vector)}(${error})`, exits: taken, refused: false };
  }
  const outcome = { ...place, exception: undefined, halted: vm.state.u32(STATE.ACTIVITY) === STATE.ACTIVITY_HALTED };
  return { seen: experiment.observe(outcome, vm.memory), exits: taken, refused: false };
}

/** Every experiment on every road: the guest's own world, with its kernel in what it takes for ring 0. */
export function runOnRoads(environment: LabEnvironment, experiments: readonly Experiment[]): RoadFinding[][] {
  const template = new RingMachine(environment.module);
  const roads = LAB_ROADS.map(({ name, options }) => ({ road: name, vm: new LabVm(environment.module, options, RAM) }));
  return experiments.map((experiment) => {
    const truth = perform(template, experiment, "guest", 0, 0);
    return roads.map(({ road, vm }) => {
      const { seen, exits, refused } = performOn(vm, template, experiment);
      return { road, seen, exits, verdict: refused ? "refused" : seen === truth.seen ? "true" : "LIES" };
    });
  });
}

function roadTable(environment: LabEnvironment, results: readonly Result[]): LabTable {
  const found = runOnRoads(environment, EXPERIMENTS);
  return {
    title: "The same on each road: what the guest sees, and the exits that it took (the switches above are off)",
    columns: [...WHERE, ...LAB_ROADS.flatMap(({ name }) => [name, "", "exits"])],
    rows: results.map((result, n) => [
      ...described(result),
      ...found[n]!.flatMap(({ seen, verdict, exits }) => [seen, verdict, exits.join(" ") || "-"]),
    ]),
  };
}

function remedyTable(): LabTable {
  const mnemonics = [...new Set(EXPERIMENTS.map(({ mnemonic }) => mnemonic))];
  return {
    title: "What each road does about it",
    columns: ["instruction", "trap", "bt", "pv", "hw (SVM)"],
    rows: mnemonics.flatMap((mnemonic) => {
      const remedy = remedyFor(mnemonic);
      return remedy ? [[mnemonic, remedy.trap, remedy.bt, remedy.pv, remedy.hw]] : [];
    }),
  };
}

function run(environment: LabEnvironment): LabReport {
  const on = [...environment.switches].join(", ") || "none";
  return {
    title: "Sensitive instructions that do not trap",
    text: [
      [
        "Each is executed by this processor three times: by a guest that is alone on the machine, and by the same guest under a VMM that has moved",
        "its kernel to ring 1 (0/1/3) or ring 3 (0/3/3), and the kernel's descriptors with it. `true`: the guest sees what it would see alone.",
        "`traps`: the VMM gets control, and can put it right. `LIES`: neither.",
      ].join("\n"),
      `Switches that are on: ${on}.`,
    ],
    tables: [
      criticalTable(runExperiments(environment, EXPERIMENTS)),
      roadTable(environment, runExperiments({ ...environment, switches: new Set() }, EXPERIMENTS)),
      comparisonTable(runExperiments(environment, COMPARISONS)),
      remedyTable(),
    ],
  };
}

export const sensitiveLab: Lab = {
  name: "sensitive",
  description: "the sensitive instructions that do not trap, in rings 0, 1 and 3: the lie beside the truth, and each road's remedy",
  switches: [
    { name: "umip", description: "CR4.UMIP: SGDT, SIDT, SLDT, SMSW and STR trap outside ring 0" },
    { name: "pvi", description: "CR4.PVI: in ring 3, CLI and STI change VIF instead of trapping" },
  ],
  run,
};
