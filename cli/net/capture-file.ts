// Capture files of a switch's ports (devices/net/pcap.ts). Written with blocking calls, some 64 KiB at a time, so that nothing is lost and little is held.
import { closeSync, openSync, writeSync } from "node:fs";
import { type CaptureOptions, capture, type Moment, momentAt } from "../../devices/net/pcap.js";
import type { SwitchPort } from "../../devices/net/switch/port.js";
import { EXIT_HOST } from "../exit-codes.js";
import { hostTime } from "../host.js";
import { describeSystemError, UserError } from "../user-error.js";

const BUFFER_BYTES = 64 << 10;

export class CaptureFile {
  /** What went wrong first: nothing is written from then on. */
  failure: UserError | undefined;
  private readonly fd: number;
  private parts: Uint8Array[] = [];
  private bytes = 0;

  /** Throws UserError if the file can not be opened. A pipe waits here for its reader. */
  constructor(private readonly path: string) {
    try {
      this.fd = openSync(path, "w");
    } catch (error) {
      throw this.error(error);
    }
  }

  readonly write = (bytes: Uint8Array): void => {
    this.parts.push(bytes);
    this.bytes += bytes.length;
    if (this.bytes >= BUFFER_BYTES) this.flush();
  };

  /** So that a reader sees all until now. */
  flush(): void {
    const bytes = Buffer.concat(this.parts);
    this.parts = [];
    this.bytes = 0;
    if (this.failure) return;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
    } catch (error) {
      this.failure = this.error(error);
    }
  }

  close(): void {
    this.flush();
    closeSync(this.fd);
  }

  private error(error: unknown): UserError {
    return new UserError(`the capture ${this.path} can not be written: ${describeSystemError(error)}`, EXIT_HOST);
  }
}

/** Write what passes ports to a file, until it is closed. Times are the host's if no others are given. Throws UserError. */
export function captureToFile(
  ports: readonly SwitchPort[],
  path: string,
  options: Partial<Omit<CaptureOptions, "write">> = {},
): { readonly file: CaptureFile; close(): void } {
  const file = new CaptureFile(path);
  const end = capture(ports, { now: hostMoment(), ...options, write: file.write });
  const close = () => {
    end();
    file.close();
  };
  return { file, close };
}

/** The host's wall clock, which goes on as evenly as its monotonic one. */
export function hostMoment(): () => Moment {
  const [wall, since] = [Date.now() / 1000, hostTime()];
  return () => momentAt(wall, (hostTime() - since) * 1e6);
}
