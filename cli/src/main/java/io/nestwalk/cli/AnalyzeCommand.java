package io.nestwalk.cli;

import io.nestwalk.answer.Json;
import io.nestwalk.image.ImageException;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Entry;
import io.nestwalk.index.Indexing;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.report.Analysis;
import io.nestwalk.report.ImageFacts;
import io.nestwalk.report.ReportFormat;
import io.nestwalk.report.Reports;
import io.nestwalk.report.WalkExamples;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The main job: everything that is known of an image, into one folder. */
@Command(
    name = "analyze",
    description = {
      "Finds the machines, processes, mappings and pages of an image, indexes them and writes"
          + " reports into a folder; prints a summary.",
      "Run again, it reopens the folder while the image is unchanged, and goes on where it was"
          + " interrupted. `search` and `report` ask the folder.",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class AnalyzeCommand implements Callable<Integer> {

  private static final String REPORTS_STAGE = AnalysisFolder.REPORTS_STAGE;
  private static final String RUNS = "runs";
  private static final String DIGEST = "digest";
  private static final String HTML = "report.html";

  /** The digest of larger images takes longer than everything else. */
  private static final long MOST_HASHED_UNASKED = 1L << 30;

  @Spec private CommandSpec spec;
  @Mixin private Images image;

  @Option(
      names = {"-o", "--output", "--into"},
      paramLabel = "DIR",
      description =
          "the folder (default: the image's name and .nestwalk, or CASE); of several images the"
              + " folder in which each gets one of that name")
  private Path folder;

  @Option(
      names = "--runs",
      description =
          "write the runs of pages as files too: reports/run.csv, and in reports/report.json;"
              + " `search` finds them without")
  private boolean runs;

  /** Null where neither was said. */
  @Option(
      names = "--sha256",
      negatable = true,
      description =
          "make the SHA-256 of the whole image, for the reports and to know a copy of the image"
              + " again. Without this option it is made of images of up to 1 GiB: of larger ones"
              + " it takes longer than everything else")
  private Boolean sha256;

  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (AnalysisFolder opened = Folders.prepare(target(), choice(), image)) {
      if (!hasReports(opened)) {
        opened.noteCommand(
            "nestwalk "
                + String.join(" ", spec.commandLine().getParent().getParseResult().originalArgs()));
        work(opened, err);
      }
      FolderSummary.print(opened, output, out, err);
      if (output.isOwnTable()) {
        out.println("report  " + Printable.of(opened.resolve(HTML).toString()));
      }
    }
    return ExitCode.DONE;
  }

  /** Whether all reports that are wanted are there; more of them do no harm. */
  private boolean hasReports(AnalysisFolder opened) {
    return opened.isDone(REPORTS_STAGE)
        && (!runs || hasRuns(opened))
        && !lacksDigest(opened)
        && tellDigest(opened);
  }

  /** Whether the reports are not from before the digest, as those of an interrupted run may be. */
  private static boolean tellDigest(AnalysisFolder opened) {
    return opened.sha256().isEmpty() || opened.facts(REPORTS_STAGE).path(DIGEST).asBoolean(true);
  }

  /** By the file too: what is kept in the index later makes reports of before count no more. */
  private static boolean hasRuns(AnalysisFolder opened) {
    return opened.facts(REPORTS_STAGE).path(RUNS).asBoolean()
        || opened.hasWritten(csv(Entry.Kind.RUN));
  }

  private static String csv(Entry.Kind kind) {
    return "reports/%s.csv".formatted(kind.toString().toLowerCase(Locale.ROOT));
  }

  /** Whether a digest is asked for that was not made. */
  private boolean lacksDigest(AnalysisFolder opened) {
    return Boolean.TRUE.equals(sha256) && opened.sha256().isEmpty();
  }

  private Path target() throws ImageException {
    if (folder != null && !image.isOneOfSeveral()) {
      return folder;
    }
    if (folder == null && image.analysis().isPresent()) {
      return image.analysis().get();
    }
    Path name = image.image().getFileName();
    if (name == null) {
      throw new ParameterException(spec.commandLine(), "IMAGE has no name: name a folder with -o");
    }
    if (folder != null) {
      List<Path> names = image.all().stream().map(Path::getFileName).toList();
      if (Collections.frequency(names, name) > 1) {
        throw new ParameterException(
            spec.commandLine(),
            "several images are named %s: one folder below -o can't hold them all"
                .formatted(Printable.of(name.toString())));
      }
    }
    Path beside = AnalysisFolder.beside(image.image());
    return folder == null ? beside : folder.resolve(beside.getFileName());
  }

  private AnalysisFolder.Choice choice() throws ImageException {
    return folder == null && image.analysis().isEmpty()
        ? AnalysisFolder.Choice.BESIDE_IMAGE
        : AnalysisFolder.Choice.NAMED;
  }

  private void work(AnalysisFolder opened, PrintWriter err) throws ImageException, IOException {
    try (Session session = Folders.open(opened, image, err);
        BesideDigest digest = digest(opened, session)) {
      if (!opened.isDone(AnalysisFolder.INDEX_STAGE)) {
        Indexing.run(opened, session.image(), session.machines(), session.progress());
      }
      if (!opened.isDone(ImageFacts.STAGE)) {
        ImageFacts.make(opened, session.image(), session.machines());
      }
      if (!opened.isDone(WalkExamples.STAGE)) {
        WalkExamples.make(opened, session.machines());
      }
      reports(opened, session, digest);
    }
  }

  /**
   * The digest of the image's files, which takes longer than any other stage and so is begun before
   * all; none where it was made, or where nobody asks for it and it takes longer than all stages.
   */
  private BesideDigest digest(AnalysisFolder opened, Session session) {
    if (opened.isDone(AnalysisFolder.HASH_STAGE) && !lacksDigest(opened)) {
      return BesideDigest.NONE;
    }
    long bytes = opened.manifest().path("image").path("bytes").asLong();
    boolean wanted = sha256 == null ? bytes <= MOST_HASHED_UNASKED : sha256;
    return wanted
        ? BesideDigest.of(session.image().files(), session.progress())
        : BesideDigest.NONE;
  }

  private void reports(AnalysisFolder opened, Session session, BesideDigest digest)
      throws ImageException, IOException {
    // What is there is not taken away.
    boolean withRuns = runs || hasRuns(opened);
    try (SearchIndex index = Folders.index(opened)) {
      Analysis analysis = new Analysis(opened, index);
      Set<Entry.Kind> kinds = analysis.kinds();
      if (!withRuns) {
        kinds.remove(Entry.Kind.RUN);
      }
      int done = 0;
      int total = kinds.size() + 2;
      for (Entry.Kind kind : kinds) {
        write(analysis, ReportFormat.CSV, kind, csv(kind));
        session.progress().counted(REPORTS_STAGE, ++done, total, "files");
      }
      // These name the digest, so they come last.
      Optional<String> made = digest.sha256();
      if (made.isPresent()) {
        opened.completed(AnalysisFolder.HASH_STAGE, Json.object().put("sha256", made.get()));
      }
      write(analysis, ReportFormat.HTML, Entry.Kind.MAPPING, HTML);
      session.progress().counted(REPORTS_STAGE, ++done, total, "files");
      opened.write("reports/report.json", out -> Reports.json(analysis, kinds, out));
      session.progress().counted(REPORTS_STAGE, ++done, total, "files");
    }
    opened.completed(
        REPORTS_STAGE, Json.object().put(RUNS, withRuns).put(DIGEST, opened.sha256().isPresent()));
  }

  private static void write(Analysis analysis, ReportFormat format, Entry.Kind rows, String name)
      throws IOException {
    analysis.folder().write(name, out -> Reports.write(analysis, format, rows, out));
  }
}
