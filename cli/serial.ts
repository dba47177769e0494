import { closeSync, openSync, writeSync } from "node:fs";
import { EXIT_HOST } from "./exit-codes.js";
import { describeSystemError, UserError } from "./user-error.js";

/** Where a guest's serial line goes, and where its input comes from. */
export interface SerialPort {
  write(byte: number): void;
  /** Push out what is buffered. */
  flush(): void;
  /** Give the terminal back. */
  close(): void;
}

export interface TerminalEvents {
  /** A byte typed by the user. */
  input(byte: number): void;
  /** Ctrl-A x. */
  quit(): void;
}

const CTRL_A = 1;
const FLUSH_AT = 4096;

/** Write all of it, however slow the reader is. */
function writeAll(fd: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") continue;
      if (code === "EPIPE") return;
      throw new UserError(`serial output can not be written: ${describeSystemError(error)}`, EXIT_HOST);
    }
  }
}

/** Bytes in one write: when a line ends, when there are many, or when the owner says so. */
class Buffered {
  private bytes: number[] = [];

  constructor(private readonly fd: number) {}

  write(byte: number): void {
    this.bytes.push(byte);
    if (byte === 10 || this.bytes.length >= FLUSH_AT) this.flush();
  }

  flush(): void {
    if (this.bytes.length === 0) return;
    const bytes = Uint8Array.from(this.bytes);
    this.bytes = [];
    writeAll(this.fd, bytes);
  }
}

/** Takes Ctrl-A out of what is typed, as QEMU does: x quits, Ctrl-A again sends one, anything else is dropped. */
export class EscapeFilter {
  private escaped = false;

  constructor(private readonly events: TerminalEvents) {}

  feed(byte: number): void {
    if (!this.escaped) {
      if (byte === CTRL_A) this.escaped = true;
      else this.events.input(byte);
      return;
    }
    this.escaped = false;
    if (byte === CTRL_A) this.events.input(byte);
    else if (byte === 0x78) this.events.quit();
  }
}

function stdioPort(events: TerminalEvents): SerialPort {
  const output = new Buffered(1);
  const filter = new EscapeFilter(events);
  const { stdin } = process;
  const onData = (data: Buffer) => {
    for (const byte of data) {
      if (stdin.isTTY) filter.feed(byte);
      else events.input(byte);
    }
  };
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on("data", onData);
  return {
    write: (byte) => output.write(byte),
    flush: () => output.flush(),
    close: () => {
      output.flush();
      stdin.off("data", onData);
      stdin.pause();
      if (stdin.isTTY) stdin.setRawMode(false);
    },
  };
}

function filePort(path: string): SerialPort {
  let fd: number;
  try {
    fd = openSync(path, "w");
  } catch (error) {
    throw new UserError(`the serial file ${path} can not be opened: ${describeSystemError(error)}`);
  }
  const output = new Buffered(fd);
  return {
    write: (byte) => output.write(byte),
    flush: () => output.flush(),
    close: () => {
      output.flush();
      closeSync(fd);
    },
  };
}

/** "stdio", "file:PATH" or "none". */
export function openSerial(where: string, events: TerminalEvents): SerialPort {
  if (where === "stdio") return stdioPort(events);
  if (where.startsWith("file:") && where.length > 5) return filePort(where.slice(5));
  if (where === "none") return { write: () => {}, flush: () => {}, close: () => {} };
  throw new UserError(`the serial line "${where}" is not understood; write stdio, file:PATH or none`);
}
