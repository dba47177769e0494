// Bytes on their way to standard output, standard error or a file. They come from the middle of a guest's instruction, so nothing is thrown
// there: what goes wrong is kept in `failure`, for whoever runs the guest to look at between slices.
import { createWriteStream, openSync } from "node:fs";
import type { Writable } from "node:stream";
import { EXIT_HOST } from "./exit-codes.js";
import { describeSystemError, UserError } from "./user-error.js";

const FLUSH_AT = 4096;
const LINE_END = 10;

export class Output {
  failure: UserError | undefined;
  private bytes: number[] = [];
  /** Writes that the stream has not answered for. */
  private unanswered = 0;

  /** `what` begins the sentence that tells of a failure; `changed` is called when something was written, or could not be. */
  constructor(
    private readonly stream: Writable,
    private readonly what: string,
    private readonly changed: () => void,
  ) {
    stream.on("error", (error) => this.fail(error));
  }

  write(byte: number): void {
    this.bytes.push(byte);
    if (byte === LINE_END || this.bytes.length >= FLUSH_AT) this.flush();
  }

  print(line: string): void {
    this.flush();
    this.send(`${line}\n`);
  }

  /** Push out what is gathered here. */
  flush(): void {
    if (this.bytes.length === 0) return;
    const bytes = Uint8Array.from(this.bytes);
    this.bytes = [];
    this.send(bytes);
  }

  private send(data: Uint8Array | string): void {
    if (this.failure) return;
    this.unanswered++;
    this.stream.write(data, (error) => {
      this.unanswered--;
      if (error) this.fail(error);
      else this.changed();
    });
  }

  private fail(error: Error): void {
    this.failure ??= new UserError(`${this.what} can not be written: ${describeSystemError(error)}`, EXIT_HOST);
    this.changed();
  }

  /** The reader is so far behind that the guest should wait. */
  get behind(): boolean {
    return !this.failure && this.stream.writableNeedDrain;
  }

  /** Something is not yet written. */
  get pending(): boolean {
    return !this.failure && this.unanswered > 0;
  }

  /** Close the file. Standard output and error stay open. */
  end(): void {
    this.stream.end();
  }
}

/** A file that the user named; `what` says what it is for. Throws UserError. */
export function openOutput(what: string, path: string, changed: () => void): Output {
  let fd: number;
  try {
    fd = openSync(path, "w");
  } catch (error) {
    throw new UserError(`the ${what} ${path} can not be opened: ${describeSystemError(error)}`);
  }
  return new Output(createWriteStream(path, { fd }), `the ${what} ${path}`, changed);
}
