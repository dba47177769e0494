// The smallest machine there is: a processor, RAM from address 0, and around it what a test gives it, or nothing at all: no interrupts,
// no devices, a time-stamp counter that stands still.
import { RAM_BASE } from "../../../wasm/abi/layout.js";
import { Cpu, type CpuHost, type CpuOptions } from "../cpu.js";

const NOTHING: CpuHost = {
  portIn: () => 0xff,
  portOut: () => {},
  mmioRead: () => 0xff,
  mmioWrite: () => {},
  interruptAcknowledge: () => -1,
  timeStamp: () => 0,
  msrWritten: () => {},
};

export interface SmallMachineOptions extends Omit<CpuOptions, "host" | "ramBytes"> {
  readonly ramBytes?: number;
  /** What is there after all. */
  readonly host?: Partial<CpuHost>;
}

export interface SmallMachine {
  readonly cpu: Cpu;
  /** Guest RAM; `cpu.ram` has it as bytes. */
  readonly ram: DataView;
}

export function smallMachine({ ramBytes = 1 << 20, host, ...options }: SmallMachineOptions): SmallMachine {
  const cpu = Cpu.create({ ...options, ramBytes, host: { ...NOTHING, ...host } });
  cpu.mapPages(0, ramBytes, "ram", RAM_BASE);
  return { cpu, ram: new DataView(cpu.memory.buffer, RAM_BASE, ramBytes) };
}
