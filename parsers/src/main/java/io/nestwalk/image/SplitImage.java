package io.nestwalk.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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

  /** Files whose first so many bytes are the same are not two parts of one. */
  private static final int COMPARED = 4 << 20;

  /** A number at the very end, as its own suffix: other numbers in names are those of snapshots. */
  private static final Pattern NUMBERED = Pattern.compile("(.*\\.(?:part)?)(\\d{1,5})");

  /** What split(1) appends. */
  private static final Pattern LETTERED = Pattern.compile("(.*)([a-z]{2})");

  /** What a group's name ends in, by the kind of its numbers. */
  private static final String DIGITS = "#";

  private static final String LETTERS = "@";

  private record Part(Path path, long size) {

    String name() {
      return path.getFileName().toString();
    }
  }

  /** The split image in a folder; empty when there is none, or more than one. */
  static Optional<SplitImage> in(Path folder) throws ImageException {
    List<Map.Entry<String, SortedMap<Integer, Part>>> whole =
        groups(folder).entrySet().stream()
            .filter(group -> fault(group.getKey(), group.getValue()).isEmpty())
            .toList();
    return whole.size() == 1 ? Optional.of(of(folder, folder, whole.getFirst())) : Optional.empty();
  }

  /** The split image whose first part this is; empty when it is none. */
  static Optional<SplitImage> beginningWith(Path first) {
    Optional<Map.Entry<String, SortedMap<Integer, Part>>> group = groupOf(first);
    return group.isPresent()
            && isFirst(first, group.get().getValue())
            && fault(group.get().getKey(), group.get().getValue()).isEmpty()
        ? Optional.of(of(first, folderOf(first), group.get()))
        : Optional.empty();
  }

  /**
   * For the user who named a file by itself that looks like a part of a split one.
   *
   * @param judge what the formats think of a file
   */
  static Optional<String> remark(Path file, Function<ImageFile, Probe> judge)
      throws ImageException {
    Optional<Map.Entry<String, SortedMap<Integer, Part>>> group = groupOf(file);
    if (group.isEmpty() || !looksSplit(group.get().getValue())) {
      return Optional.empty();
    }
    SplitImage split = of(file, folderOf(file), group.get());
    SortedMap<Integer, Part> parts = group.get().getValue();
    if (parts.values().stream().noneMatch(part -> part.size == 0) && !split.isOne(judge)) {
      return Optional.empty();
    }
    String why =
        fault(group.get().getKey(), parts)
            .orElse(
                "name the first, %s, to read all".formatted(parts.get(parts.firstKey()).name()));
    return Optional.of(
        split.described("look like parts of one file; this one is read by itself: " + why));
  }

  private static boolean isFirst(Path file, SortedMap<Integer, Part> parts) {
    return parts.get(parts.firstKey()).path.getFileName().equals(file.getFileName());
  }

  private static Path folderOf(Path file) {
    Path parent = file.getParent();
    return parent == null ? Path.of("") : parent;
  }

  /** Whether the second is the first part of a copy of the first, or a copy of it. */
  private static boolean beginAlike(Path one, Path other) throws IOException {
    try (InputStream a = Files.newInputStream(one);
        InputStream b = Files.newInputStream(other)) {
      return Arrays.equals(a.readNBytes(COMPARED), b.readNBytes(COMPARED));
    }
  }

  /** The files beside one that are numbered like it; none where the folder may not be listed. */
  private static Optional<Map.Entry<String, SortedMap<Integer, Part>>> groupOf(Path file) {
    try {
      // By its name a file may be of two groups: "mem.raw" before "mem.raw.001", or after
      // "mem.rav".
      Map.Entry<String, SortedMap<Integer, Part>> largest = null;
      for (Map.Entry<String, SortedMap<Integer, Part>> group : groups(folderOf(file)).entrySet()) {
        SortedMap<Integer, Part> parts = group.getValue();
        if ((largest == null || parts.size() > largest.getValue().size())
            && parts.values().stream()
                .anyMatch(part -> part.path.getFileName().equals(file.getFileName()))) {
          largest = group;
        }
      }
      return Optional.ofNullable(largest);
    } catch (ImageException e) {
      return Optional.empty();
    }
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
    } catch (DirectoryIteratorException e) {
      throw ImageException.unreadable(folder.toString(), e);
    } catch (IOException e) {
      throw ImageException.unreadable(folder.toString(), e);
    }
    for (Map.Entry<String, SortedMap<Integer, Part>> group : groups.entrySet()) {
      addFirstWithoutNumber(folder, group.getKey(), group.getValue());
    }
    return groups;
  }

  /**
   * Some imagers give the first part no number: mem.raw, mem.raw.001, mem.raw.002. It has the size
   * of the others. Names alone are not enough, since copies are numbered so too: the numbers have
   * several digits, or the last part is smaller.
   */
  private static void addFirstWithoutNumber(
      Path folder, String group, SortedMap<Integer, Part> parts) throws ImageException {
    Part numbered = parts.get(1);
    if (numbered == null || parts.firstKey() != 1 || !group.endsWith("." + DIGITS)) {
      return;
    }
    String stem = group.substring(0, group.length() - DIGITS.length() - 1);
    Path first = folder.resolve(stem);
    boolean split =
        numbered.name().length() - stem.length() > 3
            || parts.get(parts.lastKey()).size < numbered.size;
    try {
      if (split
          && !stem.isEmpty()
          && Files.isRegularFile(first)
          && Files.size(first) >= numbered.size
          && (parts.size() == 1
              ? !beginAlike(first, numbered.path)
              : Files.size(first) == numbered.size)) {
        parts.put(0, new Part(first, Files.size(first)));
      }
    } catch (IOException e) {
      throw ImageException.unreadable(first.toString(), e);
    }
  }

  /**
   * Whether these are parts of one: not when the second file is an image by itself.
   *
   * @param judge what the formats think of a file
   */
  boolean isOne(Function<ImageFile, Probe> judge) throws ImageException {
    Probe second = judged(1, judge);
    return !second.isReadable() || second.confidence() == Probe.Confidence.FALLBACK;
  }

  /**
   * What the whole is by its first part. Raw memory is read in its parts; of other formats one file
   * has to be made.
   */
  Probe probe(Function<ImageFile, Probe> judge) throws ImageException {
    return judged(0, judge);
  }

  /** A part under the name of the whole, which tells a format that has no other mark. */
  private Probe judged(int part, Function<ImageFile, Probe> judge) throws ImageException {
    Path path = parts.get(part);
    try (ImageFile file = ImageFile.map(path, path.toString(), "")) {
      return judge.apply(
          part == 0 ? ImageFile.over(file.mapped(), path, whole.toString(), "") : file);
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
      List<MemoryRun> runs = RawLayout.of(given.toString(), length, options);
      return MemoryImage.of(
              ImageFile.first(files, given.toString()), "raw", new JoinedMemory(runs, files))
          .runs(runs)
          .warnings(List.of(described("are read as one raw image")))
          .build();
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
            new Numbered(numbered.group(1) + DIGITS, Integer.parseInt(numbered.group(2))));
      }
      Matcher lettered = LETTERED.matcher(name);
      if (!lettered.matches()) {
        return Optional.empty();
      }
      int number = 0;
      for (int i = 0; i < lettered.group(2).length(); i++) {
        number = number * 26 + lettered.group(2).charAt(i) - 'a';
      }
      return Optional.of(new Numbered(lettered.group(1) + LETTERS, number));
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

  /**
   * What is wrong with parts: there must be at least two, numbered without a gap from 0 or 1 (or
   * from "aa"), all of one size but a smaller last one.
   */
  private static Optional<String> fault(String group, SortedMap<Integer, Part> parts) {
    int first = parts.firstKey();
    if (parts.size() < 2) {
      return Optional.of("it is the only one");
    }
    if (first > (group.endsWith(LETTERS) ? 0 : 1)) {
      return Optional.of("what goes before %s is missing".formatted(parts.get(first).name()));
    }
    long size = parts.get(first).size;
    int before = first;
    for (Map.Entry<Integer, Part> each : parts.entrySet()) {
      Part part = each.getValue();
      if (each.getKey() > before + 1) {
        return Optional.of(
            "what goes between %s and %s is missing"
                .formatted(parts.get(before).name(), part.name()));
      }
      boolean last = each.getKey().equals(parts.lastKey());
      if (part.size == 0 || part.size > size || (part.size < size && !last)) {
        return Optional.of("%s has %d bytes, the first %d".formatted(part.name(), part.size, size));
      }
      before = each.getKey();
    }
    return Optional.empty();
  }

  /**
   * Whether files that are numbered alike are so for being parts: half of them alike, and half
   * there.
   */
  private static boolean looksSplit(SortedMap<Integer, Part> parts) {
    long size = parts.values().stream().mapToLong(Part::size).max().orElse(0);
    long alike = parts.values().stream().filter(part -> part.size == size).count();
    int missing = parts.lastKey() + 1 - parts.size();
    return alike > 1 && alike * 2 >= parts.size() && missing <= parts.size();
  }
}
