/* Page faults: map 1 MiB, touch each page, unmap it. */
#include "runtime.h"

#define BYTES (1u << 20)

int program(int argc, char **argv) {
  u32 repetitions = scaled(400), checksum = 0;
  begin("pgfault");
  for (u32 k = 0; k < repetitions; k++) {
    u8 *memory = map_memory(BYTES);
    for (u32 i = 0; i < 256; i++) memory[i * 4096 + k % 4096] = i + k;
    for (u32 i = 0; i < 256; i++) checksum += memory[i * 4096 + k % 4096];
    syscall2(SYS_MUNMAP, (int)memory, BYTES);
  }
  end("pgfault", checksum);
  return 0;
}
