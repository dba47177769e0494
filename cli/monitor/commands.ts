// The monitor's commands, by the names and with the arguments of QEMU's human monitor (its documentation, "QEMU Monitor"). `snapshot` is our own.
//
// Not here: what needs a debugger (`--gdb` has that), devices that come and go, migration, block jobs.
import { BlockError } from "../../devices/block/store.js";
import { ForwardError } from "../../devices/net/gateway/forwards.js";
import { NetworkError } from "../../devices/net/network-error.js";
import { SnapshotFile } from "../files.js";
import { UserError } from "../user-error.js";
import { type Command, type Controls, lines } from "./controls.js";
import { INFO } from "./info.js";
import { splitLine } from "./line.js";
import { changeMedium, ejectMedium } from "./media.js";
import { addForward, removeForward, setLink } from "./network.js";

const COMMANDS: Readonly<Record<string, Command>> = {
  help: { usage: "help [COMMAND]", help: "this list, or one of it", run: (_, [name]) => helpText(name) },
  info: {
    usage: "info [WHAT]",
    help: "what there is; without WHAT: what can be asked for",
    run: (controls, [what]) => info(controls, what),
  },
  eject: { usage: "eject [-f] DEVICE", help: "take out a medium; -f: though the guest has locked the tray", run: ejectMedium },
  change: {
    usage: "change [-f] DEVICE FILE [FORMAT [MODE]]",
    help: "put another medium in; MODE is retain, read-only or read-write",
    run: changeMedium,
  },
  set_link: { usage: "set_link NAME on|off", help: "plug a network card's cable in, or pull it out", run: setLink },
  hostfwd_add: {
    usage: "hostfwd_add [NAME] tcp|udp:[HOST]:PORT-[GUEST]:PORT",
    help: "let a port of this host lead to a guest",
    run: addForward,
  },
  hostfwd_remove: { usage: "hostfwd_remove [NAME] tcp|udp:[HOST]:PORT", help: "listen there no more", run: removeForward },
  stop: { usage: "stop", help: "the guest stands still, and its time", run: ({ run }) => mayHold(run, () => run.hold()) },
  cont: { usage: "cont", help: "the guest goes on", run: ({ run }) => mayHold(run, () => run.go()) },
  system_reset: { usage: "system_reset", help: "reset the machine", run: ({ machine }) => done(() => machine.board.options.reset()) },
  system_powerdown: { usage: "system_powerdown", help: "press the power button", run: (controls) => done(() => pressPower(controls)) },
  snapshot: { usage: "snapshot FILE", help: "write the whole machine to a file, for run --resume", run: takeSnapshot },
  quit: { usage: "quit", help: "leave, as the user leaves", run: ({ run }) => done(() => run.quit()) },
};

/** What to tell of an order, whole lines or nothing. Whatever is wrong with it is told in a sentence. */
export async function obey(line: string, controls: Controls): Promise<string> {
  try {
    const [name, ...words] = splitLine(line);
    if (name === undefined) return "";
    const answer = await lookUp(COMMANDS, name).run(controls, words);
    controls.run.wake();
    return answer;
  } catch (error) {
    if (![UserError, BlockError, ForwardError, NetworkError].some((kind) => error instanceof kind)) throw error;
    return `Error: ${(error as Error).message}\n`;
  }
}

function lookUp(commands: Readonly<Record<string, Command>>, name: string): Command {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw new UserError(`there is no command "${name}"; help lists those there are`);
  return command;
}

function helpText(name: string | undefined): string {
  const chosen = name === undefined ? Object.values(COMMANDS) : [lookUp(COMMANDS, name)];
  return lines(chosen.map(({ usage, help }) => `${usage} -- ${help}`));
}

function info(controls: Controls, what: string | undefined) {
  if (what === undefined) return lines(Object.entries(INFO).map(([name, { help }]) => `info ${name} -- ${help}`));
  const known = Object.hasOwn(INFO, what) ? INFO[what] : undefined;
  if (!known) throw new UserError(`there is no info "${what}"; there are ${Object.keys(INFO).join(", ")}`);
  return known.show(controls);
}

function done(work: () => void): string {
  work();
  return "";
}

function mayHold({ heldBy }: Controls["run"], work: () => void): string {
  if (heldBy !== undefined) throw new UserError(heldBy);
  return done(work);
}

function pressPower({ machine }: Controls): void {
  if (machine.paravirtual) throw new UserError("a guest on the road pv has no power button");
  machine.board.pm.pressPowerButton();
}

function takeSnapshot({ machine }: Controls, [path, ...more]: readonly string[]): string {
  if (path === undefined || more.length > 0) throw new UserError("snapshot takes the name of a file");
  new SnapshotFile(path).write(machine.save());
  return "";
}
