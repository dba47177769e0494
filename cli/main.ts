import { Command, CommanderError, Option } from "commander";
import type { BenchOptions } from "./bench-command.js";
import { EXIT_OK, EXIT_USAGE } from "./exit-codes.js";
import type { LabOptions } from "./lab-command.js";
import type { NbdOptions } from "./nbd-command.js";
import type { RelayCommandOptions } from "./relay-command.js";
import { guarded, runCommand } from "./run-command.js";
import type { RunOptions } from "./run-options.js";
import type { SwitchOptions } from "./switch-command.js";

/** Options whose values a snapshot holds. */
const IN_SNAPSHOT = ["kernel", "initrd", "append", "image", "bios", "guest", "memory", "features", "hypervisor", "clock"];

/** For options that can stand more than once. */
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const program = new Command("ringside")
  .description("An x86 machine and hypervisor, seen from the ring side")
  .version("0.1.0")
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "ringside: ").replace(/\n\((.*)\)/, " ($1)")) });

program
  .command("run")
  .description("run a guest, with its first serial line on the terminal (Ctrl-A x leaves)")
  .option("--kernel <file>", "a Linux bzImage or a multiboot kernel")
  .option("--initrd <file>", "initial ramdisk, or multiboot module")
  .option("--append <text>", "kernel command line")
  .option("--image <file>", "a boot sector or flat image, started at 0000:7C00")
  .option("--bios <file>", "a BIOS image, started at the reset vector")
  .option("--vgabios <file>", "a video BIOS for --bios to find")
  .option("--guest <name>", "a guest that comes along: see `ringside guests`")
  .option("--hda <file>", "an image for the first IDE disk; --hdb, --hdc and --hdd likewise")
  .addOption(new Option("--hdb <file>").hideHelp())
  .addOption(new Option("--hdc <file>").hideHelp())
  .addOption(new Option("--hdd <file>").hideHelp())
  .option("--cdrom <file>", "an ISO image for an IDE CD-ROM drive, in the place of --hdc")
  .option("--fda <file>", "a raw floppy image for drive A; --fdb likewise")
  .addOption(new Option("--fdb <file>").hideHelp())
  .option(
    "--disk <words>",
    "a drive, in words as of QEMU's -drive, separated by commas: file= if=ide|virtio|floppy media=disk|cdrom index= format=raw|qcow2 cache=writeback|writethrough|none|unsafe readonly=on|off serial= bootindex=; may be given several times",
    (words: string, before: readonly string[] | undefined) => [...(before ?? []), words],
  )
  .option("--boot <order>", "where --bios boots from: up to three of a (floppy), c (disk), d (CD-ROM), n (network)")
  .option("--memory <size>", "RAM, for example 256M", "256M")
  .option("--features <list>", "processor features to add, of umip, smep, smap, separated by commas")
  .option("--hypervisor <kind>", "the hypervisor whose paravirtual interface the guest finds: none, or kvm", "none")
  .option("--serial <where>", "COM1: stdio, file:PATH or none", "stdio")
  .option("--clock <kind>", "real, or virtual: time is instructions executed, every run the same", "real")
  .option("--translate <when>", "turn code into WebAssembly: on (when hot), off, or eager (at once); the guest can not tell", "on")
  .option(
    "--road <road>",
    "how the guest's kernel is run: bare, trap (deprivileged, by trap and emulate; from protected mode on), bt (likewise, by binary translation), pv (for kernels written to docs/hypercalls.md), or hw (SVM's guest mode)",
    "bare",
  )
  .option("--rings <rings>", "on the road trap: 0/1/3 (the kernel in ring 1), or 0/3/3")
  .option("--paging <kind>", "on the road hw: nested, or shadow page tables; nested if nothing is said")
  .option("--pv-disk <file>", "on the road pv: a raw image that the guest reads and writes")
  .option(
    "--net <what>",
    "what network cards are plugged into: user, isolated, open, none, switch=ADDRESS or listen=ADDRESS; alone, it brings a card",
  )
  .option(
    "--nic <words>",
    "a network card, as QEMU's -nic: [user|socket|stream|none],model=e1000|rtl8139|ne2k_pci|virtio,mac=...,hostfwd=tcp::8080-:80; as often as cards are wanted",
    collect,
    [],
  )
  .option("--net-capture <file>", "write what passes the cards to a file that tshark reads (pcap)")
  .option("--rng", "an entropy device (virtio-rng); under the virtual clock its numbers are the same in every run")
  .option("--snapshot-out <file>", "write the whole machine to a file when the run ends")
  .option("--snapshot-at <count>", "end the run after so many instructions since power-on")
  .addOption(new Option("--resume <file>", "continue from a snapshot").conflicts(IN_SNAPSHOT))
  .option("--trace <what>", "to standard error: any of exec, int, io, mmio, separated by commas")
  .option(
    "--trace-exits [file]",
    "each exit from the guest to the VMM: to standard error, or to a file (of JSON, a line each, if it is named *.json)",
  )
  .option("--count-exits", "to standard error when the run ends: how often the guest was left, and for what")
  .option("--costs <profile>", "what a cost profile makes of those: pentium4, core2 or recent-amd")
  .addOption(
    new Option(
      "--gdb <where>",
      "serve gdb's remote protocol on [HOST]:PORT (host 127.0.0.1), and wait for it before the first instruction",
    ).conflicts(["snapshotAt"]),
  )
  .option("--no-gdb-wait", "with --gdb, let the guest run until a debugger connects")
  .option(
    "--monitor <where>",
    "QEMU's human monitor, to change media and more while the guest runs: unix:PATH, [HOST]:PORT (host 127.0.0.1), or stdio",
  )
  .option("--no-reboot", "end when the guest resets the machine")
  .addHelpText(
    "after",
    `
With --gdb: \`target remote :PORT\` in gdb (set architecture i386 if it asks). The guest stands until then, as with QEMU's -S; \`-gdb tcp::PORT\` is
written \`--gdb :PORT\`, and \`-s\` is \`--gdb :1234 --no-gdb-wait\`. Breakpoints and watchpoints do not change the guest. reverse-stepi and
reverse-continue need --clock virtual. A step does not hold interrupts off. \`monitor help\` lists what there is beside.

With --monitor: \`help\` there lists the commands. Who can connect can open any file that this program can; a Unix socket is this user's alone.

Networks: a card without words of its own is plugged into what --net says. user is a network 192.168.122.0/24 whose gateway takes guests outside
(net=, host=, dhcpstart=, domainname=, restrict=on, hostaccess=on to let guests reach this host's own ports, and hostfwd=, which listens on this host's
loopback interface if it names no address); isolated leads nowhere; open has no policy. switch=ADDRESS joins another switch: HOST:PORT or unix:PATH
(\`ringside switch\`, or QEMU's -netdev stream and socket), or ws://HOST:PORT/; there each machine needs a mac= of
its own. With --clock virtual, a network makes runs differ.

Exit codes: 0 the guest powered off, the user left (Ctrl-A x, or a signal), or --snapshot-at was reached; 1 the host failed;
2 impossible options or images; 3 the guest halted with interrupts off, or crashed on the road pv; 4 the guest reset itself (--no-reboot);
(V << 1) | 1 if it wrote V to port 0xF4.`,
  )
  .action(async (options: RunOptions) => {
    process.exitCode = await runCommand(options);
  });

