/* Changes of ring by the kernel's own entry (AT_SYSINFO): SYSENTER where the processor has it. */
#include "runtime.h"

enum { AT_SYSINFO = 32 };

int program(int argc, char **argv) {
  u32 entry = 0;
  for (u32 *pair = auxiliary_vector; pair[0]; pair += 2)
    if (pair[0] == AT_SYSINFO) entry = pair[1];
  u32 repetitions = scaled(600000), checksum = 0;
  begin("sysenter");
  if (entry)
    for (u32 i = 0; i < repetitions; i++) {
      int result;
      __asm__ volatile("call *%1" : "=a"(result) : "r"(entry), "0"(SYS_GETPPID) : "memory", "cc");
      checksum += result >= 0;
    }
  end("sysenter", checksum);
  return 0;
}
