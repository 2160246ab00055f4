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
 * Raw memory that was split into files of one size: mem.raw.001, mem.raw.002; mem.part1; xaa, xab.
 *
 * @param folder the folder that they are in
 * @param parts the files in order
 */
record SplitImage(Path folder, List<Path> parts) {

  private static final int MAX_PARTS = 10_000;

  /** A number at the very end, as its own suffix: other numbers in names are those of snapshots. */
  private static final Pattern NUMBERED = Pattern.compile("(.*\\.(?:part)?)(\\d{1,5})");

  /** What split(1) appends. */
  private static final Pattern LETTERED = Pattern.compile("(.*)([a-z]{2})");

  private record Part(Path path, long size) {}

  /** The split image in a folder; empty when there is none, or more than one. */
  static Optional<SplitImage> in(Path folder) throws ImageException {
    Map<String, SortedMap<Integer, Part>> groups = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      int seen = 0;
      for (Path file : files) {
        if (++seen > MAX_PARTS) {
          return Optional.empty();
        }
        if (Files.isRegularFile(file)) {
          enter(file, groups);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new ImageException(folder.toString(), "can't be read: " + e.getMessage(), e);
    }
    List<SortedMap<Integer, Part>> whole =
        groups.values().stream().filter(SplitImage::isWhole).toList();
    return whole.size() == 1
        ? Optional.of(
            new SplitImage(folder, whole.getFirst().values().stream().map(Part::path).toList()))
        : Optional.empty();
  }

  /**
   * Opens the parts as one raw image.
   *
   * @param judge what the formats think of the first part
   */
  MemoryImage open(Function<ImageFile, Probe> judge, OpenOptions options) throws ImageException {
    List<ImageFile> files = new ArrayList<>();
    try {
      for (Path part : parts) {
        files.add(ImageFile.map(part, part.toString(), ""));
      }
      Probe probe = judge.apply(files.getFirst());
      if (probe.confidence() != Probe.Confidence.FALLBACK) {
        throw new ImageException(
            folder.toString(),
            "%d parts of something that is not raw memory (%s); join them into one file"
                .formatted(parts.size(), probe.reason()));
      }
      long length = files.stream().mapToLong(ImageFile::length).sum();
      long base = options.base().orElse(0);
      if (base < 0 || base > Long.MAX_VALUE - length) {
        throw new ImageException(
            folder.toString(), "--base 0x%x and the length exceed 2^63".formatted(base));
      }
      return new MemoryImage(
          ImageFile.first(files, folder.toString()),
          "raw",
          Optional.empty(),
          Optional.empty(),
          new JoinedMemory(base, files),
          List.of(new MemoryRun(base, length, 0)),
          List.of(),
          Optional.empty(),
          List.of(
              "%d parts, from %s to %s, are read as one raw image"
                  .formatted(
                      parts.size(),
                      parts.getFirst().getFileName(),
                      parts.getLast().getFileName())));
    } catch (ImageException | RuntimeException | Error e) {
      files.forEach(ImageFile::close);
      throw e;
    }
  }

  private static void enter(Path file, Map<String, SortedMap<Integer, Part>> groups)
      throws IOException {
    String name = file.getFileName().toString();
    Matcher numbered = NUMBERED.matcher(name);
    Matcher lettered = LETTERED.matcher(name);
    if (numbered.matches()) {
      group(groups, numbered.group(1) + "#")
          .put(Integer.parseInt(numbered.group(2)), new Part(file, Files.size(file)));
    } else if (lettered.matches()) {
      int number = 0;
      for (int i = 0; i < lettered.group(2).length(); i++) {
        number = number * 26 + lettered.group(2).charAt(i) - 'a';
      }
      group(groups, lettered.group(1) + "@").put(number, new Part(file, Files.size(file)));
    }
  }

  private static SortedMap<Integer, Part> group(
      Map<String, SortedMap<Integer, Part>> groups, String name) {
    return groups.computeIfAbsent(name, n -> new TreeMap<>());
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
