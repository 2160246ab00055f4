/* probe: the program inside host and guests.
 *   marker NAME NONCE   in a guest: pages with texts that are alike in both guests, alike in this one, and its own; then reads
 *                       them for ever, so that merged pages come back into the second-level tables
 *   merge NONCE         in the host: a process whose pages are merged with the guests' and with each other
 *   truth               in the host: what it has behind the slots in /run/slots, page by page, to the emulator's debug port
 * Texts are put together at run time, so that each stands in the pages listed here and in no program, argument or log. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, READY = 0x5e0, DEBUG = 0xe9, SHARED_AT = 0xe0000000u };

static char *pages(int count) {
  char *all = mmap(0, count * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) exit(1);
  return all;
}

static void put(char *at, const char *name, const char *nonce, const char *what) {
  const char *parts[] = {"SHARED", "-PAGE-", name, "-", nonce, "-", what};
  for (int i = 0; i < 7; i++) for (const char *c = parts[i]; *c;) *at++ = *c++;
}

static void marker(const char *name, const char *nonce) {
  int count = 32;
  char *own = pages(count), what[16];
  for (int i = 0; i < 8; i++) { sprintf(what, "both%d", i); put(own + i * PAGE + 0x40, "common", nonce, what); }
  for (int i = 8; i < 12; i++) put(own + i * PAGE + 0x40, name, nonce, "twin");
  put(own + 12 * PAGE + 0x40, name, nonce, "own");
  int memory = open("/dev/mem", O_RDWR);
  char *shared = mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, SHARED_AT);
  if (shared == MAP_FAILED || iopl(3)) exit(1);
  put(shared + 0x40, "between", nonce, "guests");
  outb(name[0], READY);
  for (volatile char sum = 0;;) {
    for (int i = 0; i < count; i++) sum += own[i * PAGE];
    sum += shared[0];
    for (volatile int i = 0; i < 20000000; i++) {}
  }
}

static void merge(const char *nonce) {
  char *own = pages(8);
  madvise(own, 8 * PAGE, MADV_MERGEABLE);
  put(own + 0x40, "common", nonce, "both0");
  for (int i = 2; i < 5; i++) put(own + i * PAGE + 0x40, "host", nonce, "twin");
  for (;;) pause();
}

static void out(const char *format, ...) {
  char text[256];
  va_list all;
  va_start(all, format);
  int length = vsnprintf(text, sizeof text, format, all);
  va_end(all);
  outsb(DEBUG, text, length);
}

static uint64_t word(int file, uint64_t index) {
  uint64_t value = 0;
  return pread(file, &value, 8, index * 8) == 8 ? value : 0;
}

/* Of a page /proc/PID/pagemap has the frame, /proc/kpageflags what that is: KSM (21), the zero page (24), anonymous (12). */
static void truth(void) {
  static const char *const counters[] = {"pages_shared", "pages_sharing", "use_zero_pages", "full_scans"};
  char line[256], name[32];
  unsigned long pid, at, virtual, length;
  int flags = open("/proc/kpageflags", O_RDONLY);
  if (iopl(3)) exit(1);
  for (int i = 0; i < 4; i++) {
    sprintf(line, "/sys/kernel/mm/ksm/%s", counters[i]);
    FILE *file = fopen(line, "r");
    if (file && fgets(line, sizeof line, file)) out("ksm %s %s", counters[i], line);
    if (file) fclose(file);
  }
  FILE *slots = fopen("/run/slots", "r");
  while (slots && fgets(line, sizeof line, slots)) {
    if (sscanf(line, "%31s %lu %lx %lx %lx", name, &pid, &at, &virtual, &length) != 5) continue;
    out("slot %s", line);
    char path[64];
    sprintf(path, "/proc/%lu/pagemap", pid);
    int map = open(path, O_RDONLY);
    for (unsigned long offset = 0; offset < length; offset += PAGE) {
      uint64_t entry = word(map, (virtual + offset) / PAGE);
      if (!(entry >> 63)) continue;
      uint64_t frame = entry & ((1ull << 55) - 1), kind = word(flags, frame);
      out("%lx %lx %s\n", at + offset, frame * PAGE, kind >> 21 & 1 ? "merged" : kind >> 24 & 1 ? "zero" : kind >> 12 & 1 ? "anonymous" : "file");
    }
    close(map);
  }
  out("end\n");
}

int main(int count, char **word) {
  if (count == 4 && !strcmp(word[1], "marker")) marker(word[2], word[3]);
  if (count == 3 && !strcmp(word[1], "merge")) merge(word[2]);
  if (count == 2 && !strcmp(word[1], "truth")) { truth(); return 0; }
  return 2;
}
