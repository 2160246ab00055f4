package io.nestwalk.fleet.opensearch;

import io.nestwalk.index.Field;

/** The names of fields in the cluster; those of the index template. */
final class Names {

  /** Below which everything stands that the common schema has no name for. */
  static final String OWN = "nestwalk";

  /** What a document is about: one kind of entry. Documents that keep the state have none. */
  static final String TYPE = OWN + ".type";

  /** Of documents that keep the state: which of them it is. */
  static final String STATE = OWN + ".state";

  /** The kind's place in answers. */
  static final String RANK = OWN + ".rank";

  /** The image that an entry is from. */
  static final String IMAGE = OWN + ".image";

  /** The part of the image's entries that it belongs to. */
  static final String PART = OWN + ".part";

  /** The part, so that its numbers sort as numbers. */
  static final String SEQUENCE = OWN + ".sequence";

  /** The entry's number in its part. */
  static final String NUMBER = OWN + ".number";

  /** The words for free search. */
  static final String WORDS = OWN + ".words";

  private Names() {}

  /** The field of a document that a query's field is looked for in. */
  static String of(Field field) {
    return switch (field) {
      case PID -> "process.pid";
      case PPID -> "process.parent.pid";
      default -> OWN + "." + field;
    };
  }

  /** Text as the cluster compares it: what is no character is the one that stands for such. */
  static String plain(String text) {
    StringBuilder changed = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        changed = changed == null ? new StringBuilder(text) : changed;
        changed.setCharAt(i, '\ufffd');
      }
    }
    return changed == null ? text : changed.toString();
  }

  /** An unsigned number as a signed one that has the same place in the order. */
  static long ordered(long unsigned) {
    return unsigned ^ Long.MIN_VALUE;
  }
}
