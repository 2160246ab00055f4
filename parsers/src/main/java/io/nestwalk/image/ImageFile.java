package io.nestwalk.image;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A file of evidence, mapped as a whole and read-only, or an {@link Evidence} that is read by
 * ranges. It is never written to.
 *
 * <p>The {@code ...At} methods read little-endian values from places that the file itself names, so
 * they check the place: what lies outside the file is an {@link ImageException}, never a crash.
 */
public final class ImageFile implements AutoCloseable {

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Null for what is no file of this machine. */
  private final Path path;

  private final String name;
  private final String container;
  private final List<String> warnings;

  /** The content of a file that is mapped; null for one that is read by ranges. */
  private final MappedBytes bytes;

  /** The content of what is read by ranges, else null. */
  private final RangedBytes ranged;

  private final FileChannel channel;
  private final Runnable release;

  /** Where something is stored, once somebody has asked. */
  private volatile FileExtents extents;

  /** Further files of a dump in parts. */
  private final List<ImageFile> parts = new CopyOnWriteArrayList<>();

  /** Files from which something of the dump was read. */
  private final List<Path> besides = new CopyOnWriteArrayList<>();

  private ImageFile(
      Path path,
      String name,
      String container,
      List<String> warnings,
      MappedBytes bytes,
      RangedBytes ranged,
      FileChannel channel,
      Runnable release) {
    this.path = path;
    this.name = name;
    this.container = container;
    this.warnings = List.copyOf(warnings);
    this.bytes = bytes;
    this.ranged = ranged;
    this.channel = channel;
    this.release = release;
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
    return map(path, name, container, List.of());
  }

  /**
   * Maps a file, with what was learned while its bytes were made ready.
   *
   * @param path the file whose bytes are mapped; for a compressed image its unpacked copy
   * @param name what users know the image as: the path they gave, with the entry for an archive
   * @param container what the image was unpacked from ("zstd", "tar.gz"), empty when it lies plain
   * @param warnings what went wrong or was chosen while unpacking, a line each
   * @throws ImageException when the file can't be read or is empty
   */
  @SuppressWarnings("MustBeClosedChecker") // the mapping lives as long as the file that is returned
  public static ImageFile map(Path path, String name, String container, List<String> warnings)
      throws ImageException {
    FileMapping mapping = FileMapping.of(path, name);
    return new ImageFile(
        path, name, container, warnings, mapping.bytes(), null, mapping.channel(), mapping::close);
  }

  /**
   * Bytes that are in memory already, such as the head of a file that is still packed. Closing does
   * nothing.
   *
   * @param bytes the content; not empty
   * @param path the file that they come from
   * @param name what users know the image as
   * @param container what the bytes were unpacked from, empty when they lie plain
   */
  public static ImageFile over(MemorySegment bytes, Path path, String name, String container) {
    if (bytes.byteSize() == 0) {
      throw new IllegalArgumentException("no bytes");
    }
    return over(MappedBytes.inMemory(bytes.asReadOnly()), path, name, container);
  }

  /** The bytes of a file that is open already, under another name. Closing does nothing. */
  static ImageFile over(MappedBytes bytes, Path path, String name, String container) {
    return new ImageFile(path, name, container, List.of(), bytes, null, null, () -> {});
  }

  /**
   * The head of something packed, which is in memory already. Closing does nothing.
   *
   * @param head its first bytes; not empty
   * @param name what users know it as
   * @param container what it is packed in
   */
  public static ImageFile head(byte[] head, String name, String container) {
    return over(MemorySegment.ofArray(head), null, name, container);
  }

  /**
   * Something that is read by ranges. Closing does nothing: who made the evidence closes it.
   *
   * @throws ImageException when it is empty
   */
  static ImageFile of(Evidence evidence) throws ImageException {
    if (evidence.length() <= 0) {
      throw new ImageException(evidence.name(), "the file is empty");
    }
    return new ImageFile(
        null, evidence.name(), "", List.of(), null, new RangedBytes(evidence), null, () -> {});
  }

  /**
   * The first of several files that are one image. Closing it closes them all.
   *
   * @param files the files; not empty
   * @param name what users know the image as
   */
  static ImageFile first(List<ImageFile> files, String name) {
    ImageFile first = files.getFirst();
    return new ImageFile(
        first.path,
        name,
        first.container,
        first.warnings,
        first.bytes,
        null,
        null,
        () -> files.forEach(ImageFile::close));
  }

  /**
   * The mapped file: the evidence itself or its unpacked copy. Empty for what is no file of this
   * machine, which has no files beside it either.
   */
  public Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  /** The last part of its name, for a text that names its folder already. */
  public String shortName() {
    return path == null ? name.substring(name.lastIndexOf('/') + 1) : path.getFileName().toString();
  }

  /** What users know the image as. */
  public String name() {
    return name;
  }

  /** What the image was unpacked from, empty when it lies plain. */
  public String container() {
    return container;
  }

  /** What went wrong or was chosen while the bytes were made ready, a line each. */
  public List<String> warnings() {
    return warnings;
  }

  /** The file for reading in large pieces, null for bytes that are in memory already. */
  FileChannel channel() {
    return channel;
  }

  /** How many bytes of the file are known to be holes, which take no room; 0 for small files. */
  public long holeBytes() {
    FileExtents stored = extents();
    long holes = length();
    for (int i = 0; i < stored.count(); i++) {
      holes -= stored.end(i) - stored.start(i);
    }
    return holes;
  }

