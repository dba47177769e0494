// The page-table explorer and the descriptor views on virtual machines: what is foretold of an access is what comes.
import { describe, expect, test } from "vitest";
import { readGdt } from "../../core/debug/descriptors.js";
import { type Exploration, explore } from "../../core/debug/explore.js";
import { monitor } from "../../core/debug/gdb/monitor.js";
import { previousInstruction } from "../../core/debug/reverse.js";
import type { ExitRecord, Translation } from "../../core/vmm/events/record.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import * as STATE from "../../wasm/abi/state.js";
import { finish, teachingKernel } from "./rig.js";

const kernel = (road: RoadOptions) =>
  teachingKernel("ring0> pagefault\nring0> off\n", { ramBytes: 8 << 20, hostTime: () => 0, distance: 500, road });
type Rig = ReturnType<typeof kernel>;

function runTo(rig: Rig, instructions: number): void {
  while (rig.session.target.position.instructions < instructions) {
    rig.session.run(Math.min(500, instructions - rig.session.target.position.instructions), 10);
    rig.type();
  }
}

const NAMES = { "true fault": "true fault", "hidden fault": "hidden fault", trace: "trace", device: "mmio", allowed: "mapped" } as const;

function foretold({ outcomes }: Exploration, { access }: Translation, user: boolean): string {
  const kind = access === "fetch" ? "execute" : access;
  return NAMES[outcomes.find((o) => o.access.kind === kind && o.access.user === user)!.outcome.kind];
}

test.each(["0/1/3", "0/3/3"] as const)(
  "trap %s: each page fault comes as it was foretold: hidden, true, trace or device",
  (compression) => {
    const rig = kernel({ road: "trap", compression });
    const { session, machine } = rig;
    let records: ExitRecord[] = [];
    machine.vcpu!.events.subscribe((record) => records.push(record));
    const seen = new Set<string>();
    // Paging comes on; the tasks run; a task faults.
    for (const start of [6280, 11_300, 12_900, 13_900, 14_700]) {
      runTo(rig, start);
      for (let n = 0; n < 8; n++) {
        const user = machine.cpu.segment(STATE.CS).selector % 4 === 3;
        finish(session.step());
        finish(previousInstruction(session));
        const { instructions } = session.target.position;
        records = [];
        finish(session.step());
        // Nested page faults tell a guest-physical address only.
        const faults = records.flatMap(({ translations }) =>
          translations.flatMap((fault) => (fault.gva === undefined ? [] : [{ ...fault, gva: fault.gva }])),
        );
        finish(previousInstruction(session));
        expect(session.target.position.instructions).toBe(instructions);
        for (const fault of faults) {
          const first = faults.find(({ gva, access }) => gva >>> 12 === fault.gva >>> 12 && access === fault.access)!;
          if (first !== fault) continue;
          const other = faults.find(({ gva }) => gva >>> 12 === fault.gva >>> 12);
          if (other !== fault) continue;
          expect(foretold(explore(session.vcpus[0]!, fault.gva), fault, user), `${fault.access} at ${fault.gva.toString(16)}`).toBe(
            fault.verdict,
          );
          seen.add(fault.verdict);
        }
        finish(session.step());
      }
    }
    expect(seen.has("hidden fault")).toBe(true);
    expect(seen.size).toBeGreaterThan(1);
  },
);

describe("on hw", () => {
  const rig = kernel({ road: "hw" });
  runTo(rig, 12_000);
  const { cpu } = rig.machine;
  const esp = Number(cpu.register(STATE.RSP));

  test("a page that was used is there in the nested tables too; a device is none; what the guest has not mapped is its own fault", () => {
    const used = explore(rig.session.vcpus[0]!, esp);
    expect(used.kernel.map(({ table }) => table).slice(0, 2)).toEqual(["nested PDPTE", "nested PDE"]);
    expect(used.hostPhysical).toBe(Number(used.guest.physical));
    expect(used.outcomes.find(({ access }) => access.kind === "write" && !access.user)!.outcome).toEqual({ kind: "allowed" });
    expect(explore(rig.session.vcpus[0]!, 0).outcomes[0]!.outcome).toMatchObject({ kind: "true fault" });
  });
});

test("monitor: the walk through all tables, and the guest's descriptors beside the processor's", () => {
  const rig = kernel({ road: "trap" });
  runTo(rig, 12_000);
  const vcpu = rig.session.vcpus[0]!;
  const esp = Number(rig.machine.cpu.register(STATE.RSP));
  const text = monitor(`walk ${esp.toString(16)}`, vcpu, rig.session);
  expect(text).toMatch(
    /^linear [0-9a-f]{8}: 32-bit paging\nPDE .*\nPTE .*\nphysical .*\nshadow PDPTE.*\nshadow PDE.*\nshadow PTE.*P R\/W .*A D.*\nhost-physical /,
  );
  expect(text).toMatch(/user write +#PF, error code 07/);
  expect(text).toMatch(/supervisor write +allowed\n/);
  const { cr3 } = vcpu.pagingState();
  expect(monitor(`walk ${cr3.toString(16)}`, vcpu, rig.session)).toMatch(/supervisor write +allowed, but the hypervisor watches the page/);
  const gdt = monitor("gdt", vcpu, rig.session);
  expect(gdt).toMatch(/^the guest's:\n0008 .* DPL 0 32-bit code[\s\S]*the processor's, by the hypervisor:\n0008 .* DPL 1 32-bit code/);
  // The shadow has as many segments as the guest, at another place.
  const [own, real] = [readGdt(vcpu), readGdt(vcpu.underneath!)];
  expect(real.map(({ index }) => index)).toEqual(own.map(({ index }) => index));
  expect(vcpu.underneath!.tableRegister("gdt").base).not.toBe(vcpu.tableRegister("gdt").base);
  expect(monitor("idt", vcpu, rig.session)).toMatch(/by the hypervisor:\nthere are no entries\n$/);
});
