package io.nestwalk.survey;

import io.nestwalk.output.PendingFile;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * Surveys remembered in a folder of the user's, a file each. The folder is private, holds at most
 * {@link #MAX_FILES} files, and what nobody used for {@link #KEPT} goes. A file appears under its
 * name in one step when it is complete; one that is cut, altered or of another version is as good
 * as none.
 */
public final class SurveyFiles {

  private static final long MAGIC = 0x4e57_5355_5256_0002L; // "NWSURV", version 2
  private static final long NUMBERS = 0x4e57_4e55_4d42_0001L; // "NWNUMB", version 1
  private static final String ENDING = ".survey";
  private static final int MAX_FILES = 1024;
  private static final int MAX_DETECTORS = 64;
  private static final long MAX_FILE_BYTES = 64L << 20;
  private static final Duration KEPT = Duration.ofDays(90);

  private final Path folder;
  private final Clock clock;

  /**
   * Sets up; touches nothing.
   *
   * @param folder where the files are; made when needed
   * @param clock tells what is old
   */
  public SurveyFiles(Path folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
  }

  /**
   * What is remembered of one image.
   *
   * @param identity of the image and of how it was opened, as a short text of letters and digits;
   *     another content, another layout of its memory or another version of the program must give
   *     another one
   */
  public SurveyStore of(String identity) {
    return new SurveyStore() {
      @Override
      public Optional<SurveyRecord> recall(Set<String> detectors) {
        try {
          return read(file(identity, detectors), MAGIC, in -> record(in, detectors));
        } catch (IOException e) {
          return Optional.empty();
        }
      }

      @Override
      public void keep(SurveyRecord record) {
        try {
          write(file(identity, record.pages().keySet()), MAGIC, out -> write(record, out));
        } catch (IOException e) {
          // The next run surveys again.
        }
      }

      @Override
      public Optional<long[]> recallNumbers(String subject) {
        try {
          return read(file(identity, Set.of(subject)), NUMBERS, in -> numbers(in, subject));
        } catch (IOException e) {
          return Optional.empty();
        }
      }

      @Override
      public void keepNumbers(String subject, long... numbers) {
        try {
          write(file(identity, Set.of(subject)), NUMBERS, out -> write(subject, numbers, out));
        } catch (IOException e) {
          // The next run works them out again.
        }
      }
    };
  }

  private Path file(String identity, Set<String> contents) {
    int kind = new TreeSet<>(contents).hashCode();
    return folder.resolve(identity + "-" + HexFormat.of().toHexDigits(kind) + ENDING);
  }

  /** Reads what a file holds between its mark and its checksum. */
  private interface Content<T> {
    Optional<T> read(DataInputStream in) throws IOException;
  }

  /** Writes it. */
  private interface Writing {
    void write(DataOutputStream out) throws IOException;
  }

  private <T> Optional<T> read(Path file, long mark, Content<T> content) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        || Files.size(file) > MAX_FILE_BYTES) {
      return Optional.empty();
    }
    CheckedInputStream checked =
        new CheckedInputStream(new ByteArrayInputStream(Files.readAllBytes(file)), new CRC32C());
    try (DataInputStream in = new DataInputStream(checked)) {
      if (in.readLong() != mark) {
        return Optional.empty();
      }
      Optional<T> found = content.read(in);
      long sum = checked.getChecksum().getValue();
      if (found.isEmpty() || in.readLong() != sum) {
        return Optional.empty();
      }
      Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
      return found;
    }
  }

  private static Optional<SurveyRecord> record(DataInputStream in, Set<String> detectors)
      throws IOException {
    long seen = in.readLong();
    long notZero = in.readLong();
    long contents = in.readLong();
    int count = in.readInt();
    if (count != detectors.size() || count > MAX_DETECTORS) {
      return Optional.empty();
    }
    Map<String, long[]> pages = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String name = in.readUTF();
      Optional<long[]> addresses = numbers(in);
      if (addresses.isEmpty()) {
        return Optional.empty();
      }
      long page = 0;
      for (int k = 0; k < addresses.get().length; k++) {
        page += addresses.get()[k];
        addresses.get()[k] = page * Survey.PAGE_SIZE;
      }
      pages.put(name, addresses.get());
    }
    return pages.keySet().equals(detectors)
        ? Optional.of(new SurveyRecord(seen, notZero, pages, contents))
        : Optional.empty();
  }

  private static void write(SurveyRecord record, DataOutputStream out) throws IOException {
    out.writeLong(record.pagesSeen());
    out.writeLong(record.pagesNotZero());
    out.writeLong(record.contents());
    out.writeInt(record.pages().size());
    for (Map.Entry<String, long[]> each : record.pages().entrySet()) {
      out.writeUTF(each.getKey());
      out.writeInt(each.getValue().length);
      long last = 0;
      for (long address : each.getValue()) {
        long page = address / Survey.PAGE_SIZE;
        writeNumber(out, page - last);
        last = page;
      }
    }
  }

  private static Optional<long[]> numbers(DataInputStream in, String subject) throws IOException {
    return in.readUTF().equals(subject) ? numbers(in) : Optional.empty();
  }

  private static void write(String subject, long[] numbers, DataOutputStream out)
      throws IOException {
    out.writeUTF(subject);
    out.writeInt(numbers.length);
    for (long number : numbers) {
      writeNumber(out, number);
    }
  }

  private void write(Path file, long mark, Writing content) throws IOException {
    Files.createDirectories(folder);
    // Where tables lie in a machine's memory concerns nobody else.
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
    try (PendingFile pending = PendingFile.of(file)) {
      CheckedOutputStream checked = new CheckedOutputStream(pending.stream(), new CRC32C());
      try (DataOutputStream out = new DataOutputStream(checked)) {
        out.writeLong(mark);
        content.write(out);
        out.writeLong(checked.getChecksum().getValue());
      }
      pending.complete(true);
    }
    prune();
  }

  /**
   * Deletes what is old, then the least recently used beyond the limit: only files of this kind.
   */
  private void prune() throws IOException {
    record Entry(Path path, Instant used) {}
    Instant now = clock.instant();
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path path : files) {
        String name = path.getFileName().toString();
        if (!name.endsWith(ENDING)) {
          continue;
        }
        BasicFileAttributes attributes =
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        Instant used = attributes.lastModifiedTime().toInstant();
        if (used.isBefore(now.minus(KEPT))) {
          Files.deleteIfExists(path);
        } else {
          entries.add(new Entry(path, used));
        }
      }
    }
    entries.sort(Comparator.comparing(Entry::used).reversed());
    for (Entry entry : entries.subList(Math.min(MAX_FILES, entries.size()), entries.size())) {
      Files.deleteIfExists(entry.path);
    }
  }

  /** As many as their count says; empty when there can't be so many. */
  private static Optional<long[]> numbers(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available()) {
      return Optional.empty(); // a number takes a byte at least
    }
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = readNumber(in);
    }
    return Optional.of(numbers);
  }

  /** Seven bits a byte, the lowest first; the highest bit says that more follow. */
  private static void writeNumber(DataOutputStream out, long number) throws IOException {
    long rest = number;
    while ((rest & ~0x7fL) != 0) {
      out.writeByte((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  private static long readNumber(InputStream in) throws IOException {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("cut off");
      }
      number |= (next & 0x7fL) << shift;
      if ((next & 0x80) == 0) {
        return number;
      }
    }
    throw new IOException("a number that is too long");
  }
}
