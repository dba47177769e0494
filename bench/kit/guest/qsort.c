/* Quicksort of 1 MiB: branches that nobody can predict, recursion, loads and stores. */
#include "runtime.h"

#define COUNT 262144

static u32 numbers[COUNT];

NO_IPA static void sort(u32 *left, u32 *right) {
  while (left < right) {
    u32 pivot = left[(right - left) / 2], *i = left, *j = right;
    while (i <= j) {
      while (*i < pivot) i++;
      while (*j > pivot) j--;
      if (i <= j) {
        u32 t = *i;
        *i++ = *j;
        *j-- = t;
      }
    }
    /* The shorter part by recursion, the longer one by the loop. */
    if (j - left < right - i) {
      sort(left, j);
      left = i;
    } else {
      sort(i, right);
      right = j;
    }
  }
}

int program(int argc, char **argv) {
  u32 repetitions = scaled(12), checksum = 0;
  begin("qsort");
  for (u32 k = 0; k < repetitions; k++) {
    for (u32 i = 0; i < COUNT; i++) numbers[i] = random32();
    sort(numbers, numbers + COUNT - 1);
    for (u32 i = 0; i < COUNT; i += 97) checksum = mix(checksum, numbers[i]);
  }
  end("qsort", checksum);
  return 0;
}
