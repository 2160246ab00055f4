/**
 * Dumps of LiME (version 1) and AVML (version 2), which share one header per range of memory.
 *
 * <p>LiME stores each range plainly, AVML as a snappy stream that is indexed by its chunks. Neither
 * holds registers. Facts from LiME's src/lime.h and src/main.c, and AVML's src/image.rs and
 * src/io/snappy.rs; the stream's form is snappy's framing_format.txt. LiME's raw and padded modes
 * have no header and are raw memory.
 */
package io.nestwalk.image.lime;
