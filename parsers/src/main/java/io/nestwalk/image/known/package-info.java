/**
 * Dumps that are recognised without being readable, so that the user learns what the file is.
 *
 * <p>A table of signatures, a row each. A format that gets a package of its own loses its row here.
 * Signatures are those of the formats' own writers.
 */
package io.nestwalk.image.known;
