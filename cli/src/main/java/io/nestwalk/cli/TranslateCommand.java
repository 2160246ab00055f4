package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.CsvWriter;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.session.Space;
import io.nestwalk.session.Translated;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
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
      "Without a selector the address is virtual in the space that the machine's first CPU had.",
      "With - it reads addresses from stdin, one a line. A line that is no address is reported and"
          + " the rest is answered; the exit code is then 2, else 4 when an address is not mapped."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class TranslateCommand implements Callable<Integer> {

  private static final String FROM_STDIN = "-";

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.:$]*");

  @Spec private CommandSpec spec;
  @Mixin private ImageWord image;

  @Parameters(
      index = "1",
      paramLabel = "ADDRESS",
      description =
          "the address, a symbol of the kernel's (init_task), or - to read addresses from stdin,"
              + " one a line")
  private String address;

  @Mixin private SpaceOptions options;
  @Mixin private OutputOptions output;

  @Option(names = "--trace", description = "show every table entry that the walk reads")
  private boolean trace;

  @Option(
      names = "--explain",
      description =
          "show what each layer allows, what the hardware raises for accesses that are refused,"
              + " memory types, and whether a guest-physical address is in a memory slot")
  private boolean explain;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    boolean fromStdin = address.equals(FROM_STDIN);
    if (fromStdin && explain && output.isOwnTable()) {
      throw new ParameterException(
          spec.commandLine(), "--explain of many addresses needs --format json or ndjson");
    }
    if (fromStdin && image.isOneOfSeveral()) {
      throw new ParameterException(spec.commandLine(), "addresses from stdin take one image");
    }
    boolean isName = !fromStdin && isName(address);
    long single = fromStdin || isName ? 0 : parse(address);
    try (Session session = Session.open(image, err)) {
      if (fromStdin) {
        return new Batch(session, options.resolve(session), out, err).run();
      }
      Space space;
      if (isName) {
        SpaceOptions.Named named = options.named(session, address);
        space = named.space();
        single = named.address();
      } else {
        space = options.resolve(session);
      }
      TranslatedView answer = view(session, space, single);
      if (output.isOwnTable()) {
        session.warn(err);
        if (trace) {
          WalkTable.print(answer.answer().walk(), single, out);
          out.println();
        }
        table(answer, out);
        if (explain) {
          ExplanationTable.print(answer.answer().explanation(), out);
        }
      } else {
        new AnswerWriter(out, err)
            .write(
                Answer.single(Subject.TRANSLATION, answer.json(trace, explain), session.coverage()),
                output);
      }
      return answer.answer().isMapped() ? ExitCode.DONE : ExitCode.NOT_FOUND;
    }
  }

  private static void table(TranslatedView answer, PrintWriter out) {
    TextTable table =
        new TextTable("MACHINE", "ADDRESS", "GPA", "HPA", "FILE OFFSET", "PAGE", "PERMISSIONS");
    table.row(answer.cells().toArray());
    table.print(out);
    answer.remarks().forEach(out::println);
  }

  private static TranslatedView view(Session session, Space space, long address) {
    return new TranslatedView(Translated.of(session.image().memory(), space, address));
  }

  /** A name of the kernel's begins as one of C does. */
  private static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  private long parse(String text) {
    try {
      return AddressConverter.parse(text);
    } catch (NumberFormatException e) {
      throw new ParameterException(spec.commandLine(), AddressConverter.complaint(text), e);
    }
  }

  /** Addresses from stdin, answered line by line: a long list neither waits nor gathers. */
  private final class Batch {

    private final Session session;
    private final Space space;
    private final PrintWriter out;
    private final PrintWriter err;
    private final List<ObjectNode> gathered = new ArrayList<>();
    private CsvWriter csv;
    private boolean unmapped;
    private boolean refused;

    Batch(Session session, Space space, PrintWriter out, PrintWriter err) {
      this.session = session;
      this.space = space;
      this.out = out;
      this.err = err;
    }

    int run() throws IOException {
      begin();
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          answer(number, line.strip());
        }
      }
      end();
      if (refused) {
        return ExitCode.USAGE;
      }
      return unmapped ? ExitCode.NOT_FOUND : ExitCode.DONE;
    }

    private void begin() throws IOException {
      switch (output.format()) {
        case TABLE ->
            line("MACHINE", "ADDRESS", "GPA", "HPA", "FILE OFFSET", "PAGE", "PERMISSIONS", "NOTE");
        case CSV -> {
          List<String> columns = new ArrayList<>(Subject.TRANSLATION.columns());
          columns.addAll(
              List.of("fault.dimension", "fault.level", "fault.reason", "line", "error"));
          csv = new CsvWriter(out, columns);
        }
        case JSON, NDJSON -> {
          // Rows alone: one object in the end, or none around them.
        }
      }
    }

    private void answer(int number, String text) throws IOException {
      long wanted;
      try {
        wanted = AddressConverter.parse(text);
      } catch (NumberFormatException e) {
        refuse(number, text);
        return;
      }
      TranslatedView answer = view(session, space, wanted);
      unmapped |= !answer.answer().isMapped();
      if (output.isOwnTable()) {
        List<Object> cells = new ArrayList<>(answer.cells());
        cells.add(String.join("; ", answer.remarks()));
        line(cells.toArray());
      } else {
        row(answer.json(trace, explain));
      }
    }

    private void refuse(int number, String text) throws IOException {
      refused = true;
      String complaint = AddressConverter.complaint(text);
      err.println("nestwalk: line %d: %s".formatted(number, complaint));
      if (!output.isOwnTable()) {
        row(Json.object().put("line", number).put("error", complaint));
      }
    }

    private void line(Object... cells) {
      out.println(
          "%-10s  %-18s  %-18s  %-18s  %-16s  %-7s  %-11s  %s".formatted(cells).stripTrailing());
    }

    private void row(ObjectNode row) throws IOException {
      switch (output.format()) {
        case NDJSON -> out.println(Json.line(row));
        case CSV -> csv.row(row);
        case JSON -> gathered.add(row);
        case TABLE -> throw new IllegalStateException("a table has no such rows");
      }
    }

    private void end() {
      Answer rest = new Answer(Subject.TRANSLATION, "translations", gathered, session.coverage());
      switch (output.format()) {
        case TABLE, CSV -> session.warn(err);
        case JSON, NDJSON -> new AnswerWriter(out, err).write(rest, output);
      }
    }
  }
}
