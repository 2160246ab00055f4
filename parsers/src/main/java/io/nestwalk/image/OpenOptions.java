package io.nestwalk.image;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a user may say about an image when opening it.
 *
 * @param inputFormat forces a format by its name
 * @param base physical address of a raw file's first byte
 * @param holes addresses without memory that a raw file leaves out, ascending: what stands in the
 *     file behind a hole's start belongs behind its end
 * @param meta a side file with the registers or the memory map (VMware's .vmss)
 * @param snapshot the name or the id of the machine's snapshot to read, where a file has several
 * @param maxUnpackedBytes refuse a compressed image that unpacks to more
 * @param maxDecoderBytes refuse a compressed image whose decoder needs more memory
 * @param progress is told how long work goes on
 */
public record OpenOptions(
    Optional<String> inputFormat,
    OptionalLong base,
    List<AddressRange> holes,
    Optional<Path> meta,
    Optional<String> snapshot,
    long maxUnpackedBytes,
    long maxDecoderBytes,
    Progress progress) {

  /** Keeps a copy of the holes. */
  public OpenOptions {
    holes = List.copyOf(holes);
  }

  /** The limit on unpacked bytes where the user names none: 1 TiB. */
  public static final long DEFAULT_MAX_UNPACKED_BYTES = 1L << 40;

  /**
   * The limit on a decoder's memory where the user names none: twice what zstd's long mode needs.
   */
  public static final long DEFAULT_MAX_DECODER_BYTES = 256L << 20;

  /** Nothing was said. */
  public static OpenOptions defaults() {
    return new OpenOptions(
        Optional.empty(),
        OptionalLong.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        DEFAULT_MAX_UNPACKED_BYTES,
        DEFAULT_MAX_DECODER_BYTES,
        Progress.NONE);
  }

  /** The same, the image being of the format of that name. */
  public OpenOptions withInputFormat(String format) {
    return new OpenOptions(
        Optional.of(format),
        base,
        holes,
        meta,
        snapshot,
        maxUnpackedBytes,
        maxDecoderBytes,
        progress);
  }

  /** The same with the physical address of a raw file's first byte. */
  public OpenOptions withBase(long address) {
    return new OpenOptions(
        inputFormat,
        OptionalLong.of(address),
        holes,
        meta,
        snapshot,
        maxUnpackedBytes,
        maxDecoderBytes,
        progress);
  }

  /** The same with one hole that a raw file leaves out. */
  public OpenOptions withHole(AddressRange leftOut) {
    return withHoles(List.of(leftOut));
  }

  /** The same with the holes that a raw file leaves out, ascending. */
  public OpenOptions withHoles(List<AddressRange> leftOut) {
    return new OpenOptions(
        inputFormat, base, leftOut, meta, snapshot, maxUnpackedBytes, maxDecoderBytes, progress);
  }

  /** The same with that side file. */
  public OpenOptions withMeta(Path file) {
    return new OpenOptions(
        inputFormat,
        base,
        holes,
        Optional.of(file),
        snapshot,
        maxUnpackedBytes,
        maxDecoderBytes,
        progress);
  }

  /** The same with the snapshot of that name or id. */
  public OpenOptions withSnapshot(String nameOrId) {
    return new OpenOptions(
        inputFormat,
        base,
        holes,
        meta,
        Optional.of(nameOrId),
        maxUnpackedBytes,
        maxDecoderBytes,
        progress);
  }

  /** The same with another limit on what a compressed image unpacks to. */
  public OpenOptions withMaxUnpackedBytes(long bytes) {
    return new OpenOptions(
        inputFormat, base, holes, meta, snapshot, bytes, maxDecoderBytes, progress);
  }

  /** The same with another limit on the memory of its decoder. */
  public OpenOptions withMaxDecoderBytes(long bytes) {
    return new OpenOptions(
        inputFormat, base, holes, meta, snapshot, maxUnpackedBytes, bytes, progress);
  }

  /** The same with somebody who is told how long work goes on. */
  public OpenOptions withProgress(Progress told) {
    return new OpenOptions(
        inputFormat, base, holes, meta, snapshot, maxUnpackedBytes, maxDecoderBytes, told);
  }
}
