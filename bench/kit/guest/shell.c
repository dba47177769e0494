/* A script in busybox's shell: builtins, command substitution, and 45 processes of its applets. */
#include "runtime.h"

static char *script =
    "B=$1; n=$2; i=0; acc=0; while [ $i -lt $n ]; do "
    "x=$($B echo $i | $B sed -e 's/[0-9]/<&>/g' -e 's/<\\(.\\)>/\\1\\1/g'); acc=$(( (acc*31 + x) % 1000003 )); "
    "j=0; while [ $j -lt 50 ]; do case $j in *7) acc=$((acc+j));; *) acc=$((acc ^ j));; esac; j=$((j+1)); done; "
    "y=$($B expr $acc % 97); acc=$((acc+y)); i=$((i+1)); done; exit $((acc % 126))";

static void to_decimal(u32 value, char *text) {
  char digits[12];
  int n = 0;
  do digits[n++] = '0' + value % 10, value /= 10;
  while (value);
  while (n) *text++ = digits[--n];
  *text = 0;
}

int program(int argc, char **argv) {
  char *busybox = argc > 2 ? argv[2] : "/bin/busybox";
  char repetitions[12];
  to_decimal(scaled(15), repetitions);
  begin("shell");
  int child = syscall0(SYS_FORK);
  if (!child) {
    char *arguments[] = {busybox, "sh", "-c", script, "sh", busybox, repetitions, 0};
    syscall3(SYS_EXECVE, (int)busybox, (int)arguments, (int)environment);
    syscall1(SYS_EXIT, 127);
  }
  int status = 0;
  syscall3(SYS_WAITPID, child, (int)&status, 0);
  end("shell", status);
  return 0;
}
