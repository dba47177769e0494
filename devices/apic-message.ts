// What travels on the APIC bus between I/O APIC and local APICs.

// SDM 3A "Interrupt Command Register": delivery mode, the same codes in ICR, LVT and the I/O APIC's redirection table.
export const DELIVERY_FIXED = 0;
export const DELIVERY_LOWEST_PRIORITY = 1;
export const DELIVERY_SMI = 2;
export const DELIVERY_NMI = 4;
export const DELIVERY_INIT = 5;
/** Start-up in an ICR; reserved in the redirection table. */
export const DELIVERY_START_UP = 6;
export const DELIVERY_EXT_INT = 7;

export interface ApicMessage {
  readonly destination: number;
  readonly logical: boolean;
  readonly deliveryMode: number;
  readonly vector: number;
  /** Trigger mode: the receiver's EOI is broadcast to the I/O APICs. */
  readonly level: boolean;
}