  /** Where in the file something may stand; known for large files that have holes. */
  FileExtents extents() {
    FileExtents known = extents;
    if (known == null) {
      known = channel == null ? FileExtents.whole(length()) : FileExtents.of(path, length());
      extents = known;
    }
    return known;
  }

  /** Whether the content is mapped, and not read by ranges. */
  boolean isMapped() {
    return bytes != null;
  }

  /** The whole content of a file that is mapped. */
  MappedBytes mapped() {
    return bytes;
  }

  /** The content of what is read by ranges. */
  RangedBytes ranged() {
    return ranged;
  }

  /**
   * How the file's length differs from what it was when it was mapped, in words; empty where it
   * does not, and for what is not mapped, lies in several files or is a copy.
   */
  public Optional<String> change() {
    if (channel == null || !container.isEmpty()) {
      return Optional.empty();
    }
    long now;
    try {
      now = channel.size();
    } catch (IOException e) {
      return Optional.empty(); // closed, or gone: whoever reads it is told
    }
    long then = length();
    if (now == then) {
      return Optional.empty();
    }
    return Optional.of(
        now > then
            ? "the file grew from %d to %d bytes since it was opened: it is still being written, and"
                    .formatted(then, now)
                + " only what was there at first was read"
            : "the file was cut from %d to %d bytes since it was opened".formatted(then, now));
  }

  /** The content's length in bytes; positive. */
  public long length() {
    return bytes == null ? ranged.length() : bytes.size();
  }

  /**
   * The bytes from {@code offset} on, which the file {@link #holds}: in place where it is mapped,
   * else perhaps a copy. For structures and stored blocks, which are read at once; callers bound
   * {@code count}.
   *
   * @throws IndexOutOfBoundsException when they are not all in the file
   */
  public MemorySegment slice(long offset, long count) {
    return bytes == null ? ranged.slice(offset, count) : bytes.slice(offset, count);
  }

  /** Says that bytes of a {@link #slice} that was kept are about to be read. */
  void reading(long offset, long count) {
    if (bytes != null) {
      bytes.reading(offset, count);
    }
  }

  /**
   * Copies the bytes from {@code offset} on, which the file {@link #holds}, until {@code target} is
   * full.
   *
   * @throws IndexOutOfBoundsException when they are not all in the file
   */
  public void copy(long offset, MemorySegment target) {
    if (bytes == null) {
      ranged.copy(offset, target);
    } else {
      bytes.copy(offset, target);
    }
  }

  /** Whether {@code count} bytes from {@code offset} on lie in the file. Never overflows. */
  public boolean holds(long offset, long count) {
    return offset >= 0 && count >= 0 && offset <= length() && count <= length() - offset;
  }

  /** Whether the file has {@code expected} at {@code offset}; false where it is too short. */
  public boolean startsWith(long offset, byte[] expected) {
    return holds(offset, expected.length)
        && slice(offset, expected.length).mismatch(MemorySegment.ofArray(expected)) < 0;
  }

  /** The byte at {@code offset}, 0..255. */
  public int byteAt(long offset) throws ImageException {
    check(offset, Byte.BYTES);
    return bytes == null ? ranged.getByte(offset) : bytes.getByte(offset);
  }

  /** The unsigned 16-bit value at {@code offset}. */
  public int shortAt(long offset) throws ImageException {
    check(offset, Short.BYTES);
    return Short.toUnsignedInt(slice(offset, Short.BYTES).get(SHORT, 0));
  }

  /** The unsigned 32-bit value at {@code offset}. */
  public long intAt(long offset) throws ImageException {
    check(offset, Integer.BYTES);
    return Integer.toUnsignedLong(intBits(offset));
  }

  /** The 64 bits at {@code offset}; a value of 2^63 or more comes out negative. */
  public long longAt(long offset) throws ImageException {
    check(offset, Long.BYTES);
    return longBits(offset);
  }

  /** The 32 bits at {@code offset}, which the file {@link #holds}. */
  int intBits(long offset) {
    return bytes == null ? ranged.getInt(offset) : bytes.getInt(offset);
  }

  /** The 64 bits at {@code offset}, which the file {@link #holds}. */
  long longBits(long offset) {
    return bytes == null ? ranged.getLong(offset) : bytes.getLong(offset);
  }

  /**
   * The text at {@code offset} up to a NUL or {@code maxBytes}, a character per byte, with what
   * can't be printed made visible as "?".
   */
  public String textAt(long offset, int maxBytes) throws ImageException {
    check(offset, maxBytes);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < maxBytes; i++) {
      int b = byteAt(offset + i);
      if (b == 0) {
        break;
      }
      text.append(b == '\n' || (b >= ' ' && b < 0x7f) ? (char) b : '?');
    }
    return text.toString();
  }

  private void check(long offset, int count) throws ImageException {
    if (!holds(offset, count)) {
      throw new ImageException(
          name,
          offset,
          "%d bytes are needed here, the file ends at 0x%x".formatted(count, length()));
    }
  }

  /** Hands over a further file of the same dump: it is closed with this one. */
  public void adopt(ImageFile part) {
    parts.add(part);
  }

  /** Notes a further file from which something of the dump was read, its registers or its map. */
  public void readBeside(Path file) {
    besides.add(file);
  }

  /**
   * Every file that the dump was read from so far, the first one first. All of them are evidence.
   */
  public List<Path> sources() {
    List<Path> sources = new ArrayList<>(path().stream().toList());
    parts.forEach(part -> sources.addAll(part.sources()));
    sources.addAll(besides);
    return sources;
  }

  @Override
  public void close() {
    parts.forEach(ImageFile::close);
    release.run();
  }
}
