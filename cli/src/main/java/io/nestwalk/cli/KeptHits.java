package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.Progress;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.AnalysisWork;
import io.nestwalk.index.BrokenIndexException;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Entry.RuleHitEntry;
import io.nestwalk.output.OutputException;
import io.nestwalk.wording.Count;
import io.nestwalk.yara.YaraAnswer;
import io.nestwalk.yara.YaraSearch.Found;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** The folder of an analysis that is to keep what YARA rules find, locked meanwhile. */
final class KeptHits implements AutoCloseable {

  private final AnalysisFolder folder;
  private final String command;

  private KeptHits(AnalysisFolder folder, String command) {
    this.folder = folder;
    this.command = command;
  }

  /**
   * The folder that a user named.
   *
   * @throws ParameterException when an image was named
   * @throws ImageException when the folder is none that can be added to
   */
  static KeptHits in(ImageOptions image, CommandLine command)
      throws ImageException, OutputException {
    Optional<Path> folder = image.analysis();
    if (folder.isEmpty()) {
      throw new ParameterException(
          command,
          "--keep goes with CASE, a folder that `analyze` or `index` has made, which %s is not"
              .formatted(Printable.of(image.given().toString())));
    }
    AnalysisWork work = image.work(Progress.NONE);
    try {
      return new KeptHits(
          AnalysisFolder.amend(folder.get(), work),
          "nestwalk " + String.join(" ", command.getParent().getParseResult().originalArgs()));
    } catch (BrokenIndexException e) {
      throw new ImageException("folder", e.getMessage(), e);
    } catch (IOException e) {
      throw OutputException.of(folder.get(), 1, 0, e);
    }
  }

  /** Keeps what was found, in place of what was kept before. */
  void keep(Session session, Found found, ObjectNode notes) throws IOException, ImageException {
    List<Entry> entries = new ArrayList<>();
    found
        .hits()
        .forEach(
            hit ->
                entries.add(
                    new RuleHitEntry(hit.machine(), YaraAnswer.of(session.image().memory(), hit))));
    folder.noteCommand(command);
    folder.replace(AnalysisFolder.YARA_STAGE, entries, notes);
  }

  /** What to say of them: reports that were written before do not have them. */
  String said(Found found) {
    String name = Printable.of(folder.path().toString());
    return "%s kept in %s; `analyze %s` writes its reports anew"
        .formatted(Count.of(found.hits().size(), "hit"), name, name);
  }

  @Override
  public void close() throws IOException {
    folder.close();
  }
}
