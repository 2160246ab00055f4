/**
 * What is in a dump file: formats, physical memory, CPU registers.
 *
 * <p>The seams live here: {@link io.nestwalk.image.Memory} is byte-addressable sparse memory of any
 * kind, {@link io.nestwalk.image.MemoryImage} an opened dump, {@link io.nestwalk.image.ImageFormat}
 * what a dump format must answer, {@link io.nestwalk.image.Evidence} an image that is no file of
 * this machine. Each format has a package of its own below this one and is found through {@link
 * java.util.ServiceLoader}. Page tables, guests and processes are not known here.
 */
package io.nestwalk.image;
