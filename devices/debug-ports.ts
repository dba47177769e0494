// Two ports that emulators give to guests under test, with QEMU's meaning:
//   DebugConsole  port E9H: a byte written goes to the host; a read gives E9H, by which a guest finds the port.
//   DebugExit     ports F4H-F7H: a write ends the machine with exit code value x 2 + 1. Reads give 0.
// Neither is on a real PC, and neither has a state to save.

import type { AccessSize, Region } from "../core/bus/device.js";
import { ByteRegion } from "./byte-region.js";

export const DEBUG_CONSOLE_PORT = 0xe9;
export const DEBUG_EXIT_PORT = 0xf4;

export class DebugConsole {
  readonly ports: Region;

  constructor(output: (byte: number) => void) {
    this.ports = new ByteRegion(1, { read: () => DEBUG_CONSOLE_PORT, write: (_, value) => output(value) });
  }
}

export class DebugExit {
  readonly ports: Region;

  constructor(exit: (code: number) => void) {
    this.ports = {
      read: () => 0,
      // The width of the write decides the value, so this is no byte-wide register.
      write: (_offset: number, value: number, _size: AccessSize) => exit((value >>> 0) * 2 + 1),
    };
  }
}
