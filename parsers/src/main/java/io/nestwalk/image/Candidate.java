package io.nestwalk.image;

/**
 * What one format thinks of a file.
 *
 * @param format the format
 * @param probe its answer
 */
public record Candidate(ImageFormat format, Probe probe) {}
