package io.nestwalk.cli;

import io.nestwalk.extract.Extraction;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Layer;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.session.Selector;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.wording.Count;
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

/** Writes a machine or a process as an ELF core. */
@Command(
    name = "extract",
    description = {
      "Writes a machine's physical memory with its CPUs, or one process with its mappings, as an"
          + " ELF core for other tools.",
      "What is missing stays missing; pages of zeros take no room in the file.",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class ExtractCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;
  @Mixin private OneImage image;

  @Option(
      names = "--machine",
      paramLabel = "M",
      required = true,
      description = "the machine: host, vm1, vm1.vm1 ...")
  private String machine;

  @Option(names = "--pid", paramLabel = "N", description = "one of its processes")
  private Integer pid;

  @Option(
      names = "--root",
      paramLabel = "ROOT",
      converter = AddressConverter.class,
      description =
          "the pages that user mode has under this page-table root (CR3), physical in the machine;"
              + " all that its tables map where there are none such")
  private Long root;

  @Option(
      names = "--as",
      paramLabel = "FORM",
      defaultValue = "elf",
      description =
          "elf, or for a machine kdump: packed page by page, as makedumpfile does (default:"
              + " ${DEFAULT-VALUE})")
  private Extraction.Form form;

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
    if (pid != null && root != null) {
      throw new ParameterException(spec.commandLine(), "--pid and --root exclude each other");
    }
    if ((pid != null || root != null) && form == Extraction.Form.KDUMP) {
      throw new ParameterException(
          spec.commandLine(), "--as kdump is a form of a machine, not of a process");
    }
    NewFile.refuse(file, force, List.of(), spec.commandLine());
    try (Session session = Session.open(image, err)) {
      List<Path> evidence = image.evidence(session);
      NewFile.refuse(file, force, evidence, spec.commandLine());
      Extraction extraction = extraction(session);
      if (extraction.nothingBecause().isPresent()) {
        throw new NotFoundException(extraction.nothingBecause().get());
      }
      extraction.warnings().forEach(session::note);
      session.warn(err);
      NewFile.write(
          file,
          force,
          evidence,
          spec.commandLine(),
          pending -> {
            pending.expect(extraction.bytes());
            extraction.file().write(pending.channel(), session.progress());
            return extraction;
          });
      err.println(
          "nestwalk: %s: %s in %s"
              .formatted(
                  file, Sizes.of(extraction.bytes()), Count.of(extraction.segments(), "segment")));
    }
    return ExitCode.DONE;
  }

  private Extraction extraction(Session session) throws NotFoundException {
    Machine chosen = session.machine(machine);
    if (root != null) {
      Layer space = Layer.of(session.space(machine, Selector.root(root)).memory()).orElseThrow();
      return Extraction.ofRoot(session.image(), chosen, space, root)
          .orElseThrow(
              () ->
                  new NotFoundException(
                      "%s: tables at 0x%x map nothing that the image has"
                          .formatted(machine, root)));
    }
    if (pid == null) {
      return Extraction.ofMachine(session.image(), chosen, form)
          .orElseThrow(
              () -> new NotFoundException(machine + ": nothing is known of its physical memory"));
    }
    GuestProcess process = session.process(chosen, pid);
    return Extraction.ofProcess(session.image(), chosen, session.requiredSystem(chosen), process)
        .orElseThrow(
            () ->
                new NotFoundException(
                    "%s: process %d has no memory that is known".formatted(machine, pid)));
  }
}
