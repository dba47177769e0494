/* Changes of ring by INT 80H and IRET. */
#include "runtime.h"

int program(int argc, char **argv) {
  u32 repetitions = scaled(600000), checksum = 0;
  syscall0(SYS_GETPPID);
  begin("syscall");
  for (u32 i = 0; i < repetitions; i++) checksum += syscall0(SYS_GETPPID) >= 0;
  end("syscall", checksum);
  return 0;
}
