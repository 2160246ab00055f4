package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.image.ImageException;
import io.nestwalk.index.AnalysisWork;
import io.nestwalk.index.Entry;
import io.nestwalk.index.IndexStore;
import io.nestwalk.index.Indexing;
import io.nestwalk.index.SearchIndex;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** An index that is in no folder: in what a jar on the class path puts behind a scheme. */
final class RemoteIndex {

  private static final Pattern ADDRESS = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+://.*");
  private static final Pattern NO_NAME = Pattern.compile("[^A-Za-z0-9._-]+");

  /** What an image's index says of rules, behind the image's name or alone. */
  private static final Pattern RULES = Pattern.compile("(^|: )yara: ");

  private static final int DIGITS = 12;
  private static final int MOST_NAME = 80;

  private final URI place;
  private final IndexStore store;

  private RemoteIndex(URI place, IndexStore store) {
    this.place = place;
    this.store = store;
  }

  /** The address that a user named in place of a folder; empty for a folder. */
  static Optional<URI> place(String named, CommandLine command) {
    if (!ADDRESS.matcher(named).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new URI(named));
    } catch (URISyntaxException e) {
      // What it was is not repeated: it may hold a password.
      throw new ParameterException(command, "no address of an index: " + e.getReason(), e);
    }
  }

  /** The same of what was taken for a path, which has one slash where there were two. */
  static Optional<URI> place(Path named, CommandLine command) {
    return place(named.toString().replaceFirst("^([A-Za-z][A-Za-z0-9+.-]+:/)", "$1/"), command);
  }

  /** The index at an address. */
  static RemoteIndex of(URI place, CommandLine command) {
    try {
      return new RemoteIndex(place, IndexStore.at(place));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, e.getMessage(), e);
    }
  }

  /**
   * The index at an address, of this image: many may share one. The name that it gets there is
   * another for another image, and for the same when it was changed, is opened in another way or by
   * another version: what is there of one is never taken for the other.
   */
  static RemoteIndex of(URI place, ImageOptions image, CommandLine command) throws ImageException {
    of(place, command); // what is wrong with it is said of what the user wrote
    Path name = image.image().getFileName();
    AnalysisWork work =
        new AnalysisWork(
            Folders.identity(image.image(), image), image.settings(), Nestwalk.version());
    String readable = NO_NAME.matcher(name == null ? "" : name.toString()).replaceAll("-");
    String own =
        readable.substring(0, Math.min(MOST_NAME, readable.length()))
            + "-"
            + work.digest().substring(0, DIGITS);
    String path = place.toString();
    return of(
        URI.create(path + (path.endsWith("/") ? "" : "/") + own.replaceFirst("^[^A-Za-z0-9]+", "")),
        command);
  }

  /** Makes the index of an image, and says what is in it. */
  void make(ImageOptions image, OutputOptions output, PrintWriter out, PrintWriter err)
      throws ImageException, IOException {
    try (Session session = Session.open(image, err)) {
      Indexing.run(store, session.image(), session.machines(), session.progress());
    } catch (IOException e) {
      throw fault(e);
    }
    try (SearchIndex index = open()) {
      ObjectNode documents = Json.object();
      for (Entry.Kind kind : Entry.Kind.values()) {
        documents.put(kind.toString(), index.count(kind));
      }
      ObjectNode coverage = coverage(index);
      if (!output.isOwnTable()) {
        ObjectNode row = Json.object();
        row.put("index", place.toString());
        row.set("documents", documents);
        new AnswerWriter(out, err).write(Answer.single(Subject.IMAGE, row, coverage), output);
        return;
      }
      coverage.path("warnings").forEach(line -> Messages.warning(err, line.asText()));
      TextTable table = new TextTable("index", place.toString());
      documents.properties().forEach(each -> table.row(each.getKey(), each.getValue().asText()));
      table.print(out);
    } catch (IOException e) {
      throw fault(e);
    }
  }

  /** Opens a finished index. */
  SearchIndex open() throws ImageException {
    try {
      return store.open();
    } catch (IOException e) {
      throw fault(e);
    }
  }

  private static ImageException fault(IOException e) {
    return new ImageException("index", e.getMessage(), e);
  }

  /** Says where no image of the index says that rules of YARA's were followed over it. */
  static void addRules(ObjectNode coverage) {
    ArrayNode warnings = coverage.withArray("/warnings");
    if (warnings.valueStream().noneMatch(line -> RULES.matcher(line.asText()).find())) {
      warnings.add("yara: no rules were followed for this index; the fleet's job does, by --yara");
    }
  }

  /** What was to be said when it was made. */
  static ObjectNode coverage(SearchIndex index) throws IOException {
    ObjectNode coverage = Json.object();
    ArrayNode warnings = coverage.putArray("warnings");
    index.warnings().forEach(warnings::add);
    return coverage;
  }
}
