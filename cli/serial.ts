import { Output, openOutput } from "./output.js";
import { type TerminalEvents, TerminalInput } from "./terminal.js";
import { UserError } from "./user-error.js";

export interface SerialEvents extends TerminalEvents {
  /** Something was written, or could not be. */
  changed(): void;
}

/** Where a guest's serial line goes, and where its input comes from. */
export interface SerialPort {
  readonly output?: Output;
  readonly input?: TerminalInput;
  /** Give back the terminal, close the file. */
  close(): void;
}

function stdioPort(events: SerialEvents): SerialPort {
  const output = new Output(process.stdout, "standard output", () => events.changed());
  const input = new TerminalInput(events);
  return { output, input, close: () => input.close() };
}

function filePort(path: string, events: SerialEvents): SerialPort {
  const output = openOutput("serial file", path, () => events.changed());
  return { output, close: () => output.end() };
}

/** "stdio", "file:PATH" or "none". Throws UserError. */
export function openSerial(where: string, events: SerialEvents): SerialPort {
  if (where === "stdio") return stdioPort(events);
  if (where.startsWith("file:") && where.length > 5) return filePort(where.slice(5), events);
  if (where === "none") return { close: () => {} };
  throw new UserError(`the serial line "${where}" is not understood; write stdio, file:PATH or none`);
}
