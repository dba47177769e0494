/* A chain of loads through 16 MiB, each from another page and dependent on the one before: misses of the TLB. */
#include "runtime.h"

#define PAGES 4096

int program(int argc, char **argv) {
  u8 *memory = map_memory(PAGES * 4096);
  u16 *next = map_memory(PAGES * 2);
  for (u32 i = 0; i < PAGES; i++) next[i] = i;
  /* Sattolo's shuffle: one cycle through all pages. */
  for (u32 i = PAGES - 1; i; i--) {
    u32 j = random32() % i;
    u16 t = next[i];
    next[i] = next[j];
    next[j] = t;
  }
  u32 *offset = map_memory(PAGES * 4);
  for (u32 i = 0; i < PAGES; i++) offset[i] = i * 4096 + ((i * 67) & 1023) * 4;
  for (u32 i = 0; i < PAGES; i++) *(u32 *)(memory + offset[i]) = offset[next[i]];
  u32 repetitions = scaled(30000000), at = offset[0], sum = 0;
  begin("ptrchase");
  for (u32 i = 0; i < repetitions; i++) {
    at = *(u32 *)(memory + at);
    sum += at;
  }
  end("ptrchase", mix(sum, at));
  return 0;
}
