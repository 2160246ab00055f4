package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.Trace;
import io.nestwalk.memory.Trace.Reference;
import io.nestwalk.paging.Permissions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Translates addresses through every layer. */
@Command(
    name = "translate",
    description = {
      "Translates an address of a machine down to host-physical memory and to a place in the file.",
      "Without a selector the address is virtual in the space that the machine's first CPU had."
    },
    mixinStandardHelpOptions = true)
final class TranslateCommand implements Callable<Integer> {

  private static final String FROM_STDIN = "-";

  @Spec private CommandSpec spec;
  @Mixin private ImageOptions image;

  @Parameters(
      index = "1",
      paramLabel = "ADDRESS",
      description = "the address, or - to read addresses from stdin, one a line")
  private String address;

  @Mixin private SpaceOptions options;
  @Mixin private OutputOptions output;

  @Option(names = "--trace", description = "show every table entry that the walk reads")
  private boolean trace;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    boolean fromStdin = address.equals(FROM_STDIN);
    long single = fromStdin ? 0 : parse(address);
    try (Session session = Session.open(image, err)) {
      Space space = options.resolve(session);
      if (fromStdin) {
        return translateLines(session, space, out, err);
      }
      Trace walk = space.trace(single);
      if (output.format() == OutputFormat.TABLE) {
        session.warn(err);
        if (trace) {
          WalkTable.print(walk, single, out);
          out.println();
        }
        summary(session, space, single, walk, out);
      } else {
        new AnswerWriter(out, err)
            .write(
                Answer.single(row(session, space, single, walk), session.coverage()),
                output.format());
      }
      return walk.fault().isPresent() ? ExitCode.NOT_FOUND : ExitCode.DONE;
    }
  }

  /** Answers line by line, so that a long list neither waits nor gathers in memory. */
  private int translateLines(Session session, Space space, PrintWriter out, PrintWriter err)
      throws IOException {
    AnswerWriter writer = new AnswerWriter(out, err);
    List<ObjectNode> gathered = new ArrayList<>();
    boolean faults = false;
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(System.in, java.nio.charset.StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isBlank()) {
        continue;
      }
      long wanted = parse(line.strip());
      Trace walk = space.trace(wanted);
      faults |= walk.fault().isPresent();
      ObjectNode row = row(session, space, wanted, walk);
      switch (output.format()) {
        case TABLE, NDJSON -> out.println(AnswerWriter.text(row, AnswerWriter.JSON));
        case JSON, CSV -> gathered.add(row);
      }
    }
    switch (output.format()) {
      case TABLE -> session.warn(err);
      case NDJSON ->
          writer.write(
              new Answer("translations", List.of(), session.coverage()), OutputFormat.NDJSON);
      case JSON, CSV ->
          writer.write(new Answer("translations", gathered, session.coverage()), output.format());
    }
    return faults ? ExitCode.NOT_FOUND : ExitCode.DONE;
  }

  private long parse(String text) {
    try {
      return AddressConverter.parse(text);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          spec.commandLine(),
          "'%s' is not an address: 0x and up to 16 hexadecimal digits, or a decimal number"
              .formatted(text),
          e);
    }
  }

  /**
   * Where in the file a byte of memory stands; a page in a packed block has no place of its own.
   */
  private static String place(Memory memory, long address) {
    long offset = memory.locate(address);
    if (offset != Memory.NOWHERE) {
      return Hex.of(offset);
    }
    return memory.isPresent(address) ? "packed" : "not in the image";
  }

  private static void summary(
      Session session, Space space, long address, Trace walk, PrintWriter out) {
    TextTable table =
        new TextTable("MACHINE", "ADDRESS", "GPA", "HPA", "FILE OFFSET", "PAGE", "PERMISSIONS");
    boolean mapped = walk.fault().isEmpty();
    Optional<Trace> own = space.guestsOwnWalk(address);
    OptionalLong guest = guestPhysical(space, walk, own);
    table.row(
        space.machine().id(),
        Hex.of(address),
        guest.isPresent() ? Hex.of(guest.getAsLong()) : "-",
        mapped ? Hex.of(walk.lowest()) : "-",
        mapped ? place(session.image().memory(), walk.lowest()) : "-",
        mapped && !space.dimensions().isEmpty() ? Sizes.of(walk.pageSize()) : "-",
        mapped ? Permissions.format(walk.permissions()) : "-");
    table.print(out);
    own.ifPresent(
        trace ->
            out.println(
                agree(walk, trace)
                    ? "the guest's own tables and the hypervisor's shadow tables agree"
                    : "the guest's own tables say otherwise than the shadow tables: "
                        + outcome(trace)));
    walk.fault()
        .ifPresent(
            fault ->
                out.println(
                    "not mapped: %s%s: %s"
                        .formatted(
                            fault.dimension(),
                            fault.level().map(level -> " " + level).orElse(""),
                            fault.reason())));
  }

  /** Shadow tables know no guest-physical address; the guest's own tables do. */
  private static OptionalLong guestPhysical(Space space, Trace walk, Optional<Trace> own) {
    if (own.isPresent() && own.get().stops().size() > 1) {
      return OptionalLong.of(own.get().stops().get(1));
    }
    return space.guestPhysical(walk);
  }

  private static boolean agree(Trace one, Trace other) {
    return one.fault().isPresent()
        ? other.fault().isPresent()
        : other.fault().isEmpty() && one.lowest() == other.lowest();
  }

  private static String outcome(Trace trace) {
    return trace.fault().isPresent()
        ? trace.fault().get().reason().toString()
        : "host-physical " + Hex.of(trace.lowest());
  }

  private ObjectNode row(Session session, Space space, long address, Trace walk) {
    ObjectNode row = AnswerWriter.JSON.createObjectNode();
    row.put("machine", space.machine().id());
    row.put("address", Hex.of(address));
    Optional<Trace> own = space.guestsOwnWalk(address);
    OptionalLong guest = guestPhysical(space, walk, own);
    row.put("gpa", guest.isPresent() ? Hex.of(guest.getAsLong()) : null);
    own.ifPresent(trace -> row.put("tablesAgree", agree(walk, trace)));
    if (walk.fault().isEmpty()) {
      long offset = session.image().memory().locate(walk.lowest());
      row.put("hpa", Hex.of(walk.lowest()));
      if (offset == Memory.NOWHERE) {
        row.putNull("fileOffset");
      } else {
        row.put("fileOffset", offset);
      }
      row.put("inImage", session.image().memory().isPresent(walk.lowest()));
      if (!space.dimensions().isEmpty()) {
        row.put("pageSize", walk.pageSize());
        row.put("permissions", Permissions.format(walk.permissions()));
      }
    } else {
      Trace.TraceFault fault = walk.fault().get();
      row.putNull("hpa");
      ObjectNode node = row.putObject("fault");
      node.put("dimension", fault.dimension());
      node.put("level", fault.level().orElse(null));
      node.put("reason", fault.reason().toString());
      node.put("entry", Hex.of(fault.entry()));
    }
    if (trace) {
      ArrayNode steps = row.putArray("steps");
      for (Reference reference : walk.references()) {
        steps.add(step(steps.size() + 1, reference));
      }
    }
    return row;
  }

  private static ObjectNode step(int number, Reference reference) {
    ObjectNode node = AnswerWriter.JSON.createObjectNode();
    node.put("n", number);
    node.put("dimension", reference.dimension());
    node.put("level", reference.step().level().name());
    node.put("table", Hex.of(reference.step().table()));
    node.put("entryAddress", Hex.of(reference.step().entryAddress()));
    node.put(
        "entryHostAddress",
        reference.entryInLowest() < 0 ? null : Hex.of(reference.entryInLowest()));
    node.put("entry", Hex.of(reference.step().entry()));
    node.put("meaning", reference.meaning());
    return node;
  }
}
