/**
 * The kernel's own symbols as they stand in its memory: the compressed tables that
 * scripts/kallsyms.c of the kernel's source writes and kernel/kallsyms.c reads.
 *
 * <p>The tables are recognised by their structure: 256 tokens and an index of them that agree with
 * each other, then names, markers and addresses around them, in the order of the kernel's version.
 */
package io.nestwalk.linux.kallsyms;
