// The user leaves: asks the process to end, types Ctrl-C where the terminal is not raw, closes the terminal.
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * `left` is told, as often as the user asks. From now on no such signal ends the process by itself: what is open is closed first, and who loses patience
 * loses nothing else.
 */
export function onLeaving(left: () => void): void {
  for (const signal of SIGNALS) process.on(signal, left);
}
