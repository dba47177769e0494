// Real gdb attaches: the judge of our remote protocol.
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { framePacket } from "../../core/debug/gdb/packet.js";
import { assemble } from "../../guests/assembler/index.js";
import { buildGuest } from "../../guests/catalog.js";
import { ringside } from "../support/command.js";
import { between, DebuggedGuest, gdb, lacksGdb } from "./gdb-client.js";

const folder = mkdtempSync(join(tmpdir(), "ringside-"));
const guests: DebuggedGuest[] = [];
afterAll(() => {
  for (const guest of guests) guest.kill();
  rmSync(folder, { recursive: true });
});

const start = (...args: string[]) => {
  const guest = new DebuggedGuest(args);
  guests.push(guest);
  return guest;
};

const mark = (name: string) => `echo <${name}>\\n`;
const registersAt = (name: string) => [mark(name), "info registers", "p $xmm0", "p $st0", mark(`/${name}`)];
const registersOf = (output: string, name: string) => between(output, `<${name}>`, `</${name}>`).replace(/\$\d+ = /g, "");

function address(name: string): number {
  return Number(buildGuest("teaching-kernel").symbols.get(name)!.value);
}

/** Writes 0 to 9 to [8000H], reads [8004H] each turn, says the sum by the exit code. */
const LOOP = `
  xor cx, cx
turn:
  mov [0x8000], cx
  mov ax, [0x8004]
  inc cx
  cmp cx, 10
  jne turn
  mov al, cl
  out 0xf4, al`;

function image(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, assemble(name, `bits 16\norg 0x7c00\n${source}\n`).bytes);
  return path;
}

