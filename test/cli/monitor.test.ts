// `ringside run --monitor`: one who talks to it by its socket while a guest runs.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { FileStore } from "../../cli/file-store.js";
import { parseMonitor } from "../../cli/monitor/front.js";
import { ringside } from "../support/command.js";
import { Conversation } from "../support/conversation.js";
import { MonitorClient } from "../support/monitor-client.js";

const folder = mkdtempSync(join(tmpdir(), "ringside-monitor-"));
const file = (name: string) => join(folder, name);
const socket = file("socket");

async function listening(guest: Conversation): Promise<void> {
  await expect.poll(() => guest.errors, { timeout: 60_000 }).toContain(`a monitor can connect on unix:${socket}`);
}

beforeAll(() => {
  for (const [name, bytes] of Object.entries({
    "one.iso": 600 << 10,
    "two.iso": 400 << 10,
    "a.img": 1_474_560,
    "b.img": 737_280,
    big: 1 << 20,
  }))
    writeFileSync(file(name), new Uint8Array(bytes));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a monitor", { timeout: 200_000 }, () => {
  let guest: Conversation;
  let monitor: MonitorClient;

  beforeAll(async () => {
    const drives = ["--cdrom", file("one.iso"), "--fda", file("a.img"), "--disk", `file=${file("big")},format=raw,if=virtio`];
    guest = new Conversation([
      "run",
      "--guest",
      "teaching-kernel",
      ...drives,
      "--nic",
      "user,model=rtl8139",
      "--monitor",
      `unix:${socket}`,
    ]);
    await guest.expect(/ring0> /);
    monitor = await MonitorClient.open(socket);
  }, 200_000);
  afterAll(async () => {
    monitor.close();
    await guest.kill();
  });

  test("changes and takes out media; the new one is locked, and the old one free", async () => {
    expect(await monitor.ask("info block")).toBe(
      `ide1-cd0: ${file("one.iso")} (raw, read-only)\n    Removable device: not locked, tray closed\n    Cache mode:       writeback\n\n` +
        `floppy0: ${file("a.img")} (raw)\n    Removable device: not locked, tray closed\n    Cache mode:       writeback\n\n` +
        `virtio0: ${file("big")} (raw)\n    Cache mode:       writeback\n`,
    );
    expect(await monitor.ask(`change ide1-cd0 "${file("two.iso")}"`)).toBe("");
    expect(await monitor.ask("info block")).toContain(`ide1-cd0: ${file("two.iso")} (raw, read-only)\n`);
    await expect(FileStore.open(file("a.img"))).rejects.toMatchObject({ code: "in-use" });
    expect(await monitor.ask(`change floppy0 ${file("b.img")}`)).toBe("");
    await (await FileStore.open(file("a.img"))).close();
    await expect(FileStore.open(file("b.img"))).rejects.toMatchObject({ code: "in-use" });
    expect(await monitor.ask("eject floppy0")).toBe("");
    expect(await monitor.ask("eject floppy0")).toBe("");
    expect(await monitor.ask("info block")).toContain("floppy0: [not inserted]\n");
    await (await FileStore.open(file("b.img"))).close();
    expect(await monitor.ask(`change floppy0 ${file("a.img")} raw read-only`)).toBe("");
    expect(await monitor.ask("info block")).toContain(`floppy0: ${file("a.img")} (raw, read-only)\n`);
  });

  test("a change that fails leaves the old medium", async () => {
    const before = await monitor.ask("info block");
    const held = await FileStore.open(file("b.img"));
    expect(await monitor.ask(`change floppy0 ${file("b.img")} raw read-write`)).toContain("b.img is already open for writing by process");
    await held.close();
    expect(await monitor.ask("change floppy0 /nothere")).toBe("Error: /nothere can not be opened: there is no such file or folder\n");
    expect(await monitor.ask(`change floppy0 ${file("two.iso")}`)).toContain("is no floppy: no format has 409600 bytes");
    expect(await monitor.ask(`change ide1-cd0 ${file("one.iso")} qcow2`)).toContain("is no qcow2 image");
    expect(await monitor.ask("info block")).toBe(before);
  });

  test.each([
    ["nonsense", 'there is no command "nonsense"; help lists those there are'],
    ["toString", 'there is no command "toString"'],
    ["info nonsense", 'there is no info "nonsense"; there are status, block, network, usernet, pci, registers'],
    ["eject", "write: eject [-f] DEVICE"],
    ["eject floppy0 floppy1", "write: eject [-f] DEVICE"],
    ["eject floppy1", 'there is no drive "floppy1"; there are ide1-cd0, floppy0, virtio0'],
    ["eject virtio0", "what is in virtio0 can not be taken out while the machine runs"],
    ["change floppy0", "write: change [-f] DEVICE FILE [FORMAT [MODE]]"],
    ["change floppy0 x raw sometimes", 'the mode "sometimes" is not known'],
    ["change floppy0 x vmdk", 'the format "vmdk" is not known'],
    ["set_link net0", "write: set_link NAME on|off"],
    ["set_link net7 off", 'there is no network card "net7"; there are net0'],
    ["hostfwd_add x", 'the forward "x" is not understood'],
    ["hostfwd_add net7 tcp::1-:1", 'there is no network card "net7"'],
    ["hostfwd_add tcp::0-9.9.9.9:1", "9.9.9.9:1 is not a port of a guest of this network"],
    ["hostfwd_remove tcp::1", "nothing is forwarded from tcp::1"],
    ["hostfwd_remove 99999", '"99999" is no port of this host'],
    ["snapshot", "snapshot takes the name of a file"],
    ["snapshot /", "the snapshot / can not be written: it is a directory"],
    ['eject "x', "the quotes in"],
  ])("%s: is told in a sentence", async (line, sentence) => {
    const said = await monitor.ask(line);
    expect(said).toMatch(/^Error: .*\n$/);
    expect(said).toContain(sentence);
  });

  test("links and forwarded ports", async () => {
    const card = "net0: index=0,type=nic,model=rtl8139,macaddr=52:54:00:12:34:56";
    expect(await monitor.ask("info network")).toBe(`${card},link=up\n \\ type=user,net=192.168.122.0/24\n`);
    expect(await monitor.ask("set_link net0 off")).toBe("");
    expect(await monitor.ask("info network")).toContain(`${card},link=down\n`);
    expect(await monitor.ask("set_link net0 on")).toBe("");
    const [, port] = /^tcp 127\.0\.0\.1:(\d+)\n$/.exec(await monitor.ask("hostfwd_add net0 tcp::0-:80"))!;
    expect(await monitor.ask("info usernet")).toMatch(
      new RegExp(`TCP\\[HOST_FORWARD\\] +127\\.0\\.0\\.1 +${port} +192\\.168\\.122\\.2 +80\n`),
    );
    const reaches = () =>
      new Promise<boolean>((resolve) => {
        const probe = connect(Number(port), "127.0.0.1");
        probe.on("connect", () => resolve(true)).on("error", () => resolve(false));
        probe.on("connect", () => probe.destroy());
      });
    expect(await reaches()).toBe(true);
    expect(await monitor.ask(`hostfwd_remove tcp::${port}`)).toBe("");
    expect(await reaches()).toBe(false);
  });

  test("a guest that is stopped says nothing until it goes on", async () => {
    expect(await monitor.ask("info status")).toBe("VM status: running\n");
    expect(await monitor.ask("stop")).toBe("");
    expect(await monitor.ask("info status")).toBe("VM status: paused\n");
    const { output } = guest;
    const registers = await monitor.ask("info registers");
    expect(registers).toMatch(/^eax=[0-9a-f]{8} /);
    guest.type("help\r");
    for (let i = 0; i < 20; i++) expect(await monitor.ask("info registers")).toBe(registers);
    expect(guest.output).toBe(output);
    expect(await monitor.ask("cont")).toBe("");
    await guest.expect(/ring0> /);
  });

  test("several talk at once, and who sends a line without an end is sent away", async () => {
    const other = await MonitorClient.open(socket);
    const [status, pci] = await Promise.all([other.ask("info status"), monitor.ask("info pci")]);
    expect(status).toBe("VM status: running\n");
    expect(pci).toContain("Ethernet controller: PCI device 10ec:8139\n");
    other.close();
    const said = await new Promise<string>((resolve) => {
      const endless = connect(socket);
      let text = "";
      endless.on("data", (bytes: Buffer) => {
        text += bytes.toString();
      });
      endless.on("close", () => resolve(text));
      endless.on("error", () => {});
      endless.write("x".repeat(5000));
    });
    expect(said).toMatch(/Error: a line has at most 4096 characters\n$/);
    expect(await monitor.ask("help stop")).toBe("stop -- the guest stands still, and its time\n");
  });

  test("reset; a snapshot goes on elsewhere; quit ends it", async () => {
    expect(await monitor.ask("system_reset")).toBe("");
    await guest.expect(/Ringside teaching kernel[\s\S]*ring0> /);
    expect(await monitor.ask(`snapshot ${file("snapshot")}`)).toBe("");
    expect(readFileSync(file("snapshot")).length).toBeGreaterThan(1000);
    monitor.ask("quit").catch(() => {});
    expect(await guest.ended).toBe(0);
    expect(existsSync(socket)).toBe(false);
    const drives = ["--cdrom", file("two.iso"), "--fda", file("a.img"), "--disk", `file=${file("big")},format=raw,if=virtio`];
    const resumed = new Conversation(["run", "--resume", file("snapshot"), ...drives, "--nic", "user,model=rtl8139"]);
    try {
      resumed.type("help\r");
      await resumed.expect(/ring0> /);
    } finally {
      await resumed.kill();
    }
  });
});

