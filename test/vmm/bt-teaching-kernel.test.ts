// The unchanged teaching kernel on the road bt: its transcript to the letter, those lines included that tell the real privilege on road trap.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { Machine } from "../../devices/machine/machine.js";
import { buildGuest } from "../../guests/catalog.js";
import { commandsOf, Typist } from "../../guests/transcript.js";
import { TOP } from "../support/requirements.js";

const module = builtProcessor();
const transcript = readFileSync(join(TOP, "guests/teaching-kernel/transcript.txt"), "utf8");
const kernel = buildGuest("teaching-kernel").bytes;

function run(translate: TranslationPolicy) {
  const typist = new Typist(commandsOf(transcript));
  const input: number[] = [];
  const machine = new Machine({
    module,
    ramBytes: 16 << 20,
    clock: "virtual",
    hostTime: () => 0,
    wallClock: 0,
    road: { road: "bt" },
    translate,
    output: {
      serial1: (byte) => {
        for (const character of typist.feed(String.fromCharCode(byte))) input.push(character.charCodeAt(0));
      },
    },
  });
  machine.boot({ kind: "kernel", kernel, commandLine: "" });
  for (let i = 0; i < 4000; i++) {
    while (input.length > 0 && machine.board.com1.waiting < 8) machine.board.com1.receive(input.shift()!);
    const { ending } = machine.run(1000, 50_000);
    if (ending) return { ending, text: typist.text, machine };
  }
  return { ending: undefined, text: typist.text, machine };
}

test.each(Object.keys(TRANSLATION_POLICIES) as TranslationPolicy[])("prints its transcript, and switches off (translate %s)", (policy) => {
  const { ending, text } = run(policy);
  expect(text).toBe(transcript);
  expect(ending).toEqual({ kind: "power-off" });
});
