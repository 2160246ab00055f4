package io.nestwalk.image;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Opens dumps: from a path through containers and formats to a {@link MemoryImage}. */
public final class MemoryImages {

  /** A folder with more files than this is not looked through. */
  private static final int MAX_FILES_IN_FOLDER = 1000;

  private MemoryImages() {}

  /**
   * What one format thinks of a file.
   *
   * @param format the format
   * @param probe its answer
   */
  public record Candidate(ImageFormat format, Probe probe) {}

  /** The formats that can be opened and named by {@link OpenOptions#inputFormat}, by name. */
  public static List<String> formatNames() {
    return formats().stream()
        .filter(ImageFormat::isReadable)
        .map(ImageFormat::name)
        .sorted()
        .toList();
  }

  /**
   * Opens a dump. A compressed one is unpacked into the user's cache first.
   *
   * @throws ImageException when the file can't be read, is no machine's memory, or the forced
   *     format is unknown
   */
  public static MemoryImage open(Path image, OpenOptions options) throws ImageException {
    Optional<ImageFormat> named = forcedFormat(options);
    Optional<ImageFormat> forced = named.isPresent() ? named : formatOfMeta(options);
    Optional<SplitImage> split = splitImage(image, options);
    if (split.isPresent()) {
      Probe whole = split.get().probe(part -> judge(part, options));
      if (isRaw(whole, forced) && !isPacked(split.get())) {
        return withWarnings(split.get().openRaw(options), List.of(), options);
      }
      String joined = split.get().described("were joined into one file in the cache");
      return open(join(split.get(), whole, options), forced, Optional.of(joined), options);
    }
    Path single = Files.isDirectory(image) ? onlyImageIn(image, options) : image;
    Optional<String> alone = SplitImage.remark(single, part -> judge(part, options));
    return open(openFile(single, options), forced, alone, options);
  }

