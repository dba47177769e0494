/* Bandwidth of REP MOVSD over 1 MiB and of REP STOSD over a sixteenth of it. */
#include "runtime.h"

#define BYTES (1u << 20)

int program(int argc, char **argv) {
  u8 *source = map_memory(BYTES), *copy = map_memory(BYTES);
  for (u32 i = 0; i < BYTES; i++) source[i] = random32();
  u32 repetitions = scaled(600), checksum = 0;
  begin("repmovs");
  for (u32 k = 0; k < repetitions; k++) {
    void *to = copy, *from = source;
    u32 count = BYTES / 4;
    __asm__ volatile("cld; rep movsl" : "+D"(to), "+S"(from), "+c"(count)::"memory");
    to = source;
    count = BYTES / 64;
    u32 value = k * 0x01010101u;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(value) : "memory");
    checksum = mix(checksum, *(u32 *)(copy + (k * 4099 % BYTES & ~3)));
  }
  end("repmovs", checksum);
  return 0;
}
