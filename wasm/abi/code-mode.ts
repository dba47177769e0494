// The mode in which a page of code was decoded: the low bits of a decoded page's key and of code TLB tags.

/** Always set, so that no tag is zero. */
export const MODE_VALID: i32 = 1;
/** CS.D: operands and addresses are 32-bit by default. */
export const MODE_BIG: i32 = 2;
/** CS, SS, DS and ES are flat and SS.B is set: handlers need no segment arithmetic. */
export const MODE_FLAT: i32 = 4;
/** CS is flat, SS.B is set, and SS, DS and ES begin at 0 as if flat but end before 4 GiB: handlers look at the least of their ends. */
export const MODE_CUT: i32 = 8;
/** In either CS is flat: linear addresses of code are its offsets. */
export const MODE_FLAT_CODE: i32 = MODE_FLAT | MODE_CUT;
/** Number of modes. */
export const MODES: i32 = 16;
