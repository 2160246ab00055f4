/**
 * Finds bytes in an image: text, hexadecimal with wildcards, regular expressions, many at once.
 *
 * <p>One parallel pass reads host-physical memory; a second look, in the order of every space's
 * virtual addresses, finds what crosses from a page into one that lies elsewhere, and says who owns
 * each hit. What the spaces are comes from {@code io.nestwalk.index}; nothing is stored here.
 */
package io.nestwalk.find;
