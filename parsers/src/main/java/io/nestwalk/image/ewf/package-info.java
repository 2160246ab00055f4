/**
 * EnCase's images (E01, EWF) of a machine's memory: chunks of 32 KiB mostly, plain or packed by
 * zlib, listed in tables, in one file or several.
 *
 * <p>Facts: libewf's documentation of the format. Checked on files that libewf's ewfacquirestream
 * wrote. Ex01 (EWF version 2), logical images (L01) and images of disks are refused.
 */
package io.nestwalk.image.ewf;
