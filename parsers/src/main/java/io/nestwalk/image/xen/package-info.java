/**
 * What Xen writes of a domain: cores of "xl dump-core", whose memory stands in ELF sections, and
 * the streams of "xl save".
 *
 * <p>Facts: Xen's docs/misc/dump-core-format.txt, docs/specs/libxc-migration-stream.pandoc,
 * xen/include/public/arch-x86/xen.h and hvm/save.h. No file of a real Xen was at hand: the tests'
 * writers follow the same documents. ELF cores with segments are read in another package.
 */
package io.nestwalk.image.xen;
