package io.nestwalk.image;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image that was split into files of one size: mem.raw.001, mem.raw.002; mem.part1; xaa, xab.
 *
 * @param given the folder that they are in, or the first one: as the user named the image
 * @param whole how the whole would be called
 * @param parts the files in order
 */
record SplitImage(Path given, Path whole, List<Path> parts) {

  private static final int MAX_PARTS = 10_000;

  /** A number at the very end, as its own suffix: other numbers in names are those of snapshots. */
  private static final Pattern NUMBERED = Pattern.compile("(.*\\.(?:part)?)(\\d{1,5})");

  /** What split(1) appends. */
  private static final Pattern LETTERED = Pattern.compile("(.*)([a-z]{2})");

  private record Part(Path path, long size) {}

  /** The split image in a folder; empty when there is none, or more than one. */
  static Optional<SplitImage> in(Path folder) throws ImageException {
    List<Map.Entry<String, SortedMap<Integer, Part>>> whole =
        groups(folder).entrySet().stream().filter(group -> isWhole(group.getValue())).toList();
    return whole.size() == 1 ? Optional.of(of(folder, folder, whole.getFirst())) : Optional.empty();
  }

  /** The split image whose first part this is; empty when it is none. */
  static Optional<SplitImage> beginningWith(Path first) throws ImageException {
    Path folder = first.toAbsolutePath().getParent();
    Optional<Numbered> number = Numbered.of(first.getFileName().toString());
    if (folder == null || number.isEmpty() || number.get().number > 1) {
      return Optional.empty();
    }
    for (Map.Entry<String, SortedMap<Integer, Part>> group : groups(folder).entrySet()) {
      SortedMap<Integer, Part> parts = group.getValue();
      if (parts.get(parts.firstKey()).path.getFileName().equals(first.getFileName())
          && isWhole(parts)) {
        return Optional.of(of(first, folder, group));
      }
    }
    return Optional.empty();
  }

  private static SplitImage of(
      Path given, Path folder, Map.Entry<String, SortedMap<Integer, Part>> group) {
    String stem = group.getKey().replaceFirst("[.]?(part)?[#@]$", "");
    return new SplitImage(
        given,
        stem.isEmpty() ? given : folder.resolve(stem),
        group.getValue().values().stream().map(Part::path).toList());
  }

  private static Map<String, SortedMap<Integer, Part>> groups(Path folder) throws ImageException {
    Map<String, SortedMap<Integer, Part>> groups = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      int seen = 0;
      for (Path file : files) {
        if (++seen > MAX_PARTS) {
          return Map.of();
        }
        if (Files.isRegularFile(file)) {
          enter(file, groups);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new ImageException(folder.toString(), "can't be read: " + e.getMessage(), e);
    }
    return groups;
  }

  /**
   * What the whole is by its first part. Raw memory is read in its parts; of other formats one file
   * has to be made.
   *
   * @param judge what the formats think of a file
   * @return empty when the second file is an image by itself: then these are no parts of one
   */
  Optional<Probe> probe(Function<ImageFile, Probe> judge) throws ImageException {
    Probe second = judged(1, judge);
    return second.isReadable() && second.confidence() != Probe.Confidence.FALLBACK
        ? Optional.empty()
        : Optional.of(judged(0, judge));
  }

  /** A part under the name of the whole, which tells a format that has no other mark. */
  private Probe judged(int part, Function<ImageFile, Probe> judge) throws ImageException {
    Path path = parts.get(part);
    try (ImageFile file = ImageFile.map(path, path.toString(), "")) {
      return judge.apply(
          part == 0 ? ImageFile.over(file.bytes(), path, whole.toString(), "") : file);
    }
  }

  /** For the user: that and how the parts are read. */
  String described(String how) {
    return "%d parts, from %s to %s, %s"
        .formatted(
            parts.size(), parts.getFirst().getFileName(), parts.getLast().getFileName(), how);
  }

  /** Opens the parts as one raw image. */
  MemoryImage openRaw(OpenOptions options) throws ImageException {
    List<ImageFile> files = new ArrayList<>();
    try {
      for (Path part : parts) {
        files.add(ImageFile.map(part, part.toString(), ""));
      }
      long length = files.stream().mapToLong(ImageFile::length).sum();
      long base = options.base().orElse(0);
      if (base < 0 || base > Long.MAX_VALUE - length) {
        throw new ImageException(
            given.toString(), "--base 0x%x and the length exceed 2^63".formatted(base));
      }
      return new MemoryImage(
          ImageFile.first(files, given.toString()),
          "raw",
          Optional.empty(),
          Optional.empty(),
          new JoinedMemory(base, files),
          List.of(new MemoryRun(base, length, 0)),
          List.of(),
          Optional.empty(),
          List.of(described("are read as one raw image")));
    } catch (ImageException | RuntimeException | Error e) {
      files.forEach(ImageFile::close);
      throw e;
    }
  }

  /** A file's name with the number that it ends in. */
  private record Numbered(String group, int number) {

    static Optional<Numbered> of(String name) {
      Matcher numbered = NUMBERED.matcher(name);
      if (numbered.matches()) {
        return Optional.of(
            new Numbered(numbered.group(1) + "#", Integer.parseInt(numbered.group(2))));
      }
      Matcher lettered = LETTERED.matcher(name);
      if (!lettered.matches()) {
        return Optional.empty();
      }
      int number = 0;
      for (int i = 0; i < lettered.group(2).length(); i++) {
        number = number * 26 + lettered.group(2).charAt(i) - 'a';
      }
      return Optional.of(new Numbered(lettered.group(1) + "@", number));
    }
  }

  private static void enter(Path file, Map<String, SortedMap<Integer, Part>> groups)
      throws IOException {
    Optional<Numbered> numbered = Numbered.of(file.getFileName().toString());
    if (numbered.isPresent()) {
      groups
          .computeIfAbsent(numbered.get().group, n -> new TreeMap<>())
          .put(numbered.get().number, new Part(file, Files.size(file)));
    }
  }

  /** At least two, numbered without a gap from 0 or 1, all of one size but a smaller last one. */
  private static boolean isWhole(SortedMap<Integer, Part> group) {
    long size = group.get(group.firstKey()).size;
    boolean sizes =
        group.headMap(group.lastKey()).values().stream().allMatch(part -> part.size == size)
            && group.get(group.lastKey()).size <= size
            && group.get(group.lastKey()).size > 0;
    return group.size() > 1
        && group.firstKey() <= 1
        && group.lastKey() - group.firstKey() == group.size() - 1
        && sizes;
  }
}
