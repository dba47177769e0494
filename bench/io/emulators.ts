// The two sides: how QEMU and we are started with the same kernel, disks and cards. Each prints the guest's first serial line on standard output.
import { join } from "node:path";
import { EMULATORS } from "../emulators.js";
import { TOP } from "../kit.js";
import { type CardKind, type DiskKind, GUEST } from "./work.js";

export const GUEST_MEGABYTES = 256;
/** The same on both sides: writes are safe after a flush, and the host's page cache is used. */
const CACHE = "writeback";

export interface DiskFile extends DiskKind {
  readonly path: string;
}

/** A cable to another guest, over a Unix socket. */
export interface Cable {
  readonly card: CardKind;
  readonly path: string;
  readonly listens: boolean;
}

export interface GuestPlan {
  readonly commandLine: string;
  readonly disks?: readonly DiskFile[];
  /** Cards each on a network of its own behind NAT. */
  readonly nat?: readonly CardKind[];
  readonly cables?: readonly Cable[];
}

export interface IoEmulator {
  /** Undefined if it is not installed here. */
  version(): string | undefined;
  command(plan: GuestPlan): readonly string[];
}

const mac = (index: number, listens = false) => `52:54:00:00:0${listens ? 2 : 1}:0${index}`;

const ringside: IoEmulator = {
  version: () => EMULATORS.ringside.version()?.replace(/ on bare$/, ""),
  command({ commandLine, disks = [], nat = [], cables = [] }) {
    const drives = disks.flatMap(({ path, interface: kind, format }) => [
      "--disk",
      `file=${path},if=${kind},format=${format},cache=${CACHE}`,
    ]);
    const gateways = nat.flatMap(({ model }, i) => ["--nic", `user,model=${model},mac=${mac(i)},hostaccess=on`]);
    const links = cables.flatMap(({ card, path, listens }, i) => [
      "--nic",
      `${listens ? "listen" : "switch"}=unix:${path},model=${card.model},mac=${mac(i, listens)}`,
    ]);
    const boot = ["--kernel", GUEST.kernel, "--initrd", GUEST.initrd, "--append", commandLine, "--memory", `${GUEST_MEGABYTES}M`];
    return [process.execPath, join(TOP, "cli/bin.js"), "run", "--no-reboot", ...boot, ...drives, ...gateways, ...links];
  },
};

const qemu: IoEmulator = {
  version: () => EMULATORS.qemu.version(),
  command({ commandLine, disks = [], nat = [], cables = [] }) {
    const machine = `-accel tcg -M pc -m ${GUEST_MEGABYTES} -nodefaults -no-reboot -display none -monitor none -serial stdio`.split(" ");
    const boot = ["-kernel", GUEST.kernel, "-initrd", GUEST.initrd, "-append", commandLine];
    const drives = disks.flatMap(({ path, interface: kind, format }) => [
      "-drive",
      `file=${path},if=${kind},format=${format},cache=${CACHE}`,
    ]);
    const gateways = nat.flatMap(({ model }, i) => ["-netdev", `user,id=u${i}`, "-device", `${model},netdev=u${i},mac=${mac(i)}`]);
    const links = cables.flatMap(({ card, path, listens }, i) => [
      "-netdev",
      `stream,id=s${i},server=${listens ? "on" : "off"},addr.type=unix,addr.path=${path}`,
      "-device",
      `${card.model},netdev=s${i},mac=${mac(i, listens)}`,
    ]);
    return ["qemu-system-i386", ...machine, ...boot, ...drives, ...gateways, ...links];
  },
};

export const IO_EMULATORS = { ringside, qemu } as const;
export type IoEmulatorName = keyof typeof IO_EMULATORS;
export const IO_EMULATOR_NAMES = Object.keys(IO_EMULATORS) as IoEmulatorName[];
