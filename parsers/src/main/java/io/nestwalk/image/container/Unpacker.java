package io.nestwalk.image.container;

import io.nestwalk.image.Evidence;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.sevenz.SevenZArchiveEntry;
import org.apache.commons.compress.archivers.sevenz.SevenZFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * Unpacks one file, layer by layer, and keeps the member that is the best image.
 *
 * <p>One pass: a member is written out only when its head is at least as good as the best so far.
 */
final class Unpacker {

  private static final int MAX_LAYERS = 3;
  private static final int MAX_MEMBERS = 100_000;

  /** How much of a member the formats see before it is written out. */
  private static final int HEAD = 64 * 1024;

  private static final int BUFFER = 1 << 18;

  /** What zstd says when a frame asks for a larger window than is allowed. */
  private static final String ZSTD_WINDOW = "too much memory";

  /** What xz and 7z say when a decoder would need more than is allowed. */
  private static final String XZ_MEMORY = "memory would be needed";

  /** How many refused members an error names. */
  private static final int REASONS_TOLD = 3;

  private final Evidence source;
  private final Path folder;
  private final Function<ImageFile, Probe> judge;
  private final OpenOptions options;
  private final Budget[] budgets = new Budget[MAX_LAYERS];

  private final List<String> reasons = new ArrayList<>();
  private final List<Damage> damage = new ArrayList<>();
  private int members;
  private int images;
  private Best best;

  /** Whether the members are read through a directory, past the stream that reports progress. */
  private boolean randomAccess;

  /**
   * What could not be unpacked.
   *
   * @param text why, a line
   * @param helpful what the user can say so that it can
   */
  private record Damage(String text, List<ImageOption> helpful) {}

  /** The best image so far. */
  private record Best(Unpacked image, Probe probe) {}

  /**
   * Something within the packed file.
   *
   * @param name its path, members of members divided by "!"; empty for the packed file itself
   * @param container what it was unpacked from so far, the last one first
   * @param layer how many layers of packing are undone
   */
  private record Place(String name, String container, int layer) {
    Place inside(Packing packing) {
      return new Place(
          name,
          container.isEmpty() ? packing.suffix() : packing.suffix() + "." + container,
          layer + 1);
    }
  }

  /**
   * Sets up.
   *
   * @param source the packed file
   * @param folder an empty folder for what comes out
   */
  Unpacker(Evidence source, Path folder, Function<ImageFile, Probe> judge, OpenOptions options) {
    this.source = source;
    this.folder = folder;
    this.judge = judge;
    this.options = options;
    Arrays.setAll(budgets, layer -> new Budget(options.maxUnpackedBytes()));
  }

  /** Does the work. */
  Unpacked unpack(Packing packing) throws ImageException {
    try (EvidenceChannel channel = new EvidenceChannel(source);
        SourceStream in =
            new SourceStream(
                Channels.newInputStream(channel), channel.size(), options.progress())) {
      try {
        Place place = new Place("", "", 0);
        randomAccess = packing == Packing.ZIP || packing == Packing.SEVEN_ZIP;
        switch (packing) {
          // These two have a directory of their members at their end.
          case ZIP -> zipFile(in, place);
          case SEVEN_ZIP -> sevenZipFile(channel, place.inside(packing));
          default -> layer(packing, in, place);
        }
      } catch (SparseFile.WriteException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        damaged(new Place("", "", 0), e);
      }
      if (in.failure() != null) {
        throw new ImageException(
            source.name(), "can't be read: " + in.failure().getMessage(), in.failure());
      }
    } catch (SparseFile.WriteException e) {
      throw new ImageException(source.name(), e.getMessage(), e);
    } catch (OutOfMemoryError e) {
      // The archive libraries read some headers into memory at the length that the file gives.
      throw new ImageException(
          source.name(), "can't be unpacked: its headers ask for too much memory", e);
    } catch (IOException e) {
      throw new ImageException(source.name(), "can't be unpacked: " + e.getMessage(), e);
    }
    return result();
  }

  private Unpacked result() throws ImageException {
    if (best == null) {
      if (!damage.isEmpty()) {
        Damage first = damage.getFirst();
        throw ImageException.advising(source.name(), first.text(), first.helpful());
      }
      if (members == 1 && reasons.size() == 1) {
        throw new ImageException(source.name(), "holds " + reasons.getFirst());
      }
      throw new ImageException(
          source.name(),
          members == 0
              ? "an archive without a file in it"
              : "none of %d members is a memory image (%s%s)"
                  .formatted(
                      members,
                      String.join("; ", reasons),
                      members > reasons.size() ? "; ..." : ""));
    }
    List<String> warnings = new ArrayList<>();
    if (images > 1) {
      warnings.add(
          "%d of %d members could be the image; taken is %s (%s)"
              .formatted(images, members, best.image.member(), best.probe.reason()));
    } else if (members > 1) {
      warnings.add("of %d members taken is %s".formatted(members, best.image.member()));
    }
    warnings.addAll(best.image.warnings());
    for (Damage met : damage) {
      if (!warnings.contains(met.text())) {
        warnings.add(met.text());
      }
    }
    return new Unpacked(
        best.image.file(),
        best.image.member(),
        best.image.container(),
        best.image.length(),
        best.image.allocated(),
        List.copyOf(warnings));
  }

