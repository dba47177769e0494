// node dist/test/vmm/attack-soak.js [--road NAME] [--states N] [--seed S] [--translate off|on|eager]: random guests that attack, N on each road. The
// seed of the first failure is printed; the same command with the same first seed makes it happen again, and mostly one with that seed alone.
import { parseArgs } from "node:util";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { PvAttack } from "../paravirtual/random-guest.js";
import { ATTACKED, GuestAttack } from "./attack.js";

const PROGRESS_MILLISECONDS = 30_000;

const { values } = parseArgs({
  options: {
    road: { type: "string" },
    states: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    translate: { type: "string", default: "off" },
  },
});
/** Guests that know their VMM are others than those that do not. */
const ROADS = [...Object.keys(ATTACKED), "pv"];
const [states, seed] = [Number(values.states), Number(values.seed)];
const roads = values.road === undefined ? ROADS : [values.road];
const unknown = roads.find((road) => !ROADS.includes(road));
if (unknown !== undefined || !(values.translate in TRANSLATION_POLICIES) || !(states > 0) || !Number.isInteger(seed)) {
  console.error(`roads: ${ROADS.join(", ")}; --states and --seed are numbers; --translate ${Object.keys(TRANSLATION_POLICIES).join(", ")}`);
  process.exit(2);
}

const module = builtProcessor();
for (const road of roads) {
  const policy = values.translate as TranslationPolicy;
  const attack = road === "pv" ? new PvAttack(policy) : new GuestAttack(module, { ...ATTACKED[road]!, policy });
  const start = performance.now();
  const used = process.cpuUsage();
  let progress = start;
  for (let i = 0; i < states; i++) {
    const wrong = attack.runCase(seed + i);
    if (wrong) {
      console.error(`${road}, from seed ${seed} on: ${wrong}`);
      process.exit(1);
    }
    if (performance.now() - progress < PROGRESS_MILLISECONDS) continue;
    progress = performance.now();
    console.log(`${road}: ${i + 1} states in ${Math.round((progress - start) / 1000)} s, nothing wrong`);
  }
  const seconds = (performance.now() - start) / 1000;
  const processor = process.cpuUsage(used).user / 1e6;
  console.log(
    `${road}: ${states} states from seed ${seed} on in ${seconds.toFixed(1)} s (${processor.toFixed(1)} s of the processor), ${attack.instructions} instructions, nothing wrong`,
  );
  console.log(`  exits: ${JSON.stringify(attack.exits)}`);
}
