/* Fibonacci numbers by recursion: calls, returns, and what they push. */
#include "runtime.h"

NO_IPA static u32 fib(u32 n) {
  if (n < 2) return n;
  u32 a = fib(n - 1);
  return a + fib(n - 2);
}

int program(int argc, char **argv) {
  u32 repetitions = scaled(120), checksum = 0;
  begin("fib");
  for (u32 i = 0; i < repetitions; i++) checksum = mix(checksum, fib(27) + i);
  end("fib", checksum);
  return 0;
}
