import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { Machine } from "../../devices/machine/machine.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const POLICIES = Object.keys(TRANSLATION_POLICIES) as TranslationPolicy[];

describe.skipIf(lacks(DEBIAN.bios, DEBIAN.videoBios))("Debian's SeaBIOS", () => {
  test.each(POLICIES)('gets to its "No bootable device" on the text screen, translator %s', { timeout: 120_000 }, (translate) => {
    let log = "";
    const machine = new Machine({
      module: builtProcessor(),
      ramBytes: 64 << 20,
      clock: "virtual",
      hostTime: () => performance.now(),
      wallClock: 1.7e9,
      translate,
      videoRom: readFileSync(DEBIAN.videoBios),
      output: {
        debugConsole: (byte) => {
          log += String.fromCharCode(byte);
        },
      },
    });
    machine.boot({ kind: "bios", bios: readFileSync(DEBIAN.bios) });
    const screen = () => machine.board.vga.textScreen().join("\n");
    for (let i = 0; i < 300 && !screen().includes("No bootable device"); i++) machine.run(100);
    expect(screen(), log.slice(-2000)).toContain("No bootable device");
    expect(screen()).toContain("SeaBIOS");
  });
});
