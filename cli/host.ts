// What machines in Node need of the host: its clock, and an engine that does not get in the guest's way.
import { readdirSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { setFlagsFromString } from "node:v8";
import type { TranslationPolicy, TranslatorOptions } from "../core/translator/options.js";

const clock = performance;

/** Milliseconds of a monotonic clock. (Through the global, each call would cost a getter more.) */
export const hostTime = () => clock.now();

/** Niceness of compiler threads. Where there is no processor to spare they still get a share: waiting for better code costs time as well. */
const NICE = 10;

/** Up to here V8 is known to have these flags; what it does not know it complains of on standard error. */
const LAST_KNOWN_V8 = 11;
const isKnownV8 = Number.parseInt(process.versions.v8, 10) <= LAST_KNOWN_V8;
/**
 * Copies of loops' first turns cost the compiler more than they save, and translated code needs no checks for stack overflow: regions enter each
 * other by tail calls, and exec functions do not recurse. A run ends with its budget, so that nothing waits for V8's look at interrupts.
 */
const WASM_FLAGS = ["--no-wasm-loop-peeling", "--no-wasm-stack-checks"];

/** Where there is one processor only, the guest waits while the engine optimizes: what a boot executes a few times is not worth it. */
const isAlone = isKnownV8 && availableParallelism() === 1;
/**
 * Then JavaScript is optimized only after 15 times the usual number of bytecodes, translated functions are compiled (first without optimization)
 * when they are called, by the thread that calls them.
 */
const ALONE_FLAGS = ["--interrupt-budget=1000000", "--wasm-lazy-compilation", "--wasm-lazy-validation"];
/**
 * Turns of a function of translated code before V8 optimizes it. V8 counts bytes of code from a loop's head or the function's start to where it
 * looks, executed or not, and by default optimizes after 1.8 million of them. (64,000 to 256,000 turns make a boot on one processor a seventh
 * shorter, together with ALONE_FLAGS; a fixed number of bytes somewhat less.)
 */
const PATIENT_TURNS = 128_000;
const MAX_FLAG = 2_000_000_000;
/** Samples that make code hot: compiling it costs twice as much as where another processor does it. */
const ALONE_THRESHOLD = 32;

/**
 * For a process that runs a guest, at its start: what the translator throws away stays little, so that memory is the guest's; and compiler
 * threads give way. V8 promises nothing for flags that are set after its start: it may ignore them, and does no harm then.
 */
export function prepareEngine(): void {
  setFlagsFromString("--max-semi-space-size=2");
  setFlagsFromString("--semi-space-growth-factor=1");
  // So little garbage is collected sooner by one thread than others are woken.
  setFlagsFromString("--no-parallel-scavenge");
  if (isKnownV8) WASM_FLAGS.forEach(setFlagsFromString);
  if (isAlone) ALONE_FLAGS.forEach(setFlagsFromString);
  yieldToGuest();
}

/** What the translator should do here otherwise than its policy says. */
export function translatorOptions(policy: TranslationPolicy): Partial<TranslatorOptions> {
  return isAlone ? { beforeModule, ...(policy === "on" ? { threshold: ALONE_THRESHOLD } : {}) } : {};
}

/** V8 takes the number when it gets a module. */
function beforeModule(functionBytes: number): void {
  setFlagsFromString(`--wasm-tiering-budget=${Math.min(Math.round(functionBytes * PATIENT_TURNS), MAX_FLAG)}`);
}

/**
 * Let the engine's threads, which compile translated code, give way to the thread that runs the guest: there are more of them than
 * processors, mostly. To be called by the guest's thread, once, at the start. Only Linux can do this; elsewhere nothing happens.
 */
function yieldToGuest(): void {
  if (process.platform !== "linux") return;
  for (const thread of readdirSync("/proc/self/task").map(Number)) {
    if (thread === process.pid) continue;
    try {
      setPriority(thread, NICE);
    } catch {
      // It has ended, or this is not allowed here: then it goes on as it was.
    }
  }
}
