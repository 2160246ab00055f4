package io.nestwalk.image.aff4;

import io.nestwalk.image.BlockMemory;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** AFF4 volumes of memory. */
public final class Aff4Format implements ImageFormat {

  private static final String DESCRIPTION = "information.turtle";
  private static final String CONTAINER = "container.description";
  private static final String VERSION = "version.txt";

  private static final int MAX_TEXT = 16 << 20;
  private static final int MAX_MAP = 64 << 20;
  private static final int MAP_ENTRY = 28;

  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final int NAME_LENGTH_AT = 26;
  private static final int NAME_AT = 30;

  /** For the service loader. */
  public Aff4Format() {}

  /** Whether a zip file with this head is a volume: then a member that says so comes first. */
  public static boolean begins(byte[] head, int length) {
    if (length < NAME_AT) {
      return false;
    }
    for (int i = 0; i < ZIP.length; i++) {
      if (head[i] != ZIP[i]) {
        return false;
      }
    }
    int nameLength =
        Byte.toUnsignedInt(head[NAME_LENGTH_AT])
            | Byte.toUnsignedInt(head[NAME_LENGTH_AT + 1]) << 8;
    if (nameLength > length - NAME_AT) {
      return false;
    }
    String name = new String(head, NAME_AT, nameLength, StandardCharsets.ISO_8859_1);
    return name.equals(CONTAINER) || name.equals(DESCRIPTION) || name.equals(VERSION);
  }

  @Override
  public String name() {
    return "aff4";
  }

  @Override
  public Probe probe(ImageFile file) {
    byte[] head =
        file.slice(0, Math.min(file.length(), NAME_AT + CONTAINER.length()))
            .toArray(ValueLayout.JAVA_BYTE);
    return begins(head, head.length)
        ? Probe.certain("AFF4 volume")
        : Probe.no("no zip file that begins with AFF4's description");
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (!file.startsWith(0, ZIP)) {
      throw new ImageException(file.name(), "no AFF4 volume: not a zip file");
    }
    Map<String, Member> members = Directory.read(file);
    Member text = members.get(DESCRIPTION);
    if (text == null) {
      throw new ImageException(file.name(), "an AFF4 volume without its " + DESCRIPTION);
    }
    Description description =
        Description.parse(
            new String(text.read(file, DESCRIPTION, MAX_TEXT), StandardCharsets.UTF_8));
    Map<String, Member> byName = byFullName(file, members);
    List<String> warnings = new ArrayList<>();
    String image = imageOf(file, description, byName, warnings);
    MappedStreams index =
        new MappedStreams(ranges(file, description, byName, image, options, warnings));
    if (index.ranges().isEmpty()) {
      throw new ImageException(file.name(), "an AFF4 volume in which no memory is");
    }
    return MemoryImage.of(file, name(), new BlockMemory(file, index, index))
        .creator(creator(file, members))
        .warnings(warnings)
        .build();
  }

  /** Members are named by where they stand in the volume, or in full. */
  private static Map<String, Member> byFullName(ImageFile file, Map<String, Member> members)
      throws ImageException {
    Member container = members.get(CONTAINER);
    String volume =
        container == null
            ? ""
            : new String(container.read(file, CONTAINER, MAX_TEXT), StandardCharsets.UTF_8).strip();
    Map<String, Member> byName = new HashMap<>();
    members.forEach(
        (name, member) -> byName.put(name.contains("://") ? name : volume + "/" + name, member));
    return byName;
  }

  /** The image of memory: a map, or else a stream. */
  private static String imageOf(
      ImageFile file, Description description, Map<String, Member> members, List<String> warnings)
      throws ImageException {
    List<String> images =
        description.subjects().keySet().stream()
            .filter(name -> description.isA(name, "Map", "ImageStream", "stream", "image"))
            .filter(name -> members.containsKey(name + "/map") || isStream(members, name))
            .sorted(
                Comparator.comparing((String name) -> !isMemory(description, name))
                    .thenComparing(name -> !members.containsKey(name + "/map")))
            .toList();
    if (images.isEmpty()) {
      throw new ImageException(file.name(), "an AFF4 volume without an image that can be read");
    }
    String best = images.getFirst();
    boolean disk = description.subjects().keySet().stream().anyMatch(n -> isDisk(description, n));
    if (disk && !isMemory(description, best)) {
      throw new ImageException(file.name(), "an AFF4 volume of a disk, not of memory");
    }
    long memories = images.stream().filter(name -> isMemory(description, name)).count();
    if (memories > 1) {
      warnings.add(
          "%d images of memory are in the volume; taken is %s"
              .formatted(memories, Description.shown(best)));
    }
    return best;
  }

  private static boolean isStream(Map<String, Member> members, String name) {
    return members.containsKey(name + "/00000000");
  }

  private static boolean isMemory(Description description, String name) {
    return description.isA(name, "MemoryImage")
        || description.values(name, "category").stream()
            .anyMatch(category -> category.toLowerCase(Locale.ROOT).contains("physical"))
        || description.subjects().keySet().stream()
            .anyMatch(
                other ->
                    description.isA(other, "MemoryImage")
                        && description.values(other, "dataStream").contains(name));
  }

