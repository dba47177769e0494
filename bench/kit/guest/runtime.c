/* The runtime's functions, and where every program begins. */
#include "runtime.h"

char **environment;
u32 *auxiliary_vector;
static u32 percentage = 100;

/* The kernel leaves argc, argv, the environment and the auxiliary vector on the stack. */
__asm__(".globl _start\n"
        "_start: xor %ebp, %ebp\n"
        "  mov %esp, %eax\n"
        "  and $-16, %esp\n"
        "  sub $12, %esp\n"
        "  push %eax\n"
        "  call start\n"
        "  hlt\n");

u32 length(const char *text) {
  u32 n = 0;
  while (text[n]) n++;
  return n;
}

int equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

int starts_with(const char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return 0;
  return 1;
}

void *memcpy(void *to, const void *from, u32 bytes) {
  u8 *d = to;
  const u8 *s = from;
  while (bytes--) *d++ = *s++;
  return to;
}

void *memset(void *to, int value, u32 bytes) {
  u8 *d = to;
  while (bytes--) *d++ = value;
  return to;
}

/* Lines go out whole, in one system call each. */
static char output[512];
static u32 used;

static void flush(void) {
  u32 written = 0;
  while (written < used) {
    int result = syscall3(SYS_WRITE, 1, (int)(output + written), used - written);
    if (result <= 0) break;
    written += result;
  }
  used = 0;
}

static void put(char c) {
  if (used < sizeof output) output[used++] = c;
}

static void put_text(const char *text) {
  while (*text) put(*text++);
}

static void put_decimal(u32 value) {
  char digits[12];
  int n = 0;
  do digits[n++] = '0' + value % 10, value /= 10;
  while (value);
  while (n) put(digits[--n]);
}

static void put_hex(u32 value) {
  for (int shift = 28; shift >= 0; shift -= 4) put("0123456789abcdef"[(value >> shift) & 15]);
}

void print(const char *text) {
  put_text(text);
  flush();
}

void print_hex(u32 value) {
  put_hex(value);
  flush();
}

typedef struct {
  u32 seconds, nanoseconds;
} Time;

static Time begun;

static void read_clock(Time *time) {
  enum { CLOCK_MONOTONIC = 1 };
  syscall2(SYS_CLOCK_GETTIME, CLOCK_MONOTONIC, (int)time);
}

void begin(const char *name) {
  put_text("BEGIN ");
  put_text(name);
  put('\n');
  flush();
  read_clock(&begun);
}

void end(const char *name, u32 checksum) {
  Time now;
  read_clock(&now);
  put_text("END ");
  put_text(name);
  put(' ');
  put_hex(checksum);
  put(' ');
  put_decimal((i32)(now.seconds - begun.seconds) * 1000000 + ((i32)now.nanoseconds - (i32)begun.nanoseconds) / 1000);
  put('\n');
  flush();
}

void *map_memory(u32 bytes) {
  enum { READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22, HIGHEST_ERROR = 0xfffff000 };
  volatile u32 arguments[6] = {0, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0};
  int result = syscall1(SYS_OLD_MMAP, (int)arguments);
  if ((u32)result > (u32)HIGHEST_ERROR) {
    print("mmap failed\n");
    syscall1(SYS_EXIT, 9);
  }
  return (void *)result;
}

static u32 random_state = 2463534242u;

u32 random32(void) {
  u32 x = random_state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return random_state = x;
}

u32 mix(u32 checksum, u32 value) {
  checksum ^= value;
  checksum *= 0x9e3779b1u;
  return checksum ^ (checksum >> 15);
}

u32 scaled(u32 full) {
  u32 part = full / 100 * percentage + (full % 100) * percentage / 100;
  return part ? part : 1;
}

void start(u32 *stack) {
  int argc = stack[0];
  char **argv = (char **)(stack + 1);
  environment = argv + argc + 1;
  char **e = environment;
  while (*e) e++;
  auxiliary_vector = (u32 *)(e + 1);
  if (argc > 1 && argv[1][0] >= '0' && argv[1][0] <= '9') percentage = parse_decimal(argv[1]);
  syscall1(SYS_EXIT, program(argc, argv));
}
