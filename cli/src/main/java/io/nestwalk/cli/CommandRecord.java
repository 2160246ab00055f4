package io.nestwalk.cli;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a command's annotations say of how it is called, without the words of its help: enough to
 * read a command line.
 *
 * @param objects what options are fields of; the command itself is the first
 * @param specs fields that are given picocli's model of the command
 * @param arguments options and positional parameters
 * @param choices groups of options of which one may be given
 */
record CommandRecord(
    List<Part> objects, List<Place> specs, List<Argument> arguments, List<Choice> choices) {

  /** Which fields of arguments are written, for a file of another form to be told apart. */
  private static final int FORM = 1;

  /** No list in a record is longer. */
  private static final int MOST = 1 << 10;

  /**
   * A field of one of the objects.
   *
   * @param object its number
   * @param declaring the name of the class that declares the field
   */
  record Place(int object, String declaring, String name) {}

  /**
   * An object.
   *
   * @param type the name of its class, which has a constructor without parameters
   * @param at where it is put; null for the command itself
   * @param isMixin whether picocli's model lists it; under the name of its field
   */
  record Part(String type, Place at, boolean isMixin) {}

  /**
   * An option or a positional parameter.
   *
   * @param at where its value is put
   * @param names an option's; none of a parameter
   * @param index a parameter's, as picocli writes it; empty for an option
   * @param arity as picocli writes it
   * @param hasArity whether it was declared: a flag without takes a value after {@code =}
   * @param label what stands for the value in messages
   * @param type the name of its class or primitive type
   * @param elements the names of the classes of a collection's elements, or of the type itself
   * @param converter the name of the class that reads values; empty for picocli's own
   * @param split what separates several values in one; empty where nothing does
   * @param defaultValue null where none is declared
   */
  record Argument(
      Place at,
      List<String> names,
      String index,
      String arity,
      boolean hasArity,
      String label,
      String type,
      List<String> elements,
      String converter,
      String split,
      String defaultValue,
      boolean isRequired,
      boolean isNegatable,
      boolean isInherited) {}

  /**
   * A group of options.
   *
   * @param arguments their numbers
   * @param multiplicity as picocli writes it
   */
  record Choice(List<Integer> arguments, boolean isExclusive, String multiplicity) {}

  /** Reads what {@link #write} wrote. */
  static CommandRecord read(DataInputStream in) throws IOException {
    if (in.readInt() != FORM) {
      throw new IOException("a record of another form");
    }
    int count = count(in);
    List<String> words = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      words.add(in.readUTF());
    }
    return new Reader(in, words).record();
  }

  /** Writes each text once, then which of them stands where. */
  void write(DataOutputStream out) throws IOException {
    Writer writer = new Writer();
    writer.record(this);
    if (writer.words.size() > MOST) {
      throw new IllegalArgumentException("more words than are read");
    }
    out.writeInt(FORM);
    out.writeShort(writer.words.size());
    for (String word : writer.words) {
      out.writeUTF(word);
    }
    for (int number : writer.numbers) {
      out.writeShort(number);
    }
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readUnsignedShort();
    if (count > MOST) {
      throw new IOException("a list of %d".formatted(count));
    }
    return count;
  }

  /** Writes one element of a list. */
  private interface Writing<T> {
    void write(T element);
  }

  /** Reads one element of a list. */
  private interface Reading<T> {
    T read() throws IOException;
  }

  /** The numbers of a record, and the texts that some of them stand for. */
  private static final class Writer {

    private final List<String> words = new ArrayList<>();
    private final List<Integer> numbers = new ArrayList<>();

    void record(CommandRecord command) {
      list(
          command.objects,
          part -> {
            word(part.type);
            flag(part.at != null);
            if (part.at != null) {
              place(part.at);
            }
            flag(part.isMixin);
          });
      list(command.specs, this::place);
      list(
          command.arguments,
          argument -> {
            place(argument.at);
            list(argument.names, this::word);
            word(argument.index);
            word(argument.arity);
            flag(argument.hasArity);
            word(argument.label);
            word(argument.type);
            list(argument.elements, this::word);
            word(argument.converter);
            word(argument.split);
            flag(argument.defaultValue != null);
            if (argument.defaultValue != null) {
              word(argument.defaultValue);
            }
            flag(argument.isRequired);
            flag(argument.isNegatable);
            flag(argument.isInherited);
          });
      list(
          command.choices,
          choice -> {
            list(choice.arguments, numbers::add);
            flag(choice.isExclusive);
            word(choice.multiplicity);
          });
    }

    private void place(Place place) {
      numbers.add(place.object);
      word(place.declaring);
      word(place.name);
    }

    private void word(String word) {
      if (!words.contains(word)) {
        words.add(word);
      }
      numbers.add(words.indexOf(word));
    }

    private void flag(boolean flag) {
      numbers.add(flag ? 1 : 0);
    }

    private <T> void list(List<T> elements, Writing<T> writing) {
      numbers.add(elements.size());
      elements.forEach(writing::write);
    }
  }

  /** Reads them. */
  private record Reader(DataInputStream in, List<String> words) {

    CommandRecord record() throws IOException {
      return new CommandRecord(
          list(() -> new Part(word(), flag() ? place() : null, flag())),
          list(this::place),
          list(
              () ->
                  new Argument(
                      place(),
                      list(this::word),
                      word(),
                      word(),
                      flag(),
                      word(),
                      word(),
                      list(this::word),
                      word(),
                      word(),
                      flag() ? word() : null,
                      flag(),
                      flag(),
                      flag())),
          list(() -> new Choice(list(in::readUnsignedShort), flag(), word())));
    }

    private Place place() throws IOException {
      return new Place(in.readUnsignedShort(), word(), word());
    }

    private String word() throws IOException {
      int number = in.readUnsignedShort();
      if (number >= words.size()) {
        throw new IOException("a word %d of %d".formatted(number, words.size()));
      }
      return words.get(number);
    }

    private boolean flag() throws IOException {
      return in.readUnsignedShort() != 0;
    }

    private <T> List<T> list(Reading<T> reading) throws IOException {
      int count = count(in);
      List<T> elements = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        elements.add(reading.read());
      }
      return elements;
    }
  }
}
