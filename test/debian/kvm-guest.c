// Runs a guest of a few instructions through /dev/kvm: it prints a sum on a port and halts.
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

enum { AT = 0x1000, PORT = 0x3f8 };

/** mov dx, PORT; add al, bl; add al, '0'; out dx, al; mov al, 10; out dx, al; hlt */
static const unsigned char code[] = {0xba, PORT & 0xff, PORT >> 8, 0x00, 0xd8, 0x04, '0', 0xee, 0xb0, '\n', 0xee, 0xf4};

static void need(int ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(1);
}

int main(void) {
  int kvm = open("/dev/kvm", O_RDWR);
  need(kvm >= 0, "/dev/kvm");
  printf("KVM API %d\n", ioctl(kvm, KVM_GET_API_VERSION, 0));
  int vm = ioctl(kvm, KVM_CREATE_VM, 0);
  need(vm >= 0, "KVM_CREATE_VM");
  void *memory = mmap(0, 0x1000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  need(memory != MAP_FAILED, "mmap");
  memcpy(memory, code, sizeof code);
  struct kvm_userspace_memory_region region = {.guest_phys_addr = AT, .memory_size = 0x1000, .userspace_addr = (unsigned long)memory};
  need(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) == 0, "KVM_SET_USER_MEMORY_REGION");
  int cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
  need(cpu >= 0, "KVM_CREATE_VCPU");
  int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  struct kvm_run *run = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
  need(run != MAP_FAILED, "mmap of the vCPU");
  struct kvm_sregs system;
  need(ioctl(cpu, KVM_GET_SREGS, &system) == 0, "KVM_GET_SREGS");
  system.cs.base = 0;
  system.cs.selector = 0;
  need(ioctl(cpu, KVM_SET_SREGS, &system) == 0, "KVM_SET_SREGS");
  struct kvm_regs registers = {.rip = AT, .rax = 2, .rbx = 3, .rflags = 2};
  need(ioctl(cpu, KVM_SET_REGS, &registers) == 0, "KVM_SET_REGS");
  for (int exits = 1;; exits++) {
    need(ioctl(cpu, KVM_RUN, 0) == 0, "KVM_RUN");
    switch (run->exit_reason) {
      case KVM_EXIT_IO:
        printf("exit %d: out %#x: %#x\n", exits, run->io.port, *((unsigned char *)run + run->io.data_offset));
        break;
      case KVM_EXIT_HLT:
        printf("exit %d: hlt\n", exits);
        return 0;
      default:
        printf("exit %d: reason %u\n", exits, run->exit_reason);
        return 1;
    }
  }
}
