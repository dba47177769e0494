/** Host-physical pages that are no memory: so many lie from here on, for instructions that access a guest's devices. */
export const DEVICE_PAGES_AT = 0xf0000000;
export const DEVICE_PAGES = 16;
