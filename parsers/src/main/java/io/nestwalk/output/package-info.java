/**
 * Writes files so that nothing of the user's is lost: whole or not at all, private to the user,
 * never through a link. Every part of the program that writes a file does it through here, save the
 * two that have folders of their own making: the cache of unpacked images and Lucene. Knows nothing
 * of what is written.
 */
package io.nestwalk.output;
