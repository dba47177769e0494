/* Matrices of doubles through the x87 stack. */
#define NAME "matmul_x87"
#define REPETITIONS 16
#include "matmul.h"
