package io.nestwalk.cli;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Range;
import picocli.CommandLine.ScopeType;

/**
 * Commands from what the build has noted of their annotations ({@link CommandRecorder}). They read
 * every command line as the annotated ones do, but have no words for help.
 */
final class RecordedCommands {

  private static final String[] HELP = {"-h", "--help"};
  private static final String[] VERSION = {"-V", "--version"};

  private RecordedCommands() {}

  /** Where the record of a command is among the program's classes. */
  static String resource(String name) {
    return "/io/nestwalk/cli/commands/" + name;
  }

  /**
   * The program with one command.
   *
   * @return empty where the program was built without records, or they are not its own
   */
  static Optional<CommandLine> with(String name) {
    Optional<CommandSpec> top = spec(Nestwalk.NAME);
    Optional<CommandSpec> command = spec(name);
    if (top.isEmpty() || command.isEmpty()) {
      return Optional.empty();
    }
    top.get().addSubcommand(name, new CommandLine(command.get()));
    return Optional.of(new CommandLine(top.get()));
  }

  private static Optional<CommandSpec> spec(String name) {
    try (InputStream in = RecordedCommands.class.getResourceAsStream(resource(name))) {
      return in == null
          ? Optional.empty()
          : Optional.of(
              spec(name, CommandRecord.read(new DataInputStream(new BufferedInputStream(in)))));
    } catch (IOException | ReflectiveOperationException e) {
      return Optional.empty(); // Of another build than the classes: these tell.
    }
  }

  private static CommandSpec spec(String name, CommandRecord command)
      throws ReflectiveOperationException {
    List<Object> objects = new ArrayList<>();
    for (CommandRecord.Part part : command.objects()) {
      Object object = made(part.type());
      if (part.at() != null) {
        Target.of(part.at(), objects).set(object);
      }
      objects.add(object);
    }
    CommandSpec spec = CommandSpec.wrapWithoutInspection(objects.getFirst()).name(name);
    for (CommandRecord.Place place : command.specs()) {
      Target.of(place, objects).set(spec);
    }
    for (int i = 0; i < objects.size(); i++) {
      if (command.objects().get(i).isMixin()) {
        spec.addMixin(
            command.objects().get(i).at().name(),
            CommandSpec.wrapWithoutInspection(objects.get(i)));
      }
    }
    List<ArgSpec> models = new ArrayList<>();
    for (CommandRecord.Argument argument : command.arguments()) {
      Target target = Target.of(argument.at(), objects);
      models.add(
          argument.names().isEmpty() ? parameter(argument, target) : option(argument, target));
    }
    List<ArgSpec> single = new ArrayList<>(models);
    for (CommandRecord.Choice choice : command.choices()) {
      ArgGroupSpec.Builder group =
          ArgGroupSpec.builder()
              .exclusive(choice.isExclusive())
              .multiplicity(choice.multiplicity());
      for (int argument : choice.arguments()) {
        group.addArg(models.get(argument));
        single.remove(models.get(argument));
      }
      spec.addArgGroup(group.build());
    }
    single.forEach(spec::add);
    spec.addOption(OptionSpec.builder(HELP).usageHelp(true).build());
    spec.addOption(OptionSpec.builder(VERSION).versionHelp(true).build());
    return spec;
  }

  // What picocli's two builders have in common is a class of its own package.

  private static OptionSpec option(CommandRecord.Argument argument, Target target)
      throws ReflectiveOperationException {
    return OptionSpec.builder(argument.names().toArray(String[]::new))
        .negatable(argument.isNegatable())
        .userObject(target.field)
        .arity(Range.valueOf(argument.arity()).unspecified(!argument.hasArity()))
        .paramLabel(argument.label())
        .type(type(argument.type()))
        .auxiliaryTypes(types(argument.elements()))
        .converters(converters(argument))
        .splitRegex(argument.split())
        .defaultValue(argument.defaultValue())
        .required(argument.isRequired())
        .scopeType(argument.isInherited() ? ScopeType.INHERIT : ScopeType.LOCAL)
        .getter(target)
        .setter(target)
        .hasInitialValue(false)
        .build();
  }

  private static PositionalParamSpec parameter(CommandRecord.Argument argument, Target target)
      throws ReflectiveOperationException {
    return PositionalParamSpec.builder()
        .index(argument.index())
        .userObject(target.field)
        .arity(Range.valueOf(argument.arity()).unspecified(!argument.hasArity()))
        .paramLabel(argument.label())
        .type(type(argument.type()))
        .auxiliaryTypes(types(argument.elements()))
        .converters(converters(argument))
        .splitRegex(argument.split())
        .defaultValue(argument.defaultValue())
        .required(argument.isRequired())
        .getter(target)
        .setter(target)
        .hasInitialValue(false)
        .build();
  }

  private static ITypeConverter<?>[] converters(CommandRecord.Argument argument)
      throws ReflectiveOperationException {
    return argument.converter().isEmpty()
        ? new ITypeConverter<?>[0]
        : new ITypeConverter<?>[] {(ITypeConverter<?>) made(argument.converter())};
  }

  private static Object made(String type) throws ReflectiveOperationException {
    Constructor<?> constructor = Class.forName(type).getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  private static Class<?> type(String name) throws ClassNotFoundException {
    return switch (name) {
      case "boolean" -> boolean.class;
      case "int" -> int.class;
      case "long" -> long.class;
      default -> Class.forName(name);
    };
  }

  private static Class<?>[] types(List<String> names) throws ClassNotFoundException {
    Class<?>[] types = new Class<?>[names.size()];
    for (int i = 0; i < types.length; i++) {
      types[i] = type(names.get(i));
    }
    return types;
  }

  /** A field of an object, as picocli reads and writes it. */
  private record Target(Object object, Field field) implements IGetter, ISetter {

    static Target of(CommandRecord.Place place, List<Object> objects)
        throws ReflectiveOperationException {
      Field field = Class.forName(place.declaring()).getDeclaredField(place.name());
      field.setAccessible(true);
      return new Target(objects.get(place.object()), field);
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // picocli's
    public <T> T get() throws IllegalAccessException {
      return (T) field.get(object);
    }

    @Override
    public <T> T set(T value) throws IllegalAccessException {
      T before = get();
      field.set(object, value);
      return before;
    }
  }
}
