package io.nestwalk.cli;

import io.nestwalk.answer.Hex;
import io.nestwalk.extract.LoadedElf;
import io.nestwalk.extract.PresentBytes;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Layer;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes a process's program or one of its mappings. */
@Command(
    name = "dump",
    description = {
      "Writes a process's program into a file, put together from its memory (ELF, 64 bits): with"
          + " what the process has changed, without sections. --path takes a library instead,"
          + " --mapping the bytes of one mapping as they are.",
      "What is not in memory is told and written as zeros."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class DumpCommand implements Callable<Integer> {

  private static final int BLOCK = 1 << 16;

  @Spec private CommandSpec spec;
  @Mixin private OneImage image;

  @Option(
      names = "--machine",
      paramLabel = "M",
      description = "the machine (default: ${DEFAULT-VALUE})")
  private String machine = Machine.HOST;

  @Option(names = "--pid", paramLabel = "N", required = true, description = "the process")
  private int pid;

  @Option(names = "--path", paramLabel = "PATH", description = "the library of this path")
  private String path;

  @Option(
      names = "--mapping",
      paramLabel = "ADDRESS",
      converter = AddressConverter.class,
      description = "the mapping that holds this address")
  private Long address;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = "the new file")
  private Path file;

  @Option(names = "--force", description = "overwrite FILE")
  private boolean force;

  /** What is written. */
  @FunctionalInterface
  private interface Content {
    /** Writes it and answers how many bytes are missing. */
    long write(OutputStream stream) throws IOException;
  }

  @Override
  public Integer call() throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    if (path != null && address != null) {
      throw new ParameterException(spec.commandLine(), "--path and --mapping exclude each other");
    }
    try (Session session = Session.open(image, err)) {
      Machine chosen = session.machine(machine);
      GuestSystem system = session.requiredSystem(chosen);
      GuestProcess process = session.process(chosen, pid);
      Layer memory =
          system
              .memoryOf(process)
              .orElseThrow(
                  () ->
                      new NotFoundException("process %d has no memory of its own".formatted(pid)));
      List<GuestMapping> mappings = system.mappings(process);
      Content content;
      long size;
      if (address != null) {
        GuestMapping mapping = mappingAt(mappings);
        size = mapping.end() - mapping.start();
        content = stream -> copy(memory, mapping.start(), size, stream);
      } else {
        LoadedElf elf = elf(process, mappings, memory);
        size = elf.size();
        content = elf::write;
      }
      long missing =
          NewFile.write(
              file,
              force,
              image.evidence(session),
              spec.commandLine(),
              pending -> content.write(pending.expect(size).stream()));
      session.warn(err);
      err.println(
          "nestwalk: %s: %s%s"
              .formatted(
                  file,
                  Count.of(size, "byte"),
                  missing == 0
                      ? ""
                      : ", zeros where %s not in memory"
                          .formatted(Count.of(missing, "byte", "is", "are"))));
      return missing == size ? ExitCode.NOT_FOUND : ExitCode.DONE;
    }
  }

  private GuestMapping mappingAt(List<GuestMapping> mappings) throws NotFoundException {
    return mappings.stream()
        .filter(each -> Long.compareUnsigned(address - each.start(), each.end() - each.start()) < 0)
        .findFirst()
        .orElseThrow(
            () ->
                new NotFoundException(
                    "process %d has no mapping at %s".formatted(pid, Hex.of(address))));
  }

  private LoadedElf elf(GuestProcess process, List<GuestMapping> mappings, Layer memory)
      throws NotFoundException {
    String wanted = path == null ? process.path().orElse("") : path;
    return mappings.stream()
        .filter(each -> each.offset() == 0 && each.path().filter(wanted::equals).isPresent())
        .findFirst()
        .flatMap(each -> LoadedElf.at(memory, each.start()))
        .orElseThrow(
            () ->
                new NotFoundException(
                    "process %d has no ELF file of 64 bits '%s' in memory"
                        .formatted(pid, Printable.of(wanted))));
  }

  private static long copy(Layer memory, long start, long size, OutputStream stream)
      throws IOException {
    long missing = 0;
    for (long done = 0; done < size; done += BLOCK) {
      byte[] block = new byte[(int) Math.min(BLOCK, size - done)];
      missing += PresentBytes.read(memory, start + done, block);
      stream.write(block);
    }
    return missing;
  }
}
