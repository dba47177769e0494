/** Until promises that wait only for each other have settled: of an image in memory, say. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn++) await undefined;
}
