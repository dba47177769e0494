// The mode in which a page of code was decoded: the low bits of a decoded page's key and of code TLB tags.

/** Always set, so that no tag is zero. */
export const MODE_VALID: i32 = 1;
/** CS.D: operands and addresses are 32-bit by default. */
export const MODE_BIG: i32 = 2;
/** CS, SS, DS and ES are flat and SS.B is set: handlers need no segment arithmetic. */
export const MODE_FLAT: i32 = 4;
/** Number of modes. */
export const MODES: i32 = 8;
