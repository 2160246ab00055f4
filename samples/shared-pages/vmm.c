/* vmm BZIMAGE INITRD MEGABYTES NAME run|snapshot|restore CMDLINE : a small VMM on /dev/kvm for one Linux guest with one CPU.
 * No firmware and no devices. When the guest writes to port 0x5e0 it is ready: run goes on, snapshot keeps memory and CPU in
 * /run and ends, restore maps that memory privately and goes on from there. All memory may be merged by KSM; 64 KiB at
 * 0xe0000000 are a file that all guests have. /run/slots says where the memory is. */
#define _GNU_SOURCE
#include <asm/bootparam.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READY = 0x5e0, SHARED_BYTES = 16 * 4096, LARGE = 2 << 20 };
static const uint64_t SHARED_AT = 0xe0000000u;
static int kvm, vm, cpu;
static size_t size;
static unsigned char *ram;

static int checked(int result, const char *what) {
  if (result < 0) { perror(what); exit(1); }
  return result;
}
#define CALL(file, request, argument) checked(ioctl(file, request, argument), #request)

static unsigned char *map(size_t bytes, int protection, int flags, int file) {
  void *at = mmap(0, bytes, protection, flags, file, 0);
  if (at == MAP_FAILED) { perror("mmap"); exit(1); }
  return at;
}

/* What a CPU and the chips beside it are, as KVM tells and takes it. */
static struct {
  struct kvm_regs regs; struct kvm_sregs sregs; struct kvm_xcrs xcrs; struct kvm_xsave xsave; struct kvm_lapic_state lapic;
  struct kvm_vcpu_events events; struct kvm_mp_state state; struct kvm_irqchip chips[3]; struct kvm_pit_state2 timer; struct kvm_clock_data clock;
  int count; struct kvm_msr_entry msrs[512];
} kept;
struct one_msr { struct kvm_msrs head; struct kvm_msr_entry entry; };

static void keep(void) {
  CALL(cpu, KVM_GET_REGS, &kept.regs); CALL(cpu, KVM_GET_SREGS, &kept.sregs); CALL(cpu, KVM_GET_XCRS, &kept.xcrs); CALL(cpu, KVM_GET_XSAVE, &kept.xsave);
  CALL(cpu, KVM_GET_LAPIC, &kept.lapic); CALL(cpu, KVM_GET_VCPU_EVENTS, &kept.events); CALL(cpu, KVM_GET_MP_STATE, &kept.state);
  for (int i = 0; i < 3; i++) { kept.chips[i].chip_id = i; CALL(vm, KVM_GET_IRQCHIP, &kept.chips[i]); }
  CALL(vm, KVM_GET_PIT2, &kept.timer); CALL(vm, KVM_GET_CLOCK, &kept.clock);
  static struct { struct kvm_msr_list head; uint32_t index[1024]; } list = {{1024}, {0}};
  CALL(kvm, KVM_GET_MSR_INDEX_LIST, &list);
  for (unsigned i = 0; i < list.head.nmsrs && kept.count < 512; i++) {
    struct one_msr one = {{1}, {list.index[i]}};
    if (ioctl(cpu, KVM_GET_MSRS, &one) == 1) kept.msrs[kept.count++] = one.entry;
  }
}

static void put_back(void) {
  CALL(cpu, KVM_SET_SREGS, &kept.sregs);
  for (int i = 0; i < kept.count; i++) { struct one_msr one = {{1}, kept.msrs[i]}; ioctl(cpu, KVM_SET_MSRS, &one); }
  CALL(cpu, KVM_SET_XCRS, &kept.xcrs); CALL(cpu, KVM_SET_XSAVE, &kept.xsave); CALL(cpu, KVM_SET_REGS, &kept.regs);
  for (int i = 0; i < 3; i++) CALL(vm, KVM_SET_IRQCHIP, &kept.chips[i]);
  kept.clock.flags = 0;
  CALL(vm, KVM_SET_PIT2, &kept.timer); CALL(vm, KVM_SET_CLOCK, &kept.clock);
  CALL(cpu, KVM_SET_LAPIC, &kept.lapic); CALL(cpu, KVM_SET_VCPU_EVENTS, &kept.events); CALL(cpu, KVM_SET_MP_STATE, &kept.state);
}

