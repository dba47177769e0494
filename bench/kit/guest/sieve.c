/* Sieve of Eratosthenes: integer loops and byte stores over 256 KiB. */
#include "runtime.h"

#define LIMIT 262144

static u8 prime[LIMIT];

int program(int argc, char **argv) {
  u32 repetitions = scaled(300), checksum = 0;
  begin("sieve");
  for (u32 k = 0; k < repetitions; k++) {
    for (u32 i = 0; i < LIMIT; i++) prime[i] = 1;
    for (u32 i = 2; i * i < LIMIT; i++)
      if (prime[i])
        for (u32 j = i * i; j < LIMIT; j += i) prime[j] = 0;
    u32 count = 0;
    for (u32 i = 2; i < LIMIT; i++) count += prime[i];
    checksum = mix(checksum, count + k);
  }
  end("sieve", checksum);
  return 0;
}
