// Where the little VMM of these tests lies: one region at the top of the linear address space (and of the guest-physical one, where the
// guest has nothing), above the limits of the guest's segments.

export const REGION = 0xf0000000;
export const REGION_BYTES = 0xc0000;
export const DIRECTORY = 0x0000;
export const LOW_TABLE = 0x1000;
export const REGION_TABLE = 0x2000;
export const GDT = 0x3000;
export const IDT = 0x3800;
export const TSS = 0x4000;
export const HANDLERS = 0x5000;
export const STACK_END = 0x7000;
export const STATE_SEGMENT = 0x8000;
export const CACHE = 0xa0000;
export const CACHE_BYTES = 0x20000;

export const SEL_CODE0 = 0x08;
export const SEL_GUEST_GS = 0x11;
export const SEL_GUEST_CS = 0x19;
export const SEL_STATE = 0x21;
export const SEL_DATA0 = 0x28;
export const SEL_TSS = 0x30;
