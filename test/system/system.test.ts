import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { FOLDER, guestNames, loadGuest } from "./guest.js";
import { runImage } from "./machine.js";
import { hasQemu, runOnQemu } from "./qemu.js";

/** The longest guest takes a tenth of this. */
const BUDGET = 1_000_000;
/** isa-debug-exit after port 0xF4 was written with 1. */
const QUIT = 3;

const POLICIES = Object.keys(TRANSLATION_POLICIES) as TranslationPolicy[];
const guests = guestNames().map(loadGuest);

function expected(name: string): string {
  return readFileSync(join(FOLDER, `${name}.expected`), "utf8");
}

describe.each(POLICIES)("the processor prints what real ones would, translator %s", (policy) => {
  test.each(guests)("$name", ({ name, image, features, shutsDown }) => {
    const { output, end } = runImage(image(), features, BUDGET, policy);
    expect(output).toBe(expected(name));
    expect(end).toBe(shutsDown ? "shutdown" : QUIT);
  });
});

describe.skipIf(!hasQemu())("QEMU prints the same", () => {
  test.each(guests.filter((g) => g.onQemu))("$name", async ({ name, image, shutsDown, qemuDiffers }) => {
    const comparable = (text: string) => text.split("\n").filter((line) => !qemuDiffers.some((d) => d.test(line)));
    const { output, code } = await runOnQemu(image());
    expect(comparable(output)).toEqual(comparable(expected(name)));
    expect(code).toBe(shutsDown ? 0 : QUIT);
  });
});
