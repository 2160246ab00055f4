package io.nestwalk.image;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a user may say about an image when opening it.
 *
 * @param inputFormat forces a format by its name
 * @param base physical address of a raw file's first byte
 * @param meta a side file with the registers or the memory map (VMware's .vmss)
 * @param maxUnpackedBytes refuse a compressed image that unpacks to more
 * @param progress is told how long work goes on
 * @param snapshot the name or the id of the machine's snapshot to read, where a file has several
 */
public record OpenOptions(
    Optional<String> inputFormat,
    OptionalLong base,
    Optional<Path> meta,
    long maxUnpackedBytes,
    Progress progress,
    Optional<String> snapshot) {

  /** The limit on unpacked bytes where the user names none: 1 TiB. */
  public static final long DEFAULT_MAX_UNPACKED_BYTES = 1L << 40;

  /** Nothing was said of snapshots. */
  public OpenOptions(
      Optional<String> inputFormat,
      OptionalLong base,
      Optional<Path> meta,
      long maxUnpackedBytes,
      Progress progress) {
    this(inputFormat, base, meta, maxUnpackedBytes, progress, Optional.empty());
  }

  /** The same with the snapshot of that name or id. */
  public OpenOptions withSnapshot(String nameOrId) {
    return new OpenOptions(
        inputFormat, base, meta, maxUnpackedBytes, progress, Optional.of(nameOrId));
  }

  /** Nothing was said. */
  public static OpenOptions defaults() {
    return new OpenOptions(
        Optional.empty(),
        OptionalLong.empty(),
        Optional.empty(),
        DEFAULT_MAX_UNPACKED_BYTES,
        Progress.NONE);
  }
}
