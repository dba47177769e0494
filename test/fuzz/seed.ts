/** Where the short runs begin: RINGSIDE_SEED, or 1. The soak takes other seeds. */
export function firstSeed(): number {
  return Number(process.env["RINGSIDE_SEED"] ?? 1);
}
