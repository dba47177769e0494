// The road pv beside what docs/hypercalls.md says of it, from the owner's side: guests that share a host, records of exits, events, time, disks.
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { countsToJson } from "../../core/vmm/events/counters.js";
import { reasonName } from "../../core/vmm/events/exit-reasons.js";
import type { ExitRecord } from "../../core/vmm/events/record.js";
import { Host } from "../../core/vmm/host.js";
import * as PV from "../../core/vmm/pv/abi.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import * as STATE from "../../wasm/abi/state.js";
import { DIRECTORY, GUEST_BYTES, OFFSET, PAGE, SHARED_INFO, sharedWord, TABLE } from "../paravirtual/domain.js";
import { byte, LOAD, reports, startProgram } from "../paravirtual/program.js";

const RAM = 1 << 20;

test("a guest finds the start that the contract promises", () => {
  const domain = startProgram(".here: jmp .here");
  const { state } = domain.vcpu;
  const words = new DataView(domain.ram.buffer, domain.ram.byteOffset);
  expect([state.register(0), state.rip, state.cpl]).toEqual([PV.START_MAGIC, LOAD, 1]);
  const information = state.register(3);
  expect(state.register(4)).toBe(information);
  expect([STATE.CS, STATE.SS, STATE.DS, STATE.ES, STATE.FS, STATE.GS].map((n) => state.segment(n).selector)).toEqual([
    PV.KERNEL_CODE,
    ...[1, 2, 3, 4, 5].map(() => PV.KERNEL_DATA),
  ]);
  expect(state.flags).toBe(0x202);
  const commandLine = information + PV.START_SIZE;
  expect([0, 4, 8, 12, 16, 20].map((at) => words.getUint32(information + at, true))).toEqual([
    PV.PV_VERSION,
    OFFSET / PAGE,
    GUEST_BYTES / PAGE,
    SHARED_INFO,
    DIRECTORY,
    commandLine,
  ]);
  expect([...domain.ram.subarray(commandLine, commandLine + 3)]).toEqual([104, 105, 0]);
  const entry = (linear: number) => words.getUint32(TABLE - OFFSET + (linear / PAGE) * 4, true);
  expect([entry(0), entry(LOAD), entry(TABLE - OFFSET), entry(DIRECTORY - OFFSET)]).toEqual([
    OFFSET | 3,
    (OFFSET + LOAD) | 3,
    TABLE | 1,
    DIRECTORY | 1,
  ]);
  expect(sharedWord(domain, PV.SHARED_ENABLED)).toBe(0);
  expect([4, 8].map((at) => sharedWord(domain, PV.SHARED_WALL_CLOCK + at))).toEqual([1_000_000_000, 250_000_000]);
});

test("guests on different roads share one host, one of them paravirtual, and do not see each other", () => {
  const host = new Host({ module: builtProcessor(), memoryBytes: 40 << 20 });
  const roads: RoadOptions[] = [{ road: "pv" }, { road: "trap" }, { road: "pv" }, { road: "hw" }];
  const guests = roads.map((road, n) => {
    const at = host.pages.allocateRange(RAM);
    const vm = host.createVm();
    vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: at });
    const vcpu = vm.createVcpu(road);
    const ram = host.cpu.ram.subarray(at, at + RAM);
    const { state } = vcpu;
    // again: ADD EAX, n + 1; MOV [5000H], EAX; the road's own way to its VMM: CLI, or INT F0H, whose answer is an error; JMP again.
    const call = vcpu.paravirtual ? [0x50, 0xb8, 99, 0, 0, 0, 0xcd, 0xf0, 0x58] : [0x90, 0x90, 0xfa, 0x90];
    ram.set([0x83, 0xc0, n + 1, 0xa3, 0, 0x50, 0, 0, ...call, 0xeb, -(10 + call.length) & 0xff], 0x10000);
    if (vcpu.paravirtual) vcpu.paravirtual.start({ entry: 0x10000, end: 0x10020, commandLine: new Uint8Array() });
    else {
      for (let s = STATE.ES; s <= STATE.GS; s++)
        state.setSegment(s, { selector: s === STATE.CS ? 8 : 16, base: 0, limit: 0xffffffff, access: s === STATE.CS ? 0xc09b : 0xc093 });
      state.set(STATE.CR0, 0x31);
      state.set(STATE.GDTR_LIMIT, 23);
      state.set(STATE.GDTR_BASE, 0x1000);
      state.setRegister(4, 0x8000);
      state.rip = 0x10000;
    }
    state.setRegister(0, 0);
    vcpu.stateChanged();
    return { vcpu, ram, step: n + 1 };
  });
  for (let turn = 0; turn < 50; turn++) for (const { vcpu } of guests) expect(vcpu.run(700).kind).toBe("intr");
  for (const { vcpu, ram, step } of guests) {
    // Seven instructions a turn: 50 x 700 / 7 additions.
    expect(vcpu.state.register(0)).toBe(5000 * step);
    expect(new DataView(ram.buffer, ram.byteOffset).getUint32(0x5000, true)).toBe(5000 * step);
  }
});

