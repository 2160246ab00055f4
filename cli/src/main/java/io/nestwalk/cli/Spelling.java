package io.nestwalk.cli;

import io.nestwalk.image.Advice;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageOption;
import java.util.List;
import java.util.stream.Collectors;

/** How the command line spells what messages of the parts below name in words. */
final class Spelling {

  private Spelling() {}

  /** The option as it is typed. */
  static String of(ImageOption option) {
    return switch (option) {
      case BASE -> "--base";
      case HOLE -> "--hole";
      case META -> "--meta";
      case SNAPSHOT -> "--snapshot";
      case DECODER_MEMORY -> "--max-decoder-memory";
      case HEAP -> "NESTWALK_JAVA_OPTS=-Xmx...";
      case ROOT -> "--root";
    };
  }

  /** A warning, with the option that it is about. */
  static String of(Advice advice) {
    String value = advice.value().map(known -> " " + known).orElse("");
    return "%s (%s%s)".formatted(advice.warning(), of(advice.option()), value);
  }

  /** What follows the message of an exception: the options that help, or nothing. */
  static String of(ImageException e) {
    List<ImageOption> helpful = e.helpful();
    return helpful.isEmpty()
        ? ""
        : helpful.stream().map(Spelling::of).collect(Collectors.joining(", ", " (", ")"));
  }
}
