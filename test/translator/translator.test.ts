// What the translator does besides translating: looking at regions, when it is asked to.
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import type { TranslatorOptions } from "../../core/translator/options.js";
import { Translator, type TranslatorExports } from "../../core/translator/translator.js";
import { JUMP_GENERATION, JUMP_STEP } from "../../wasm/abi/region.js";
import { CR0, CS, DS, ES, RIP, SS } from "../../wasm/abi/state.js";

const CODE = 0x1000;
/** What is hot stays in the list: nobody translates it by himself. */
const PATIENT: TranslatorOptions = { threshold: 1, period: 1, batch: 1 << 20 };

/** A machine in flat protected mode that has run a loop for a while, and the processor module behind it. */
function hotMachine() {
  const { cpu } = smallMachine({ module: builtProcessor(), translator: PATIENT });
  for (const n of [ES, CS, SS, DS])
    cpu.setSegment(n, { selector: n === CS ? 8 : 16, base: 0, limit: 0xffffffff, access: n === CS ? 0xc09b : 0xc093 });
  cpu.view.setUint32(CR0, 1, true);
  // INC EAX; JMP back.
  cpu.ram.set([0x40, 0xeb, 0xfd], CODE);
  cpu.view.setUint32(RIP, CODE, true);
  cpu.synchronize();
  cpu.run(5000);
  return { cpu, exports: Reflect.get(cpu, "exports") as TranslatorExports };
}

test("where there is no room for counters, a look at regions leaves what lies behind the shared ones", () => {
  const { cpu, exports } = hotMachine();
  const translator = new Translator({ ...exports, allocateUops: () => 0 }, PATIENT);
  translator.translate();
  expect(translator.statistics.regions).toBeGreaterThan(0);
  cpu.view.setUint32(JUMP_GENERATION, 7 * JUMP_STEP, true);
  translator.poll(100_000_000);
  expect(cpu.view.getUint32(JUMP_GENERATION, true)).toBeGreaterThanOrEqual(7 * JUMP_STEP);
});
