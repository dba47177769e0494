import { FEATURE_SMAP, FEATURE_SMEP, FEATURE_SVM, FEATURE_UMIP } from "../wasm/abi/state.js";
import { UserError } from "./user-error.js";

const FEATURES = new Map([
  ["umip", FEATURE_UMIP],
  ["smep", FEATURE_SMEP],
  ["smap", FEATURE_SMAP],
  ["svm", FEATURE_SVM],
]);

/** FEATURE_* bits for --features: names separated by commas. */
export function parseFeatures(text: string | undefined): number {
  const names = text === undefined ? [] : text.split(",").map((name) => name.trim().toLowerCase());
  return names.reduce((bits, name) => {
    const bit = FEATURES.get(name);
    if (bit === undefined)
      throw new UserError(`the processor feature "${name}" is not known; there are ${[...FEATURES.keys()].join(", ")}`);
    return bits | bit;
  }, 0);
}