  /** Undoes one layer. */
  private void layer(Packing packing, InputStream packed, Place outer)
      throws IOException, ImageException {
    if (outer.layer == MAX_LAYERS) {
      refused(outer, "packed more than %d times over".formatted(MAX_LAYERS));
      return;
    }
    Place place = outer.inside(packing);
    HeaderLimit limit = new HeaderLimit(packed);
    switch (packing) {
      case TAR -> {
        try (TarArchiveInputStream tar = new TarArchiveInputStream(limit)) {
          members(tar, limit, place);
        }
      }
      case ZIP -> {
        try (ZipArchiveInputStream zip = new ZipArchiveInputStream(limit, "UTF-8", true, true)) {
          members(zip, limit, place);
        }
      }
      case SEVEN_ZIP ->
          refused(place, "a 7z archive within another container; unpack the outer one");
      default -> {
        InputStream in = Decoders.buffered(packed);
        requireRoom(Decoders.claimedSize(packing, in));
        // zstd's memory is outside of the heap: nobody collects it.
        try (InputStream decoder = Decoders.open(packing, in, options.maxDecoderBytes())) {
          content(decoder, place, -1);
          if (decoder instanceof Members all && all.rest() > 0) {
            damage.add(
                new Damage(
                    "not read: %s behind the packed data, of no member"
                        .formatted(Count.of(all.rest(), "byte")),
                    List.of()));
          }
        }
      }
    }
  }

  private void members(ArchiveInputStream<?> archive, HeaderLimit limit, Place place)
      throws IOException, ImageException {
    byte[] rest = new byte[BUFFER];
    while (true) {
      limit.beginHeader();
      ArchiveEntry entry = archive.getNextEntry();
      limit.endHeader();
      if (entry == null) {
        return;
      }
      if (!archive.canReadEntryData(entry)) {
        refused(member(place, entry.getName()), "packed in a way that is not supported");
        continue;
      }
      if (!entry.isDirectory() && isFile(entry)) {
        long size = entry instanceof TarArchiveEntry tar ? tar.getRealSize() : entry.getSize();
        content(archive, member(place, entry.getName()), size);
      }
      // What is left of this member must not count as the next one's header.
      int skipped = 0;
      while (skipped >= 0) {
        skipped = archive.read(rest, 0, rest.length);
      }
    }
  }

  private static boolean isFile(ArchiveEntry entry) {
    return !(entry instanceof TarArchiveEntry tar) || tar.isFile();
  }

  private void zipFile(InputStream in, Place outer) throws IOException, ImageException {
    ZipFile zip;
    try {
      zip = ZipFile.builder().setSeekableByteChannel(new EvidenceChannel(source)).get();
    } catch (IOException e) {
      // The directory at the end is cut off or damaged. The members before it stand by themselves.
      damaged(outer, e);
      layer(Packing.ZIP, in, outer);
      return;
    }
    try (zip) {
      if (zip.getEntry("container.description") != null
          && zip.getEntry("information.turtle") != null) {
        throw new ImageException(
            source.name(),
            "an AFF4 volume in an unusual order, which is not supported; export its memory as raw");
      }
      Place place = outer.inside(Packing.ZIP);
      for (ZipArchiveEntry entry : Collections.list(zip.getEntriesInPhysicalOrder())) {
        if (entry.isDirectory() || entry.isUnixSymlink()) {
          continue;
        }
        Place member = member(place, entry.getName());
        if (entry.getGeneralPurposeBit().usesEncryption()) {
          refused(member, "encrypted; unpack it with its password");
          continue;
        }
        content(
            new CrcCheckingStream(zip.getInputStream(entry), entry.getCrc()),
            member,
            entry.getSize());
      }
    }
  }

  private void sevenZipFile(SeekableByteChannel channel, Place place)
      throws IOException, ImageException {
    try (SevenZFile archive =
        SevenZFile.builder()
            .setSeekableByteChannel(channel)
            .setMaxMemoryLimitKiB(Decoders.maxHeapKib(options.maxDecoderBytes()))
            .get()) {
      SevenZArchiveEntry entry;
      while ((entry = archive.getNextEntry()) != null) {
        if (!entry.isDirectory() && entry.hasStream()) {
          content(archive.getInputStream(entry), member(place, entry.getName()), entry.getSize());
        }
      }
    }
  }

  private Place member(Place archive, String entryName) throws ImageException {
    if (++members > MAX_MEMBERS) {
      throw new ImageException(
          source.name(), "an archive with more than %d members".formatted(MAX_MEMBERS));
    }
    String name = printable(entryName);
    return new Place(
        archive.name.isEmpty() ? name : archive.name + "!" + name,
        archive.container,
        archive.layer);
  }

