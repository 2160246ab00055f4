package io.nestwalk.cli;

import picocli.CommandLine.Option;

/** How a command answers. */
final class OutputOptions {

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "table, json, ndjson or csv (default: ${DEFAULT-VALUE})")
  private OutputFormat format = OutputFormat.TABLE;

  @Option(
      names = {"-v", "--verbose"},
      description = "say more: what was tried and why it failed")
  private boolean verbose;

  OutputFormat format() {
    return format;
  }

  boolean isVerbose() {
    return verbose;
  }
}
