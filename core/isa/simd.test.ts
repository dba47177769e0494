// That these rows are all there are of MMX and SSE, and that iced-x86 reads them alike, test/isa checks for the whole table.
import { expect, test } from "vitest";
import { simdRows } from "./simd.js";

test("of the MMX and SSE instructions only COMISS and its kin touch EFLAGS", () => {
  const flagged = simdRows.filter((row) => row.flags).map((row) => row.mnemonic);
  expect(flagged.sort()).toEqual(["comisd", "comiss", "ucomisd", "ucomiss"]);
});
