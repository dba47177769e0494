// Registers of the local APIC by number (offset / 16), and bits of them. SDM 3A "Local APIC Register Address Map".

export const ID = 0x02;
export const VERSION_REGISTER = 0x03;
export const TPR = 0x08;
export const APR = 0x09;
export const PPR = 0x0a;
export const EOI = 0x0b;
export const LDR = 0x0d;
export const DFR = 0x0e;
export const SVR = 0x0f;
export const ISR = 0x10;
export const TMR = 0x18;
export const IRR = 0x20;
export const ESR = 0x28;
export const ICR_LOW = 0x30;
export const ICR_HIGH = 0x31;
export const LVT = 0x32;
export const INITIAL_COUNT = 0x38;
export const CURRENT_COUNT = 0x39;
export const DIVIDE = 0x3e;

/** Of ESR. */
export const ERROR_SEND_VECTOR = 1 << 5;
export const ERROR_RECEIVE_VECTOR = 1 << 6;
export const ERROR_REGISTER = 1 << 7;

/** Of SVR and ICR. */
export const SVR_ENABLE = 1 << 8;
export const ICR_LEVEL = 1 << 15;
export const ICR_ASSERT = 1 << 14;
