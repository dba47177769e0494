// What the I/O bench's guest is to do: disks, cards, sizes; and the names of its programs, which bench/io/guest gives them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { NIC_MODELS, type NicModel } from "../../devices/net/nics.js";
import { TOP } from "../kit.js";

const BUILT = join(TOP, ".cache/bench-io/out");

/** What bench/io/prepare.js builds. */
export const GUEST = { kernel: join(BUILT, "vmlinuz"), initrd: join(BUILT, "initramfs.cpio") } as const;

export const HOW_TO_BUILD = "the I/O bench's guest is not built: bash test/debian/fetch.sh && node bench/io/prepare.js";

export const isBuilt = () => Object.values(GUEST).every((path) => existsSync(path));

export interface IoWork {
  /** Size of each disk in MiB. */
  readonly disk: number;
  /** How often it is read, and written, in order. */
  readonly passes: number;
  /** Requests of 4 KiB at random places. */
  readonly requests: number;
  /** Megabytes that go over TCP each way. */
  readonly tcp: number;
}

export interface DiskKind {
  readonly name: string;
  readonly interface: "ide" | "virtio";
  readonly format: "raw" | "qcow2";
}

export const DISKS: readonly DiskKind[] = [
  { name: "ide_raw", interface: "ide", format: "raw" },
  { name: "ide_qcow2", interface: "ide", format: "qcow2" },
  { name: "virtio_raw", interface: "virtio", format: "raw" },
  { name: "virtio_qcow2", interface: "virtio", format: "qcow2" },
];

export interface CardKind {
  readonly name: string;
  /** As QEMU and we call it. */
  readonly model: string;
  /** Linux's driver. */
  readonly driver: string;
}

const CARDS: readonly CardKind[] = [
  { name: "e1000", model: "e1000", driver: "e1000" },
  { name: "virtio_net", model: "virtio-net-pci", driver: "virtio_net" },
];

/** Cards that there are on our side. */
export const cards = () => CARDS.filter(({ model }) => NIC_MODELS.includes(model as NicModel));

const MEGABYTE = 1e6;
const MEBIBYTE = 2 ** 20;
const BLOCK = 4096;

/** One program of the guest: what the report calls it, and what it moves. */
export interface Program {
  readonly name: string;
  /** Units of 10^6 bytes. */
  readonly megabytes: number;
}

/** `cards`: those of the guest behind NAT; `lan`: those between two guests. */
export function programsOf(
  work: IoWork,
  disks: readonly DiskKind[],
  { nat, lan }: { readonly nat: readonly CardKind[]; readonly lan: readonly CardKind[] },
): Program[] {
  const inOrder = (work.disk * work.passes * MEBIBYTE) / MEGABYTE;
  const atRandom = (work.requests * BLOCK) / MEGABYTE;
  const tcp = (work.tcp * MEBIBYTE) / MEGABYTE;
  const ways = (cards: readonly CardKind[], where: string) =>
    cards.flatMap(({ name }) => ["receive", "send"].map((way) => ({ name: `${where}_${name}_${way}`, megabytes: tcp })));
  return [
    ...disks.flatMap(({ name }) => [
      { name: `${name}_read`, megabytes: inOrder },
      { name: `${name}_random_read`, megabytes: atRandom },
      { name: `${name}_write`, megabytes: inOrder },
      { name: `${name}_random_write`, megabytes: atRandom },
    ]),
    ...ways(nat, "nat"),
    ...ways(lan, "lan"),
  ];
}

/** What Linux calls the disks of a machine, in their order. */
function deviceNames(disks: readonly DiskKind[]): string[] {
  const next = { ide: 0, virtio: 0 };
  return disks.map(({ interface: kind }) => `${kind === "ide" ? "sd" : "vd"}${"abcd"[next[kind]++]}`);
}

const USUAL = "console=ttyS0,115200 nokaslr mitigations=off quiet net.ifnames=0 panic=-1";

/** The kernel's command line for the guest that has the disks, and cards behind NAT. `port`: the host's source; the sink is behind it. */
export function soloCommandLine(work: IoWork, disks: readonly DiskKind[], nat: readonly CardKind[], port: number): string {
  const names = deviceNames(disks);
  const devices = disks.map(({ name }, i) => `${names[i]}:${name}`).join(",");
  const drivers = nat.map(({ driver, name }) => `${driver}:nat_${name}`).join(",");
  return `${USUAL} io_disks=${devices} io_disk=${work.disk},${work.passes},${work.requests} io_nat=${drivers} io_server=${port} io_tcp=${work.tcp}`;
}

const serverAddress = (index: number) => `10.9.${index + 1}.1`;

export function serverCommandLine(work: IoWork, lan: readonly CardKind[]): string {
  return `${USUAL} io_serve=${lan.map(({ driver }, i) => `${driver}:${serverAddress(i)}`).join(",")} io_tcp=${work.tcp}`;
}

export function clientCommandLine(work: IoWork, lan: readonly CardKind[]): string {
  const entries = lan.map(({ driver, name }, i) => `${driver}:lan_${name}:10.9.${i + 1}.2:${serverAddress(i)}`);
  return `${USUAL} io_lan=${entries.join(",")} io_tcp=${work.tcp}`;
}
