/** Exit codes of `ringside run`. A guest that writes V to port 0xF4 (isa-debug-exit) ends with (V << 1) | 1 instead, as under QEMU. */
export const EXIT_OK = 0;
/** The host failed: a file can not be read or written, or a fault of our own. */
export const EXIT_HOST = 1;
/** The user asked for something impossible: options, images, snapshots. */
export const EXIT_USAGE = 2;
/** The guest can never go on: halted with interrupts off. */
export const EXIT_DEAD = 3;
/** The guest reset itself and --no-reboot was given. */
export const EXIT_RESET = 4;
