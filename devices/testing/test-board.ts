// A PC board with a scheduler moved by hand, RAM in an array, and everything it tells the outside written down.

import { RangeSpace } from "../../core/bus/address-space.js";
import { PcBoard } from "../boards/pc.js";
import { plainVideoMemory } from "../vga/video-memory.js";
import { LineRecorder } from "./line-recorder.js";
import { ManualScheduler } from "./manual-scheduler.js";

export function createBoard() {
  const ports = new RangeSpace();
  const memory = new RangeSpace();
  const scheduler = new ManualScheduler();
  const intr = new LineRecorder();
  const ram = new Uint8Array(0x200000);
  const seen = { resets: 0, powerOffs: 0, exits: [] as number[], a20: false, shadow: [] as string[], serial: "", console: "" };
  const board = new PcBoard({
    ports,
    memory,
    scheduler,
    intr,
    guestMemory: {
      size: ram.length,
      read: (address, length) => ram.slice(address, address + length),
      readInto: (address, into) => into.set(ram.subarray(address, address + into.length)),
      write: (address, bytes) => ram.set(bytes, address),
    },
    videoMemory: plainVideoMemory(0x1000000),
    nmi: () => {},
    reset: () => seen.resets++,
    powerOff: () => seen.powerOffs++,
    exit: (code) => seen.exits.push(code),
    setA20: (open) => {
      seen.a20 = open;
    },
    setShadow: (start, _length, mode) => seen.shadow.push(`${start.toString(16)} ${mode}`),
    serial1: (byte) => {
      seen.serial += String.fromCharCode(byte);
    },
    serial2: () => {},
    debugConsole: (byte) => {
      seen.console += String.fromCharCode(byte);
    },
    wallClock: () => 0,
  });
  const config = (slot: number, func: number, offset: number) => {
    ports.write(0xcf8, 0x80000000 + (slot << 11) + (func << 8) + offset, 4);
    return ports.read(0xcfc, 4);
  };
  return { board, ports, memory, scheduler, intr, ram, seen, config };
}
