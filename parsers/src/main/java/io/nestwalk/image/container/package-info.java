/**
 * Compressed images and archives: unpacked once into the user's cache, then read from there.
 *
 * <p>The cache is {@code nestwalk/unpacked} in {@code $XDG_CACHE_HOME} or {@code ~/.cache} (system
 * property {@code nestwalk.cache} names another folder). An entry is a folder with the image,
 * sparse where it has zeros, and a note of how it came about. After each unpacking, entries that
 * nobody used for 30 days go, and the least recently used ones beyond 20 GiB. Entries can be
 * deleted at any time. The packed file is only ever read; decoding itself is done by libraries.
 */
package io.nestwalk.image.container;
