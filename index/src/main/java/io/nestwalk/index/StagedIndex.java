package io.nestwalk.index;

import io.nestwalk.output.OutputException;
import io.nestwalk.output.PrivateFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** An index that is made in a folder of its own and put in place when it is whole. */
final class StagedIndex implements IndexBuilder, OwnFiles {

  private static final String SEGMENTS = "segments";

  private final Path folder;
  private final String stage;
  private final String name;
  private final WrittenNames written;
  private final IndexBuilder builder;
  private boolean closed;

  /**
   * Begins, or goes on where a run was interrupted.
   *
   * @param stage the name of the folder for the unfinished index
   * @param name the name that the index gets
   */
  StagedIndex(Path folder, String stage, String name, WrittenNames written) throws IOException {
    this.folder = folder;
    this.stage = stage;
    this.name = name;
    this.written = written;
    written.delete(name + "/");
    builder = open(folder.resolve(stage));
  }

  private IndexBuilder open(Path place) throws IOException {
    makeFolder(place);
    try {
      return IndexStore.folder(place, this).build();
    } catch (IOException | RuntimeException e) {
      // What an interrupted run has left is damaged.
      written.delete(stage + "/");
      makeFolder(place);
      try {
        return IndexStore.folder(place, this).build();
      } catch (IOException again) {
        throw OutputException.of(place, 1, 0, again);
      }
    }
  }

  private static void makeFolder(Path place) throws IOException {
    if (!Files.isDirectory(place, LinkOption.NOFOLLOW_LINKS)) {
      PrivateFiles.createFolder(place);
    }
  }

  @Override
  public void beforeMaking(String file) throws IOException {
    written.add(stage + "/" + file);
  }

  @Override
  public boolean mayDelete(String file) {
    return written.has(stage + "/" + file);
  }

  /** Writes something of the index. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private void write(Step step) throws IOException {
    try {
      step.run();
    } catch (IOException | IllegalStateException e) {
      // Lucene closes itself after a fault, and says that as an illegal state, with the fault.
      IOException cause =
          e instanceof IOException io
              ? io
              : e.getCause() instanceof IOException io ? io : new IOException(e.getMessage(), e);
      throw OutputException.of(folder.resolve(stage), 1, 0, cause);
    }
  }

  @Override
  public void beginPart(String part) throws IOException {
    write(() -> builder.beginPart(part));
  }

  @Override
  public void add(Entry entry) throws IOException {
    write(() -> builder.add(entry));
  }

  @Override
  public Set<String> completeParts() throws IOException {
    return builder.completeParts();
  }

  @Override
  public List<String> warnings() throws IOException {
    return builder.warnings();
  }

  @Override
  public void completePart(List<String> warnings) throws IOException {
    write(() -> builder.completePart(warnings));
  }

  @Override
  public void finish() throws IOException {
    write(
        () -> {
          builder.finish();
          closed = true;
          builder.close();
        });
    publish();
  }

  private void publish() throws IOException {
    Path from = folder.resolve(stage);
    Path to = folder.resolve(name);
    List<String> files = new ArrayList<>();
    boolean alone = true;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(from)) {
      for (Path file : found) {
        String each = file.getFileName().toString();
        if (mayDelete(each)) {
          PrivateFiles.closeFile(file);
          files.add(each);
        } else {
          alone = false;
        }
      }
    }
    for (String file : files) {
      written.add(name + "/" + file);
    }
    if (alone && !Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } else {
      // Something of the user's lies in one of the two. The file that names the others comes last.
      makeFolder(to);
      files.sort(Comparator.comparing(file -> file.startsWith(SEGMENTS)));
      for (String file : files) {
        Files.move(from.resolve(file), to.resolve(file), StandardCopyOption.ATOMIC_MOVE);
      }
      WrittenNames.deleteIfEmpty(from);
    }
    written.save();
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      builder.close();
    }
  }
}