describe.skipIf(lacksGdb)("gdb", { timeout: 120_000 }, () => {
  test.each(["bare", "hw", "bt", "trap", "trap --rings 0/3/3"])(
    "on the road %s: breaks at a trap of the teaching kernel, steps across it, comes back to the same registers, and goes on to the end",
    async (road) => {
      const guest = start("--guest", "teaching-kernel", "--clock", "virtual", "--memory", "16M", "--road", ...road.split(" "));
      const trap = address("user_main") + 5;
      // The task waits in its first system call until the shell has work for it.
      const debugging = gdb(await guest.port(), [
        `break *${trap}`,
        "continue",
        ...registersAt("before"),
        "stepi",
        ...registersAt("handler"),
        "reverse-stepi",
        ...registersAt("back"),
        "x/i $pc",
        `tbreak *${trap + 2}`,
        "delete 1",
        "continue",
        ...registersAt("after"),
        "reverse-continue",
        "continue",
      ]);
      await guest.expect(/ring0> /);
      guest.type("syscall\noff\n");
      const output = await debugging;
      const before = registersOf(output, "before");
      expect(before, output).toMatch(/cs +0x1b/);
      expect(before).toMatch(new RegExp(`eip +0x${trap.toString(16)}`));
      expect(registersOf(output, "handler")).toMatch(/cs +0x8\b/);
      expect(registersOf(output, "back")).toBe(before);
      expect(output).toMatch(/=> 0x[0-9a-f]+:\s+int +\$0x80/);
      expect(registersOf(output, "after")).toMatch(new RegExp(`eip +0x${(trap + 2).toString(16)}`));
      // The way back ends where the record begins, and the way forward from there in the same end.
      expect(output).toContain("No more reverse-execution history");
      expect(output).toContain("exited normally");
      expect(await guest.ended).toBe(0);
      const once = guest.output.match(/Ring 0 shell on COM1/g);
      expect(once).toHaveLength(1);
      expect(guest.output).toMatch(/ring0> off/);
    },
  );

  test("watchpoints: on writes, on reads, on both, forward and back", async () => {
    const path = image("loop", LOOP);
    const guest = start("--image", path, "--clock", "virtual");
    const output = await gdb(await guest.port(), [
      "watch *(short*)0x8000",
      ...new Array(3).fill("continue"),
      mark("written"),
      "reverse-continue",
      "p $cx",
      mark("/written"),
      "delete",
      "rwatch *(short*)0x8004",
      "continue",
      mark("read"),
      "x/i $pc",
      mark("/read"),
      "delete",
      "awatch *(char*)0x8001",
      "continue",
      "delete",
      "continue",
    ]);
    expect(output).toMatch(/Hardware watchpoint 1[\s\S]*Old value = 0\s+New value = 1[\s\S]*Old value = 1\s+New value = 2/);
    expect(between(output, "<written>", "</written>")).toMatch(/Old value = 3\s+New value = 2[\s\S]* = 3\n/);
    expect(output).toMatch(/Hardware read watchpoint 2: \*\(short\*\)0x8004\s+Value = 0/);
    expect(between(output, "<read>", "</read>")).toMatch(/inc +/);
    expect(output).toMatch(/Hardware access \(read\/write\) watchpoint 3/);
    expect(await guest.ended).toBe(21);
  });

  test("under the real clock there is no way back: gdb is told why, and all else works", async () => {
    const guest = start("--image", image("real", LOOP));
    const output = await gdb(await guest.port(), ["stepi", "stepi", "reverse-stepi", "reverse-continue", "p $pc", "continue"]);
    expect(output).toMatch(/going backwards needs the virtual clock \(--clock virtual\)/);
    expect(output).toMatch(/\$1 = .*0x7c06/);
    expect(await guest.ended).toBe(21);
  });

  test("registers and memory can be written, and what can not be is refused", async () => {
    const guest = start("--image", image("write", LOOP), "--clock", "virtual");
    const output = await gdb(await guest.port(), [
      "break *0x7c02",
      "continue",
      "delete",
      "set $cx = 7",
      "set {short}0x8004 = 0x1234",
      "set $xmm1.uint128 = 5",
      "p $xmm1.uint128",
      "stepi",
      "stepi",
      "p/x $ax",
      "set $cr0 = 1",
      "p/x $cr0",
      "x/2bx 0xfee00000",
      "set {int}0xa0000 = 1",
      "continue",
    ]);
    expect(output).toMatch(/\$1 = 5/);
    expect(output).toMatch(/\$2 = 0x1234/);
    expect(output).toMatch(/Could not write register "cr0"/);
    expect(output).toMatch(/Cannot access memory at address 0xfee00000/);
    expect(output).toMatch(/Cannot access memory at address 0xa0000/);
    expect(await guest.ended).toBe(21);
  });

  test("a guest that runs is stopped when gdb comes, and goes on when it goes; another can come", async () => {
    const guest = start("--guest", "teaching-kernel", "--no-gdb-wait");
    await guest.expect(/ring0> /);
    const port = await guest.port();
    const first = await gdb(port, ["monitor walk 0x100000", "monitor gdt", "monitor idt", "monitor tss", "monitor exits", "detach"]);
    expect(first).toMatch(/linear 00100000: 32-bit paging\nPDE +at [0-9a-f]+: [0-9a-f]+ P.*\nPTE +at/);
    expect(first).toMatch(/user read +#PF, error code 05: U\/S is clear in the P[DT]E.*\n[\s\S]*supervisor read +allowed/);
    expect(first).toMatch(/32-bit code.*\n.*32-bit data/);
    expect(first).toMatch(/32-bit interrupt gate/);
    expect(first).toMatch(/esp0/);
    expect(first).toMatch(/\d+ instructions\n/);
    guest.type("echo still here\n");
    await guest.expect(/\nstill here/);
    const second = await gdb(port, ["info threads", "monitor nonsense"]);
    expect(second).toMatch(/Thread 1 \(CPU 0\)/);
    expect(second).toMatch(/there is no command "nonsense"/);
    guest.type("echo and still\n");
    await guest.expect(/\nand still/);
    expect(await gdb(port, ["kill"])).toMatch(/killed/);
    expect(await guest.ended).toBe(0);
  });
});

/** A peer that is no gdb. */
async function peer(port: number): Promise<{ readonly socket: Socket; readonly received: () => string }> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (data: Buffer) => {
    text += data.toString("latin1");
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  return { socket, received: () => text };
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}

describe("whoever connects", () => {
  test("garbage is survived, a second one is sent away, and a peer that dies leaves the guest for the next", async () => {
    const guest = start("--guest", "hello");
    const port = await guest.port();
    const first = await peer(port);
    first.socket.write(Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7919) & 0xff));
    first.socket.write("#00$?#3f");
    await until(() => first.received().includes("$T05"));
    const second = await peer(port);
    await once(second.socket, "close");
    first.socket.write("$c#00$c");
    first.socket.destroy();
    await until(() => guest.errors.includes("the debugger has gone without a word"));
    expect(guest.output).toBe("");
    const third = await peer(port);
    third.socket.write("+$D#44");
    expect(await guest.ended).toBe(0);
    expect(guest.output).toBe("Hello from ring 0!\r\n");
  });

  test("a peer that dies while the guest runs takes its breakpoints along", async () => {
    const guest = start("--guest", "teaching-kernel");
    const { socket, received } = await peer(await guest.port());
    // It writes to the screen before it prompts: there it stands.
    socket.write(["Z2,b8000,fa0", "c"].map((data) => String.fromCharCode(...framePacket(data))).join(""));
    await until(() => /watch:b8/.test(received()));
    socket.write(String.fromCharCode(...framePacket("c")));
    await until(() => (received().match(/watch:b8/g) ?? []).length === 2);
    socket.write(String.fromCharCode(...framePacket("z2,b8000,fa0"), ...framePacket("Z2,300000,4"), ...framePacket("c")));
    await guest.expect(/ring0> /);
    socket.destroy();
    await until(() => guest.errors.includes("gone without a word"));
    guest.type("echo alive\noff\n");
    await guest.expect(/\nalive/);
    expect(await guest.ended).toBe(0);
  });

  test("a port that is taken is told in one sentence", async () => {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const { code, output, errors } = ringside(["run", "--guest", "hello", "--gdb", `:${port}`]);
    server.close();
    expect([code, output, errors]).toEqual([2, "", `ringside: --gdb can not listen on 127.0.0.1:${port}: the port is taken\n`]);
  });

  test("a signal ends a guest that waits for a debugger", async () => {
    const guest = start("--guest", "hello");
    const { socket, received } = await peer(await guest.port());
    socket.write("$?#3f");
    await until(() => received().includes("$T05"));
    guest.signal("SIGTERM");
    expect(await guest.ended).toBe(0);
  });
});
