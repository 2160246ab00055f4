package io.nestwalk.image;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file of evidence, mapped as a whole and read-only. It is never written to. */
public final class ImageFile implements AutoCloseable {

  private final Path path;
  private final String name;
  private final String container;
  private final Arena arena;
  private final MemorySegment bytes;

  private ImageFile(
      Path path, String name, String container, Arena arena, MemorySegment bytes) {
    this.path = path;
    this.name = name;
    this.container = container;
    this.arena = arena;
    this.bytes = bytes;
  }

  /**
   * Maps a file.
   *
   * @param path the file whose bytes are mapped; for a compressed image its unpacked copy
   * @param name what users know the image as: the path they gave, with the entry for an archive
   * @param container what the image was unpacked from ("zstd", "tar.gz"), empty when it lies plain
   * @throws ImageException when the file can't be read or is empty
   */
  public static ImageFile map(Path path, String name, String container) throws ImageException {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size == 0) {
        throw new ImageException(name, "the file is empty");
      }
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      return new ImageFile(path, name, container, arena, bytes);
    } catch (IOException e) {
      arena.close();
      throw new ImageException(name, "can't be read: " + e.getMessage(), e);
    } catch (ImageException e) {
      arena.close();
      throw e;
    }
  }

  /** The mapped file: the evidence itself or its unpacked copy. */
  public Path path() {
    return path;
  }

  /** What users know the image as. */
  public String name() {
    return name;
  }

  /** What the image was unpacked from, empty when it lies plain. */
  public String container() {
    return container;
  }

  /** The whole content. */
  public MemorySegment bytes() {
    return bytes;
  }

  /** The content's length in bytes; positive. */
  public long length() {
    return bytes.byteSize();
  }

  @Override
  public void close() {
    arena.close();
  }
}