  /**
   * Opens a file that lies plain.
   *
   * @param remark what there is to say about how it came to be
   */
  private static MemoryImage open(
      ImageFile file, Optional<ImageFormat> forced, Optional<String> remark, OpenOptions options)
      throws ImageException {
    try {
      ImageFormat format = forced.isPresent() ? forced.get() : choose(file);
      List<String> warnings = new ArrayList<>(file.warnings());
      remark.ifPresent(warnings::add);
      return withWarnings(format.open(file, options), warnings, options);
    } catch (ImageException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /**
   * The image with these warnings before its own, and with what was asked for in vain or shows at
   * first sight.
   */
  private static MemoryImage withWarnings(
      MemoryImage opened, List<String> before, OpenOptions options) {
    List<String> warnings = new ArrayList<>(before);
    warnings.addAll(opened.warnings());
    if (options.snapshot().isPresent() && opened.snapshots().isEmpty()) {
      warnings.add("--snapshot is not used: the format %s has none".formatted(opened.format()));
    }
    Noise.warning(opened.memory()).ifPresent(warnings::add);
    return opened.withWarnings(warnings);
  }

  /**
   * The files that an image is read from: the parts of a split one in their order, of a folder all
   * that lie in it, else the file alone. Side files are not among them.
   *
   * @throws ImageException when there is no such file, or it is none that can be mapped
   */
  public static List<Path> filesOf(Path image, OpenOptions options) throws ImageException {
    if (Files.isDirectory(image)) {
      try (Stream<Path> files = Files.list(image)) {
        return files.filter(Files::isRegularFile).sorted().toList();
      } catch (IOException e) {
        throw ImageException.unreadable(image.toString(), e);
      }
    }
    requireRegular(image);
    Optional<SplitImage> split = splitImage(image, options);
    if (split.isPresent() || !Files.exists(image)) {
      return split.map(SplitImage::parts).orElse(List.of(image));
    }
    List<Path> files = new ArrayList<>(List.of(image));
    try (ImageFile file = ImageFile.map(image, image.toString(), "")) {
      formats().forEach(format -> files.addAll(format.furtherFiles(file)));
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
    Path whole = splitImage(image, options).map(split -> split.parts().getFirst()).orElse(image);
    try (ImageFile file = openFile(whole, options)) {
      return candidates(file);
    }
  }

  /** The parts that a folder or a first part stands for, unless these are images by themselves. */
  private static Optional<SplitImage> splitImage(Path image, OpenOptions options)
      throws ImageException {
    Optional<SplitImage> split = Optional.empty();
    if (Files.isDirectory(image)) {
      split = SplitImage.in(image);
    } else if (Files.isRegularFile(image)) {
      split = SplitImage.beginningWith(image);
    }
    return split.isPresent() && split.get().isOne(part -> judge(part, options))
        ? split
        : Optional.empty();
  }

  private static boolean isRaw(Probe probe, Optional<ImageFormat> forced) {
    return forced.isPresent()
        ? forced.get().name().equals("raw")
        : probe.confidence() == Probe.Confidence.FALLBACK;
  }

  private static boolean isPacked(SplitImage split) throws ImageException {
    Path first = split.parts().getFirst();
    try (ImageFile file = ImageFile.map(first, first.toString(), "")) {
      return containers().anyMatch(container -> container.recognises(file));
    }
  }

  /** One file out of the parts of something that is no raw memory, unpacked if it is packed. */
  private static ImageFile join(SplitImage split, Probe probe, OpenOptions options)
      throws ImageException {
    boolean packed = isPacked(split);
    if (!packed && !probe.isReadable()) {
      throw new ImageException(
          split.given().toString(),
          split.described("are of no memory image (%s)".formatted(probe.reason())));
    }
    String name = split.whole().toString();
    for (ImageContainer container : containers().toList()) {
      Optional<ImageFile> whole = container.join(split.parts(), name, options);
      if (whole.isPresent() && packed) {
        try (ImageFile joined = whole.get();
            ImageFile unpacked = openFile(joined.path(), options)) {
          return ImageFile.map(
              unpacked.path(),
              name + unpacked.name().substring(joined.path().toString().length()),
              unpacked.container() + "." + joined.container(),
              unpacked.warnings());
        }
      }
      if (whole.isPresent()) {
        return whole.get();
      }
    }
    throw new ImageException(
        split.given().toString(), split.described("have to be joined into one file"));
  }

  private static ImageFormat choose(ImageFile file) throws ImageException {
    Candidate best = candidates(file).getFirst();
    if (best.probe().isReadable()) {
      return best.format();
    }
    throw new ImageException(file.name(), best.probe().reason());
  }

  private static List<Candidate> candidates(ImageFile file) {
    List<Candidate> candidates = new ArrayList<>();
    for (ImageFormat format : formats()) {
      candidates.add(new Candidate(format, format.probe(file)));
    }
    if (candidates.isEmpty()) {
      throw new IllegalStateException("no image format is registered");
    }
    // The sort is stable, and the loader's order does not matter: two formats that are equally
    // certain of one file are told apart by name so that every run answers the same.
    candidates.sort(
        (a, b) -> {
          int byConfidence = b.probe().confidence().compareTo(a.probe().confidence());
          return byConfidence != 0 ? byConfidence : a.format().name().compareTo(b.format().name());
        });
    return candidates;
  }

  private static Optional<ImageFormat> forcedFormat(OpenOptions options) throws ImageException {
    if (options.inputFormat().isEmpty()) {
      return Optional.empty();
    }
    String name = options.inputFormat().get();
    for (ImageFormat format : formats()) {
      if (format.isReadable() && format.name().equals(name)) {
        return Optional.of(format);
      }
    }
    throw new ImageException(
        "--input-format " + name, "unknown; known are " + String.join(", ", formatNames()));
  }

  /** The format that reads the side file which the user names. */
  private static Optional<ImageFormat> formatOfMeta(OpenOptions options) throws ImageException {
    if (options.meta().isEmpty()) {
      return Optional.empty();
    }
    Path path = options.meta().get();
    requireRegular(path);
    try (ImageFile meta = ImageFile.map(path, path.toString(), "")) {
      for (ImageFormat format : formats()) {
        if (format.readsMeta(meta)) {
          return Optional.of(format);
        }
      }
    }
    throw new ImageException(
        "--meta " + path,
        "no side file that is known: VMware's checkpoints (.vmss, .vmsn), Firecracker's states,"
            + " Cloud Hypervisor's state.json and QEMU's streams are");
  }

  /** The file that holds the image's bytes: the given one, or its unpacked copy. */
  private static ImageFile openFile(Path given, OpenOptions options) throws ImageException {
    Path image = Files.isDirectory(given) ? onlyImageIn(given, options) : given;
    requireRegular(image);
    for (ImageContainer container : ServiceLoader.load(ImageContainer.class)) {
      Optional<ImageFile> unpacked =
          container.open(image, member -> judge(member, options), options);
      if (unpacked.isPresent()) {
        return unpacked.get();
      }
    }
    return ImageFile.map(image, image.toString(), "");
  }

  private static void requireRegular(Path image) throws ImageException {
    if (Files.exists(image) && !Files.isRegularFile(image)) {
      throw new ImageException(image.toString(), "not a regular file; copy the memory into one");
    }
  }

  /** The best answer of all formats; whoever forces a format has answered already. */
  private static Probe judge(ImageFile file, OpenOptions options) {
    if (options.inputFormat().isPresent()) {
      for (Candidate candidate : candidates(file)) {
        if (candidate.format().name().equals(options.inputFormat().get())) {
          return candidate.probe().isReadable()
              ? candidate.probe()
              : new Probe(Probe.Confidence.FALLBACK, "format forced by the user");
        }
      }
    }
    return candidates(file).getFirst().probe();
  }

  /** The file in a folder that is surest to be an image: a state with its memory file is one. */
  private static Path onlyImageIn(Path folder, OpenOptions options) throws ImageException {
    List<Path> images = new ArrayList<>();
    Probe.Confidence best = Probe.Confidence.NO;
    int seen = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (++seen > MAX_FILES_IN_FOLDER) {
          throw new ImageException(
              folder.toString(), "a folder with many files; name the one that is the image");
        }
        if (!Files.isRegularFile(file) || Files.size(file) == 0) {
          continue;
        }
        Optional<Probe.Confidence> confidence = confidence(file, options);
        if (confidence.isPresent() && confidence.get().compareTo(best) >= 0) {
          if (confidence.get() != best) {
            images.clear();
          }
          best = confidence.get();
          images.add(file);
        }
      }
    } catch (DirectoryIteratorException e) {
      throw ImageException.unreadable(folder.toString(), e);
    } catch (IOException e) {
      throw ImageException.unreadable(folder.toString(), e);
    }
    if (images.size() == 1) {
      return images.getFirst();
    }
    if (images.isEmpty()) {
      throw new ImageException(folder.toString(), "a folder without a memory image in it");
    }
    throw new ImageException(
        folder.toString(),
        "a folder with %d files that could be the image (%s%s); name one of them"
            .formatted(
                images.size(),
                images.stream()
                    .sorted()
                    .limit(3)
                    .map(image -> image.getFileName().toString())
                    .collect(Collectors.joining(", ")),
                images.size() > 3 ? ", ..." : ""));
  }

  /** How sure the formats are that a file is an image; empty when it is none. */
  private static Optional<Probe.Confidence> confidence(Path path, OpenOptions options) {
    try (ImageFile file = ImageFile.map(path, path.toString(), "")) {
      for (ImageContainer container : ServiceLoader.load(ImageContainer.class)) {
        if (container.recognises(file)) {
          return Optional.of(Probe.Confidence.CERTAIN);
        }
      }
      Probe probe = judge(file, options);
      return probe.isReadable() ? Optional.of(probe.confidence()) : Optional.empty();
    } catch (ImageException e) {
      // A file that this user may not read can't be the image; the others may.
      return Optional.empty();
    }
  }

  private static Stream<ImageContainer> containers() {
    return ServiceLoader.load(ImageContainer.class).stream().map(ServiceLoader.Provider::get);
  }

  private static List<ImageFormat> formats() {
    return ServiceLoader.load(ImageFormat.class).stream().map(ServiceLoader.Provider::get).toList();
  }
}
