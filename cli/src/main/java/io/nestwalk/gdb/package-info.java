/**
 * GDB's remote serial protocol over a machine, or a process of one, in an image: registers, threads
 * and memory through all layers, to be read. What lives here is the protocol and what each
 * architecture's registers are called in it; whose memory it is, is decided by who starts it.
 */
package io.nestwalk.gdb;
