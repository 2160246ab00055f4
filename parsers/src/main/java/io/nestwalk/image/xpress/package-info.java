/**
 * Microsoft's Xpress compression ([MS-XCA]): plain LZ77, as Hyper-V packs a saved machine's pages
 * and Windows those of its compressed memory, and LZ77 with Huffman codes. Decoders only.
 *
 * <p>Own code, since no library on Maven Central has it. Checked on the examples of [MS-XCA],
 * section 3. What is decoded may come from anywhere: damage is an exception, and nothing is read or
 * written outside of the two segments.
 */
package io.nestwalk.image.xpress;
