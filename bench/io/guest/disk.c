/* Throughput of a disk: disk DEVICE NAME MEGABYTES PASSES REQUESTS. PASSES times reads and writes of a megabyte one after the other over the first MEGABYTES,
   REQUESTS reads and writes of 4 KiB at random places there, past the guest's page cache (O_DIRECT), one at a time. Every block of 4 KiB begins with its number; the programs
   NAME_read and NAME_random_read take the sum of what they find, and after the writes everything is looked at once more. A flush is not part of it: that
   would measure the host's disk. */
#include "runtime.h"

enum { BLOCK = 4096, REQUEST = 1 << 20, OPEN_READ_WRITE = 2, OPEN_DIRECT = 040000, SYS_PREAD64 = 180, SYS_PWRITE64 = 181 };

static const char *prefix;
static int disk;
static u8 *buffer;
static u32 blocks;
/* What the second half of a block's first eight bytes says: who wrote it last. */
enum { BY_HOST = 0x484f5354, IN_ORDER = 0x4f524452, AT_RANDOM = 0x52414e44 };

static const char *named(const char *what) {
  static char name[64];
  u32 n = 0;
  for (const char *p = prefix; *p; p++) name[n++] = *p;
  name[n++] = '_';
  while (*what) name[n++] = *what++;
  name[n] = 0;
  return name;
}

static void fail(const char *what, u32 block) {
  print("FAIL ");
  print(named(what));
  print(" at block ");
  print_hex(block);
  print("\n");
  syscall1(SYS_EXIT, 1);
}

static void transfer(int call, const char *what, u32 block, u32 bytes) {
  u32 low = block * BLOCK, high = block >> 20;
  if (syscall5(call, disk, (int)buffer, bytes, low, high) != (int)bytes) fail(what, block);
}

static u32 look(const char *what, u32 block, u32 bytes, u32 sum) {
  for (u32 at = 0; at < bytes; at += BLOCK, block++) {
    u32 *words = (u32 *)(buffer + at);
    if (words[0] != block) fail(what, block);
    sum = mix(sum, words[0] ^ words[1]);
  }
  return sum;
}

static void mark(u32 block, u32 bytes, u32 writer) {
  for (u32 at = 0; at < bytes; at += BLOCK, block++) {
    u32 *words = (u32 *)(buffer + at);
    words[0] = block;
    words[1] = writer;
  }
}

static u32 read_all(const char *what) {
  u32 sum = 0;
  for (u32 block = 0; block < blocks; block += REQUEST / BLOCK) {
    transfer(SYS_PREAD64, what, block, REQUEST);
    sum = look(what, block, REQUEST, sum);
  }
  return sum;
}

static void read_in_order(u32 passes) {
  u32 sum = 0;
  begin(named("read"));
  for (u32 i = 0; i < passes; i++) sum = mix(sum, read_all("read"));
  end(named("read"), sum);
}

static void write_all(void) {
  for (u32 block = 0; block < blocks; block += REQUEST / BLOCK) {
    mark(block, REQUEST, IN_ORDER);
    transfer(SYS_PWRITE64, "write", block, REQUEST);
  }
}

static void write_in_order(u32 passes) {
  begin(named("write"));
  for (u32 i = 0; i < passes; i++) write_all();
  end(named("write"), passes);
}

static void read_at_random(u32 requests) {
  u32 sum = 0;
  begin(named("random_read"));
  for (u32 i = 0; i < requests; i++) {
    u32 block = random32() % blocks;
    transfer(SYS_PREAD64, "random_read", block, BLOCK);
    sum = look("random_read", block, BLOCK, sum);
  }
  end(named("random_read"), sum);
}

static void write_at_random(u32 requests) {
  begin(named("random_write"));
  for (u32 i = 0; i < requests; i++) {
    u32 block = random32() % blocks;
    mark(block, BLOCK, AT_RANDOM);
    transfer(SYS_PWRITE64, "random_write", block, BLOCK);
  }
  end(named("random_write"), requests);
}

int program(int argc, char **argv) {
  if (argc != 6) return 2;
  prefix = argv[2];
  blocks = parse_decimal(argv[3]) * (REQUEST / BLOCK);
  u32 passes = parse_decimal(argv[4]), requests = parse_decimal(argv[5]);
  disk = syscall3(SYS_OPEN, (int)argv[1], OPEN_READ_WRITE | OPEN_DIRECT, 0);
  if (disk < 0) fail("open", 0);
  buffer = map_memory(REQUEST);
  read_in_order(passes);
  read_at_random(requests);
  write_in_order(passes);
  write_at_random(requests);
  print("SUM ");
  print(named("after_writes"));
  print(" ");
  print_hex(read_all("after_writes"));
  print("\n");
  return 0;
}
