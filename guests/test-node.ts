// Node for the tests in this folder, typed by hand: guests/ itself must run in a page, so it has no Node types.

interface Files {
  readFileSync(path: string): Uint8Array;
  readFileSync(path: string, encoding: "utf8"): string;
  writeFileSync(path: string, data: string | Uint8Array): void;
  readdirSync(path: string): string[];
  mkdtempSync(prefix: string): string;
  rmSync(path: string, options: { recursive: boolean }): void;
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Child {
  readonly stdin: { write(text: string): void };
  readonly stdout: { on(event: "data", listener: (chunk: { toString(encoding: "latin1"): string }) => void): void };
  on(event: "exit", listener: (code: number | null) => void): void;
  kill(): void;
}

interface Processes {
  spawnSync(command: string, args: readonly string[], options: { encoding: "utf8" }): Run;
  spawn(command: string, args: readonly string[]): Child;
}

// The specifiers are not literals, so that tsc does not look for their types.
export const fs = (await import("node:fs" as string)) as Files;
export const processes = (await import("node:child_process" as string)) as Processes;
const url = (await import("node:url" as string)) as { fileURLToPath(url: string): string };
const os = (await import("node:os" as string)) as { tmpdir(): string };

/** The folder guests/, with a slash at the end. */
export const GUESTS = url.fileURLToPath(
  new (url as unknown as { URL: new (path: string, base: string) => { href: string } }).URL(
    "./",
    (import.meta as unknown as { url: string }).url,
  ).href,
);

export function isInstalled(command: string, versionOption: string): boolean {
  return processes.spawnSync(command, [versionOption], { encoding: "utf8" }).status === 0;
}

export function withTemporaryFolder<T>(work: (folder: string) => T): T {
  const folder = fs.mkdtempSync(`${os.tmpdir()}/ringside-`);
  try {
    return work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

export async function withTemporaryFolderAsync<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(`${os.tmpdir()}/ringside-`);
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** The text of every guest source by its path below guests/. */
export function sourcesOnDisk(): Record<string, string> {
  const found: Record<string, string> = {};
  for (const folder of ["", "teaching-kernel/"]) {
    for (const name of fs.readdirSync(GUESTS + folder)) {
      if (name.endsWith(".asm")) found[folder + name] = fs.readFileSync(GUESTS + folder + name, "utf8");
    }
  }
  return found;
}
