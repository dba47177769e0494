/**
 * For the command line of Debian's kernels: without their tests of their own cryptography, which are more than half of the instructions up to the shell
 * (3.7 of 6.5 thousand million). Each road boots once with a line that does not say this.
 */
export const QUICK_BOOT = "cryptomgr.notests";
