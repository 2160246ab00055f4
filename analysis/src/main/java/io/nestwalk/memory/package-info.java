/**
 * Memory seen through page tables: one layer upon another, as deep as machines are nested.
 *
 * <p>A {@link io.nestwalk.memory.Layer} is a {@link io.nestwalk.image.Memory} whose bytes stand in
 * the memory below it, at other addresses. Guest-physical memory is a layer over host-physical
 * memory, a process's virtual memory a layer over its machine's physical memory. Code that reads
 * through one neither knows nor cares how deep it is.
 */
package io.nestwalk.memory;
