// Forward: over, out, to an address, to the next event; and every kind of breakpoint on a whole machine.
import { beforeEach, describe, expect, test } from "vitest";
import { previousHit, previousInstruction } from "../../core/debug/reverse.js";
import { assemble } from "../../guests/assembler/index.js";
import { buildGuest } from "../../guests/catalog.js";
import * as STATE from "../../wasm/abi/state.js";
import * as STOP from "../../wasm/abi/stop.js";
import { type DebugRig, debugRig, eip, finish, teachingKernel } from "./rig.js";

/** 16-bit, with a stack, an INT 20H handler, a recursive function, a string move, ports and a timer tick. */
const program = assemble(
  "stepper.asm",
  `bits 16
   org 0x7c00
start:
   mov word [0x20 * 4], handler
   mov word [0x20 * 4 + 2], 0
   mov word [8 * 4], tick
   mov word [8 * 4 + 2], 0
   mov cx, 5
first:
   call function
after_call:
   int 0x20
after_int:
   mov cx, 100
   mov si, 0x500
   mov di, 0x600
copy:
   rep movsb
after_copy:
   call dword far [pointer]
after_far:
   mov al, 0x55
   out 0x80, al
after_out:
   mov ecx, 0x1b
   rdmsr
after_rdmsr:
   mov al, 0xfe
   out 0x21, al
   sti
wait_tick:
   hlt
   cli
   mov eax, cr0
   or al, 1
   mov cr0, eax
in_protected:
   and al, 0xfe
   mov cr0, eax
   db 0xf, 0xb
   jmp $
function:
   dec cx
   jz .end
   call function
.end:
   ret
handler:
   inc dx
   iret
tick:
   push ax
   mov al, 0x20
   out 0x20, al
   pop ax
   iret
far_function:
   o32 retf
pointer: dd far_function
   dw 0
`,
);
const at = (name: string) => Number(program.symbols.get(name)!.value);

describe("on a program of all kinds", () => {
  let rig: DebugRig;
  beforeEach(() => {
    rig = debugRig({ kind: "image", image: program.bytes }, { ramBytes: 4 << 20 });
    expect(finish(rig.session.runTo(at("first"))).kind).toBe("step");
  });
  const registers = () => [rig.machine.cpu.register(STATE.RCX) & 0xffffn, rig.machine.cpu.register(STATE.RSP) & 0xffffn];

  test("steps over calls (however deep), interrupts, repeated instructions and far calls", () => {
    for (const name of ["after_call", "after_int"]) {
      expect(finish(rig.session.stepOver()).kind).toBe("step");
      expect([eip(rig), registers()[1]]).toEqual([at(name), 0x7c00n]);
    }
    finish(rig.session.runTo(at("copy")));
    finish(rig.session.stepOver());
    expect([eip(rig), registers()[0]]).toEqual([at("after_copy"), 0n]);
    finish(rig.session.stepOver());
    expect(eip(rig)).toBe(at("after_far"));
    finish(rig.session.stepOver());
    expect(eip(rig)).toBe(at("after_far") + 2);
  });

  test("steps out of the innermost function to its caller, over what it still calls", () => {
    finish(rig.session.step());
    expect(eip(rig)).toBe(at("function"));
    finish(rig.session.stepOut());
    expect([eip(rig), registers()]).toEqual([at("after_call"), [0n, 0x7c00n]]);
  });

  test("a breakpoint on the way ends a step over and a step out", () => {
    rig.session.insert({ kind: "execute", address: at("function") });
    const hit = { kind: "hit", hit: { kind: STOP.HIT_EXECUTE, first: at("function") } };
    expect(finish(rig.session.stepOver())).toMatchObject(hit);
    expect(registers()[0]).toBe(5n);
    expect(finish(rig.session.stepOut())).toMatchObject(hit);
    expect(registers()[0]).toBe(4n);
  });

  test("a range is stepped through to its end", () => {
    finish(rig.session.runTo(at("after_int")));
    finish(rig.session.stepRange(at("after_int"), at("copy")));
    expect(eip(rig)).toBe(at("copy"));
  });

  test("events come in their order: software interrupt, ports, interrupt, modes, exception", () => {
    const seen: [number, number][] = [];
    for (let i = 0; i < 8; i++) {
      const stop = finish(rig.session.toNextEvent());
      if (stop.kind === "hit") seen.push([stop.hit.kind, stop.hit.first]);
    }
    expect(seen).toEqual([
      [STOP.HIT_SOFTWARE, 0x20],
      [STOP.HIT_PORT, 0x80],
      [STOP.HIT_PORT, 0x21],
      [STOP.HIT_INTERRUPT, 8],
      [STOP.HIT_PORT, 0x20],
      [STOP.HIT_MODE, 1],
      [STOP.HIT_MODE, 0],
      [STOP.HIT_EXCEPTION, 6],
    ]);
  });

  test.each([
    [{ kind: "port", port: 0x80 }, "after_out"],
    [{ kind: "msr", index: 0x1b }, "after_rdmsr"],
    [{ kind: "software", vector: 0x20 }, "handler"],
    [{ kind: "interrupt", vector: 8 }, "tick"],
    [{ kind: "execute", address: at("tick") }, "tick"],
    [{ kind: "mode" }, "in_protected"],
    [{ kind: "data", start: 0x620, end: 0x620, read: false, write: true }, "after_copy"],
  ] as const)("%j stops there, and going back finds it again", (breakpoint, name) => {
    rig.session.insert(breakpoint);
    expect(finish(rig.session.resume()).kind).toBe("hit");
    expect(eip(rig)).toBe(at(name));
    const first = rig.session.target.position;
    const state = rig.machine.save();
    rig.session.removeAll();
    finish(rig.session.step());
    finish(rig.session.step());
    rig.session.insert(breakpoint);
    expect(finish(previousHit(rig.session)).kind).toBe("hit");
    // Before an access, after anything else.
    const back = breakpoint.kind === "data" ? 1 : 0;
    expect(rig.session.target.position.instructions).toBe(first.instructions - back);
    if (!back) expect(Buffer.compare(rig.machine.save(), state)).toBe(0);
  });

  test("back from an interrupt's first instruction is where it came, as forward from there is behind that instruction", () => {
    rig.session.insert({ kind: "execute", address: at("tick") });
    finish(rig.session.resume());
    finish(previousInstruction(rig.session));
    expect(eip(rig)).toBe(at("wait_tick") + 1);
    rig.session.removeAll();
    finish(rig.session.step());
    expect(eip(rig)).toBe(at("tick") + 1);
    finish(previousInstruction(rig.session));
    expect(eip(rig)).toBe(at("wait_tick") + 1);
  });

  test("breakpoints for another port, MSR or vector are no stops", () => {
    rig.session.insert({ kind: "port", port: 0x81 });
    rig.session.insert({ kind: "msr", index: 0x10 });
    rig.session.insert({ kind: "software", vector: 0x21 });
    expect(finish(rig.session.runTo(at("wait_tick"))).kind).toBe("step");
  });

  test("an interrupted run stands where it is, and goes on from there", () => {
    const course = rig.session.resume();
    course.next();
    rig.session.interrupt();
    expect(finish(course).kind).toBe("interrupted");
  });
});

