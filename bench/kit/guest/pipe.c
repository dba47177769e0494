/* Context switches: a byte goes to another process through one pipe and comes back through another. */
#include "runtime.h"

static void echo(int in, int out) {
  char x;
  while (syscall3(SYS_READ, in, (int)&x, 1) == 1) {
    x++;
    syscall3(SYS_WRITE, out, (int)&x, 1);
  }
  syscall1(SYS_EXIT, 0);
}

int program(int argc, char **argv) {
  int there[2], back[2];
  syscall1(SYS_PIPE, (int)there);
  syscall1(SYS_PIPE, (int)back);
  u32 repetitions = scaled(10000), checksum = 0;
  begin("pipe");
  int child = syscall0(SYS_FORK);
  if (!child) {
    syscall1(SYS_CLOSE, there[1]);
    syscall1(SYS_CLOSE, back[0]);
    echo(there[0], back[1]);
  }
  syscall1(SYS_CLOSE, there[0]);
  syscall1(SYS_CLOSE, back[1]);
  for (u32 i = 0; i < repetitions; i++) {
    char x = i;
    syscall3(SYS_WRITE, there[1], (int)&x, 1);
    syscall3(SYS_READ, back[0], (int)&x, 1);
    checksum = mix(checksum, (u8)x);
  }
  syscall1(SYS_CLOSE, there[1]);
  int status;
  syscall3(SYS_WAITPID, child, (int)&status, 0);
  end("pipe", checksum);
  return 0;
}
