/* Multiplies 96 x 96 matrices of doubles; the program that includes it says under what NAME, how often (REPETITIONS), and by its compiler
   options with which instructions. */
#include "runtime.h"

#define N 96

static double a[N][N], b[N][N], c[N][N];

int program(int argc, char **argv) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = (i * 3 + j) % 7 + 0.5;
      b[i][j] = (i + j * 5) % 11 - 0.25;
    }
  u32 repetitions = scaled(REPETITIONS);
  begin(NAME);
  for (u32 k = 0; k < repetitions; k++) {
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        double sum = 0;
        for (int l = 0; l < N; l++) sum += a[i][l] * b[l][j];
        c[i][j] = sum;
      }
    for (int i = 0; i < N; i++) a[i][i] = c[i][i] * (1.0 / 65536) + 1;
  }
  u32 checksum = 0;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) checksum = mix(checksum, (u32)(int)(c[i][j] * 16));
  end(NAME, checksum);
  return 0;
}
