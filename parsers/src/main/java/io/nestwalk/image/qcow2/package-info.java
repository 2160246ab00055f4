/**
 * The VM state of internal snapshots ("savevm") in qcow2 disk images: a QEMU stream that stands in
 * clusters of the image, behind the disk's own.
 *
 * <p>Facts: QEMU's docs/interop/qcow2.txt and block/qcow2-snapshot.c. Nothing of the disk is read.
 * The stream itself is read by the package for QEMU.
 */
package io.nestwalk.image.qcow2;