test("the guest can not see breakpoints: not in its memory, not in its debug registers, not in its time", () => {
  const run = (watch: boolean) => {
    const rig = debugRig({ kind: "image", image: program.bytes }, { ramBytes: 4 << 20 });
    if (watch) {
      for (const name of ["function", "handler", "copy", "tick"]) rig.session.insert({ kind: "execute", address: at(name) });
      rig.session.insert({ kind: "data", start: 0x500, end: 0x6ff, read: true, write: true });
      rig.session.insert({ kind: "data", start: 0x7bf0, end: 0x7bff, read: true, write: true });
      rig.session.insert({ kind: "mode" });
    }
    let stops = 0;
    while (rig.session.target.position.instructions < 20_000) {
      for (const vcpu of rig.session.vcpus) vcpu.passBreakpoint();
      if (rig.session.run(20_000 - rig.session.target.position.instructions, 10).hit) stops++;
    }
    return { state: rig.machine.save(), stops };
  };
  const watched = run(true);
  expect(watched.stops).toBeGreaterThan(30);
  expect(Buffer.compare(watched.state, run(false).state)).toBe(0);
});

test.each(["off", "eager"] as const)(
  "nor can a kernel with paging and ring 3, when its code, stacks and tables are watched (--translate %s)",
  (translate) => {
    const commands = "ring0> syscall\nring0> pagefault\nring0> preempt\nring0> off\n";
    const run = (watch: boolean) => {
      const rig = teachingKernel(commands, { ramBytes: 8 << 20, translate });
      if (watch) {
        const { symbols } = buildGuest("teaching-kernel");
        for (const name of ["print_text", "sys_job", "user_main", "user_syscalls"])
          rig.session.insert({ kind: "execute", address: Number(symbols.get(name)!.value) });
        // Task A's stack and data, the kernel's stacks, the screen.
        for (const [start, end] of [
          [0x202000, 0x203fff],
          [0xb8000, 0xb8fff],
        ] as const)
          rig.session.insert({ kind: "data", start, end, read: false, write: true });
      }
      let stops = 0;
      for (let next = 10_000; next <= 1_500_000; next += 10_000) {
        while (rig.session.target.position.instructions < next) {
          for (const vcpu of rig.session.vcpus) vcpu.passBreakpoint();
          const result = rig.session.run(next - rig.session.target.position.instructions, 10);
          if (result.hit) stops++;
          if (result.ended) break;
        }
        rig.type();
      }
      return { state: rig.machine.save(), output: rig.output(), stops };
    };
    const [watched, plain] = [run(true), run(false)];
    expect(plain.output).toMatch(/ring0> syscall[\s\S]*ring0> pagefault[\s\S]*ring0> preempt/);
    expect(watched.stops).toBeGreaterThan(1000);
    expect(watched.output).toBe(plain.output);
    expect(Buffer.compare(watched.state, plain.state)).toBe(0);
  },
);
