package io.nestwalk.cli;

import io.nestwalk.image.Progress;
import io.nestwalk.index.Awaited;
import io.nestwalk.index.ImageIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The SHA-256 of an image, made on a thread of its own beside other work. Its progress is shown
 * once somebody waits for it.
 */
final class BesideDigest implements AutoCloseable {

  /** No digest is made. */
  static final BesideDigest NONE = new BesideDigest();

  private final Future<Optional<String>> digest;
  private final ExecutorService worker;
  private volatile boolean awaited;

  private BesideDigest() {
    worker = null;
    digest = CompletableFuture.completedFuture(Optional.empty());
  }

  private BesideDigest(List<Path> files, Progress progress) {
    worker = Executors.newSingleThreadExecutor();
    digest =
        worker.submit(
            () ->
                Optional.of(
                    ImageIdentity.sha256(
                        files,
                        (work, done, total) -> {
                          if (awaited) {
                            progress.advanced(work, done, total);
                          }
                        })));
  }

  /** Begins to make the digest of files one behind the other. */
  static BesideDigest of(List<Path> files, Progress progress) {
    return new BesideDigest(files, progress);
  }

  /** The digest, in hexadecimal; waits for it. Empty where none is made. */
  Optional<String> sha256() throws IOException {
    awaited = true;
    return Awaited.of(digest, "the digest");
  }

  /** Ends the work, should it go on still. */
  @Override
  public void close() {
    if (worker != null) {
      worker.shutdownNow();
      worker.close();
    }
  }
}
