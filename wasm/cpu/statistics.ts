// Counts for observers: abi/statistics.ts. Only where work is slow anyway.

/** Add to the counter at an address of abi/statistics.ts. */
export function count(counter: i32, times: f64 = 1): void {
  store<f64>(counter, load<f64>(counter) + times);
}
