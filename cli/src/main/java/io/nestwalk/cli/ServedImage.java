package io.nestwalk.cli;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.Progress;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Indexing;
import io.nestwalk.machine.Machines;
import io.nestwalk.output.OutputException;
import io.nestwalk.serve.CaseIndex;
import io.nestwalk.serve.ServedCase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * An image that is shown, with its index: that of the case it was opened by, else one of its own in
 * a folder that is gone when it is closed.
 */
final class ServedImage implements AutoCloseable {

  private final ServedCase served;
  private final Session session;
  private final Optional<Path> temporary;

  /** Whether an index that is being made is wanted no more. */
  private final AtomicBoolean closing;

  private ServedImage(
      ServedCase served, Session session, Optional<Path> temporary, AtomicBoolean closing) {
    this.served = served;
    this.session = session;
    this.temporary = temporary;
    this.closing = closing;
  }

  /**
   * Opens what a user named and finds its machines.
   *
   * @param named an image, or the folder of an analysis; then its image, as it was opened then
   * @param moved where a folder's image lies now, where the user says so
   * @param indexer makes the index of an image
   */
  static ServedImage open(
      Path named, Optional<Path> moved, OpeningOptions how, PrintWriter err, Executor indexer)
      throws ImageException, OutputException {
    return AnalysisFolder.isCase(named)
        ? ofCase(Folders.read(named), moved, err)
        : ofImage(named, how, err, indexer);
  }

  private static ServedImage ofCase(AnalysisFolder folder, Optional<Path> moved, PrintWriter err)
      throws ImageException {
    Session session = Folders.reopen(folder, moved, ImageOptions.NAME_IT, err);
    try {
      session.machines();
      CaseIndex index = new CaseIndex(folder, Folders.index(folder));
      return new ServedImage(
          served(folder.path(), session, CompletableFuture.completedFuture(index)),
          session,
          Optional.empty(),
          new AtomicBoolean());
    } catch (ImageException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static ServedImage ofImage(
      Path image, OpeningOptions how, PrintWriter err, Executor indexer)
      throws ImageException, OutputException {
    Session session = Session.open(image, how, err);
    try {
      Machines machines = session.machines();
      Path folder = temporaryFolder();
      AtomicBoolean closing = new AtomicBoolean();
      AnalysisFolder working =
          Folders.prepare(folder.resolve("case"), AnalysisFolder.Choice.NAMED, image, how);
      CompletableFuture<CaseIndex> index =
          CompletableFuture.supplyAsync(
              () -> indexed(working, session, machines, closing), indexer);
      return new ServedImage(served(image, session, index), session, Optional.of(folder), closing);
    } catch (ImageException | OutputException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static Path temporaryFolder() throws OutputException {
    try {
      // With the process's number: one that was killed leaves it, and a user sees whose it is.
      return Files.createTempDirectory(
          "nestwalk-serve-%d-".formatted(ProcessHandle.current().pid()));
    } catch (IOException e) {
      throw OutputException.of(Path.of(System.getProperty("java.io.tmpdir")), 1, 0, e);
    }
  }

  private static CaseIndex indexed(
      AnalysisFolder working, Session session, Machines machines, AtomicBoolean closing) {
    Progress untilClosed =
        (stage, done, total) -> {
          if (closing.get()) {
            throw new CancellationException();
          }
        };
    try {
      untilClosed.advanced("index", 0, 0);
      Indexing.run(working, session.image(), machines, untilClosed);
      return CaseIndex.of(working);
    } catch (ImageException e) {
      throw new UncheckedIOException(new IOException(e.getMessage(), e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ServedCase served(
      Path named, Session session, CompletableFuture<CaseIndex> index) {
    Path name = named.getFileName();
    return new ServedCase(
        name == null ? named.toString() : name.toString(),
        session.opened(),
        session.notes(),
        Spelling::of,
        new CommandLineAnswers(session),
        index);
  }

  ServedCase served() {
    return served;
  }

  /** An index that is being made is given up; the image must stay open until that has happened. */
  @Override
  public void close() {
    closing.set(true);
    try {
      served.index().join().close();
    } catch (CompletionException | CancellationException e) {
      // Then there is no index to close.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      session.close();
      temporary.ifPresent(ServedImage::remove);
    }
  }

  private static void remove(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
