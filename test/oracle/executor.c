// Runs the vectors of a file (README.md) on the processor it is started on and fills in their outputs.
//   executor IN OUT          gcc -m32 -O1 -static -no-pie -fno-pie -fno-stack-protector -mno-sse ...
// Each instruction runs alone in a page of INT3, at fixed addresses, with every register loaded from the image; whatever exception
// ends it arrives as a signal on an alternate stack, and the signal frame is the result.
// Not done: instructions that need the kernel's help (SGDT under UMIP), SYSENTER, and vectors of 64 bits (the image has room for them).
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

// The image: layout.ts.
enum {
  GPR = 0, RIP = 128, RFLAGS = 136, SEGMENTS = 144, FAULT_CR2 = 160, VECTOR = 168, ERROR_CODE = 172, FX = 176, DATA = 704, STACK = 4800,
  IMAGE = 8896, HEADER = 16, PAGE = 4096, FX_XMM8 = 288,
  CODE_BASE = 0x4000, DATA_BASE = 0x8000, STACK_BASE = 0xc000, SEL_CODE32 = 0x23, SEL_DATA32 = 0x2b, SEL_CODE16 = 0x07,
  ENDLESS = 255,
};

static uint8_t defaults[IMAGE];
static uint8_t input[IMAGE];
static uint8_t output[IMAGE];

// What run_vector loads, in fixed places that its assembly can name.
uint32_t load_gpr[8];
uint32_t load_flags;
uint16_t load_segments[6];
struct { uint32_t offset; uint16_t selector; } __attribute__((packed)) load_target;
uint8_t load_fx[512] __attribute__((aligned(16)));
uint32_t saved_esp;
uint16_t saved_gs;

void run_vector(void);
__asm__(
    ".globl run_vector\n"
    "run_vector:\n"
    "  pushl %ebx; pushl %esi; pushl %edi; pushl %ebp\n"
    "  movl %esp, saved_esp\n"
    "  movw %gs, saved_gs\n"
    "  fxrstor load_fx\n"
    "  pushl load_flags; popfl\n"
    "  movw load_segments+0, %es\n"
    "  movw load_segments+8, %fs\n"
    "  movw load_segments+10, %gs\n"
    "  movw load_segments+6, %ds\n"
    "  movl %cs:load_gpr+0, %eax\n"
    "  movl %cs:load_gpr+4, %ecx\n"
    "  movl %cs:load_gpr+8, %edx\n"
    "  movl %cs:load_gpr+12, %ebx\n"
    "  movl %cs:load_gpr+20, %ebp\n"
    "  movl %cs:load_gpr+24, %esi\n"
    "  movl %cs:load_gpr+28, %edi\n"
    "  movw %cs:load_segments+4, %ss\n"
    "  movl %cs:load_gpr+16, %esp\n"
    "  ljmp *%cs:load_target\n"
    // The signal arrives here with the flags and FS, GS of the tested instruction: set them right before any compiled code.
    ".globl on_signal\n"
    "on_signal:\n"
    "  pushl $0x202; popfl\n"
    "  movw %cs:saved_gs, %gs\n"
    "  movl 12(%esp), %eax\n"
    "  pushl %eax\n"
    "  call record\n"
    ".globl leave_vector\n"
    "leave_vector:\n"
    "  movw %cs:saved_gs, %gs\n"
    "  fninit\n"
    "  movl saved_esp, %esp\n"
    "  popl %ebp; popl %edi; popl %esi; popl %ebx\n"
    "  ret\n");
void on_signal(int, siginfo_t *, void *);
void leave_vector(void);

static void put16(int at, uint32_t v) { output[at] = (uint8_t)v; output[at + 1] = (uint8_t)(v >> 8); }
static void put32(int at, uint32_t v) { put16(at, v); put16(at + 2, v >> 16); }
static uint32_t get16(int at) { return input[at] | input[at + 1] << 8; }
static uint32_t get32(int at) { return get16(at) | get16(at + 2) << 16; }

/** eax ecx edx ebx esp ebp esi edi in the order of ucontext. */
static const int GPR_OF_CONTEXT[8] = {REG_EAX, REG_ECX, REG_EDX, REG_EBX, REG_ESP, REG_EBP, REG_ESI, REG_EDI};
static const int SEGMENT_OF_CONTEXT[6] = {REG_ES, REG_CS, REG_SS, REG_DS, REG_FS, REG_GS};

