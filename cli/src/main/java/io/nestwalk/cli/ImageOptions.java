package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The image that a command works on, and how to open it. */
final class ImageOptions {

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description = "the dump: a file, or a compressed file or archive that holds one")
  private Path image;

  @Option(
      names = "--meta",
      paramLabel = "FILE",
      description = "a side file of the image, where its name differs")
  private Path meta;

  @Option(
      names = "--input-format",
      paramLabel = "F",
      description = "read the image as this format instead of finding out")
  private String inputFormat;

  @Option(
      names = "--base",
      paramLabel = "ADDRESS",
      converter = AddressConverter.class,
      description = "the physical address of a raw image's first byte")
  private Long base;

  @Option(
      names = "--max-unpacked",
      paramLabel = "BYTES",
      description = "refuse a compressed image that unpacks to more (default: 1 TiB)")
  private long maxUnpacked = OpenOptions.DEFAULT_MAX_UNPACKED_BYTES;

  Path image() {
    return image;
  }

  /** What the user said about how to open the image, for the record. */
  ObjectNode settings() {
    ObjectNode settings = AnswerWriter.JSON.createObjectNode();
    settings.put("meta", meta == null ? null : meta.toString());
    settings.put("inputFormat", inputFormat);
    settings.put("base", base == null ? null : Hex.of(base));
    return settings;
  }

  OpenOptions open(Progress progress) {
    return new OpenOptions(
        Optional.ofNullable(inputFormat),
        base == null ? OptionalLong.empty() : OptionalLong.of(base),
        Optional.ofNullable(meta),
        maxUnpacked,
        progress);
  }
}
