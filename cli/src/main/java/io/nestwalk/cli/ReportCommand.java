package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Entry;
import io.nestwalk.index.KeptRules;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.report.Analysis;
import io.nestwalk.report.ReportFormat;
import io.nestwalk.report.Reports;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a report of an analysis. */
@Command(
    name = "report",
    description = {
      "Writes what a folder of `analyze` or `index` holds as one file: HTML for people, JSON,"
          + " NDJSON or CSV for programs.",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class ReportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "DIR", description = "the folder")
  private Path folder;

  @Option(
      names = {"--as", "--format"},
      paramLabel = "FORMAT",
      required = true,
      description = "html, json, ndjson or csv")
  private ReportFormat format;

  @Option(
      names = "--rows",
      paramLabel = "KIND",
      description =
          "what the rows of a CSV file are: machine, process, mapping, run, finding or yara"
              + " (default:"
              + " ${DEFAULT-VALUE})")
  private Entry.Kind rows = Entry.Kind.MAPPING;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "write into a new file (default: stdout)")
  private Path file;

  @Option(names = "--force", description = "overwrite FILE")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    try (AnalysisFolder opened = Folders.read(folder);
        SearchIndex index = Folders.index(opened)) {
      Analysis analysis = new Analysis(opened, index);
      if (file == null) {
        spec.commandLine().getOut().flush();
        Reports.write(analysis, format, rows, System.out);
      } else {
        NewFile.write(
            file,
            force,
            evidence(opened),
            spec.commandLine(),
            pending -> {
              Reports.write(analysis, format, rows, pending.stream());
              return file;
            });
      }
      if (format == ReportFormat.CSV) {
        warn(analysis, opened);
      }
    }
    return ExitCode.DONE;
  }

  /** Rows alone can't say what was not looked at. */
  private void warn(Analysis analysis, AnalysisFolder opened) {
    ObjectNode coverage = analysis.coverage();
    if (rows == Entry.Kind.YARA) {
      KeptRules.of(opened).addTo(coverage);
    }
    PrintWriter err = spec.commandLine().getErr();
    coverage.path("warnings").forEach(line -> Messages.warning(err, line.asText()));
  }

  /** The image that the folder tells of, as far as it is still there. */
  private static List<Path> evidence(AnalysisFolder opened) {
    try {
      Path image = Path.of(opened.manifest().path("image").path("path").asText());
      return MemoryImages.filesOf(image, OpenOptions.defaults());
    } catch (ImageException | InvalidPathException e) {
      return List.of();
    }
  }
}