program
  .command("switch")
  .description("run a switch that machines, QEMU's guests and browsers join; Ctrl-C ends it, and tells what passed its ports")
  .option(
    "--listen <address>",
    "let others join at HOST:PORT (host 127.0.0.1), unix:PATH or ws://HOST:PORT; as often as wanted",
    collect,
    [],
  )
  .option("--connect <address>", "join another switch there; likewise, and wss://", collect, [])
  .option("--net <what>", "a gateway: user, isolated, open (with the words of `run --net`), or none", "none")
  .option("--capture <file>", "write what comes in at any port to a file that tshark reads (pcap)")
  .option("--origin <url>", "let pages of this origin join by WebSocket, for example http://localhost:8080; * for all", collect, [])
  .action(async (options: SwitchOptions) => {
    const { runSwitch } = await import("./switch-command.js");
    process.exitCode = await guarded(async () => {
      await runSwitch(options);
      return EXIT_OK;
    });
  });

program
  .command("relay")
  .description("give the guests of pages connections of this host, over a WebSocket (Wisp); Ctrl-C ends it, and tells what was relayed")
  .option("--listen <address>", "ws://HOST:PORT (host 127.0.0.1)", "ws://:8001")
  .option("--origin <url>", "let pages of this origin connect, for example http://localhost:8080; * for all", collect, [])
  .option(
    "--net <what>",
    "where guests may go: user (hostaccess=on: also to this host's own ports), or open: also to private networks",
    "user",
  )
  .action(async (options: RelayCommandOptions) => {
    const { runRelay } = await import("./relay-command.js");
    process.exitCode = await guarded(async () => {
      await runRelay(options);
      return EXIT_OK;
    });
  });

