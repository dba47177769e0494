import { core2 } from "./core-2.js";
import { pentium4 } from "./pentium-4.js";
import type { CostProfile } from "./profile.js";
import { recentAmd } from "./recent-amd.js";

export const PROFILES: readonly CostProfile[] = [pentium4, core2, recentAmd];