describe("an exit", () => {
  const code = `
        attack int3
        attack int 0x40
        attack mov eax, [0xf0000000]
        result hypercall 99
        mov ebx, 5
        mov ecx, 0
        hypercall HC_MMU
`;

  test("is counted by its reason, hypercalls as VMMCALL", () => {
    const { run, vcpu } = startProgram(code);
    run(10_000);
    const { exits, events } = countsToJson(vcpu.counters.since());
    // Three characters for each of four reports, and six calls.
    expect(exits).toEqual({ SWINT: 2, "#PF": 1, VMMCALL: 3 * 4 + 4 });
    expect(events).toMatchObject({ hypercalls: 3 * 4 + 4, transitions: 2, pageFaults: 1, injections: 3, tlbInvalidations: 1 });
  });

  test("becomes a record while somebody listens, with the guest's virtual IF and its own tables", () => {
    const { run, vcpu } = startProgram(code);
    const records: ExitRecord[] = [];
    const stop = vcpu.events.subscribe((record) => records.push(record));
    run(10_000);
    stop();
    const of = (reason: string) => records.find((record) => reasonName(record.reason) === reason)!;
    expect(records[0]).toMatchObject({
      road: "pv",
      intervened: "hypercalls",
      cause: { kind: "hypercall", number: PV.HC_SET_TRAPS },
      privilege: { realCpl: 1, virtualCpl: 1, realIf: true, virtualIf: false },
    });
    expect(records[0]!.action).toMatch(/^HC_SET_TRAPS\([0-9A-F]+, F, [0-9A-F]+, [0-9A-F]+\) = 0$/);
    expect([...of("VMMCALL").at.bytes.subarray(0, 2)]).toEqual([0xcd, 0xf0]);
    expect(of("#PF")).toMatchObject({
      cause: { kind: "exception", vector: 14, error: 0, cr2: 0xf0000000 },
      injected: { kind: "exception", vector: 14, error: 0 },
      translations: [
        { gva: 0xf0000000, access: "read", verdict: "true fault", steps: [{ table: "direct PDE", address: DIRECTORY + 0xf00, entry: 0n }] },
      ],
    });
    expect(records.at(-2)!.action).toMatch(/^HC_MMU\(5, 0, /);
    expect(records.at(-2)!.tlb).toBe("all dropped");
  });
});

test("an INT that the guest has not allowed is #GP at the INT, with the gate in its error code", () => {
  expect(
    reports(`
        mov dword [recover], .caught
        mov esp, stack
        int 0x41
.caught:
        mov eax, [stack - 16]           ; error code
        mov edi, [stack - 12]           ; EIP
        report
        mov eax, edi
        sub eax, .caught - 2
        report
`),
  ).toEqual([0x41 * 8 + 2 - 0x200, 0]);
});

test("the timer's event comes at its time, by the callback, with the time told anew", () => {
  const domain = startProgram(
    `
        mov ebx, [information]
        mov eax, [ebx + START_SHARED_INFO]
        or eax, 3
        mov [request + 4], eax
        mov ebx, request
        mov ecx, 1
        hypercall HC_UPDATE_TABLES
        mov ebx, callback
        hypercall HC_SET_CALLBACK
        mov ebx, EVENT_BIND
        mov ecx, SOURCE_TIMER
        result hypercall HC_EVENT
        mov ebx, 5000000
        mov ecx, 0
        hypercall HC_SET_TIMER
        mov ebx, SCHED_BLOCK
        hypercall HC_SCHED
        jmp over
callback:
        mov byte [0x200000 + SHARED_PENDING], 0
        mov al, [0x200000 + SHARED_ENABLED]
        report
        mov al, [0x200000 + SHARED_PORTS_PENDING]
        report
        mov eax, [0x200000 + SHARED_TIME]
        and eax, 1
        report
        mov eax, [0x200000 + SHARED_TIME_NANOSECONDS]
        cmp eax, 5000000
        mov al, 1
        jae .told
        mov al, 0
.told:  report
        push eax
        hypercall HC_IRET
over:   mov al, [0x200000 + SHARED_ENABLED]
        report
`,
    `request: dd ${TABLE + (0x200000 / PAGE) * 4}, 0`,
  );
  expect(domain.run(100_000)).toEqual({ kind: "system-event", event: "power-off" });
  // Port 0; in the callback events are disabled; its IRET enables them again.
  expect(domain.output().trim()).toBe("00 00 01 00 01 01");
});

test("input is told once for each time that there was none, also what came before the port", () => {
  const domain = startProgram(
    `
        mov ebx, EVENT_BIND
        mov ecx, SOURCE_CONSOLE
        hypercall HC_EVENT
again:  mov ebx, SCHED_BLOCK
        hypercall HC_SCHED
        mov ebx, CONSOLE_READ
        mov ecx, byte_
        mov edx, 2
        result hypercall HC_CONSOLE
        jmp again
`,
  );
  domain.type("abc");
  // No callback: what is pending ends every wait.
  expect(domain.run(300).kind).toBe("intr");
  expect(domain.output()).toMatch(/^02 01 00 /);
});

describe("the block device", () => {
  const BLOCK = (operation: number, sector: number, count: number, address: string | number) => `
        mov ebx, ${operation}
        mov ecx, ${sector}
        mov edx, ${count}
        mov esi, ${address}
        result hypercall ${PV.HC_BLOCK}
`;

  function memoryDisk(sectors: number) {
    const content = new Uint8Array(sectors * PV.SECTOR_SIZE);
    let flushes = 0;
    return {
      content,
      sectors,
      flushes: () => flushes,
      read: (sector: number, count: number) => content.slice(sector * 512, (sector + count) * 512),
      write: (sector: number, bytes: Uint8Array) => {
        if (sector === 3) return false;
        content.set(bytes, sector * 512);
        return true;
      },
      flush: () => {
        flushes++;
        return true;
      },
    };
  }

  test("moves sectors to and from memory, and refuses what lies beyond its end or in no memory", () => {
    const disk = memoryDisk(16);
    disk.content[5 * 512] = 0x77;
    expect(
      reports(
        `
        ${BLOCK(PV.BLOCK_CAPACITY, 0, 0, 0)}
        ${BLOCK(PV.BLOCK_READ, 5, 1, 0x200000)}
        mov al, [0x200000]
        report
        mov byte [0x200000], 0x99
        ${BLOCK(PV.BLOCK_WRITE, 6, 8, 0x200000)}
        ${BLOCK(PV.BLOCK_WRITE, 3, 1, 0x200000)}
        ${BLOCK(PV.BLOCK_FLUSH, 0, 0, 0)}
        ${BLOCK(PV.BLOCK_READ, 15, 2, 0x200000)}
        ${BLOCK(PV.BLOCK_READ, 0xffffffff, 2, 0x200000)}
        ${BLOCK(PV.BLOCK_READ, 0, 9, 0x200000)}
        ${BLOCK(PV.BLOCK_READ, 0, 1, TABLE - OFFSET)}
        ${BLOCK(PV.BLOCK_WRITE, 0, 1, PV.VMM_BASE - 4)}
        ${BLOCK(4, 0, 1, 0x200000)}
`,
        "",
        { disk },
      ),
    ).toEqual([
      16,
      1,
      0x77,
      8,
      byte(PV.ERROR_IO),
      0,
      byte(PV.ERROR_RANGE),
      byte(PV.ERROR_RANGE),
      byte(PV.ERROR_RANGE),
      byte(PV.ERROR_ADDRESS),
      byte(PV.ERROR_ADDRESS),
      byte(PV.ERROR_NO_CALL),
    ]);
    expect([disk.content[6 * 512], disk.flushes()]).toEqual([0x99, 1]);
  });

  test("is not there if the guest was given none", () => {
    expect(reports(`${BLOCK(PV.BLOCK_CAPACITY, 0, 0, 0)} ${BLOCK(PV.BLOCK_READ, 0, 1, 0x200000)}`)).toEqual([0, byte(PV.ERROR_RANGE)]);
  });
});

test("a guest that makes the VMM look at page tables without end does not keep it: its run ends early", () => {
  // A page full of entries for one page becomes a table and is given back, again and again.
  const domain = startProgram(
    `
        mov edi, 0x200000
        mov eax, ${(OFFSET + 0x201000) | 1}
        mov ecx, 1024
        rep stosd
        mov dword [request], ${TABLE + (0x200000 / PAGE) * 4}
        mov dword [request + 4], ${(OFFSET + 0x200000) | 1}
        mov ebx, request
        mov ecx, 1
        hypercall HC_UPDATE_TABLES
.again: mov ebx, 0
        mov ecx, ${(OFFSET + 0x200000) / PAGE}
        hypercall HC_MMU
        mov ebx, 2
        hypercall HC_MMU
        jmp .again
`,
    "request: dd 0, 0",
  );
  const { instructions } = domain.host.cpu;
  expect(domain.vcpu.run(1 << 20).kind).toBe("intr");
  const first = domain.host.cpu.instructions - instructions;
  expect(first).toBeLessThan(5000n);
  expect(domain.vcpu.run(1 << 20).kind).toBe("intr");
  expect(domain.host.cpu.instructions - instructions - first).toBeGreaterThan(100n);
});

const REQUESTS = (count: number, low: number, high: number) => `align 8\nrequests: times ${count} dd ${low}, ${high}`;
test.each([
  {
    name: "updates of page tables",
    registers: [PV.HC_UPDATE_TABLES, "requests", PV.UPDATE_MOST, 0],
    data: REQUESTS(PV.UPDATE_MOST, TABLE, OFFSET | 3),
    entries: PV.UPDATE_MOST,
  },
  {
    name: "traps to set",
    registers: [PV.HC_SET_TRAPS, "requests", PV.TRAP_MOST, 0],
    data: REQUESTS(PV.TRAP_MOST, (PV.KERNEL_CODE << 16) | (1 << 8), 0),
    entries: PV.TRAP_MOST,
  },
  {
    name: "output",
    registers: [PV.HC_CONSOLE, PV.CONSOLE_WRITE, "requests", PV.CONSOLE_MOST],
    data: REQUESTS(PV.CONSOLE_MOST / 8, 0, 0),
    entries: PV.CONSOLE_MOST / 8,
  },
])("a guest with $name without end does not keep the VMM: its run ends early", ({ registers: [number, ebx, ecx, edx], data, entries }) => {
  const domain = startProgram(
    `
.again: mov eax, ${number}
        mov ebx, ${ebx}
        mov ecx, ${ecx}
        mov edx, ${edx}
        int HYPERCALL_VECTOR
        test eax, eax
        jns .again
`,
    data,
  );
  const { instructions } = domain.host.cpu;
  expect(domain.vcpu.run(1 << 20).kind).toBe("intr");
  const work = (Number(domain.host.cpu.instructions - instructions) / 7) * entries;
  expect(work).toBeGreaterThan(100_000);
  expect(work).toBeLessThan(200_000);
});

describe("a guest that can not go on", () => {
  test("without a handler for its exception has crashed, and says where", () => {
    const domain = startProgram(`
        mov ebx, traps
        mov ecx, 0
        hypercall HC_SET_TRAPS
        ud2
`);
    const exit = domain.run(1000);
    expect(exit).toMatchObject({ kind: "system-event", event: "crash" });
    expect((exit as { message: string }).message).toMatch(
      /^the guest has crashed: its exception 6 has no handler \(at 0009:001[0-9A-F]{5}\)$/,
    );
    expect(domain.run(1000)).toEqual(exit);
  });

  test("without a stack too", () => {
    const domain = startProgram("mov esp, 0\n ud2");
    expect(domain.run(1000)).toMatchObject({ event: "crash", message: expect.stringContaining("nothing can be pushed on its stack") });
  });
});

describe("the owner", () => {
  test("can not run what was never started", () => {
    const vm = new Host({ module: builtProcessor(), memoryBytes: 4 << 20 }).createVm();
    expect(vm.createVcpu({ road: "pv" }).run(10)).toMatchObject({
      kind: "internal-error",
      message: expect.stringContaining("no paravirtual guest has been started"),
    });
  });

  test("has one virtual processor in each of its virtual machines: two would judge page tables without each other", () => {
    const vm = new Host({ module: builtProcessor(), memoryBytes: 4 << 20 }).createVm();
    vm.createVcpu({ road: "pv" });
    expect(() => vm.createVcpu({ road: "pv" })).toThrow("one virtual processor");
  });

  test("can not start a guest without memory, nor one that does not fit", () => {
    const host = new Host({ module: builtProcessor(), memoryBytes: 4 << 20 });
    const vm = host.createVm();
    const { paravirtual } = vm.createVcpu({ road: "pv" });
    const start = { entry: 0, end: 0, commandLine: new Uint8Array() };
    expect(() => paravirtual!.start(start)).toThrow("a paravirtual guest's memory begins at guest-physical address 0, and here is none");
    vm.setMemorySlot(0, { physical: 0, bytes: RAM, host: host.pages.allocateRange(RAM) });
    expect(() => paravirtual!.start({ ...start, end: RAM - PAGE })).toThrow("no room for its first page tables");
    expect(() => paravirtual!.start({ ...start, commandLine: new Uint8Array(5000) })).toThrow("the command line has 5000 bytes");
  });

  test("who takes memory away from under a guest stops it, so that it never reaches what comes there", () => {
    const domain = startProgram(".here: inc dword [0x200000]\n jmp .here");
    expect(domain.run(1000).kind).toBe("intr");
    domain.vm.setMemorySlot(0, undefined);
    expect(domain.vcpu.run(1000)).toMatchObject({
      kind: "internal-error",
      message: expect.stringContaining("the guest's memory is no longer where it was at its start"),
    });
  });

  test("who writes to page tables in use has them looked at again", () => {
    const domain = startProgram(".here: inc dword [0x200000]\n jmp .here");
    const words = new DataView(domain.ram.buffer, domain.ram.byteOffset);
    const at = TABLE - OFFSET + (0x300000 / PAGE) * 4;
    words.setUint32(at, (OFFSET + 0x200000) | 1, true);
    domain.vcpu.memoryWritten(at, 4);
    expect(domain.run(100).kind).toBe("intr");
    words.setUint32(at, 3, true);
    domain.vcpu.memoryWritten(at, 4);
    expect(domain.vcpu.run(100)).toMatchObject({
      kind: "internal-error",
      message: expect.stringContaining("from outside can not stand there"),
    });
  });
});
