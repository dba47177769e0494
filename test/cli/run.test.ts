// The command from end to end, with guests that take a moment.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { assemble } from "../../guests/assembler/index.js";
import { commandsOf, Typist } from "../../guests/transcript.js";
import { BIN, ringside } from "../support/command.js";
import { Conversation } from "../support/conversation.js";
import { TOP } from "../support/requirements.js";

const folder = mkdtempSync(join(tmpdir(), "ringside-"));
const conversations: Conversation[] = [];
afterAll(() => {
  for (const conversation of conversations) conversation.kill();
  rmSync(folder, { recursive: true });
});

const start = (...args: string[]) => {
  const conversation = new Conversation(["run", ...args]);
  conversations.push(conversation);
  return conversation;
};

/** A boot sector of these instructions, as a file. */
function bootSector(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, assemble(name, `bits 16\norg 0x7c00\n${source}\n`).bytes);
  return path;
}

describe("a guest ends the run", () => {
  test("by switching the machine off: exit code 0", () => {
    expect(ringside(["run", "--guest", "hello"])).toEqual({ code: 0, output: "Hello from ring 0!\r\n", errors: "" });
  });

  test("by writing to port F4: the exit code is the value twice, plus one", () => {
    expect(ringside(["run", "--image", bootSector("exit", "mov al, 5\n out 0xf4, al")]).code).toBe(11);
  });

  test("by halting with interrupts off: exit code 3, and a sentence", () => {
    const { code, errors } = ringside(["run", "--image", bootSector("dead", "cli\n hlt")]);
    expect([code, errors]).toEqual([3, "ringside: the guest halted with interrupts off and can never go on\n"]);
  });

  test("by resetting the machine, if the user asked for that: exit code 4", () => {
    const image = bootSector("reset", "mov al, 0xfe\n out 0x64, al\n hlt");
    expect(ringside(["run", "--image", image, "--no-reboot"]).code).toBe(4);
  });
});

describe("the teaching kernel", () => {
  test("answers as in its transcript, to the letter, and switches itself off", async () => {
    const transcript = readFileSync(join(TOP, "guests/teaching-kernel/transcript.txt"), "utf8");
    const typist = new Typist(commandsOf(transcript));
    const guest = start("--guest", "teaching-kernel");
    guest.onOutput((text) => {
      const typed = typist.feed(text);
      if (typed !== "") guest.type(typed);
    });
    expect(await guest.ended).toBe(0);
    expect(typist.text).toBe(transcript);
  });

  test("loses nothing of a long script on standard input", () => {
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
    const input = [...lines.map((line) => `echo ${line}`), "off", ""].join("\n");
    const { code, output } = ringside(["run", "--guest", "teaching-kernel"], { input });
    expect(output.split("\r\n").filter((line) => line.startsWith("line "))).toEqual(lines);
    expect(code).toBe(0);
  });
});

test("--serial writes the line to a file, or nowhere", () => {
  const file = join(folder, "serial");
  expect(ringside(["run", "--guest", "hello", "--serial", `file:${file}`]).output).toBe("");
  expect(readFileSync(file, "latin1")).toBe("Hello from ring 0!\r\n");
  expect(ringside(["run", "--guest", "hello", "--serial", "none"])).toEqual({ code: 0, output: "", errors: "" });
});

test("--hypervisor kvm shows KVM's CPUID leaf", () => {
  const image = bootSector("hypervisor", "mov eax, 0x40000000\n cpuid\n mov al, bl\n and al, 0x7f\n out 0xf4, al");
  expect(ringside(["run", "--image", image, "--hypervisor", "kvm"]).code).toBe(("K".charCodeAt(0) << 1) | 1);
  expect(ringside(["run", "--image", image]).code).not.toBe(("K".charCodeAt(0) << 1) | 1);
});

test("--features switches processor features on", () => {
  // CPUID leaf 7: SMEP is bit 7 of EBX, SMAP bit 20.
  const image = bootSector("features", "mov eax, 7\n xor ecx, ecx\n cpuid\n shr ebx, 20\n mov al, bl\n out 0xf4, al");
  expect(ringside(["run", "--image", image]).code).toBe(1);
  expect(ringside(["run", "--image", image, "--features", "smep,smap"]).code).toBe(3);
});

describe("--translate", () => {
  const COUNT = `let modules = 0;
    WebAssembly.Module = new Proxy(WebAssembly.Module, { construct: (target, args) => (modules++, new target(...args)) });
    process.on("exit", () => console.error(modules));`;
  const WATCHED = ["--import", `data:text/javascript,${encodeURIComponent(COUNT)}`, BIN, "run", "--clock", "virtual"];
  // ECX counts 20 million turns of a 32-bit loop.
  const LOOP = `lgdt [gdtr]\n mov eax, cr0\n or al, 1\n mov cr0, eax\n jmp dword 8:flat
    gdt: dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
    gdtr: dw 23\n dd gdt
    bits 32
    flat: mov eax, 16\n mov ds, eax\n mov es, eax\n mov ss, eax\n mov ecx, 20000000
    turn: xor eax, ecx\n rol eax, 5\n dec ecx\n jnz turn
    out 0xf4, al`;

  /** What a run ends with: its exit code, its machine as a file, and how many WebAssembly modules were made. */
  function watched(policy: string) {
    const snapshot = join(folder, `translate-${policy}`);
    const image = bootSector("loop", LOOP);
    const args = [...WATCHED, "--image", image, "--memory", "4M", "--translate", policy, "--snapshot-out", snapshot];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
    return { code: status, machine: readFileSync(snapshot), modules: Number(stderr) };
  }

  test("off makes no WebAssembly but the processor's own, on and eager do, and the machine ends the same to the byte", () => {
    const [off, on, eager] = [watched("off"), watched("on"), watched("eager")];
    expect(off.modules).toBe(1);
    expect(on.modules).toBeGreaterThan(1);
    expect(eager.modules).toBeGreaterThan(1);
    expect(on.code).toBe(off.code);
    expect(eager.code).toBe(off.code);
    expect(on.machine.equals(off.machine)).toBe(true);
    expect(eager.machine.equals(off.machine)).toBe(true);
  });
});

test("--trace prints a line for each instruction, interrupt, port and device access, on standard error", () => {
  const image = bootSector(
    "trace",
    `xor ax, ax
     mov ss, ax
     mov word [0x80], handler
     mov [0x82], ax
     int 0x20
     mov ax, 0xb800
     mov es, ax
     mov word [es:0], 0x741
     mov al, 2
     out 0xf4, al
handler:
     iret`,
  );
  const { code, errors } = ringside(["run", "--image", image, "--trace", "exec,int,io,mmio"]);
  expect(code).toBe(5);
  const lines = errors.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^exec 0 0000:00007c00 31 c0 +xor ax,ax$/);
  expect(lines.filter((line) => line.startsWith("exec"))).toHaveLength(11);
  expect(lines.some((line) => /^mmio \d+ write 000b8000 2 0741$/.test(line))).toBe(true);
  expect(lines.some((line) => /^io {3}\d+ out 00f4 1 02$/.test(line))).toBe(true);
  const divide = bootSector("divide", "xor ax, ax\n mov ss, ax\n mov [2], ax\n mov word [0], done\n div ax\n done: out 0xf4, al");
  expect(ringside(["run", "--image", divide, "--trace", "int"]).errors).toMatch(/^int {2}\d+ exception 0 code 0000\n$/);
});
