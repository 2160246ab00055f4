package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Subject;
import io.nestwalk.answer.SymbolAnswer;
import io.nestwalk.image.AddressRange;
import io.nestwalk.machine.Machine;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.symbols.IsfWriter;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import io.nestwalk.types.TypeTable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists, looks up and exports the names of kernels' addresses. */
@Command(
    name = "symbols",
    description = {
      "Lists the symbols of every machine's kernel and of its modules, or of one machine's.",
      "With names or addresses it looks those up: an address is shown as symbol+offset.",
      "With --export it writes a file for other tools: isf is a symbol file for Volatility 3, made"
          + " of the kernel's own types (BTF) and symbols as they stand in the image; a name that"
          + " ends in .xz or .gz is compressed. system-map is what nm prints."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class SymbolsCommand implements Callable<Integer> {

  /** Every kernel's image is smaller, and modules lie farther off. */
  private static final long IMAGE_SPAN = 512L << 20;

  private static final Pattern THREE_NUMBERS = Pattern.compile("[0-9]+\\.[0-9]+\\.[0-9]+");

  /** What a file of symbols is made for. */
  enum Export {
    /** Volatility 3. */
    ISF,
    /** What expects a System.map. */
    SYSTEM_MAP;

    @Override
    public String toString() {
      return this == ISF ? "isf" : "system-map";
    }
  }

  @Spec private CommandSpec spec;
  @Mixin private ImageWord image;

  @Parameters(
      index = "1..*",
      paramLabel = "WHAT",
      description = "names or addresses (0x...) to look up")
  private List<String> wanted = List.of();

  @Mixin private MachineChoice choice;

  @Option(
      names = "--grep",
      paramLabel = "RE",
      description = "only names in which this regular expression is found")
  private String expression;

  @Option(
      names = "--export",
      paramLabel = "FORMAT",
      description = "write a file: isf or system-map; of the host where no machine is named")
  private Export export;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "with --export: the new file (default: stdout)")
  private Path file;

  @Option(names = "--force", description = "overwrite FILE")
  private boolean force;

  @Mixin private TableOptions output;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Predicate<String> filter = filter();
    if (export == null && file != null) {
      throw new ParameterException(spec.commandLine(), "-o belongs to --export");
    }
    if (export != null && (expression != null || !wanted.isEmpty())) {
      throw new ParameterException(spec.commandLine(), "--export writes all symbols");
    }
    if (export != null && image.isOneOfSeveral()) {
      throw new ParameterException(spec.commandLine(), "--export takes one image");
    }
    try (Session session = Session.open(image, err)) {
      if (export != null) {
        export(session, out, err);
        return ExitCode.DONE;
      }
      List<ObjectNode> rows = new ArrayList<>();
      for (Machine machine : choice.recognised(session)) {
        GuestSystem system = session.requiredSystem(machine);
        noteUnknown(session, machine, system);
        if (wanted.isEmpty()) {
          list(machine, system.symbols(), filter, rows);
        } else {
          lookUp(machine, system.symbols(), rows);
        }
      }
      if (output.isOwnTable()) {
        table(output.chosen(Subject.SYMBOL, rows, Function.identity()), out);
        session.warn(err);
      } else {
        new AnswerWriter(out, err)
            .write(new Answer(Subject.SYMBOL, "symbols", rows, session.coverage()), output);
      }
      return rows.isEmpty() ? ExitCode.NOT_FOUND : ExitCode.DONE;
    }
  }

  private Predicate<String> filter() {
    try {
      return expression == null ? name -> true : Pattern.compile(expression).asPredicate();
    } catch (PatternSyntaxException e) {
      throw new ParameterException(
          spec.commandLine(), "--grep is no regular expression: " + e.getDescription(), e);
    }
  }

  private static void noteUnknown(Session session, Machine machine, GuestSystem system) {
    if (system.unknown().contains(GuestSystem.Subject.SYMBOLS)) {
      session.note("%s: its symbols are not known".formatted(machine.id()));
    }
  }

  private static void list(
      Machine machine, KernelSymbols symbols, Predicate<String> filter, List<ObjectNode> rows) {
    List<Symbol> found = new ArrayList<>();
    symbols.forEach(
        symbol -> {
          if (filter.test(symbol.name())) {
            found.add(symbol);
          }
        });
    found.sort(
        Comparator.comparing(Symbol::address, Long::compareUnsigned).thenComparing(Symbol::name));
    found.forEach(symbol -> rows.add(SymbolAnswer.of(machine.id(), symbol)));
  }

  private void lookUp(Machine machine, KernelSymbols symbols, List<ObjectNode> rows) {
    for (String each : wanted) {
      if (Character.isDigit(each.charAt(0))) {
        address(machine, symbols, each).ifPresent(rows::add);
      } else {
        symbols.forEach(
            symbol -> {
              if (symbol.name().equals(each)) {
                rows.add(SymbolAnswer.of(machine.id(), symbol));
              }
            });
      }
    }
  }

  private Optional<ObjectNode> address(Machine machine, KernelSymbols symbols, String text) {
    try {
      long address = AddressConverter.parse(text);
      return symbols
          .at(address)
          .map(
              symbol ->
                  SymbolAnswer.of(machine.id(), symbol)
                      .put("asked", Hex.of(address))
                      .put("offset", address - symbol.address()));
    } catch (NumberFormatException e) {
      throw new ParameterException(spec.commandLine(), AddressConverter.complaint(text), e);
    }
  }

  private static void table(List<ObjectNode> rows, PrintWriter out) {
    TextTable table = new TextTable("MACHINE", "ADDRESS", "TYPE", "NAME", "MODULE");
    for (ObjectNode row : rows) {
      String offset = row.has("offset") ? "+0x%x".formatted(row.path("offset").asLong()) : "";
      table.row(
          row.path("machine").asText(),
          row.path(row.has("asked") ? "asked" : "address").asText(),
          row.path("type").asText(),
          Printable.of(row.path("name").asText()) + offset,
          Printable.of(row.path("module").asText()));
    }
    table.print(out);
  }

  private void export(Session session, PrintWriter out, PrintWriter err) throws Exception {
    List<Machine> machines = choice.recognised(session);
    Machine machine = machines.getFirst();
    GuestSystem system = session.requiredSystem(machine);
    if (system.unknown().contains(GuestSystem.Subject.SYMBOLS)) {
      throw new NotFoundException("%s: its symbols are not known".formatted(machine.id()));
    }
    Content content = export == Export.ISF ? isf(machine, system) : systemMap(system);
    if (file == null) {
      out.flush();
      content.write(System.out);
      System.out.flush();
    } else {
      String name = file.getFileName().toString();
      NewFile.write(
          file,
          force,
          image.evidence(session),
          spec.commandLine(),
          pending -> {
            try (OutputStream packed = PackedOutput.of(pending.stream(), name)) {
              return content.write(packed);
            }
          });
      err.println("nestwalk: %s: %s of %s".formatted(file, export, machine.id()));
    }
    session.warn(err);
  }

  /** What a file holds. */
  @FunctionalInterface
  private interface Content {
    /** Writes it and answers how many symbols it has. */
    int write(OutputStream stream) throws IOException;
  }

  private static Content isf(Machine machine, GuestSystem system) throws NotFoundException {
    SystemFacts facts = system.facts();
    Optional<TypeTable> types = system.typeTable();
    if (types.isEmpty() || facts.banner().isEmpty()) {
      throw new NotFoundException(
          "%s: its kernel does not describe its types; no symbol file can be made of it"
              .formatted(machine.id()));
    }
    OptionalLong slide = facts.kaslrSlide();
    if (slide.isEmpty()) {
      throw new NotFoundException(
          "%s: how far its kernel was moved is not known; a symbol file needs addresses before that"
              .formatted(machine.id()));
    }
    IsfWriter.Identity identity =
        new IsfWriter.Identity(
            facts.banner().get() + "\n",
            new AddressRange(facts.kernelBase(), IMAGE_SPAN),
            slide.getAsLong());
    String version =
        THREE_NUMBERS.matcher(Nestwalk.version()).matches() ? Nestwalk.version() : "0.0.0";
    return stream -> new IsfWriter(types.get()).write(stream, system.symbols(), identity, version);
  }

  private static Content systemMap(GuestSystem system) {
    return stream -> {
      List<Symbol> all = new ArrayList<>();
      system.symbols().forEach(all::add);
      all.removeIf(symbol -> symbol.module().isPresent());
      all.sort(Comparator.comparing(Symbol::address, Long::compareUnsigned));
      for (Symbol symbol : all) {
        stream.write(
            "%016x %c %s%n"
                .formatted(symbol.address(), symbol.type(), symbol.name())
                .getBytes(StandardCharsets.UTF_8));
      }
      return all.size();
    };
  }
}
