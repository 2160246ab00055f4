package io.nestwalk.disassembly;

/**
 * An instruction.
 *
 * @param address where it stands
 * @param length in bytes
 * @param text in the assembler's words, Intel's syntax on x86: "push rbp"
 */
public record Instruction(long address, int length, String text) {}
