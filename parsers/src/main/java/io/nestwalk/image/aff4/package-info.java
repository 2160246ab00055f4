/**
 * AFF4 volumes of memory, as winpmem, linpmem and others write them.
 *
 * <p>A volume is a zip file with a description in Turtle. A map says which physical addresses stand
 * where in an image stream; the stream is cut into chunks, packed one by one, of which a member (a
 * "bevy") holds many, with an index beside it. Facts: the AFF4 standard 1.0, c-aff4, pyaff4.
 */
package io.nestwalk.image.aff4;
