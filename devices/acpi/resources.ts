// Resource descriptors for _CRS and _PRS. ACPI 5.0 chapter 6.4 "Resource Data Types for ACPI".

import { type Aml, buffer, dword, word } from "./aml.js";

/** I/O ports, decoded with 16 bits. */
export function ports(start: number, length: number): number[] {
  return [0x47, 0x01, ...word(start), ...word(start), 0x01, length];
}

/** An edge-triggered, active-high, exclusive ISA interrupt. */
export function isaInterrupt(irq: number): number[] {
  return [0x22, ...word(1 << irq)];
}

/** 8-bit ISA DMA, compatibility timing, not a bus master. */
export function isaDma(channel: number): number[] {
  return [0x2a, 1 << channel, 0];
}

/** Byte offset of the first interrupt number in what `sharedInterrupts` returns. */
export const INTERRUPT_NUMBER = 5;

/** Level-triggered, active-high, shared interrupts: one in a _CRS, the choice in a _PRS. */
export function sharedInterrupts(irqs: readonly number[]): number[] {
  return [0x89, ...word(2 + irqs.length * 4), 0b1001, irqs.length, ...irqs.flatMap(dword)];
}

/** Bus numbers a host bridge passes down. */
export function busRange(first: number, last: number): number[] {
  return [0x88, ...word(13), 2, 0x0c, 0, ...wordRange(first, last)];
}

/** I/O ports a host bridge passes down. */
export function portRange(first: number, last: number): number[] {
  return [0x88, ...word(13), 1, 0x0c, 3, ...wordRange(first, last)];
}

/** Memory a host bridge passes down: read-write, not cacheable. */
export function memoryRange(first: number, last: number): number[] {
  return [0x87, ...word(23), 0, 0x0c, 1, ...dword(0), ...dword(first), ...dword(last), ...dword(0), ...dword(last - first + 1)];
}

/** A resource template: the descriptors, then the end tag with its checksum left to be ignored. */
export function resources(...descriptors: readonly (readonly number[])[]): Aml {
  return buffer([...descriptors.flat(), 0x79, 0]);
}

function wordRange(first: number, last: number): number[] {
  return [...word(0), ...word(first), ...word(last), ...word(0), ...word(last - first + 1)];
}
