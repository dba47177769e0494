/** Memory references of page walks. */

/** A walk of one dimension reads an entry a level. */
export function walkReferences(levels: number): number {
  return levels;
}

/**
 * A walk in two dimensions: each of the guest's entries lies at a guest-physical address, which the nested tables translate first, and the address
 * that comes out is translated too. AMD APM Vol. 2 "Nested Paging".
 */
export function nestedWalkReferences(guestLevels: number, nestedLevels: number): number {
  return (guestLevels + 1) * (nestedLevels + 1) - 1;
}
