// What a monitor has its hands on.
import type { Machine } from "../../devices/machine/machine.js";
import type { OpenDrive } from "../drives.js";
import type { PluggedCard } from "../net/machine-nets.js";

/** The run that the machine is in. */
export interface RunControl {
  /** The guest stands, by hold() or a debugger's word. */
  readonly isStanding: boolean;
  /** Undefined: hold() and go() may be used; else why not. */
  readonly heldBy: string | undefined;
  hold(): void;
  go(): void;
  /** The user leaves. */
  quit(): void;
  /** Something has changed that the guest should see. */
  wake(): void;
}

export interface Controls {
  readonly machine: Machine;
  readonly drives: readonly OpenDrive[];
  readonly cards: readonly PluggedCard[];
  readonly run: RunControl;
}

/** What an order comes to: text for who gave it, whole lines. Rejects with a UserError, BlockError, NetworkError or ForwardError. */
export type Answer = string | Promise<string>;

export interface Command {
  /** With its arguments, as the list of commands shows it. */
  readonly usage: string;
  readonly help: string;
  run(controls: Controls, words: readonly string[]): Answer;
}

/** Text of whole lines. */
export const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");
