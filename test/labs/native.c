// What the sensitive instructions do in ring 3 of the processor that this is started on, under Linux, which has moved nobody: a user program.
//   gcc -m32 -O1 -static native.c; prints one line an experiment, as test/labs/native.test.ts does for the emulated processor.
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

// Linux (x86-64): kernel data is descriptor 3 of the GDT.
enum { KERNEL_DATA = 0x18 };

static sigjmp_buf back;
static void on_fault(int number) { (void)number; siglongjmp(back, 1); }

static void line(const char *name, uint32_t value) { printf("%s %x\n", name, value); }

#define TRAPS(name, code) \
  do { \
    if (sigsetjmp(back, 1)) { printf(name " traps\n"); } \
    else { __asm__ volatile(code ::: "memory", "cc", "eax", "ecx", "edx"); printf(name " runs\n"); } \
  } while (0)

int main(void) {
  uint32_t value, zero;
  uint16_t own_data, own_code;
  struct sigaction action = {.sa_handler = on_fault};
  sigaction(SIGSEGV, &action, 0);
  sigaction(SIGILL, &action, 0);
  __asm__ volatile("mov %%ds, %0" : "=r"(own_data));
  __asm__ volatile("pushfl; popl %0" : "=r"(value));
  line("pushf IF", (value >> 9) & 1);
  __asm__ volatile("pushl $2; popfl; pushfl; popl %0" : "=r"(value)::"cc");
  line("popf IF", (value >> 9) & 1);
  __asm__ volatile("pushl %%cs; popl %0" : "=r"(value));
  line("push cs RPL", value & 3);
  __asm__ volatile("mov %%cs, %0" : "=r"(own_code));
  line("mov cs RPL", own_code & 3);
  __asm__ volatile("lar %2, %0; setz %b1" : "=r"(value), "=q"(zero) : "r"((uint32_t)own_data) : "cc");
  line("lar own ZF", zero & 1);
  line("lar own DPL", (value >> 13) & 3);
  __asm__ volatile("lsl %2, %0; setz %b1" : "=r"(value), "=q"(zero) : "r"((uint32_t)own_data) : "cc");
  line("lsl own ZF", zero & 1);
  __asm__ volatile("lar %2, %0; setz %b1" : "=r"(value), "=q"(zero) : "r"(KERNEL_DATA) : "cc");
  line("lar kernel ZF", zero & 1);
  __asm__ volatile("lsl %2, %0; setz %b1" : "=r"(value), "=q"(zero) : "r"(KERNEL_DATA) : "cc");
  line("lsl kernel ZF", zero & 1);
  __asm__ volatile("verr %w1; setz %b0" : "=q"(zero) : "r"((uint32_t)own_data) : "cc");
  line("verr own ZF", zero & 1);
  __asm__ volatile("verw %w1; setz %b0" : "=q"(zero) : "r"((uint32_t)own_code) : "cc");
  line("verw code ZF", zero & 1);
  __asm__ volatile("verr %w1; setz %b0" : "=q"(zero) : "r"(KERNEL_DATA) : "cc");
  line("verr kernel ZF", zero & 1);
  TRAPS("cli", "cli");
  TRAPS("sti", "sti");
  TRAPS("hlt", "hlt");
  TRAPS("clts", "clts");
  TRAPS("mov cr0", "mov %%cr0, %%eax");
  TRAPS("lldt", "xor %%eax, %%eax; lldt %%ax");
  TRAPS("in", "in $0x70, %%al");
  TRAPS("load kernel data", "mov $0x18, %%eax; push %%es; mov %%ax, %%es; pop %%es");
  return 0;
}
