package io.nestwalk.image.container;

import java.nio.file.Path;
import java.util.List;

/**
 * An image that came out of a container.
 *
 * @param file where its bytes are
 * @param member its name within the archive, empty when it was only compressed
 * @param container what it was unpacked from, innermost first: "zst", "tar.gz"
 * @param length its length in bytes
 * @param allocated how many bytes it takes on disk
 * @param warnings what went wrong or was chosen
 */
record Unpacked(
    Path file,
    String member,
    String container,
    long length,
    long allocated,
    List<String> warnings) {}