  /** Looks at what came out of a layer: another layer, an image or neither. */
  private void content(InputStream decoder, Place place, long size)
      throws IOException, ImageException {
    DecodedStream in = new DecodedStream(decoder, budgets[place.layer - 1], HEAD);
    try {
      if (in.failureAtStart() != null) {
        throw in.failureAtStart();
      }
      Optional<Packing> packing = Packing.of(in.head(), in.headLength());
      if (packing.isPresent()) {
        layer(packing.get(), in, place);
      } else if (in.headLength() > 0) {
        image(in, place, size);
      }
    } catch (SparseFile.WriteException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      damaged(place, e);
    }
  }

  private void image(DecodedStream in, Place place, long size) throws IOException, ImageException {
    if (members == 0) {
      members = 1; // a compressed file is its own only member
    }
    Probe probe =
        judge.apply(
            ImageFile.head(
                Arrays.copyOf(in.head(), in.headLength()), title(place.name), place.container));
    if (!probe.isReadable()) {
      refused(place, probe.reason());
      return;
    }
    images++;
    if (best != null) {
      int better = probe.confidence().compareTo(best.probe.confidence());
      if (better < 0 || (better == 0 && size >= 0 && size <= best.image.length())) {
        return;
      }
    }
    write(in, place, size, probe);
  }

  /** Notes why something within is no image; told only when nothing else is one. */
  private void refused(Place place, String reason) {
    members = Math.max(members, 1);
    if (reasons.size() < REASONS_TOLD) {
      reasons.add(place.name.isEmpty() ? reason : place.name + ": " + reason);
    }
  }

  private void write(DecodedStream in, Place place, long size, Probe probe)
      throws IOException, ImageException {
    Path file = folder.resolve("image-" + images);
    List<String> warnings = new ArrayList<>();
    long length;
    long allocated;
    try (SparseFile out = new SparseFile(file)) {
      requireRoom(size);
      byte[] buffer = new byte[BUFFER];
      while (true) {
        int count;
        try {
          count = in.read(buffer, 0, buffer.length);
        } catch (IOException e) {
          checkLimits();
          if (out.length() < SparseFile.PAGE) {
            throw e;
          }
          warnings.add(
              "the packed data are damaged or cut: %d bytes came out (%s)"
                  .formatted(out.length(), reason(e)));
          break;
        }
        if (count < 0) {
          break;
        }
        out.write(buffer, 0, count);
        if (randomAccess && size > 0) {
          options.progress().advanced("unpacking", out.length(), size);
        }
      }
      if (size > out.length() && warnings.isEmpty()) {
        warnings.add(
            "the packed data are cut: %d of %d bytes came out".formatted(out.length(), size));
      }
      length = out.length();
      out.finish();
      allocated = out.allocated();
    }
    if (best != null
        && probe.confidence() == best.probe.confidence()
        && length <= best.image.length()) {
      Files.delete(file);
      return;
    }
    if (best != null) {
      Files.delete(best.image.file());
    }
    best =
        new Best(
            new Unpacked(file, place.name, place.container, length, allocated, warnings), probe);
  }

  /** Refuses sizes above the limit or the free space, before the work begins. */
  private void requireRoom(long size) throws ImageException, SparseFile.WriteException {
    if (size > options.maxUnpackedBytes()) {
      throw tooLarge();
    }
    if (size > 0) {
      SparseFile.requireSpace(folder, size);
    }
  }

  /** Notes what could not be decoded; what came out before stays. */
  private void damaged(Place place, Exception cause) throws ImageException {
    checkLimits();
    if (cause.getMessage() != null && cause.getMessage().contains(ZSTD_WINDOW)) {
      damage.add(
          new Damage(
              ("zstd data with a window of more than %s; allow its decoder more memory, or"
                      + " unpack them with \"zstd -d --long=31\"")
                  .formatted(window(Decoders.maxWindowLog(options.maxDecoderBytes()))),
              List.of(ImageOption.DECODER_MEMORY)));
      return;
    }
    if (cause.getMessage() != null && cause.getMessage().contains(XZ_MEMORY)) {
      damage.add(
          new Damage(
              "%s; allow its decoder more memory, and the program more heap"
                  .formatted(reason(cause)),
              List.of(ImageOption.DECODER_MEMORY, ImageOption.HEAP)));
      return;
    }
    String what = place.name.isEmpty() ? "the packed data are" : place.name + " is";
    damage.add(new Damage("%s damaged or cut (%s)".formatted(what, reason(cause)), List.of()));
  }

  private static String window(int log) {
    return log < 20 ? "%d KiB".formatted(1L << (log - 10)) : "%d MiB".formatted(1L << (log - 20));
  }

  private void checkLimits() throws ImageException {
    for (Budget budget : budgets) {
      if (budget.isExceeded()) {
        throw tooLarge();
      }
    }
  }

  private ImageException tooLarge() {
    return new ImageException(
        source.name(),
        "unpacks to more than the limit of %d bytes".formatted(options.maxUnpackedBytes()));
  }

  private String title(String member) {
    return member.isEmpty() ? source.name() : source.name() + "!" + member;
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : printable(e.getMessage());
  }

  /** Names come from the file: what could steer a terminal is taken out. */
  private static String printable(String text) {
    String shown = text.replaceAll("\\p{Cntrl}", "?");
    return shown.length() > 200 ? shown.substring(0, 200) + "..." : shown;
  }
}