/** From the signal frame to the output image. The frame holds FSAVE's 112 bytes, then an FXSAVE image. */
void record(ucontext_t *context) {
  greg_t *regs = context->uc_mcontext.gregs;
  memcpy(output, input, IMAGE);
  for (int i = 0; i < 8; i++) put32(GPR + i * 8, (uint32_t)regs[GPR_OF_CONTEXT[i]]);
  put32(RIP, (uint32_t)regs[REG_EIP]);
  put32(RFLAGS, (uint32_t)regs[REG_EFL]);
  for (int i = 0; i < 6; i++) put16(SEGMENTS + i * 2, (uint32_t)regs[SEGMENT_OF_CONTEXT[i]]);
  put32(VECTOR, (uint32_t)regs[REG_TRAPNO]);
  put32(ERROR_CODE, (uint32_t)regs[REG_ERR]);
  put32(FAULT_CR2, regs[REG_TRAPNO] == 14 ? (uint32_t)context->uc_mcontext.cr2 : 0);
  memcpy(output + FX, (const uint8_t *)context->uc_mcontext.fpregs + 112, FX_XMM8);
  memset(output + FX + 28, 0, 4);  // MXCSR_MASK
  memcpy(output + DATA, (const void *)DATA_BASE, PAGE);
  memcpy(output + STACK, (const void *)STACK_BASE, PAGE);
}

/** Ticks of processor time since the vector began. */
static volatile int ticks;

/** An instruction that jumps to itself never ends: after two ticks give it up, and mark its vector. */
static void on_tick(int number, siginfo_t *info, void *context) {
  (void)number, (void)info;
  greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
  int inside = (uint32_t)regs[REG_EIP] - CODE_BASE < PAGE;
  if (!inside || ++ticks < 3) return;
  memcpy(output, input, IMAGE);
  put32(VECTOR, ENDLESS);
  regs[REG_EIP] = (greg_t)leave_vector;
  regs[REG_CS] = SEL_CODE32;
  regs[REG_ES] = regs[REG_DS] = regs[REG_SS] = SEL_DATA32;
  regs[REG_EFL] = 0x202;
}

static void load(int mode, const uint8_t *code, int length) {
  uint8_t *page = (uint8_t *)CODE_BASE;
  memset(page, 0xcc, PAGE);
  uint32_t at = get32(RIP);
  for (int i = 0; i < length; i++)
    if (at + (uint32_t)i - CODE_BASE < PAGE) page[at + (uint32_t)i - CODE_BASE] = code[i];
  memcpy((void *)DATA_BASE, input + DATA, PAGE);
  memcpy((void *)STACK_BASE, input + STACK, PAGE);
  memcpy(load_fx, input + FX, sizeof load_fx);
  memset(load_fx + FX_XMM8, 0, sizeof load_fx - FX_XMM8);
  for (int i = 0; i < 8; i++) load_gpr[i] = get32(GPR + i * 8);
  for (int i = 0; i < 6; i++) load_segments[i] = (uint16_t)get16(SEGMENTS + i * 2);
  load_flags = get32(RFLAGS);
  load_target.offset = at;
  load_target.selector = mode == 0 ? SEL_CODE32 : SEL_CODE16;
}

