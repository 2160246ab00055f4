package io.nestwalk.image;

import java.io.IOError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Opens dumps: from a path through containers and formats to a {@link MemoryImage}. */
public final class MemoryImages {

  private MemoryImages() {}

  /**
   * Finds what reads images, which is looked for once: before an image is opened, where there is
   * time for it.
   *
   * @throws java.util.ServiceConfigurationError when a jar names what can't be loaded
   */
  public static void prepare() {
    ImageFormats.names();
    PlainFiles.containers();
  }

  /** The formats that can be opened and named by {@link OpenOptions#inputFormat}, by name. */
  public static List<String> formatNames() {
    return ImageFormats.names();
  }

  /**
   * Opens a dump. A compressed one is unpacked into the user's cache first.
   *
   * @throws ImageException when the file can't be read, is no machine's memory, or the forced
   *     format is unknown
   */
  public static MemoryImage open(Path image, OpenOptions options) throws ImageException {
    Optional<SplitImage> split = SplitSets.of(image, options);
    MemoryImage opened = open(image, split, options);
    try {
      return opened.toBuilder().files(filesOf(image, split)).build();
    } catch (ImageException | RuntimeException | Error e) {
      opened.close();
      throw e;
    }
  }

  /**
   * Opens a dump that is no file of this machine. A packed one is unpacked into the user's cache
   * first; of any other the ranges are read that its format needs.
   *
   * @param image closed by who made it, after the image
   * @throws ImageException when it can't be read, is no machine's memory, or the forced format is
   *     unknown
   */
  public static MemoryImage open(Evidence image, OpenOptions options) throws ImageException {
    try {
      Optional<ImageFormat> decided = ImageFormats.decided(options);
      return open(PlainFiles.open(image, options), decided, Optional.empty(), options);
    } catch (IOError e) {
      if (e.getCause() instanceof IOException cause) {
        throw ImageException.unreadable(image.name(), cause);
      }
      throw e;
    }
  }

  private static MemoryImage open(Path image, Optional<SplitImage> split, OpenOptions options)
      throws ImageException {
    Optional<ImageFormat> decided = ImageFormats.decided(options);
    if (split.isPresent()) {
      Probe whole = split.get().probe(part -> ImageFormats.judge(part, options));
      Optional<ImageFormat> raw = raw(whole, decided);
      if (raw.isPresent() && !SplitSets.isPacked(split.get())) {
        return finished(split.get().openRaw(options), raw.get(), List.of(), options);
      }
      String joined = split.get().described("were joined into one file in the cache");
      ImageFile file = SplitSets.join(split.get(), whole, options);
      return open(file, decided, Optional.of(joined), options);
    }
    Path single = Files.isDirectory(image) ? ImageFolder.onlyImageIn(image, options) : image;
    Optional<String> alone = SplitImage.remark(single, part -> ImageFormats.judge(part, options));
    return open(PlainFiles.open(single, options), decided, alone, options);
  }

  /** The format of raw memory, if that is what something is read as. */
  private static Optional<ImageFormat> raw(Probe probe, Optional<ImageFormat> decided) {
    boolean isRaw =
        decided.isPresent()
            ? decided.get().name().equals("raw")
            : probe.confidence() == Probe.Confidence.FALLBACK;
    return isRaw ? ImageFormats.named("raw") : Optional.empty();
  }

  /**
   * Opens a file that lies plain.
   *
   * @param remark what there is to say about how it came to be
   */
  private static MemoryImage open(
      ImageFile file, Optional<ImageFormat> decided, Optional<String> remark, OpenOptions options)
      throws ImageException {
    try {
      ImageFormat format = decided.isPresent() ? decided.get() : ImageFormats.best(file);
      List<String> warnings = new ArrayList<>(file.warnings());
      remark.ifPresent(warnings::add);
      return finished(format.open(file, options), format, warnings, options);
    } catch (ImageException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /**
   * The image with these warnings before its own, and with what was asked for in vain or shows at
   * first sight.
   */
  private static MemoryImage finished(
      MemoryImage opened, ImageFormat format, List<String> before, OpenOptions options) {
    MemoryImage.Builder image = opened.toBuilder().warningsBefore(before);
    for (ImageOption option : ImageOption.values()) {
      if (option.isGiven(options)) {
        unused(option, opened, format).ifPresent(why -> image.advice(Advice.of(option, why)));
      }
    }
    Noise.warning(opened.memory()).ifPresent(line -> image.warnings(List.of(line)));
    return image.build();
  }

  /** Why an option was given in vain; empty when it was not. */
  private static Optional<String> unused(
      ImageOption option, MemoryImage opened, ImageFormat format) {
    if (!format.options().contains(option)) {
      return Optional.of(
          "%s is not used: the format %s takes none".formatted(option, format.name()));
    }
    return opened.unused().contains(option)
        ? Optional.of(
            "%s is not used: the image needs none, for it says this itself".formatted(option))
        : Optional.empty();
  }

  /**
   * The files that an image is read from: the parts of a split one in their order, of a folder all
   * that lie in it, else the file alone. Side files are not among them. For who does not open the
   * image; an opened one knows ({@link MemoryImage#files}).
   *
   * @throws ImageException when there is no such file, or it is none that can be mapped
   */
  public static List<Path> filesOf(Path image, OpenOptions options) throws ImageException {
    if (!Files.isDirectory(image)) {
      PlainFiles.requireRegular(image);
    }
    return filesOf(image, SplitSets.of(image, options));
  }

  private static List<Path> filesOf(Path image, Optional<SplitImage> split) throws ImageException {
    if (Files.isDirectory(image)) {
      try (Stream<Path> files = Files.list(image)) {
        return files.filter(Files::isRegularFile).sorted().toList();
      } catch (IOException e) {
        throw ImageException.unreadable(image.toString(), e);
      }
    }
    if (split.isPresent() || !Files.exists(image)) {
      return split.map(SplitImage::parts).orElse(List.of(image));
    }
    List<Path> files = new ArrayList<>(List.of(image));
    try (ImageFile file = ImageFile.map(image, image.toString(), "")) {
      ImageFormats.all().forEach(format -> files.addAll(format.furtherFiles(file)));
    }
    return files;
  }

  /**
   * What every format thinks of a file, the most confident first. A compressed file is unpacked
   * into the user's cache first.
   *
   * @throws ImageException when the file can't be read
   */
  public static List<Candidate> probe(Path image, OpenOptions options) throws ImageException {
    Optional<SplitImage> split = SplitSets.of(image, options);
    Path whole = split.map(set -> set.parts().getFirst()).orElse(image);
    Path single = Files.isDirectory(whole) ? ImageFolder.onlyImageIn(whole, options) : whole;
    try (ImageFile file = PlainFiles.open(single, options)) {
      return ImageFormats.candidates(file);
    }
  }
}
