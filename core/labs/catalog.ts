import { classesLab } from "./classes.js";
import { costsLab } from "./costs.js";
import type { Lab } from "./lab.js";
import { ringsLab } from "./rings.js";
import { sensitiveLab } from "./sensitive.js";
import { shadowLab } from "./shadow.js";

/** Every lab, in the order in which to do them. */
export const LABS: readonly Lab[] = [classesLab, sensitiveLab, ringsLab, shadowLab, costsLab];
