package io.nestwalk.serve;

import io.nestwalk.machine.Machine;
import io.nestwalk.session.Selector;
import java.net.HttpURLConnection;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/** What stands behind the question mark of a request: names, each at most once, with values. */
final class Parameters {

  private static final int MOST = 32;
  private static final String HEX = "0x";
  private static final int HEX_RADIX = 16;

  private final Map<String, String> values;

  private Parameters(Map<String, String> values) {
    this.values = values;
  }

  /**
   * Reads a query.
   *
   * @param raw as it was sent, null where there is none
   * @throws RefusedException when it is no list of names and values, or has a name twice
   */
  static Parameters of(String raw) throws RefusedException {
    Map<String, String> values = new LinkedHashMap<>();
    if (raw == null || raw.isEmpty()) {
      return new Parameters(values);
    }
    String[] parts = raw.split("&", -1);
    if (parts.length > MOST) {
      throw bad("more than %d parameters".formatted(MOST));
    }
    for (String part : parts) {
      int equals = part.indexOf('=');
      if (equals <= 0) {
        throw bad("a parameter without name or value");
      }
      String name = decoded(part.substring(0, equals));
      if (values.put(name, decoded(part.substring(equals + 1))) != null) {
        throw bad("the parameter %s twice".formatted(name));
      }
    }
    return new Parameters(values);
  }

  private static String decoded(String text) throws RefusedException {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw bad("a parameter with a broken escape");
    }
  }

  private static RefusedException bad(String message) {
    return new RefusedException(HttpURLConnection.HTTP_BAD_REQUEST, message);
  }

  /** Refuses every name but these. */
  void allow(Set<String> names) throws RefusedException {
    for (String name : values.keySet()) {
      if (!names.contains(name)) {
        throw bad(
            "no parameter %s here; there are: %s"
                .formatted(name, String.join(", ", names.stream().sorted().toList())));
      }
    }
  }

  /** All but these, in one order: equal for questions that have one answer. */
  String without(Set<String> names) {
    Map<String, String> rest = new TreeMap<>(values);
    rest.keySet().removeAll(names);
    return rest.toString();
  }

  /** The value; empty where there is none or an empty one. */
  Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name)).filter(value -> !value.isEmpty());
  }

  /** The value, which must be there. */
  String required(String name) throws RefusedException {
    return text(name).orElseThrow(() -> bad("the parameter %s is missing".formatted(name)));
  }

  /** Whether the value is "true". */
  boolean flag(String name) throws RefusedException {
    String value = values.getOrDefault(name, "false");
    if (!value.equals("true") && !value.equals("false")) {
      throw bad("%s is true or false".formatted(name));
    }
    return value.equals("true");
  }

  /** A number of a process; empty where there is none. */
  OptionalInt pid() throws RefusedException {
    return text("pid").isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(number("pid", 0, Integer.MIN_VALUE, Integer.MAX_VALUE));
  }

  /** A whole number within bounds, both included. */
  int number(String name, int ifAbsent, int least, int most) throws RefusedException {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return ifAbsent;
    }
    try {
      int value = Integer.parseInt(text.get());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw bad("%s is a number from %d to %d".formatted(name, least, most));
  }

  /** An address: hexadecimal after 0x, else decimal; unsigned. */
  OptionalLong address(String name) throws RefusedException {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    String value = text.get().strip();
    try {
      return OptionalLong.of(
          value.regionMatches(true, 0, HEX, 0, HEX.length())
              ? Long.parseUnsignedLong(value.substring(HEX.length()), HEX_RADIX)
              : Long.parseUnsignedLong(value));
    } catch (NumberFormatException e) {
      throw bad("%s is an address: 0x7f1234 or a decimal number".formatted(name));
    }
  }

  /** An address that must be there. */
  long requiredAddress(String name) throws RefusedException {
    required(name);
    return address(name).orElseThrow();
  }

  /** The machine; the host where none is named. */
  String machine() {
    return text("machine").orElse(Machine.HOST);
  }

  /** Which memory of the machine: by pid, root, kernel or physical; at most one of them. */
  Selector selector() throws RefusedException {
    List<Selector> chosen = new ArrayList<>();
    pid().ifPresent(pid -> chosen.add(Selector.process(pid)));
    address("root").ifPresent(root -> chosen.add(Selector.root(root)));
    if (flag("kernel")) {
      chosen.add(Selector.KERNEL);
    }
    if (flag("physical")) {
      chosen.add(Selector.PHYSICAL);
    }
    if (chosen.size() > 1) {
      throw bad("pid, root, kernel and physical exclude one another");
    }
    return chosen.isEmpty() ? Selector.CURRENT : chosen.getFirst();
  }
}
