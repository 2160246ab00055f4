/**
 * Files that libvirt's "save" and "managedsave" write: a header, the machine's XML, QEMU's
 * migration stream.
 *
 * <p>Facts: libvirt's src/qemu/qemu_saveimage.h. The stream may be packed as a whole; the package
 * for containers unpacks such a file first, and what comes here is plain. The stream itself is read
 * by the package for QEMU.
 */
package io.nestwalk.image.libvirt;
