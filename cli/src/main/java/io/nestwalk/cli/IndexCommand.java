package io.nestwalk.cli;

import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.Indexing;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Builds the index of an image. */
@Command(
    name = "index",
    description = {
      "Builds an index of an image's machines, processes, mappings and pages, for `search`.",
      "A folder that holds the index of the unchanged image is left as it is."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class IndexCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private OneImage image;

  @Option(
      names = {"--into", "-o", "--output"},
      paramLabel = "DIR",
      required = true,
      description =
          "the folder for the index: a new or empty one, or one made before; or, with OpenSearch's"
              + " part on the class path, a cluster: https://HOST[:PORT]/NAME")
  private String into;

  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Optional<URI> cluster = RemoteIndex.place(into, spec.commandLine());
    if (cluster.isPresent()) {
      RemoteIndex.of(cluster.get(), image, spec.commandLine()).make(image, output, out, err);
      return ExitCode.DONE;
    }
    Path place = Path.of(into);
    try (AnalysisFolder folder = Folders.prepare(place, AnalysisFolder.Choice.NAMED, image)) {
      if (!folder.isDone(AnalysisFolder.INDEX_STAGE)) {
        try (Session session = Folders.open(folder, image, err)) {
          Indexing.run(folder, session.image(), session.machines(), session.progress());
        }
      }
      FolderSummary.print(folder, output, out, err);
    }
    return ExitCode.DONE;
  }
}
