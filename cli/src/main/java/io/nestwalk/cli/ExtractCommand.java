package io.nestwalk.cli;

import io.nestwalk.extract.Extraction;
import io.nestwalk.machine.GuestProcess;
import io.nestwalk.machine.Machine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes a machine or a process as an ELF core. */
@Command(
    name = "extract",
    description = {
      "Writes a machine's physical memory with its CPUs, or one process with its mappings, as an"
          + " ELF core for other tools.",
      "What is missing stays missing; pages of zeros take no room in the file.",
      ""
    },
    mixinStandardHelpOptions = true)
final class ExtractCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private ImageOptions image;

  @Option(
      names = "--machine",
      paramLabel = "M",
      required = true,
      description = "the machine: host, vm1, vm1.vm1 ...")
  private String machine;

  @Option(names = "--pid", paramLabel = "N", description = "one of its processes")
  private Integer pid;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = "the new file")
  private Path file;

  @Option(names = "--force", description = "overwrite FILE")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    if (!force && Files.exists(file)) {
      throw exists(null);
    }
    try (Session session = Session.open(image, err)) {
      refuseEvidence(session);
      Extraction extraction = extraction(session);
      session.warn(err);
      try (SeekableByteChannel out = Files.newByteChannel(file, options())) {
        extraction.file().write(out, session.progress());
      } catch (FileAlreadyExistsException e) {
        throw exists(e);
      }
      err.println(
          "nestwalk: %s: %s in %d segments"
              .formatted(file, Sizes.of(extraction.bytes()), extraction.segments()));
    }
    return ExitCode.DONE;
  }

  private Extraction extraction(Session session) throws NotFoundException {
    Machine chosen = session.machine(machine);
    if (pid == null) {
      return Extraction.ofMachine(session.image(), chosen)
          .orElseThrow(
              () -> new NotFoundException(machine + ": nothing is known of its physical memory"));
    }
    GuestProcess process = session.process(chosen, pid);
    return Extraction.ofProcess(session.image(), chosen, session.requiredSystem(chosen), process)
        .orElseThrow(
            () ->
                new NotFoundException(
                    "%s: process %d has no mappings that are known".formatted(machine, pid)));
  }

  /** Not even --force may write into the image. */
  private void refuseEvidence(Session session) throws IOException {
    if (Files.exists(file)
        && (Files.isSameFile(file, image.image())
            || Files.isSameFile(file, session.image().file().path()))) {
      throw new ParameterException(spec.commandLine(), file + " is the image itself");
    }
  }

  private Set<StandardOpenOption> options() {
    return force
        ? EnumSet.of(
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING)
        : EnumSet.of(
            StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW, StandardOpenOption.SPARSE);
  }

  private ParameterException exists(FileAlreadyExistsException cause) {
    return new ParameterException(
        spec.commandLine(), file + " exists; --force overwrites it", cause);
  }
}
