// Of virtual machines: stops behind exits to the hypervisor, and what `monitor` tells of them.
import { describe, expect, test } from "vitest";
import { framePacket, PacketReader } from "../../core/debug/gdb/packet.js";
import { GdbServer } from "../../core/debug/gdb/server.js";
import { previousExit, previousHit } from "../../core/debug/reverse.js";
import { REASON, reasonName } from "../../core/vmm/events/exit-reasons.js";
import type { ExitRecord } from "../../core/vmm/events/record.js";
import { svmExitCode } from "../../core/vmm/events/svm-exit-codes.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import * as STOP from "../../wasm/abi/stop.js";
import { eip, finish, teachingKernel } from "./rig.js";

const HLT = Number(svmExitCode("HLT"));
const kernel = (road: RoadOptions) => teachingKernel("", { ramBytes: 8 << 20, hostTime: () => 0, distance: 2_000, road });

/** An access to a device is let through: the record ends before that instruction, and the stop comes behind it. */
const place = (reason: number, at: number): [string, number | undefined] => [reasonName(reason), reason === REASON.NPF ? undefined : at];

describe.each<RoadOptions>([{ road: "hw" }, { road: "trap" }, { road: "bt" }])("$road", (road) => {
  test("from exit to exit, each behind what was done about it", () => {
    const rig = kernel(road);
    const records: ExitRecord[] = [];
    rig.machine.vcpu!.events.subscribe((record) => records.push(record));
    const seen: [string, number | undefined][] = [];
    for (let n = 0; n < 300; n++) {
      const stop = finish(rig.session.toNextExit());
      if (stop.kind === "hit") seen.push(place(stop.hit.first, eip(rig)));
    }
    // The last one's record may not be closed yet.
    const expected = records.map(({ reason, newEip }) => place(reason, newEip));
    expect(seen.slice(0, 299)).toEqual(expected.slice(0, 299));
    expect(new Set(seen.map(([reason]) => reason)).size).toBeGreaterThan(1);
  });

  test("a reason is waited for, and found again on the way back", () => {
    const rig = kernel(road);
    const { session } = rig;
    session.insert({ kind: "exit", reason: HLT });
    const places = Array.from({ length: 3 }, () => {
      expect(finish(session.resume())).toMatchObject({ kind: "hit", hit: { kind: STOP.HIT_EXIT, first: HLT } });
      expect(rig.machine.cpu.halted).toBe(true);
      return session.target.position.instructions;
    });
    for (const place of places.slice(0, 2).toReversed()) {
      expect(finish(previousHit(session)).kind).toBe("hit");
      expect(session.target.position.instructions).toBe(place);
    }
    session.removeAll();
    expect(finish(previousExit(session))).toMatchObject({ kind: "hit", hit: { kind: STOP.HIT_EXIT } });
  });

  test("monitor: stops, counts, the last exits in full, costs", () => {
    const rig = kernel(road);
    const reader = new PacketReader();
    let output = "";
    let last = "";
    const send = (bytes: Uint8Array) => {
      for (const event of reader.feed(bytes)) {
        if (event.kind !== "packet") continue;
        if (/^O[0-9a-f]/.test(event.data)) output += Buffer.from(event.data.slice(1), "hex").toString("latin1");
        else last = event.data;
      }
    };
    const server = new GdbServer(rig.session, { send, killed: () => {} }, false);
    server.connected();
    const ask = (data: string) => {
      output = "";
      last = "";
      server.receive(framePacket(data));
      for (let i = 0; i < 1000 && last === ""; i++) server.slice();
      return output;
    };
    const monitor = (command: string) => ask(`qRcmd,${Buffer.from(command).toString("hex")}`);
    expect(monitor("break exit hlt")).toBe("stops for exit HLT\n");
    expect(monitor("break port 20")).toBe("stops for port 20\n");
    expect(monitor("break")).toBe("1 exit HLT\n2 port 20\n");
    expect(monitor("break exit nonsense")).toMatch(/^write one of/);
    expect(monitor("delete 2")).toBe("no stop for port 20 any more\n");
    expect(monitor("exits 2")).toContain("the last 2 exits are recorded from now on");
    expect(ask("c")).toBe("exit HLT\n");
    expect(last).toMatch(/^T05/);
    expect(ask("s")).not.toContain("exit");
    const { counters } = rig.machine.vcpu!;
    const text = monitor("exits 2");
    expect(text).toMatch(new RegExp(`\\n +${counters.exits[HLT]} +HLT\\n`));
    expect(text.match(/^#\d+ vm1\/0 at \d+: /gm)).toHaveLength(2);
    expect(text).toContain(` on ${road.road}, `);
    expect(monitor("exits 0")).toBe("exits are not recorded any more\n");
    expect(rig.machine.vcpu!.events.listening).toBe(false);
    expect(monitor("costs pentium4")).toMatch(/modelled by pentium4[\s\S]*in all/);
    expect(monitor("costs")).toMatch(/^write a profile: /);
    expect(monitor("delete")).toBe("no stop for exit HLT any more\n");
    expect(counters.exits[road.road === "hw" ? REASON.NPF : REASON.HIDDEN_FAULT]).toBeGreaterThan(0);
  });
});
