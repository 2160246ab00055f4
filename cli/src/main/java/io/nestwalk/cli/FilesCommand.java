package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.CachedFileAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.Machine;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.session.Selector;
import io.nestwalk.system.CachedFile;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Lists and extracts files that are in memory. */
@Command(
    name = "files",
    description = {
      "Lists the files of which pages are in memory (the page cache), of every machine or of one,"
          + " whether or not a process has them open.",
      "With --extract it writes one of them; parts that are not in memory are told and written as"
          + " zeros."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class FilesCommand implements Callable<Integer> {

  private static final long MOST = 1L << 40;
  private static final int BLOCK = 1 << 16;

  @Spec private CommandSpec spec;
  @Mixin private Images image;
  @Mixin private MachineChoice choice;

  @Option(names = "--extract", paramLabel = "PATH", description = "write the file of this path")
  private String wanted;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "with --extract: the new file")
  private Path file;

  @Option(names = "--force", description = "overwrite FILE")
  private boolean force;

  @Mixin private TableOptions output;

  private record Found(Machine machine, GuestSystem system, CachedFile file) {}

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if ((wanted == null) != (file == null)) {
      throw new ParameterException(spec.commandLine(), "--extract and -o belong together");
    }
    if (wanted != null && image.isOneOfSeveral()) {
      throw new ParameterException(spec.commandLine(), "--extract takes one image");
    }
    try (Session session = Session.open(image, err)) {
      List<Found> all = new ArrayList<>();
      for (Machine machine : choice.recognised(session)) {
        GuestSystem system = session.requiredSystem(machine);
        if (system.unknown().contains(GuestSystem.Subject.CACHED_FILES)) {
          session.note("%s: its files in memory are not known".formatted(machine.id()));
        }
        system.cachedFiles().forEach(each -> all.add(new Found(machine, system, each)));
      }
      if (wanted != null) {
        extract(session, all, err);
        session.warn(err);
      } else {
        list(session, all, out, err);
      }
    }
    return ExitCode.DONE;
  }

  private void list(Session session, List<Found> all, PrintWriter out, PrintWriter err) {
    List<ObjectNode> rows =
        all.stream().map(each -> CachedFileAnswer.of(each.machine.id(), each.file)).toList();
    if (!output.isOwnTable()) {
      new AnswerWriter(out, err)
          .write(new Answer(Subject.CACHED_FILE, "files", rows, session.coverage()), output);
      return;
    }
    TextTable table =
        new TextTable("MACHINE", "FS", "INODE", "SIZE", "IN MEMORY", "MODIFIED", "PATH");
    for (ObjectNode row : output.chosen(Subject.CACHED_FILE, rows, Function.identity())) {
      table.row(
          row.path("machine").asText(),
          Printable.of(row.path("fileSystem").asText()),
          row.path("inode").asText(),
          "%10d".formatted(row.path("size").asLong()),
          "%10d".formatted(row.path("cachedBytes").asLong()),
          ListingCommand.text(row.path("modified")),
          ListingCommand.text(row.path("path")));
    }
    table.print(out);
    session.warn(err);
  }

  private void extract(Session session, List<Found> all, PrintWriter err) throws Exception {
    List<Found> matching =
        all.stream().filter(each -> each.file.path().filter(wanted::equals).isPresent()).toList();
    if (matching.isEmpty()) {
      throw new NotFoundException("no file '%s' is in memory".formatted(Printable.of(wanted)));
    }
    if (matching.size() > 1) {
      throw new NotFoundException(
          "'%s' is in memory %d times, first in %s and %s: --machine chooses"
              .formatted(
                  Printable.of(wanted),
                  matching.size(),
                  matching.get(0).machine.id(),
                  matching.get(1).machine.id()));
    }
    Found one = matching.getFirst();
    long size = one.file.size();
    if (size < 0 || size > MOST) {
      throw new NotFoundException("a file of %d bytes is not credible".formatted(size));
    }
    Memory memory = session.space(one.machine.id(), Selector.PHYSICAL).memory();
    List<CachedFile.Page> pages = one.system.pages(one.file);
    long missing =
        NewFile.write(
            file,
            force,
            image.evidence(session),
            spec.commandLine(),
            pending -> copy(memory, pages, size, pending.expect(size).stream()));
    err.println(
        "nestwalk: %s: %s of %s%s"
            .formatted(
                file,
                Count.of(size, "byte"),
                Printable.of(wanted),
                missing == 0
                    ? ""
                    : ", zeros where %s not in memory"
                        .formatted(Count.of(missing, "byte", "is", "are"))));
  }

  private static long copy(
      Memory memory, List<CachedFile.Page> pages, long size, OutputStream stream)
      throws IOException {
    long at = 0;
    long missing = 0;
    for (CachedFile.Page page : pages) {
      if (page.offset() < at || page.offset() >= size) {
        continue;
      }
      missing += page.offset() - at;
      zeros(page.offset() - at, stream);
      int length = (int) Math.min(page.length(), size - page.offset());
      byte[] bytes = memory.readBytes(page.physical(), length);
      stream.write(bytes);
      missing += length - bytes.length;
      zeros(length - bytes.length, stream);
      at = page.offset() + length;
    }
    zeros(size - at, stream);
    return missing + (size - at);
  }

  private static void zeros(long count, OutputStream stream) throws IOException {
    byte[] block = new byte[BLOCK];
    for (long left = count; left > 0; left -= BLOCK) {
      stream.write(block, 0, (int) Math.min(BLOCK, left));
    }
  }
}
