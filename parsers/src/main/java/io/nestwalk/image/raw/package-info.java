/**
 * Raw memory: the bytes of physical memory one after the other, nothing else.
 *
 * <p>Such a file has no signature and no registers, so it is what remains when no other format
 * knows the file. What is plainly not memory, such as text, is refused here. Where the first byte
 * stands in physical memory is for the user to say; nothing is guessed about holes.
 */
package io.nestwalk.image.raw;
