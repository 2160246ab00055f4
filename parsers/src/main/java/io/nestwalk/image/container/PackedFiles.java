package io.nestwalk.image.container;

import io.nestwalk.image.Evidence;
import io.nestwalk.image.ImageContainer;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.UserCache;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Compressed files and archives: zstd, xz, gzip, bzip2, lz4, lzop, zlib, zip, tar, 7z. */
public final class PackedFiles implements ImageContainer {

  private static final long CACHE_BYTES = 20L << 30;
  private static final Duration CACHE_KEPT = Duration.ofDays(30);

  private final UnpackedCache cache;

  /** With the user's cache. */
  public PackedFiles() {
    this(
        new UnpackedCache(
            UserCache.folder("unpacked"), CACHE_BYTES, CACHE_KEPT, Clock.systemUTC()));
  }

  PackedFiles(UnpackedCache cache) {
    this.cache = cache;
  }

  @Override
  public boolean recognises(ImageFile file) {
    int length = (int) Math.min(Packing.HEAD, file.length());
    byte[] head = file.slice(0, length).toArray(ValueLayout.JAVA_BYTE);
    return Packing.of(head, length).isPresent();
  }

  @Override
  public Optional<ImageFile> open(
      Evidence packed, Function<ImageFile, Probe> judge, OpenOptions options)
      throws ImageException {
    Optional<Packing> packing;
    try {
      packing = packingOf(packed);
    } catch (IOException e) {
      throw ImageException.unreadable(packed.name(), e);
    }
    try {
      if (packing.isEmpty()) {
        return Optional.empty();
      }
      // Which member is taken depends on what the formats say.
      String choice =
          options.inputFormat().orElse("") + "/" + String.join(",", MemoryImages.formatNames());
      String key = CacheKey.of(packed, choice);
      Optional<Unpacked> cached = cache.find(key);
      if (cached.isPresent()) {
        if (cached.get().length() > options.maxUnpackedBytes()) {
          throw new ImageException(
              packed.name(),
              "unpacks to more than the limit of %d bytes".formatted(options.maxUnpackedBytes()));
        }
        return Optional.of(map(packed, cached.get()));
      }
      return Optional.of(
          map(
              packed,
              make(
                  key,
                  folder -> new Unpacker(packed, folder, judge, options).unpack(packing.get()))));
    } catch (IOException e) {
      throw new ImageException(packed.name(), "can't be unpacked: " + e, e);
    }
  }

  @Override
  public Optional<ImageFile> join(List<Path> parts, String name, OpenOptions options)
      throws ImageException {
    try {
      String key = CacheKey.of(parts);
      Optional<Unpacked> cached = cache.find(key);
      Unpacked whole =
          cached.isPresent()
              ? cached.get()
              : make(key, folder -> new PartJoiner(parts, name, options).join(folder));
      return Optional.of(
          ImageFile.map(whole.file(), name, whole.container(), List.copyOf(whole.warnings())));
    } catch (IOException e) {
      throw new ImageException(name, "its parts can't be joined: " + e.getMessage(), e);
    }
  }

  /** Makes an entry of the cache. */
  @FunctionalInterface
  private interface Maker {
    Unpacked make(Path folder) throws ImageException, IOException;
  }

  private Unpacked make(String key, Maker maker) throws ImageException, IOException {
    Path unfinished = cache.begin();
    Thread cleanup = new Thread(() -> deleteIfPossible(unfinished));
    Runtime.getRuntime().addShutdownHook(cleanup); // for users who lose their patience
    try {
      Unpacked made = cache.finish(key, unfinished, maker.make(unfinished));
      pruneIfPossible(key);
      return made;
    } finally {
      deleteIfPossible(unfinished);
      try {
        Runtime.getRuntime().removeShutdownHook(cleanup);
      } catch (IllegalStateException e) {
        // The program is ending already, and the hook does its work.
      }
    }
  }

  private void pruneIfPossible(String key) {
    try {
      cache.prune(key);
    } catch (IOException e) {
      // The image is there; the next unpacking tries again to make room.
    }
  }

  private static void deleteIfPossible(Path unfinished) {
    try {
      UnpackedCache.end(unfinished);
      UnpackedCache.delete(unfinished);
    } catch (IOException e) {
      // What is left goes with a later pruning.
    }
  }

  private static Optional<Packing> packingOf(Evidence evidence) throws IOException {
    byte[] head = new byte[Packing.HEAD];
    int length =
        Channels.newInputStream(new EvidenceChannel(evidence)).readNBytes(head, 0, Packing.HEAD);
    return Packing.of(head, length);
  }

  private static ImageFile map(Evidence packed, Unpacked unpacked) throws ImageException {
    String name =
        unpacked.member().isEmpty() ? packed.name() : packed.name() + "!" + unpacked.member();
    return ImageFile.map(
        unpacked.file(), name, unpacked.container(), List.copyOf(unpacked.warnings()));
  }
}
