/* Runs the kit's programs one after the other. As process 1 of a guest it takes bench=NAME,NAME,... and scale=PERCENT from the kernel's
   command line (bench=none: only boot) and powers the machine off in the end; on a host: init --native FOLDER BUSYBOX PERCENT [NAMES]. */
#include "runtime.h"

static const char *all_programs =
    "sieve sha256 crc32 matmul_x87 matmul_sse2 simd_int fib bytecode qsort ptrchase repmovs bigcode syscall sysenter pipe fork pgfault shell";

static char command_line[4096], chosen[2048], percentage[16] = "100";

/* Copy what follows `key` on the kernel's command line, commas turned to spaces. */
static void read_option(const char *key, char *to, u32 capacity) {
  for (char *p = command_line; *p; p++) {
    int at_word = p == command_line || p[-1] == ' ';
    if (!at_word || !starts_with(p, key)) continue;
    u32 n = 0;
    p += length(key);
    for (; *p && *p != ' ' && *p != '\n' && n < capacity - 1; p++) to[n++] = *p == ',' ? ' ' : *p;
    to[n] = 0;
    return;
  }
}

static void read_kernel_options(void) {
  syscall5(SYS_MOUNT, (int)"proc", (int)"/proc", (int)"proc", 0, 0);
  int file = syscall3(SYS_OPEN, (int)"/proc/cmdline", 0, 0);
  if (file < 0) return;
  int bytes = syscall3(SYS_READ, file, (int)command_line, sizeof command_line - 1);
  if (bytes > 0) command_line[bytes] = 0;
  syscall1(SYS_CLOSE, file);
  read_option("bench=", chosen, sizeof chosen);
  read_option("scale=", percentage, sizeof percentage);
}

static void read_arguments(int argc, char **argv) {
  memcpy(percentage, argv[4], length(argv[4]) + 1);
  if (argc <= 5) return;
  u32 n = 0;
  for (; argv[5][n]; n++) chosen[n] = argv[5][n] == ',' ? ' ' : argv[5][n];
  chosen[n] = 0;
}

static u32 append(char *to, u32 at, const char *text) {
  while (*text) to[at++] = *text++;
  return at;
}

static void run(const char *folder, const char *name, char *busybox) {
  char path[256];
  u32 n = append(path, 0, folder);
  path[n++] = '/';
  path[append(path, n, name)] = 0;
  int child = syscall0(SYS_FORK);
  if (!child) {
    char *arguments[] = {path, percentage, busybox, 0};
    char *variables[] = {"PATH=/bin", 0};
    syscall3(SYS_EXECVE, (int)path, (int)arguments, (int)variables);
    print("EXECFAIL ");
    print(path);
    print("\n");
    syscall1(SYS_EXIT, 127);
  }
  int status = 0;
  syscall3(SYS_WAITPID, child, (int)&status, 0);
  if (status) {
    print("FAIL ");
    print(name);
    print(" status ");
    print_hex(status);
    print("\n");
  }
}

static void run_all(const char *names, const char *folder, char *busybox) {
  while (*names) {
    char name[64];
    u32 n = 0;
    while (*names && *names != ' ') name[n++] = *names++;
    name[n] = 0;
    while (*names == ' ') names++;
    if (n) run(folder, name, busybox);
  }
}

static void power_off(void) {
  enum { MAGIC_1 = 0xfee1dead, MAGIC_2 = 672274793, POWER_OFF = 0x4321fedc, RESTART = 0x01234567 };
  syscall0(SYS_SYNC);
  syscall4(SYS_REBOOT, MAGIC_1, MAGIC_2, POWER_OFF, 0);
  syscall4(SYS_REBOOT, MAGIC_1, MAGIC_2, RESTART, 0);
  for (;;) syscall1(SYS_EXIT, 0);
}

int program(int argc, char **argv) {
  int native = argc > 4 && equal(argv[1], "--native");
  if (native) read_arguments(argc, argv);
  else read_kernel_options();
  const char *names = chosen[0] ? chosen : all_programs;
  print("USERSPACE\n");
  if (!equal(names, "none")) run_all(names, native ? argv[2] : "/bench", native ? argv[3] : "/bin/busybox");
  print("ALLDONE\n");
  if (!native) power_off();
  return 0;
}
