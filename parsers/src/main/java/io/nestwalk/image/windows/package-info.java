/**
 * Crash dumps of a Windows kernel, 32- and 64-bit: full, with a bitmap of pages, with a list of
 * page ranges.
 *
 * <p>Minidumps, of a process or of the kernel, hold no physical memory and are refused. Layouts as
 * in kdmp-parser's kdmp-parser-structs.h, LeechCore's device_file.c and Volatility's symbols for
 * crash dumps; the 64-bit header was checked on a real dump. CONTEXT is that of the Windows SDK.
 */
package io.nestwalk.image.windows;