describe("where a monitor is", { timeout: 200_000 }, () => {
  const guests: Conversation[] = [];
  afterEach(async () => {
    await Promise.all(guests.splice(0).map((guest) => guest.kill()));
  });

  test("the terminal, if the serial line leaves it alone", async () => {
    const guest = new Conversation(["run", "--guest", "teaching-kernel", "--serial", "none", "--monitor", "stdio"]);
    guests.push(guest);
    await guest.expect(/\(ringside\) /);
    guest.type("info status\n");
    await guest.expect(/VM status: running\n\(ringside\) /);
    guest.type("quit\n");
    expect(await guest.ended).toBe(0);
    expect(() => parseMonitor("stdio", "stdio")).toThrow("--monitor stdio needs a terminal of its own");
  });

  test("QEMU's words for a listener are understood, and what is wrong is told at once", async () => {
    for (const end of ["", ",server", ",server,nowait", ",server=on,wait=off"]) {
      expect(parseMonitor(`unix:/x${end}`, "stdio")).toEqual({ path: "/x" });
      expect(parseMonitor(`tcp::4444${end}`, "stdio")).toEqual({ host: "127.0.0.1", port: 4444 });
    }
    const { code, errors } = ringside(["run", "--guest", "teaching-kernel", "--monitor", "nowhere"]);
    expect({ code, errors }).toEqual({
      code: 2,
      errors: 'ringside: the monitor\'s address "nowhere" is not understood; write for example :1234\n',
    });
    const first = new Conversation(["run", "--guest", "teaching-kernel", "--monitor", `unix:${socket}`]);
    guests.push(first);
    await listening(first);
    expect(ringside(["run", "--guest", "teaching-kernel", "--monitor", `unix:${socket}`])).toMatchObject({
      code: 2,
      errors: `ringside: unix:${socket} can not be listened at: the address is taken\n`,
    });
  });

  test("a debugger keeps stop and cont to itself", async () => {
    const guest = new Conversation(["run", "--guest", "teaching-kernel", "--gdb", ":0", "--monitor", `unix:${socket}`]);
    guests.push(guest);
    await listening(guest);
    const monitor = await MonitorClient.open(socket);
    expect(await monitor.ask("info status")).toBe("VM status: paused\n");
    expect(await monitor.ask("cont")).toBe("Error: the guest stands and goes as the debugger says (--gdb)\n");
    monitor.close();
    const virtual = ringside([
      "run",
      "--guest",
      "teaching-kernel",
      "--clock",
      "virtual",
      "--gdb",
      ":0",
      "--monitor",
      `unix:${file("other")}`,
    ]);
    expect(virtual).toMatchObject({ code: 2, errors: expect.stringContaining("which a monitor would change: use --clock real") });
  });
});
