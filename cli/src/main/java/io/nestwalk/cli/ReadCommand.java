package io.nestwalk.cli;

import io.nestwalk.answer.Hex;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.session.Space;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads memory. */
@Command(
    name = "read",
    description = {
      "Reads memory of a machine and prints it as a hex dump.",
      "Bytes that the image does not hold are marked: they are never shown as zeros. Of pages that"
          + " the hardware does not map the state is named where it is known; the exit code is 4"
          + " when no byte was in memory, also where a page file has them."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class ReadCommand implements Callable<Integer> {

  private static final int BLOCK = 1 << 16;

  @Spec private CommandSpec spec;
  @Mixin private ImageWord image;

  @Parameters(
      index = "1",
      paramLabel = "ADDRESS",
      converter = AddressConverter.class,
      description = "where to begin")
  private long address;

  @Parameters(
      index = "2",
      paramLabel = "LENGTH",
      converter = LengthConverter.class,
      description = "how many bytes; also in hexadecimal (0x100), or with K, M, G or T (4K)")
  private long length;

  @Mixin private SpaceOptions options;

  @Option(names = "--raw", description = "write the bytes as they are")
  private boolean raw;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "write the bytes into a new file")
  private Path file;

  @Option(names = "--force", description = "overwrite FILE")
  private boolean force;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (length <= 0) {
      throw new ParameterException(spec.commandLine(), "LENGTH must be at least 1");
    }
    if (image.isOneOfSeveral() && (raw || file != null)) {
      throw new ParameterException(spec.commandLine(), "--raw and -o take one image");
    }
    try (Session session = Session.open(image, err)) {
      Space space = options.resolve(session);
      Memory memory = space.memory();
      long missing;
      if (file != null) {
        missing =
            NewFile.write(
                file,
                force,
                image.evidence(session),
                spec.commandLine(),
                pending -> copy(memory, pending.expect(length).stream()));
      } else if (raw) {
        out.flush();
        missing = copy(memory, System.out);
        System.out.flush();
      } else {
        session.warn(err);
        missing = new HexDump(memory).print(address, length, out);
      }
      states(space, raw || file != null ? err : out);
      if (missing > 0 && (raw || file != null)) {
        err.println(
            "nestwalk: warning: %d of %d bytes are missing and were written as zeros"
                .formatted(missing, length));
      }
      if (missing == length) {
        SpaceOptions.hint(space, address).ifPresent(hint -> err.println("nestwalk: " + hint));
      }
      return missing == length || isBesideMemory(space) ? ExitCode.NOT_FOUND : ExitCode.DONE;
    }
  }

  /** Whether all that was read came from beside the image's memory. */
  private boolean isBesideMemory(Space space) {
    return Layer.hasBeside(space.memory()) && !space.isInMemory(address, length);
  }

  /** What the pages are that the hardware does not map. */
  private void states(Space space, PrintWriter to) {
    for (PageRuns.Run run : space.unmapped(address, length)) {
      to.println(
          "%sstate of %s-%s: %s"
              .formatted(
                  raw || file != null ? "nestwalk: " : "",
                  Hex.of(run.start()),
                  Hex.of(run.end()),
                  Printable.of(run.state().toString())));
    }
  }

  /** Copies the bytes, zeros for missing ones, and says how many were missing. */
  private long copy(Memory memory, OutputStream stream) throws IOException {
    byte[] block = new byte[BLOCK];
    long missing = 0;
    for (long done = 0; done < length; ) {
      int wanted = (int) Math.min(BLOCK, length - done);
      Arrays.fill(block, 0, wanted, (byte) 0);
      int filled = 0;
      while (filled < wanted) {
        MemorySegment rest = MemorySegment.ofArray(block).asSlice(filled, (long) wanted - filled);
        int got = (int) memory.read(address + done + filled, rest);
        filled += got;
        if (filled < wanted) {
          int hole = (int) Math.min(wanted - filled, Pages.toNext(address + done + filled));
          missing += hole;
          filled += hole;
        }
      }
      stream.write(block, 0, wanted);
      done += wanted;
    }
    return missing;
  }
}