static void map(uint32_t at, int protection) {
  void *want = (void *)at;
  if (mmap(want, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == want) return;
  perror("executor: cannot map the pages of the test (is vm.mmap_min_addr above 0x4000?)");
  exit(2);
}

/** base, limit, contents (0 data, 1 expand-down, 2 code, 3 conforming), read or execute only, 32-bit, present: LDT of layout.ts. */
static const struct { uint32_t base, limit; int contents, only, big, present; } SEGMENT[] = {
    {0, 0xffff, 2, 0, 0, 1}, {0, 0xffff, 0, 0, 0, 1}, {0x1000, 0x7fff, 0, 0, 1, 1}, {0, 0x7fff, 1, 0, 1, 1},
    {0, 0xfffff, 0, 1, 1, 1}, {0, 0xffff, 0, 0, 1, 0}, {0, 0xffff, 2, 1, 1, 1}, {0, 0xffff, 3, 0, 1, 0},
};

static void set_up(void) {
  map(CODE_BASE, PROT_READ | PROT_WRITE | PROT_EXEC);
  map(DATA_BASE, PROT_READ | PROT_WRITE);
  map(STACK_BASE, PROT_READ | PROT_WRITE);
  for (unsigned i = 0; i < sizeof SEGMENT / sizeof *SEGMENT; i++) {
    struct user_desc d = {.entry_number = i, .base_addr = SEGMENT[i].base, .limit = SEGMENT[i].limit};
    d.seg_32bit = SEGMENT[i].big;
    d.contents = SEGMENT[i].contents;
    d.read_exec_only = SEGMENT[i].only;
    d.seg_not_present = !SEGMENT[i].present;
    if (syscall(SYS_modify_ldt, 0x11, &d, sizeof d) != 0) {
      perror("executor: modify_ldt");
      exit(2);
    }
  }
  static uint8_t signal_stack[1 << 17];
  stack_t alternate = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
  struct sigaction tick = {.sa_sigaction = on_tick, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGVTALRM, &tick, 0);
  struct itimerval often = {{0, 20000}, {0, 20000}};
  setitimer(ITIMER_VIRTUAL, &often, 0);
  const int signals[] = {SIGTRAP, SIGSEGV, SIGBUS, SIGILL, SIGFPE};
  for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, 0);
}

static int read_byte(FILE *f) {
  int c = getc(f);
  if (c != EOF) return c;
  fprintf(stderr, "executor: the input is cut short\n");
  exit(2);
}

static uint32_t read_varint(FILE *f) {
  uint32_t value = 0;
  for (int shift = 0;; shift += 7) {
    int byte = read_byte(f);
    value |= (uint32_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

static void write_varint(FILE *f, uint32_t value) {
  for (; value >= 0x80; value >>= 7) putc((int)(value & 0x7f) | 0x80, f);
  putc((int)value, f);
}

static void read_delta(FILE *f, uint8_t *image) {
  for (uint32_t at = 0;;) {
    uint32_t skip = read_varint(f), length = read_varint(f);
    if (!length) return;
    at += skip;
    for (; length--; at++)
      if (at < IMAGE) image[at] = (uint8_t)read_byte(f);
  }
}

static void write_delta(FILE *f, const uint8_t *from, const uint8_t *to) {
  int done = 0;
  for (int i = 0; i < IMAGE;) {
    if (from[i] == to[i]) {
      i++;
      continue;
    }
    int end = i + 1;
    while (end < IMAGE && (from[end] != to[end] || (end + 1 < IMAGE && from[end + 1] != to[end + 1]))) end++;
    write_varint(f, (uint32_t)(i - done));
    write_varint(f, (uint32_t)(end - i));
    fwrite(to + i, 1, (size_t)(end - i), f);
    done = i = end;
  }
  putc(0, f);
  putc(0, f);
}

static void vector(FILE *in, FILE *out) {
  uint8_t code[256];
  int mode = read_byte(in), length = read_byte(in);
  for (int i = 0; i < length; i++) code[i] = (uint8_t)read_byte(in);
  memcpy(input, defaults, IMAGE);
  read_delta(in, input);
  memcpy(output, input, IMAGE);
  read_delta(in, output);
  load(mode, code, length);
  ticks = 0;
  run_vector();
  putc(mode, out);
  putc(length, out);
  fwrite(code, 1, (size_t)length, out);
  write_delta(out, defaults, input);
  write_delta(out, input, output);
}

int main(int argc, char **argv) {
  FILE *in = argc == 3 ? fopen(argv[1], "rb") : 0, *out = in ? fopen(argv[2], "wb") : 0;
  if (!out) {
    fprintf(stderr, "usage: executor IN OUT\n");
    return 2;
  }
  uint8_t header[HEADER];
  if (fread(header, 1, HEADER, in) != HEADER || fread(defaults, 1, IMAGE, in) != IMAGE) return 2;
  fwrite(header, 1, HEADER, out);
  fwrite(defaults, 1, IMAGE, out);
  set_up();
  uint32_t count;
  memcpy(&count, header + 8, 4);
  while (count--) vector(in, out);
  return fclose(out) ? 2 : 0;
}
