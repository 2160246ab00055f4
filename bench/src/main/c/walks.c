/* The loop that TableWalks.java is measured against: translations through the same page tables of
 * the same image, by nothing but loads and masks. Reads the file that TableWalks writes, prints for
 * each set of addresses its name, the sum of what they translate to, and the nanoseconds that one
 * took in the best round. Exits with 1 when a file can't be read.
 *
 *   walks IMAGE SETS ROUNDS
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ADDRESS UINT64_C(0x000ffffffffff000)
#define PRESENT 1
#define READ_WRITE_EXECUTE 7 /* an EPT entry is present when it allows anything */
#define LARGE 0x80
#define FAULT UINT64_MAX

struct run {
  uint64_t start, length, offset;
};

static const unsigned char *image;
static const struct run *runs;
static uint64_t run_count;
static uint64_t hint; /* the run that held the last address */

static uint64_t load(uint64_t address) {
  const struct run *run = &runs[hint];
  if (address - run->start >= run->length) {
    uint64_t low = 0, high = run_count;
    while (low < high) {
      uint64_t middle = (low + high) / 2;
      if (runs[middle].start + runs[middle].length > address)
        high = middle;
      else
        low = middle + 1;
    }
    if (low == run_count || address < runs[low].start)
      return 0;
    hint = low;
    run = &runs[low];
  }
  uint64_t value;
  memcpy(&value, image + run->offset + (address - run->start), sizeof value);
  return value;
}

static uint64_t lower(uint64_t address, uint64_t root, uint64_t present) {
  uint64_t table = root;
  for (int shift = 39;; shift -= 9) {
    uint64_t entry = load(table + (address >> shift & 511) * 8);
    if (!(entry & present))
      return FAULT;
    if (shift == 12 || (shift < 39 && (entry & LARGE))) {
      uint64_t offset = (UINT64_C(1) << shift) - 1;
      return (entry & ADDRESS & ~offset) | (address & offset);
    }
    table = entry & ADDRESS;
  }
}

/* A guest's tables stand at guest-physical addresses, so each load is a walk of the lower layer. */
static uint64_t upper(uint64_t address, uint64_t root, uint64_t second, uint64_t present) {
  uint64_t table = root;
  for (int shift = 39;; shift -= 9) {
    uint64_t at = lower(table + (address >> shift & 511) * 8, second, present);
    uint64_t entry = at == FAULT ? 0 : load(at);
    if (!(entry & PRESENT))
      return FAULT;
    if (shift == 12 || (shift < 39 && (entry & LARGE))) {
      uint64_t offset = (UINT64_C(1) << shift) - 1;
      return lower((entry & ADDRESS & ~offset) | (address & offset), second, present);
    }
    table = entry & ADDRESS;
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

static void *whole(const char *name) {
  int file = open(name, O_RDONLY);
  struct stat status;
  void *bytes = MAP_FAILED;
  if (file >= 0 && fstat(file, &status) == 0)
    bytes = mmap(NULL, status.st_size, PROT_READ, MAP_SHARED, file, 0);
  if (bytes == MAP_FAILED) {
    perror(name);
    exit(1);
  }
  close(file);
  return bytes;
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "usage: walks IMAGE SETS ROUNDS\n");
    return 2;
  }
  image = whole(arguments[1]);
  const uint64_t *next = whole(arguments[2]);
  int rounds = atoi(arguments[3]);
  run_count = *next++;
  runs = (const struct run *)next;
  next += run_count * 3;
  for (uint64_t sets = *next++; sets > 0; sets--) {
    const char *name = (const char *)next; /* 32 bytes, filled with zeros */
    next += 4;
    uint64_t root = *next++, second = *next++, ept = *next++, addresses = *next++;
    uint64_t present = ept ? READ_WRITE_EXECUTE : PRESENT;
    double best = 1e18;
    uint64_t sum = 0;
    for (int round = 0; round < rounds; round++) {
      double begin = now();
      sum = 0;
      for (uint64_t i = 0; i < addresses; i++)
        sum += second ? upper(next[i], root, second, present) : lower(next[i], root, PRESENT);
      double took = (now() - begin) / addresses;
      if (took < best)
        best = took;
    }
    printf("%s\t%" PRIu64 "\t%.2f\n", name, sum, best);
    next += addresses;
  }
  return 0;
}
