// What an encoding that no row describes executes.
import { raise, raiseCode, VECTOR_GP, VECTOR_UD } from "./fault";

export function undefinedOpcode(u: usize): void {
  raise(VECTOR_UD);
}

/** An instruction of more than 15 bytes. SDM 2A "Instruction Format". */
export function tooLong(u: usize): void {
  raiseCode(VECTOR_GP, 0);
}
