package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.image.Progress;
import io.nestwalk.index.ImageIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The SHA-256 of an image, made on a thread of its own beside other work. Its progress is shown
 * once somebody waits for it.
 */
final class BesideDigest implements AutoCloseable {

  /** No digest is asked for. */
  static final BesideDigest NONE = omitted("");

  private final Future<ObjectNode> facts;
  private final ExecutorService worker;
  private volatile boolean awaited;

  private BesideDigest(List<Path> files, Progress progress) {
    worker = Executors.newSingleThreadExecutor();
    facts =
        worker.submit(
            () ->
                Json.object()
                    .put(
                        "sha256",
                        ImageIdentity.sha256(
                            files,
                            (work, done, total) -> {
                              if (awaited) {
                                progress.advanced(work, done, total);
                              }
                            })));
  }

  private BesideDigest(ObjectNode known) {
    worker = null;
    facts = CompletableFuture.completedFuture(known);
  }

  /** Begins to make the digest of files one behind the other. */
  static BesideDigest of(List<Path> files, Progress progress) {
    return new BesideDigest(files, progress);
  }

  /** No digest is made, and that is said. */
  static BesideDigest omitted(String why) {
    return new BesideDigest(Json.object().put("omitted", why));
  }

  /** The digest, or why there is none, for the manifest; waits for it. */
  ObjectNode facts() throws IOException {
    awaited = true;
    try {
      return facts.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("the digest failed", e.getCause());
    }
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
