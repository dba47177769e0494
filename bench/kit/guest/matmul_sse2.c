/* Matrices of doubles with scalar SSE2. */
#define NAME "matmul_sse2"
#define REPETITIONS 120
#include "matmul.h"
