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
}
