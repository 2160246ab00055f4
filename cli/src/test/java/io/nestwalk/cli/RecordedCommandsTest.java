package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What the build has noted of the commands, beside what their annotations say. */
class RecordedCommandsTest {

  private static Stream<String> commands() {
    return Commands.summaries().keySet().stream().filter(name -> !name.equals("help"));
  }

  private static CommandLine annotated(String name) {
    CommandLine top = new CommandLine(new Nestwalk());
    Commands.addNeeded(top, name);
    Usage.prepare(top);
    return top;
  }

  private static CommandLine recorded(String name) {
    CommandLine top = RecordedCommands.with(name).orElseThrow();
    Usage.prepare(top);
    return top;
  }

  /** All that reading a command line depends on. */
  private static Map<String, Object> described(ArgSpec argument) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("field", argument.userObject());
    all.put("arity", argument.arity());
    all.put("no arity", argument.arity().isUnspecified());
    all.put("label", argument.paramLabel());
    all.put("type", argument.type());
    all.put("elements", List.of(argument.auxiliaryTypes()));
    all.put(
        "converters", Arrays.stream(argument.converters()).<Object>map(Object::getClass).toList());
    all.put("split", argument.splitRegex());
    all.put("required", argument.required());
    all.put("default", String.valueOf(argument.defaultValue()));
    all.put("scope", argument.scopeType());
    all.put("inherited", argument.inherited());
    all.put("interactive", argument.interactive());
    all.put("hidden", argument.hidden());
    all.put("preprocessor", argument.preprocessor());
    all.put("consumer", String.valueOf(argument.parameterConsumer()));
    if (argument instanceof OptionSpec option) {
      all.put("help", option.usageHelp());
      all.put("version", option.versionHelp());
      all.put("negatable", option.negatable());
      all.put("fallback", option.fallbackValue());
      if (option.usageHelp() || option.versionHelp()) {
        all.remove("field"); // picocli's own, which takes no value
        all.remove("label");
      }
    } else {
      all.put("index", ((PositionalParamSpec) argument).index());
    }
    return all;
  }

  private static Map<String, Object> described(CommandSpec command) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (Map.Entry<String, OptionSpec> each : command.optionsMap().entrySet()) {
      all.put(each.getKey(), described(each.getValue()));
    }
    for (PositionalParamSpec each : command.positionalParameters()) {
      all.put(each.index() + " " + each.paramLabel(), described(each));
    }
    all.put("name", command.qualifiedName());
    all.put("object", command.userObject().getClass());
    all.put(
        "groups", command.argGroups().stream().map(RecordedCommandsTest::describedGroup).toList());
    all.put("usage", command.exitCodeOnInvalidInput());
    all.put("success", command.exitCodeOnSuccess());
    all.put("fault", command.exitCodeOnExecutionException());
    Map<String, Object> mixins = new LinkedHashMap<>();
    command.mixins().forEach((name, mixin) -> mixins.put(name, mixin.userObject().getClass()));
    mixins.remove("mixinStandardHelpOptions");
    all.put("mixins", mixins);
    return all;
  }

  private static List<Object> describedGroup(ArgGroupSpec group) {
    return List.of(
        group.exclusive(),
        group.multiplicity(),
        group.validate(),
        group.allOptionsNested().stream().map(OptionSpec::longestName).toList(),
        group.subgroups().size());
  }

  @ParameterizedTest
  @MethodSource("commands")
  void recordsSayWhatAnnotationsSay(String name) {
    CommandLine annotated = annotated(name);
    CommandLine recorded = recorded(name);
    Map<String, Object> expected = described(annotated.getCommandSpec());
    assertThat(described(recorded.getCommandSpec())).containsExactlyInAnyOrderEntriesOf(expected);
    CommandSpec sub = annotated.getSubcommands().get(name).getCommandSpec();
    assertThat(described(recorded.getSubcommands().get(name).getCommandSpec()))
        .containsExactlyInAnyOrderEntriesOf(described(sub));
  }

  private static Map<String, Object> values(CommandLine top, String... args) {
    CommandLine sub = top.parseArgs(args).subcommand().commandSpec().commandLine();
    Map<String, Object> values = new LinkedHashMap<>();
    for (CommandLine each : List.of(top, sub)) {
      for (ArgSpec argument : each.getCommandSpec().args()) {
        if (argument.userObject() != null && !isHelp(argument)) {
          Object value = argument.getValue();
          values.put(
              argument.userObject().toString(),
              value instanceof Object[] array ? List.of(array) : value);
        }
      }
    }
    return values;
  }

  private static boolean isHelp(ArgSpec argument) {
    return argument instanceof OptionSpec option && (option.usageHelp() || option.versionHelp());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ps a.raw",
        "ps a.raw b.raw --tree --machine vm1 --format json",
        "ps a.raw -v --columns pid,name --sort pid,name --jobs 2",
        "--no-pager ps a.raw --hole 3G-4G --hole 5G-6G --base 0x1000 --symbols x --symbols y",
        "analyze a.raw -o out --sha256",
        "analyze a.raw --no-sha256",
        "ps a.raw --tree=false --threads=true -v",
        "analyze a.raw",
        "maps a.raw --pid 3",
        "maps a.raw --pid 3 --machine vm1",
        "translate a.raw 0x1000 --kernel",
        "translate a.raw 0x1000 --machine vm1 --pid 86 --trace",
        "bpf a.raw --maps",
        "extract a.raw --machine vm1 -o x",
        "search a b kind:process",
        "find a.raw --text x --text y",
        "schema",
        "schema ps"
      })
  void valuesArriveWhereTheyDid(String line) {
    String[] args = line.split(" ");
    String name = Commands.named(args).orElseThrow();
    assertThat(values(recorded(name), args))
        .containsExactlyInAnyOrderEntriesOf(values(annotated(name), args));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ps",
        "ps a --format xml",
        "ps a --jobs x",
        "ps a --hole 1",
        "ps a --tre",
        "ps a --tree=maybe",
        "ps a --verbose=x",
        "ps a --machine",
        "maps a",
        "maps a b",
        "translate a",
        "translate a 0x1 --kernel --physical",
        "bpf a --maps --instructions",
        "extract a --form x",
        "search",
        "analyze a -o",
        "dump a --pid 1 2 3",
      })
  void complaintsAreTheSame(String line) {
    String[] args = line.split(" ");
    String name = Commands.named(args).orElseThrow();
    assertThat(complaint(recorded(name), args))
        .isNotEmpty()
        .isEqualTo(complaint(annotated(name), args));
  }

  private static String complaint(CommandLine line, String... args) {
    try {
      line.parseArgs(args);
      return "";
    } catch (ParameterException e) {
      return Usage.complaint(e);
    }
  }

  @Test
  void aRecordIsReadAsItWasWritten() throws Exception {
    CommandRecord.Place place = new CommandRecord.Place(0, "Type", "field");
    CommandRecord command =
        new CommandRecord(
            List.of(
                new CommandRecord.Part("Type", null, false),
                new CommandRecord.Part("Other", place, true)),
            List.of(place),
            List.of(
                new CommandRecord.Argument(
                    place,
                    List.of("-a", "--all"),
                    "",
                    "0..1",
                    true,
                    "A",
                    "long",
                    List.of("long"),
                    "C",
                    ",",
                    null,
                    true,
                    false,
                    true),
                new CommandRecord.Argument(
                    place, List.of(), "0", "1", false, "B", "T", List.of(), "", "", "x", false,
                    true, false)),
            List.of(new CommandRecord.Choice(List.of(0), true, "0..1")));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    command.write(new DataOutputStream(bytes));
    assertThat(read(bytes.toByteArray())).isEqualTo(command);
    byte[] cut = Arrays.copyOf(bytes.toByteArray(), bytes.size() - 1);
    assertThatThrownBy(() -> read(cut)).isInstanceOf(IOException.class);
    byte[] another = bytes.toByteArray();
    another[3]++;
    assertThatThrownBy(() -> read(another)).hasMessageContaining("another form");
  }

  private static CommandRecord read(byte[] bytes) throws IOException {
    return CommandRecord.read(new DataInputStream(new ByteArrayInputStream(bytes)));
  }

  /** Asks for a value in a way that no record knows. */
  @Command(name = "asking")
  static final class Asking {
    @Option(names = "--secret", interactive = true)
    private String secret = "";
  }

  /** Has an option that is no field. */
  @Command(name = "setting")
  static final class Setting {
    private Path chosen;

    @Option(names = "--path")
    void path(Path path) {
      chosen = path;
    }
  }

  @Test
  void whatNoRecordKnowsEndsTheBuild() {
    assertThat(new Asking().secret).isEmpty();
    assertThatThrownBy(() -> CommandRecorder.record(CommandSpec.forAnnotatedObject(new Asking())))
        .hasMessageContaining("asking: an option that is read in a way of its own");
    assertThat(new Setting().chosen).isNull();
    assertThatThrownBy(() -> CommandRecorder.record(CommandSpec.forAnnotatedObject(new Setting())))
        .hasMessageContaining("setting: options that are no fields");
  }
}
