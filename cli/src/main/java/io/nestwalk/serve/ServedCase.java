package io.nestwalk.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.CoverageAnswer;
import io.nestwalk.answer.Json;
import io.nestwalk.image.Advice;
import io.nestwalk.session.Case;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/**
 * An opened image that is shown.
 *
 * @param name what people call it: the name of its file
 * @param opened the image
 * @param notes warnings of whoever opened it
 * @param spelled how a warning about an option is worded for the user
 * @param commands what the program's commands answer about it
 * @param index its index, once that is made
 */
public record ServedCase(
    String name,
    Case opened,
    List<String> notes,
    Function<Advice, String> spelled,
    CommandAnswers commands,
    CompletableFuture<CaseIndex> index) {

  /** Copies the list. */
  public ServedCase {
    notes = List.copyOf(notes);
  }

  /** The finished index. */
  CaseIndex readyIndex() throws RefusedException {
    if (!index.isDone()) {
      throw new RefusedException(
          HttpURLConnection.HTTP_UNAVAILABLE, "the index is still being made; ask again");
    }
    try {
      return index.join();
    } catch (CompletionException e) {
      throw new RefusedException(
          HttpURLConnection.HTTP_INTERNAL_ERROR, "no index: " + e.getCause().getMessage());
    }
  }

  /**
   * What was looked at.
   *
   * @param more warnings of an answer's own
   */
  ObjectNode coverage(List<String> more) {
    List<String> all = new ArrayList<>(notes);
    all.addAll(more);
    return CoverageAnswer.of(opened.image(), opened.known(), all, spelled);
  }

  /** What a list of cases shows of it. */
  ObjectNode json(int number) {
    ObjectNode node = Json.object();
    node.put("case", number);
    node.put("name", name);
    node.put("image", opened.image().file().name());
    node.put("format", opened.image().format());
    node.put("bytesPresent", opened.image().memory().presentBytes());
    node.put(
        "index", index.isCompletedExceptionally() ? "failed" : index.isDone() ? "ready" : "making");
    return node;
  }
}