program
  .command("guests")
  .description("list the guests that come along")
  .action(async () => {
    const { guests } = await import("../guests/catalog.js");
    for (const guest of guests) console.log(`${guest.name.padEnd(18)} ${guest.description}`);
  });

program
  .command("lab [name]")
  .description("run a lab; without a name, list them")
  .option("--with <switches>", "switches of the lab, separated by commas")
  .option("--json", "the report as JSON")
  .action(async (name: string | undefined, options: LabOptions) => {
    const { lab } = await import("./lab-command.js");
    process.exitCode = await guarded(async () => {
      lab(name, options);
      return EXIT_OK;
    });
  });

program
  .command("nbd <image>")
  .description("serve a disk image to NBD clients, until Ctrl-C; its address is printed")
  .option("--port <number>", "TCP port; 0: any free one", "10809")
  .option("--bind <address>", "address of this host to listen on", "127.0.0.1")
  .addOption(new Option("--socket <path>", "listen on a Unix socket").conflicts(["port", "bind"]))
  .option("--export <name>", "what clients ask for; the default export has no name", "")
  .option("--description <text>", "shown to clients that list exports")
  .option("--read-only", "refuse writes")
  .option("--format <name>", "raw or qcow2; if nothing is said, the image's first bytes say it")
  .option("--cache <mode>", "writeback, writethrough, none or unsafe", "writeback")
  .option("--shared <number>", "clients at the same time", "16")
  .action(async (image: string, options: NbdOptions) => {
    const { serveImage } = await import("./nbd-command.js");
    process.exitCode = await guarded(async () => {
      await serveImage(image, options);
      return EXIT_OK;
    });
  });

program
  .command("bench")
  .description("measure")
  .command("roads")
  .description("what single things cost a guest's kernel: system calls, ports, faults, page tables, interrupts")
  .option("--json", "print JSON")
  .option(
    "--roads <list>",
    "of bare, trap, pv, hw and what tells their kinds apart (hw nested, trap 0/3/3), separated by commas; without, all",
  )
  .option("--rounds <count>", "measure this program's time so often, and take each loop's fastest; 0: only count", "3")
  .option("--costs <profile>", "the cost profile of the table: pentium4, core2 or recent-amd (JSON has all)", "pentium4")
  .action(async (options: BenchOptions) => {
    const { benchRoads } = await import("./bench-command.js");
    process.exitCode = await guarded(async () => {
      benchRoads(options);
      return EXIT_OK;
    });
  });

program
  .command("img [arguments...]")
  .description("make, look at, copy and change disk images, with qemu-img's commands and options: see `ringside img --help`")
  .helpOption(false)
  .allowUnknownOption()
  .action(async () => {
    const { img } = await import("./img/main.js");
    // As they were written: with the "--" that is taken away here.
    process.exitCode = await img(process.argv.slice(3), {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
    });
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
}
