// Builds the I/O bench's guest in .cache/bench-io/out: the programs and scripts of bench/io/guest, busybox and drivers in an initramfs, and Debian's kernel.
// Needs what bench/prepare-kit.js needs.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { archive, compile, compileRuntime, DEBIAN, needDebian, TOP } from "../guest-build.js";

const GUEST = join(TOP, "bench/io/guest");
const HOME = join(TOP, ".cache/bench-io");
/** Built here, and put in its place when it is whole: somebody may be using the one there is. */
const NEXT = join(HOME, "next");

/** In the order in which they can be loaded. Cards for virtio need the last three, which older folders of modules do not have. */
const MODULES = [
  ...["crc64", "crc64-rocksoft", "crct10dif_common", "crc-t10dif", "t10-pi", "scsi_common", "scsi_mod", "sd_mod", "libata", "ata_piix"],
  ...["virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci", "virtio_blk", "e1000"],
];
const VIRTIO_NET = ["failover", "net_failover", "virtio_net"];

const moduleFile = (name) => join(DEBIAN, "modules", `${name}.ko`);

function copyModules(folder) {
  mkdirSync(folder);
  const names = [...MODULES, ...(VIRTIO_NET.every((name) => existsSync(moduleFile(name))) ? VIRTIO_NET : [])];
  for (const name of names) copyFileSync(moduleFile(name), join(folder, `${name}.ko`));
  writeFileSync(join(folder, "order"), `${names.join("\n")}\n`);
}

function copyScript(name, to) {
  copyFileSync(join(GUEST, name), to);
  chmodSync(to, 0o755);
}

function buildPrograms(folder) {
  mkdirSync(folder);
  const runtime = join(NEXT, "runtime.o");
  compileRuntime(runtime);
  for (const file of readdirSync(GUEST).filter((name) => name.endsWith(".c")))
    compile(file.slice(0, -2), { from: GUEST, to: folder, runtime });
}

function build() {
  needDebian("vmlinuz", "busybox.bin", ...MODULES.map((name) => `modules/${name}.ko`));
  rmSync(NEXT, { recursive: true, force: true });
  const root = join(NEXT, "root");
  for (const name of ["proc", "sys", "dev", "bin"]) mkdirSync(join(root, name), { recursive: true });
  copyFileSync(join(DEBIAN, "vmlinuz"), join(NEXT, "vmlinuz"));
  copyFileSync(join(DEBIAN, "busybox.bin"), join(root, "bin/busybox"));
  chmodSync(join(root, "bin/busybox"), 0o755);
  copyModules(join(root, "modules"));
  copyScript("init.sh", join(root, "init"));
  copyScript("lease.sh", join(root, "lease"));
  buildPrograms(join(root, "bench"));
  archive(root, "../initramfs.cpio");
  rmSync(root, { recursive: true });
  rmSync(join(NEXT, "runtime.o"));
  rmSync(join(HOME, "out"), { recursive: true, force: true });
  renameSync(NEXT, join(HOME, "out"));
  console.log(`ready: ${join(HOME, "out")}`);
}

build();
