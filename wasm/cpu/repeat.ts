// REP prefixes: a string instruction that has done a part of its iterations asks the run loop to execute it again. Interrupts are taken
// in between. SDM 2 "REP/REPE/REPZ/REPNE/REPNZ".

/** The instruction just executed wants to be executed again: RIP is to stay at it. */
export let repeating: bool = false;

export function repeatInstruction(): void {
  repeating = true;
}

/** Whether the last instruction asked to be repeated; asking forgets it. */
export function takeRepeat(): bool {
  const was = repeating;
  repeating = false;
  return was;
}
