/* A freestanding runtime for the kit's programs: i386 Linux through INT 80H and no C library, so that every emulator executes the same
   instructions (nothing asks CPUID and chooses a variant). Not here: allocation, files, formatted output, threads. */
#ifndef RUNTIME_H
#define RUNTIME_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int i32;

/* Neither inlined nor specialised for its callers: the calls are part of what is measured. */
#define NO_IPA __attribute__((noipa))

enum {
  SYS_EXIT = 1,
  SYS_FORK = 2,
  SYS_READ = 3,
  SYS_WRITE = 4,
  SYS_OPEN = 5,
  SYS_CLOSE = 6,
  SYS_WAITPID = 7,
  SYS_EXECVE = 11,
  SYS_MOUNT = 21,
  SYS_SYNC = 36,
  SYS_PIPE = 42,
  SYS_GETPPID = 64,
  SYS_REBOOT = 88,
  SYS_OLD_MMAP = 90,
  SYS_MUNMAP = 91,
  SYS_CLOCK_GETTIME = 265,
};

static inline int syscall5(int number, int a, int b, int c, int d, int e) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return result;
}
static inline int syscall4(int number, int a, int b, int c, int d) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
  return result;
}
static inline int syscall3(int number, int a, int b, int c) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
  return result;
}
static inline int syscall2(int number, int a, int b) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b) : "memory");
  return result;
}
static inline int syscall1(int number, int a) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a) : "memory");
  return result;
}
static inline int syscall0(int number) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number) : "memory");
  return result;
}

static inline u32 parse_decimal(const char *text) {
  u32 value = 0;
  while (*text >= '0' && *text <= '9') value = value * 10 + *text++ - '0';
  return value;
}

/* What each program defines; its first argument is the percentage of the work. The result is the exit status. */
int program(int argc, char **argv);

extern char **environment;
/* Pairs of type and value, ended by type 0 (getauxval(3)). */
extern u32 *auxiliary_vector;

/* The repetitions to do of `full`, as the percentage asks; at least one. */
u32 scaled(u32 full);
/* The measured part: "BEGIN name" before it, "END name checksum microseconds" after it. The microseconds are the guest's own clock. */
void begin(const char *name);
void end(const char *name, u32 checksum);

u32 random32(void);              /* xorshift; always the same sequence */
u32 mix(u32 checksum, u32 value);

u32 length(const char *text);
int equal(const char *a, const char *b);
int starts_with(const char *text, const char *prefix);
void print(const char *text);
void print_hex(u32 value);
void *memcpy(void *to, const void *from, u32 bytes);
void *memset(void *to, int value, u32 bytes);
/* Memory of its own for the program, readable and writable, not yet touched. */
void *map_memory(u32 bytes);

#endif
