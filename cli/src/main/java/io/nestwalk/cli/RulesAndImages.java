package io.nestwalk.cli;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Parameters;

/** Rules, and the images that are looked through by them. */
final class RulesAndImages extends SeveralImages {

  @Parameters(
      index = "0",
      paramLabel = "RULES",
      converter = GivenName.class,
      description = "a file of YARA rules, as text")
  private Path rules;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "IMAGE",
      converter = GivenName.class,
      description = Images.DESCRIPTION)
  private List<Path> given = List.of();

  /** The file of rules. */
  Path rules() {
    return rules;
  }

  @Override
  public List<Path> named() {
    return given;
  }

  @Override
  public String asked() {
    return rules + " " + AnsweredImages.state(rules);
  }
}
