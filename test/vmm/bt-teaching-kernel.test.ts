// The unchanged teaching kernel on the road bt: its transcript to the letter, those lines included that tell the real privilege on road trap.
import { expect, test } from "vitest";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { startTeachingKernel, transcript } from "./teaching-machine.js";

test.each(Object.keys(TRANSLATION_POLICIES) as TranslationPolicy[])("prints its transcript, and switches off (translate %s)", (policy) => {
  const { run, text } = startTeachingKernel({ road: "bt" }, { translate: policy });
  expect(run()).toBe("power-off");
  expect(text()).toBe(transcript);
});
