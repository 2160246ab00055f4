/**
 * ELF core dumps of whole machines: QEMU's dump-guest-memory, libvirt's memory-only dumps, kdump,
 * VirtualBox.
 *
 * <p>One class per on-disk structure; {@link io.nestwalk.image.elf.ElfFormat} puts them together.
 * Physical memory is made of the PT_LOAD segments' physical addresses; their virtual addresses are
 * not used. Cores of single processes are recognised and refused. Offsets and values are those of
 * the System V ABI and of QEMU's target/i386/arch_dump.c.
 */
package io.nestwalk.image.elf;
