/* An interpreter with a switch: one indirect jump for each of its instructions. The program it runs counts Collatz steps. */
#include "runtime.h"

enum { LI, ADD, SUB, MUL, AND, SHR, JNZ, JZ, MOV, LD, ST, ADDI, XOR, SHL, OR, HALT };

typedef struct {
  u8 op, a, b, c;
} Instruction;

static u32 memory[1024];

NO_IPA static u32 run(const Instruction *code, u32 n) {
  u32 r[16];
  for (int i = 0; i < 16; i++) r[i] = 0;
  r[1] = n;
  const Instruction *p = code;
  for (;;) {
    Instruction i = *p++;
    switch (i.op) {
      case LI: r[i.a] = i.b | i.c << 8; break;
      case ADD: r[i.a] = r[i.b] + r[i.c]; break;
      case SUB: r[i.a] = r[i.b] - r[i.c]; break;
      case MUL: r[i.a] = r[i.b] * r[i.c]; break;
      case AND: r[i.a] = r[i.b] & r[i.c]; break;
      case SHR: r[i.a] = r[i.b] >> (i.c & 31); break;
      case JNZ: if (r[i.a]) p = code + i.b; break;
      case JZ: if (!r[i.a]) p = code + i.b; break;
      case MOV: r[i.a] = r[i.b]; break;
      case LD: r[i.a] = memory[r[i.b] & 1023]; break;
      case ST: memory[r[i.b] & 1023] = r[i.a]; break;
      case ADDI: r[i.a] = r[i.b] + (signed char)i.c; break;
      case XOR: r[i.a] = r[i.b] ^ r[i.c]; break;
      case SHL: r[i.a] = r[i.b] << (i.c & 31); break;
      case OR: r[i.a] = r[i.b] | r[i.c]; break;
      case HALT: return r[0];
    }
  }
}

/* for (n = r1; n; n--) for (x = n; x != 1; x = x & 1 ? 3 * x + 1 : x >> 1) memory[++steps] ^= x; */
static const Instruction collatz[] = {
    {LI, 2, 1, 0},                                                              /* 0 */
    {LI, 3, 3, 0},                                                              /* 1 */
    {MOV, 4, 1, 0},                                                             /* 2: for each n */
    {SUB, 5, 4, 2}, {JZ, 5, 16, 0},                                             /* 3: for each x */
    {AND, 6, 4, 2}, {JZ, 6, 10, 0},                                             /* 5 */
    {MUL, 4, 4, 3}, {ADDI, 4, 4, 1}, {JNZ, 2, 11, 0},                           /* 7: odd */
    {SHR, 4, 4, 1},                                                             /* 10: even */
    {ADDI, 0, 0, 1}, {LD, 7, 0, 0}, {XOR, 7, 7, 4}, {ST, 7, 0, 0}, {JNZ, 2, 3, 0}, /* 11 */
    {ADDI, 1, 1, (u8)-1}, {JNZ, 1, 2, 0},                                       /* 16 */
    {HALT, 0, 0, 0},
};

int program(int argc, char **argv) {
  u32 repetitions = scaled(80), checksum = 0;
  begin("bytecode");
  for (u32 i = 0; i < repetitions; i++) checksum = mix(checksum, run(collatz, 1000 + i));
  for (int i = 0; i < 1024; i++) checksum = mix(checksum, memory[i]);
  end("bytecode", checksum);
  return 0;
}