static void whole(ssize_t done, size_t wanted) { if (done != (ssize_t)wanted) { perror("snapshot"); exit(1); } }

static void snapshot(struct kvm_run *run) {
  run->immediate_exit = 1; /* the write to the port is finished, and no more */
  ioctl(cpu, KVM_RUN, 0);
  keep();
  int file = checked(open("/run/memory", O_CREAT | O_WRONLY, 0600), "memory");
  whole(write(file, ram, size), size);
  close(file);
  file = checked(open("/run/state", O_CREAT | O_WRONLY, 0600), "state");
  whole(write(file, &kept, sizeof kept), sizeof kept);
  close(file);
}

/* The 32-bit entry of the Linux boot protocol. */
static void load(const char *kernel, const char *initrd, const char *line) {
  struct stat k, i;
  int kf = checked(open(kernel, O_RDONLY), kernel), rf = checked(open(initrd, O_RDONLY), initrd);
  checked(fstat(kf, &k), kernel);
  checked(fstat(rf, &i), initrd);
  unsigned char *image = map(k.st_size, PROT_READ, MAP_PRIVATE, kf);
  struct setup_header *header = (void *)(image + 0x1f1);
  size_t start = ((header->setup_sects ? header->setup_sects : 4) + 1) * 512;
  memcpy(ram + 0x100000, image + start, k.st_size - start);
  struct boot_params *boot = (void *)(ram + 0x10000);
  memcpy(&boot->hdr, header, 0x202 - 0x1f1 + image[0x201]);
  size_t at = (size - i.st_size - 4096) & ~(size_t)4095;
  whole(read(rf, ram + at, i.st_size), i.st_size);
  strcpy((char *)ram + 0x20000, line);
  boot->hdr.type_of_loader = 0xff; boot->hdr.loadflags |= 0x81; boot->hdr.heap_end_ptr = 0xfe00;
  boot->hdr.ramdisk_image = at; boot->hdr.ramdisk_size = i.st_size; boot->hdr.cmd_line_ptr = 0x20000;
  boot->e820_table[0] = (struct boot_e820_entry){0, 0x9fc00, 1};
  boot->e820_table[1] = (struct boot_e820_entry){0x100000, size - 0x100000, 1};
  boot->e820_entries = 2;
  uint64_t gdt[4] = {0, 0, 0x00cf9b000000ffff, 0x00cf93000000ffff};
  memcpy(ram + 0x1000, gdt, sizeof gdt);
  struct kvm_sregs sregs;
  CALL(cpu, KVM_GET_SREGS, &sregs);
  struct kvm_segment code = {.limit = 0xffffffff, .selector = 0x10, .type = 11, .present = 1, .s = 1, .db = 1, .g = 1}, data = code;
  data.type = 3; data.selector = 0x18;
  sregs.cs = code; sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
  sregs.gdt.base = 0x1000; sregs.gdt.limit = 31; sregs.cr0 |= 1;
  CALL(cpu, KVM_SET_SREGS, &sregs);
  struct kvm_regs regs = {.rip = 0x100000, .rsi = 0x10000, .rflags = 2, .rsp = 0x8000};
  CALL(cpu, KVM_SET_REGS, &regs);
  munmap(image, k.st_size); close(kf); close(rf);
}

static void slot(int number, const char *name, uint64_t at, void *memory, size_t bytes) {
  struct kvm_userspace_memory_region region = {.slot = number, .guest_phys_addr = at, .memory_size = bytes, .userspace_addr = (uint64_t)memory};
  CALL(vm, KVM_SET_USER_MEMORY_REGION, &region);
  FILE *list = fopen("/run/slots", "a");
  fprintf(list, "%s %d %lx %lx %lx\n", name, getpid(), at, (uint64_t)memory, bytes);
  fclose(list);
}

