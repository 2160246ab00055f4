/**
 * Kdump-compressed dumps ("KDUMP"), as makedumpfile and QEMU's dump-guest-memory write them: pages
 * packed one by one with zlib, LZO, snappy or zstd; plain, flattened, or split into a set of files.
 *
 * <p>Facts: makedumpfile's IMPLEMENTATION and diskdump_mod.h, QEMU's include/sysemu/dump.h. Which
 * pages there are, and where, is read from the file's own bitmap and table when it is asked for.
 * Notes are read by the package for ELF cores.
 */
package io.nestwalk.image.kdump;