  private static boolean isDisk(Description description, String name) {
    return description.isA(name, "DiskImage", "VolumeImage", "device", "FileImage");
  }

  private static List<MappedStreams.Range> ranges(
      ImageFile file,
      Description description,
      Map<String, Member> members,
      String image,
      OpenOptions options,
      List<String> warnings)
      throws ImageException {
    Member map = members.get(image + "/map");
    Ranges ranges = new Ranges(file, description, members);
    if (map == null) {
      ranges.add(0, Long.MAX_VALUE, 0, image);
    } else {
      Member idx = members.get(image + "/idx");
      List<String> targets =
          idx == null
              ? List.of(image + "/data")
              : new String(idx.read(file, "idx", MAX_TEXT), StandardCharsets.UTF_8)
                  .lines()
                  .map(String::strip)
                  .toList();
      MemorySegment entries = MemorySegment.ofArray(map.read(file, "the map", MAX_MAP));
      for (long at = 0; at + MAP_ENTRY <= entries.byteSize(); at += MAP_ENTRY) {
        long target = Integer.toUnsignedLong(entries.get(Memory.INT, at + 24));
        ranges.add(
            entries.get(Memory.LONG, at),
            entries.get(Memory.LONG, at + 8),
            entries.get(Memory.LONG, at + 16),
            target < targets.size() ? targets.get((int) target) : "");
      }
    }
    return ranges.finish(options.maxUnpackedBytes(), warnings);
  }

  /** Collects the ranges of a map, without overlap and within what is stored. */
  private static final class Ranges {

    private final ImageFile file;
    private final Description description;
    private final Map<String, Member> members;
    private final Map<String, Optional<ImageStream>> streams = new HashMap<>();
    private final List<MemoryRun> runs = new ArrayList<>();
    private final List<Optional<ImageStream>> holders = new ArrayList<>();
    private long missing;

    Ranges(ImageFile file, Description description, Map<String, Member> members) {
      this.file = file;
      this.description = description;
      this.members = members;
    }

    void add(long start, long length, long offset, String target) throws ImageException {
      if (start < 0 || length <= 0 || offset < 0) {
        missing += Math.max(0, length);
        return;
      }
      boolean zeros = Description.localName(target).equals("Zero");
      Optional<ImageStream> stream = zeros ? Optional.empty() : streamOf(target);
      long there =
          zeros ? length : Math.min(length, stream.map(ImageStream::length).orElse(0L) - offset);
      there = Math.min(there, Long.MAX_VALUE - Math.max(start, offset));
      if (there > 0) {
        runs.add(new MemoryRun(start, there, offset));
        holders.add(stream);
      }
      missing += length == Long.MAX_VALUE ? 0 : length - Math.max(0, there);
    }

    private Optional<ImageStream> streamOf(String name) throws ImageException {
      Optional<ImageStream> known = streams.get(name);
      if (known == null) {
        known =
            isStream(members, name)
                ? Optional.of(ImageStream.read(file, members, description, name))
                : Optional.empty();
        streams.put(name, known);
      }
      return known;
    }

    List<MappedStreams.Range> finish(long limit, List<String> warnings) throws ImageException {
      if (missing > 0) {
        warnings.add(
            "%d bytes that the map names are not in this volume: unreadable when it was written,"
                    .formatted(missing)
                + " in another volume, or cut");
      }
      List<MappedStreams.Range> ranges = new ArrayList<>();
      long block = 0;
      long total = 0;
      for (int i : inOrder()) {
        MemoryRun run = runs.get(i);
        long covered = ranges.isEmpty() ? 0 : ranges.getLast().end();
        long skip = Math.max(0, covered - run.start());
        if (skip >= run.length()) {
          continue;
        }
        MappedStreams.Range range =
            new MappedStreams.Range(
                run.start() + skip,
                run.end(),
                holders.get(i).orElse(null),
                run.fileOffset() + skip,
                block);
        ranges.add(range);
        block += range.blocks();
        total += range.end() - range.start();
        if (total > limit || total < 0) {
          throw new ImageException(
              file.name(), "its map has more than the limit of %d bytes".formatted(limit));
        }
      }
      return ranges;
    }

    private List<Integer> inOrder() {
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        order.add(i);
      }
      order.sort(Comparator.comparingLong(i -> runs.get(i).start()));
      return order;
    }
  }

  private static String creator(ImageFile file, Map<String, Member> members) throws ImageException {
    Member version = members.get(VERSION);
    if (version != null) {
      String text = new String(version.read(file, VERSION, MAX_TEXT), StandardCharsets.UTF_8);
      Optional<String> tool = text.lines().filter(line -> line.startsWith("tool=")).findFirst();
      if (tool.isPresent()) {
        return Description.shown(tool.get().substring("tool=".length()));
      }
    }
    return "AFF4";
  }
}
