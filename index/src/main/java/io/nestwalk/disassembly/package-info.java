/**
 * Machine code in words: Capstone, which the system has or has not, found through the JDK's foreign
 * functions when it is asked for. Nothing of it is part of the program; without it there are bytes.
 */
package io.nestwalk.disassembly;
