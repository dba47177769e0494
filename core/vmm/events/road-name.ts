/** How a VM's privileged work reaches the VMM. */
export const ROADS = ["bare", "trap", "bt", "pv", "hw"] as const;

export type RoadName = (typeof ROADS)[number];
