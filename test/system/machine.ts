// The smallest machine that the guests of this folder need: RAM, their image as ROM at reset, the two debug ports, and as much of a local
// APIC as sends the processor interrupts and NMIs by its own command register.
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { smallMachine } from "../../core/cpu/testing/small-machine.js";
import { TRANSLATION_POLICIES, type TranslationPolicy } from "../../core/translator/options.js";
import { RAM_BASE } from "../../wasm/abi/layout.js";

const RAM = 16 << 20;
const ROM_SIZE = 0x10000;
const ROM_AT = [0xf0000, 0xffff0000];
const PRINT = 0xe9;
const EXIT = 0xf4;
/** Interrupt command register of the local APIC at its usual place. */
const ICR = 0xfee00300;
const ICR_NMI = 0x400;
const ICR_DELIVERY = 0x700;

const module = builtProcessor();

export interface Outcome {
  /** What the guest printed. */
  readonly output: string;
  /** isa-debug-exit's process exit code, "shutdown", "halt", or "budget" if the guest does not end. */
  readonly end: number | string;
}

/** Run an image for at most `budget` instructions. */
export function runImage(image: Uint8Array, features: number, budget: number, policy: TranslationPolicy = "off"): Outcome {
  const translator = TRANSLATION_POLICIES[policy];
  let output = "";
  let code: number | undefined;
  let vector = -1;
  const host = {
    portIn: (port: number) => (port === PRINT ? 0xe9 : 0xff),
    portOut: (port: number, value: number) => {
      if (port === PRINT) output += String.fromCharCode(value & 0xff);
      else if (port === EXIT) {
        code = (value << 1) | 1;
        cpu.stop();
      }
    },
    mmioWrite: (address: number, value: number) => {
      if (address !== ICR) return;
      if ((value & ICR_DELIVERY) === ICR_NMI) cpu.nonMaskableInterrupt();
      else {
        vector = value & 0xff;
        cpu.setInterrupt(true);
      }
    },
    interruptAcknowledge: () => {
      cpu.setInterrupt(false);
      return vector;
    },
    timeStamp: () => Number(cpu.instructions),
  };
  const { cpu } = smallMachine({ module, ramBytes: RAM, extraBytes: ROM_SIZE, host, features, ...(translator && { translator }) });
  const rom = RAM_BASE + RAM;
  cpu.bytes.set(image, rom);
  for (const at of ROM_AT) cpu.mapPages(at, ROM_SIZE, "rom", rom);
  cpu.reset();
  let left = budget;
  for (;;) {
    const before = cpu.instructions;
    const exit = cpu.run(Math.min(left, 1 << 20));
    left -= Number(cpu.instructions - before);
    if (code !== undefined) return { output, end: code };
    if (exit === "shutdown" || exit === "halt") return { output, end: exit };
    if (left <= 0) return { output, end: "budget" };
  }
}
