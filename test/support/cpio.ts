// An initramfs: a "newc" cpio archive (Documentation/driver-api/early-userspace/buffer-format.rst in the kernel's sources).

export interface ArchiveEntry {
  readonly path: string;
  /** Absent for a folder. */
  readonly content?: Uint8Array;
  readonly executable?: boolean;
}

const FOLDER = 0o040755;
const FILE = 0o100644;
const EXECUTABLE = 0o100755;

const padding = (length: number) => new Uint8Array((4 - (length % 4)) % 4);
const ascii = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const hex = (value: number) => value.toString(16).padStart(8, "0");

function record(path: string, mode: number, content: Uint8Array, inode: number): Uint8Array[] {
  const fields = [inode, mode, 0, 0, mode === FOLDER ? 2 : 1, 0, content.length, 0, 0, 0, 0, path.length + 1, 0];
  const head = ascii(`070701${fields.map(hex).join("")}${path}\0`);
  return [head, padding(head.length), content, padding(content.length)];
}

function makeInitramfs(entries: readonly ArchiveEntry[]): Uint8Array {
  const parts = entries.flatMap(({ path, content, executable }, i) =>
    record(path, content ? (executable ? EXECUTABLE : FILE) : FOLDER, content ?? new Uint8Array(), i + 1),
  );
  return Buffer.concat([...parts, ...record("TRAILER!!!", 0, new Uint8Array(), 0)]);
}

const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin PS1='guest# '
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
echo "shell ready"
setsid cttyhack sh
poweroff -f
`;

/**
 * A system that is nothing but busybox and `files`: mounts /proc, /sys and /dev, gives a shell on the console, and powers off when the shell ends.
 */
export function makeBusyboxInitramfs(busybox: Uint8Array, files: readonly ArchiveEntry[] = []): Uint8Array {
  return makeInitramfs([
    ...["bin", "dev", "proc", "sys", "tmp"].map((path) => ({ path })),
    { path: "bin/busybox", content: busybox, executable: true },
    { path: "init", content: ascii(INIT), executable: true },
    ...files,
  ]);
}
