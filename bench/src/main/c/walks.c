/* The loop that TableWalks.java is measured against, which calls it: translations through the same
 * page tables of the same image, by nothing but loads and masks.
 */
#include <stdint.h>
#include <string.h>

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

/* Translates addresses under a root, below which is another when that is not 0, and sums up. */
uint64_t walks(const unsigned char *bytes, const struct run *of_memory, uint64_t run_number,
               uint64_t root, uint64_t second, uint64_t is_ept, const uint64_t *addresses,
               uint64_t count) {
  uint64_t present = is_ept ? READ_WRITE_EXECUTE : PRESENT;
  uint64_t sum = 0;
  image = bytes;
  runs = of_memory;
  run_count = run_number;
  hint = 0;
  for (uint64_t i = 0; i < count; i++)
    sum += second ? upper(addresses[i], root, second, present) : lower(addresses[i], root, PRESENT);
  return sum;
}
