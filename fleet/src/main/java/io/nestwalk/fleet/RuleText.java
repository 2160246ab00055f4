package io.nestwalk.fleet;

import io.nestwalk.index.ImageIdentity;
import io.nestwalk.yara.YaraException;
import io.nestwalk.yara.YaraRules;
import java.io.Serializable;

/** Rules of YARA's as their file has them: bytes, which need be text in no one encoding. */
final class RuleText implements Serializable {

  /** No rules. */
  static final RuleText NONE = new RuleText("", new byte[0]);

  private static final long serialVersionUID = 1L;

  private final String name;
  private final byte[] bytes;

  /**
   * Rules.
   *
   * @param name of their file, for people
   */
  RuleText(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes.clone();
  }

  /** The name of their file. */
  String name() {
    return name;
  }

  boolean isEmpty() {
    return bytes.length == 0;
  }

  /** What tells them from others; empty for none. */
  String digest() {
    return isEmpty() ? "" : ImageIdentity.sha256(bytes);
  }

  /**
   * The rules, ready to be tried.
   *
   * @param name what faults in them are said of
   * @throws YaraException when they are none, or the library is missing
   */
  YaraRules compile(String name) throws YaraException {
    return YaraRules.compile(name, bytes);
  }
}
