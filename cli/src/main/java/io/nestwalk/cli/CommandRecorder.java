package io.nestwalk.cli;

import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * Notes what the annotations of every command say, when the program is built. To read annotations
 * takes longer than the rest of a command line: the JVM makes a class for each kind of them, at
 * every start.
 */
final class CommandRecorder {

  private final CommandSpec command;
  private final List<CommandRecord.Part> parts = new ArrayList<>();
  private final List<Object> objects = new ArrayList<>();
  private final List<CommandRecord.Place> specs = new ArrayList<>();
  private final List<CommandRecord.Argument> arguments = new ArrayList<>();
  private final List<ArgSpec> models = new ArrayList<>();
  private final List<CommandRecord.Choice> choices = new ArrayList<>();

  private CommandRecorder(CommandSpec command) {
    this.command = command;
  }

  /**
   * Writes a file for every command.
   *
   * @param args the folder of the program's classes
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]).resolve(RecordedCommands.resource("").substring(1));
    if (Files.isDirectory(folder)) {
      try (Stream<Path> earlier = Files.list(folder)) {
        for (Path file : earlier.toList()) {
          Files.delete(file); // It may be of a command that is no more.
        }
      }
    }
    CommandLine whole = Nestwalk.whole();
    write(Path.of(args[0]), whole.getCommandSpec());
    for (Map.Entry<String, CommandLine> each : whole.getSubcommands().entrySet()) {
      if (each.getValue().getCommandSpec().userObject() instanceof CommandLine.HelpCommand) {
        continue; // Picocli's own.
      }
      write(Path.of(args[0]), each.getValue().getCommandSpec());
    }
  }

  private static void write(Path classes, CommandSpec command) throws IOException {
    Path file = classes.resolve(RecordedCommands.resource(command.name()).substring(1));
    Files.createDirectories(file.getParent());
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      record(command).write(out);
    }
  }

  /**
   * What picocli's model of a command says, as far as a record can.
   *
   * @throws IllegalArgumentException when a command uses what no record knows
   */
  static CommandRecord record(CommandSpec command) {
    CommandRecorder recorder = new CommandRecorder(command);
    recorder.add(command.userObject(), null, false);
    for (ArgGroupSpec group : command.argGroups()) {
      recorder.choices.add(
          new CommandRecord.Choice(
              group.allOptionsNested().stream().map(recorder.models::indexOf).toList(),
              group.exclusive(),
              group.multiplicity().toString()));
    }
    long known =
        Stream.concat(command.options().stream(), command.positionalParameters().stream())
            .filter(recorder.models::contains)
            .count();
    long own =
        Stream.concat(command.options().stream(), command.positionalParameters().stream())
            .filter(each -> !each.inherited() && !isHelp(each))
            .count();
    recorder.require(known == own, "options that are no fields");
    return new CommandRecord(recorder.parts, recorder.specs, recorder.arguments, recorder.choices);
  }

  private static boolean isHelp(ArgSpec argument) {
    return argument instanceof OptionSpec option && (option.usageHelp() || option.versionHelp());
  }

  private void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("%s: %s".formatted(command.name(), what));
    }
  }

  private void add(Object object, CommandRecord.Place at, boolean isMixin) {
    int number = objects.size();
    objects.add(object);
    parts.add(new CommandRecord.Part(object.getClass().getName(), at, isMixin));
    List<Class<?>> classes = new ArrayList<>();
    for (Class<?> type = object.getClass(); type != Object.class; type = type.getSuperclass()) {
      classes.addFirst(type);
    }
    for (Class<?> type : classes) {
      for (Field field : type.getDeclaredFields()) {
        CommandRecord.Place place =
            new CommandRecord.Place(number, type.getName(), field.getName());
        if (field.isAnnotationPresent(Mixin.class)) {
          add(value(field, object), place, number == 0);
        } else if (field.isAnnotationPresent(ArgGroup.class)) {
          add(value(field, object), place, false);
        } else if (field.isAnnotationPresent(Spec.class)) {
          require(command.equals(value(field, object)), "a model that is not the command's");
          specs.add(place);
        } else if (field.isAnnotationPresent(Option.class)
            || field.isAnnotationPresent(Parameters.class)) {
          add(model(field), place);
        }
      }
    }
  }

  private static Object value(Field field, Object object) {
    try {
      field.setAccessible(true);
      return field.get(object);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("a field that was made accessible", e);
    }
  }

  private ArgSpec model(Field field) {
    return Stream.of(command.options(), command.positionalParameters())
        .flatMap(List::stream)
        .filter(each -> field.equals(each.userObject()))
        .findFirst()
        .orElseThrow();
  }

  private void add(ArgSpec model, CommandRecord.Place place) {
    boolean isOption = model instanceof OptionSpec;
    ITypeConverter<?>[] converters = model.converters();
    require(converters.length <= 1, "two converters for one value");
    require(
        !model.interactive()
            && model.parameterConsumer() == null
            && model.preprocessor().getClass().getName().contains("NoOp")
            && (!isOption || ((OptionSpec) model).fallbackValue().isEmpty()),
        "an option that is read in a way of its own");
    models.add(model);
    arguments.add(
        new CommandRecord.Argument(
            place,
            isOption ? List.of(((OptionSpec) model).names()) : List.of(),
            isOption ? "" : ((PositionalParamSpec) model).index().toString(),
            model.arity().toString(),
            !model.arity().isUnspecified(),
            model.paramLabel(),
            model.type().getName(),
            Arrays.stream(model.auxiliaryTypes()).map(Class::getName).toList(),
            converters.length == 0 ? "" : converters[0].getClass().getName(),
            model.splitRegex(),
            model.defaultValue(),
            model.required(),
            isOption && ((OptionSpec) model).negatable(),
            model.scopeType() == ScopeType.INHERIT));
  }
}
