/**
 * The kernel's own types as they stand in its memory: BPF Type Format, version 1, as
 * include/uapi/linux/btf.h has it, of the kernel itself and, split, of its modules.
 *
 * <p>A kernel describes some hundred thousand types; only an index is made on opening, a type is
 * read when it is asked for. Where in memory BTF stands is not known here.
 */
package io.nestwalk.linux.btf;
