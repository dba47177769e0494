// Copies the bench kit that lies beside the repository to .cache/bench-kit and builds it there (Debian packages: gcc-multilib, cpio,
// debian-installer-12-netboot-i386; busybox-static:i386 is downloaded by the kit's own script).
import { spawnSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCE = process.argv[2] ?? join(TOP, "../shared/bench-kit");
const KIT = join(TOP, ".cache/bench-kit");

if (!existsSync(SOURCE)) {
  console.error(`the bench kit is not at ${SOURCE}: give its folder as the argument`);
  process.exit(2);
}
cpSync(SOURCE, KIT, { recursive: true });
spawnSync("chmod", ["-R", "u+w", KIT]);
const result = spawnSync("bash", [join(KIT, "build.sh")], { stdio: ["ignore", "inherit", "inherit"] });
process.exitCode = result.status ?? 1;