int main(int count, char **word) {
  if (count != 7) return 2;
  const char *name = word[4];
  int keeps = !strcmp(word[5], "snapshot"), restores = !strcmp(word[5], "restore");
  char ready[64];
  snprintf(ready, sizeof ready, "/run/ready-%s", name);
  size = (size_t)atoi(word[3]) << 20;
  kvm = checked(open("/dev/kvm", O_RDWR), "/dev/kvm");
  vm = CALL(kvm, KVM_CREATE_VM, 0);
  uint64_t identity = 0xfffbc000;
  CALL(vm, KVM_SET_TSS_ADDR, 0xfffbd000); CALL(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity); CALL(vm, KVM_CREATE_IRQCHIP, 0);
  struct kvm_pit_config timer = {.flags = KVM_PIT_SPEAKER_DUMMY};
  CALL(vm, KVM_CREATE_PIT2, &timer);
  if (restores) {
    ram = map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE, checked(open("/run/memory", O_RDONLY), "memory"));
    whole(read(checked(open("/run/state", O_RDONLY), "state"), &kept, sizeof kept), sizeof kept);
  } else {
    unsigned char *room = map(size + LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    ram = (unsigned char *)(((uintptr_t)room + LARGE - 1) & -(uintptr_t)LARGE);
    madvise(ram, size / 2, MADV_HUGEPAGE); /* the second-level tables have large and small pages, until they are merged */
    checked(madvise(ram, size, MADV_MERGEABLE), "MADV_MERGEABLE");
  }
  int file = checked(open("/run/between", O_RDWR | O_CREAT, 0600), "between");
  checked(ftruncate(file, SHARED_BYTES), "between");
  if (keeps) { /* what is restored from this one has its name */
    struct kvm_userspace_memory_region all = {.memory_size = size, .userspace_addr = (uint64_t)ram};
    CALL(vm, KVM_SET_USER_MEMORY_REGION, &all);
    all = (struct kvm_userspace_memory_region){.slot = 1, .guest_phys_addr = SHARED_AT, .memory_size = SHARED_BYTES};
    all.userspace_addr = (uint64_t)map(SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file);
    CALL(vm, KVM_SET_USER_MEMORY_REGION, &all);
  } else {
    slot(0, name, 0, ram, size);
    slot(1, name, SHARED_AT, map(SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file), SHARED_BYTES);
  }
  cpu = CALL(vm, KVM_CREATE_VCPU, 0);
  struct kvm_run *run = (void *)map(CALL(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, cpu);
  static struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[128]; } ids = {{128}, {{0}}};
  CALL(kvm, KVM_GET_SUPPORTED_CPUID, &ids);
  for (unsigned i = 0; i < ids.head.nent; i++) {
    struct kvm_cpuid_entry2 *each = &ids.entries[i];
    if (each->function == 1) { each->ecx |= 1u << 31 | 1u << 24; each->ebx = (each->ebx & 0xffff) | 1 << 16; }
  }
  CALL(cpu, KVM_SET_CPUID2, &ids);
  if (restores) { put_back(); close(open(ready, O_CREAT | O_WRONLY, 0600)); } else load(word[1], word[2], word[6]);
  for (;;) {
    if (ioctl(cpu, KVM_RUN, 0) < 0 && errno != EINTR && errno != EAGAIN) { perror("KVM_RUN"); return 1; }
    unsigned char *data = (unsigned char *)run + run->io.data_offset;
    if (run->exit_reason == KVM_EXIT_IO && run->io.direction == KVM_EXIT_IO_IN) memset(data, run->io.port == 0x61 ? 0x20 : 0xff, run->io.size * run->io.count);
    else if (run->exit_reason == KVM_EXIT_IO && run->io.port == READY) {
      if (keeps) snapshot(run);
      close(open(ready, O_CREAT | O_WRONLY, 0600));
      if (keeps) return 0;
    } else if (run->exit_reason == KVM_EXIT_MMIO && !run->mmio.is_write) memset(run->mmio.data, 0xff, 8);
    else if (run->exit_reason == KVM_EXIT_SHUTDOWN || run->exit_reason == KVM_EXIT_FAIL_ENTRY || run->exit_reason == KVM_EXIT_INTERNAL_ERROR) { fprintf(stderr, "%s: exit %u\n", name, run->exit_reason); return 1; }
  }
}
