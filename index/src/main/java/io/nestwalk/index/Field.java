package io.nestwalk.index;

import java.util.Locale;
import java.util.Optional;

/** What can be asked by name. The names are what users write and what the index stores under. */
public enum Field {
  /** A machine by its name: "vm1". */
  MACHINE("machine", Type.WORD, "the machine, by its name: host, vm1, vm1.vm1"),
  /** What a document is about, or what a mapping or a run is. */
  KIND(
      "kind",
      Type.WORD,
      "machine, process, mapping, run, finding, yara; of mappings file, anonymous, shared, heap,"
          + " stack, special; of runs user, kernel, physical"),
  /** A process by its name, and what belongs to it. */
  NAME("name", Type.WORD, "the process's name, a machine's operating system or host name"),
  /** A file's path. */
  PATH("path", Type.WORD, "a process's or a mapping's path"),
  /** What may be done with memory. */
  PERMISSIONS(
      "permissions", Type.PERMISSIONS, "letters that must be set (wx), with dashes exact (r-xp)"),
  /** What an analyst looks for. */
  FLAG(
      "flag",
      Type.WORD,
      "writable-executable, anonymous-executable, deleted-file, image-without-file,"
          + " unlisted-module; a finding's rule, a rule of YARA's"),
  /** A process by its number. */
  PID("pid", Type.NUMBER, "the process's number"),
  /** A process by its parent's number. */
  PPID("ppid", Type.NUMBER, "the parent's number"),
  /** A process by its user. */
  UID("uid", Type.NUMBER, "the process's user"),
  /** A page-table root. */
  ROOT("root", Type.NUMBER, "a page-table root, physical in its machine"),
  /** The kernel's object. */
  OBJECT("object", Type.NUMBER, "the kernel address of the describing object"),
  /** A virtual address. */
  VA("va", Type.RANGE, "what contains this virtual address"),
  /** A guest-physical address. */
  GPA("gpa", Type.RANGE, "what contains this guest-physical address"),
  /** A host-physical address. */
  HPA("hpa", Type.RANGE, "what contains this host-physical address: every owner of the page"),
  /** A place in the file. */
  FILE_OFFSET("fileOffset", Type.RANGE, "what contains this place in the image's file");

  /** How a field's values are compared. */
  public enum Type {
    /** Text as a whole, without regard to case, with wildcards. */
    WORD,
    /** Letters that must be there or must not. */
    PERMISSIONS,
    /** An unsigned number, or a range of them. */
    NUMBER,
    /** The document has a range; the query gives a point in it, or a range that meets it. */
    RANGE
  }

  private final String label;
  private final Type type;
  private final String meaning;

  Field(String label, Type type, String meaning) {
    this.label = label;
    this.type = type;
    this.meaning = meaning;
  }

  /** The field of that name, whatever its case. */
  static Optional<Field> named(String name) {
    for (Field field : values()) {
      if (field.label.equalsIgnoreCase(name)) {
        return Optional.of(field);
      }
    }
    return Optional.empty();
  }

  /** How its values are compared. */
  public Type type() {
    return type;
  }

  /** What it finds, for people. */
  public String meaning() {
    return meaning;
  }

  /** The name in queries. */
  @Override
  public String toString() {
    return label;
  }

  /** Text as it is compared. */
  public static String folded(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
