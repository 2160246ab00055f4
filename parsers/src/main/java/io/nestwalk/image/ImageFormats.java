package io.nestwalk.image;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The formats that are installed, and which of them a file is of. */
final class ImageFormats {

  private static final Providers<ImageFormat> INSTALLED = new Providers<>(ImageFormat.class);

  private ImageFormats() {}

  /** Every format, those that only refuse among them. */
  static List<ImageFormat> all() {
    return INSTALLED.all();
  }

  /** The names of those that can be opened. */
  static List<String> names() {
    return all().stream().filter(ImageFormat::isReadable).map(ImageFormat::name).sorted().toList();
  }

  /** The format of that name, which can be opened. */
  static Optional<ImageFormat> named(String name) {
    return all().stream()
        .filter(format -> format.isReadable() && format.name().equals(name))
        .findFirst();
  }

  /**
   * The format that the user has decided on, by its name or by a side file.
   *
   * @throws ImageException when there is none of that name, or none reads that side file
   */
  static Optional<ImageFormat> decided(OpenOptions options) throws ImageException {
    if (options.inputFormat().isPresent()) {
      String name = options.inputFormat().get();
      Optional<ImageFormat> named = named(name);
      if (named.isEmpty()) {
        throw new ImageException(
            "input format " + name, "unknown; known are " + String.join(", ", names()));
      }
      return named;
    }
    return options.meta().isPresent()
        ? Optional.of(ofMeta(options.meta().get()))
        : Optional.empty();
  }

  /** The format that reads a side file. */
  private static ImageFormat ofMeta(Path path) throws ImageException {
    PlainFiles.requireRegular(path);
    try (ImageFile meta = ImageFile.map(path, path.toString(), "")) {
      for (ImageFormat format : all()) {
        if (format.readsMeta(meta)) {
          return format;
        }
      }
    }
    throw new ImageException(
        path.toString(),
        "no side file that is known: VMware's checkpoints (.vmss, .vmsn), Firecracker's states,"
            + " Cloud Hypervisor's state.json and QEMU's streams are");
  }

  /** The format that is surest of a file. */
  static ImageFormat best(ImageFile file) throws ImageException {
    Candidate best = candidates(file).getFirst();
    if (best.probe().isReadable()) {
      return best.format();
    }
    throw new ImageException(file.name(), best.probe().reason());
  }

  /** What every format thinks of a file, the most confident first. */
  static List<Candidate> candidates(ImageFile file) {
    List<Candidate> candidates = new ArrayList<>();
    for (ImageFormat format : all()) {
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

  /** The best answer of all formats; whoever forces a format has answered already. */
  static Probe judge(ImageFile file, OpenOptions options) {
    List<Candidate> candidates = candidates(file);
    if (options.inputFormat().isPresent()) {
      for (Candidate candidate : candidates) {
        if (candidate.format().name().equals(options.inputFormat().get())) {
          return candidate.probe().isReadable()
              ? candidate.probe()
              : new Probe(Probe.Confidence.FALLBACK, "format forced by the user");
        }
      }
    }
    return candidates.getFirst().probe();
  }
}
