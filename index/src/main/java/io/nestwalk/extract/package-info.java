/**
 * Memory written out as ELF cores, so that other tools can go on: a machine's physical memory with
 * its CPUs, or one process with its mappings.
 *
 * <p>What is missing stays missing: a hole is no segment's content. Reading cores is the affair of
 * {@code io.nestwalk.image.elf}; here are only the structures that are written.
 */
package io.nestwalk.extract;
