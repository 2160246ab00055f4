package io.nestwalk.image;

/**
 * A virtual CPU as the dump describes it.
 *
 * @param id its number, from 0
 * @param architecture the instruction set it was in, as far as the dump tells
 * @param registers what is known of its registers. On a hypervisor's CPU that was stopped inside a
 *     guest these are the <em>guest's</em>, and nothing in most formats says so.
 */
public record Cpu(int id, Architecture architecture, Registers registers) {}
