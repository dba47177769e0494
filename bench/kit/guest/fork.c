/* Fork; the child writes to eight pages that it shares with its parent until then, and exits. */
#include "runtime.h"

static u8 data[65536];

int program(int argc, char **argv) {
  for (u32 i = 0; i < sizeof data; i += 64) data[i] = i;
  u32 repetitions = scaled(800), checksum = 0;
  begin("fork");
  for (u32 i = 0; i < repetitions; i++) {
    int child = syscall0(SYS_FORK);
    if (!child) {
      u32 sum = 0;
      for (u32 page = 0; page < 8; page++) {
        data[page * 4096] += 1;
        sum += data[page * 4096];
      }
      syscall1(SYS_EXIT, (sum + i) & 127);
    }
    int status = 0;
    syscall3(SYS_WAITPID, child, (int)&status, 0);
    checksum = mix(checksum, status);
  }
  end("fork", checksum);
  return 0;
}
