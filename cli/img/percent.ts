/** "3.12": with two decimals as C's printf writes them, which rounds what lies in the middle to the even one. */
export function percentText(value: number): string {
  // In the middle lie the odd multiples of 1/8 alone: the others are no binary fractions.
  if ((value * 8) % 2 !== 1) return value.toFixed(2);
  const below = Math.floor(value * 100);
  return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2);
}
