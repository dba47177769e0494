/** The integer type of AssemblyScript, so that tsc reads the ABI constants too. */
declare global {
  type i32 = number;
}

export {};
