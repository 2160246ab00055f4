/**
 * QEMU's migration stream, which is also what savevm, libvirt and Proxmox store: memory of the RAM
 * blocks, CPU registers from the section {@code cpu}.
 *
 * <p>Facts: QEMU's migration/ram.c, migration/savevm.c, target/i386/machine.c,
 * scripts/analyze-migration.py. All integers are big-endian. Devices are walked only as far as is
 * needed to get past them, by the description that the stream carries at its end. What the stream
 * is wrapped in (libvirt's header, a qcow2 image) is read in other packages.
 */
package io.nestwalk.image.qemu;
