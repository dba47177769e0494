/* 2,048 different functions, 200 KiB of code, called in shuffled order: the size of a code cache, calls across pages, the cost of
   compiling what is not very hot. */
#include "runtime.h"

#define COUNT 2048

typedef u32 (*Function)(u32, u32 *);

static u32 table[64];

#define DEFINE(n)                                            \
  NO_IPA static u32 f##n(u32 x, u32 *t) {                    \
    u32 k = n * 2654435761u;                                 \
    for (u32 i = 0; i < (n & 3) + 1; i++) {                  \
      x += t[(x ^ n) & 63];                                  \
      if (x & (1u << (n & 15))) x = (x >> 3) ^ k;            \
      else x = x * 5 + n;                                    \
      t[(n + i) & 63] ^= x;                                  \
    }                                                        \
    return x ^ (n << 4);                                     \
  }
/* Octal digits are appended: n stands for 8, 64 and 512 numbers. */
#define DEFINE8(n) DEFINE(n##0) DEFINE(n##1) DEFINE(n##2) DEFINE(n##3) DEFINE(n##4) DEFINE(n##5) DEFINE(n##6) DEFINE(n##7)
#define DEFINE64(n) \
  DEFINE8(n##0) DEFINE8(n##1) DEFINE8(n##2) DEFINE8(n##3) DEFINE8(n##4) DEFINE8(n##5) DEFINE8(n##6) DEFINE8(n##7)
#define DEFINE512(n) \
  DEFINE64(n##0) DEFINE64(n##1) DEFINE64(n##2) DEFINE64(n##3) DEFINE64(n##4) DEFINE64(n##5) DEFINE64(n##6) DEFINE64(n##7)
DEFINE512(01) DEFINE512(02) DEFINE512(03) DEFINE512(04)

#define NAME(n) f##n,
#define NAME8(n) NAME(n##0) NAME(n##1) NAME(n##2) NAME(n##3) NAME(n##4) NAME(n##5) NAME(n##6) NAME(n##7)
#define NAME64(n) NAME8(n##0) NAME8(n##1) NAME8(n##2) NAME8(n##3) NAME8(n##4) NAME8(n##5) NAME8(n##6) NAME8(n##7)
#define NAME512(n) NAME64(n##0) NAME64(n##1) NAME64(n##2) NAME64(n##3) NAME64(n##4) NAME64(n##5) NAME64(n##6) NAME64(n##7)
static const Function functions[COUNT] = {NAME512(01) NAME512(02) NAME512(03) NAME512(04)};

static u16 order[COUNT];

int program(int argc, char **argv) {
  for (u32 i = 0; i < COUNT; i++) order[i] = i;
  for (u32 i = COUNT - 1; i; i--) {
    u32 j = random32() % (i + 1);
    u16 t = order[i];
    order[i] = order[j];
    order[j] = t;
  }
  u32 repetitions = scaled(600), x = 1;
  begin("bigcode");
  for (u32 k = 0; k < repetitions; k++)
    for (u32 i = 0; i < COUNT; i++) x = functions[order[(i + k * 37) & (COUNT - 1)]](x, table);
  end("bigcode", x);
  return 0;
}
