// Host-physical memory as the VMM of a paravirtual guest reads and writes it. What the processor has decoded there is told of each store.
import type { Cpu } from "../../cpu/cpu.js";
import type { FrameMemory } from "./frames.js";

export class HostMemory implements FrameMemory {
  private readonly view: DataView;

  constructor(private readonly cpu: Cpu) {
    const { buffer, byteOffset, byteLength } = cpu.ram;
    this.view = new DataView(buffer, byteOffset, byteLength);
  }

  read(address: number): number {
    return this.view.getUint32(address, true);
  }

  write(address: number, value: number): void {
    this.view.setUint32(address, value, true);
    this.cpu.memoryWritten(address, 4);
  }

  readBytes(address: number, length: number): Uint8Array {
    return this.cpu.ram.subarray(address, address + length);
  }

  writeBytes(address: number, bytes: Uint8Array): void {
    this.cpu.ram.set(bytes, address);
    this.cpu.memoryWritten(address, bytes.length);
  }
}
