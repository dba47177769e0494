// What processor module and facade share about the time-stamp counter (system/time-stamp.ts).

/** u32: ticks that an instruction takes, about; 0 if each look at the counter has to ask the host. */
export const TICKS_PER_INSTRUCTION: i32 = 0x4880;
/** u32: not 0 if the host's last answer still holds but for the instructions since. The facade clears it whenever time may have passed otherwise. */
export const TIME_KNOWN: i32 = 0x4884;
