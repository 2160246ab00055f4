package io.nestwalk.image.ewf;

import io.nestwalk.image.BlockMemory;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.Providers;
import io.nestwalk.image.known.KnownSignatures;
import io.nestwalk.wording.Count;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** An E01 image whose content is raw memory; what else may be in one is refused by name. */
public final class EwfFormat implements ImageFormat {

  private static final Providers<ImageFormat> INSTALLED = new Providers<>(ImageFormat.class);

  /** Enough to see what the content is. */
  private static final int HEAD = 64 << 10;

  /** For the service loader. */
  public EwfFormat() {}

  @Override
  public String name() {
    return "ewf";
  }

  @Override
  public Set<ImageOption> options() {
    return Set.of(ImageOption.BASE);
  }

  @Override
  public Probe probe(ImageFile file) {
    if (!Segment.hasMagic(file)) {
      return Probe.no("no signature of an EnCase image");
    }
    try {
      if (Segment.number(file) != 1) {
        return Probe.refused(notFirst(Segment.number(file)));
      }
      Sections sections = Sections.read(List.of(file));
      if (sections.volume() == null || sections.tables().isEmpty()) {
        return Probe.refused(withoutChunks());
      }
      return content(file, new EwfIndex(List.of(file), sections, 0))
          .map(Probe::refused)
          .orElse(Probe.certain("EnCase (E01) image of memory"));
    } catch (ImageException e) {
      return Probe.refused("a damaged EnCase (E01) image (%s)".formatted(e.reason()));
    }
  }

  @Override
  public List<Path> furtherFiles(ImageFile file) {
    try {
      return Segment.hasMagic(file) && Segment.number(file) == 1
          ? Segment.after(file, new ArrayList<>()).stream()
              .flatMap(part -> part.path().stream())
              .toList()
          : List.of();
    } catch (ImageException e) {
      return List.of(); // whoever opens it is told
    }
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (!Segment.hasMagic(file)) {
      throw new ImageException(file.name(), "not an EnCase image: no signature at offset 0");
    }
    if (Segment.number(file) != 1) {
      throw new ImageException(file.name(), notFirst(Segment.number(file)));
    }
    List<String> warnings = new ArrayList<>();
    List<ImageFile> files = new ArrayList<>(List.of(file));
    files.addAll(Segment.after(file, warnings));
    Sections sections = Sections.read(files);
    warnings.addAll(sections.warnings());
    if (sections.volume() == null || sections.tables().isEmpty()) {
      throw new ImageException(file.name(), withoutChunks());
    }
    long base = options.base().orElse(0);
    if (base < 0 || base > Long.MAX_VALUE - EwfIndex.MAX_BYTES) {
      throw new ImageException(
          file.name(), "the base address 0x%x and the image's length exceed 2^63".formatted(base));
    }
    EwfIndex index = new EwfIndex(files, sections, base);
    Optional<String> refusal = content(file, index);
    if (refusal.isPresent()) {
      throw new ImageException(file.name(), refusal.get());
    }
    if (index.bytes() < sections.volume().bytes()) {
      warnings.add(
          ("of %d bytes of the image the first %d are in the %s there; further parts"
                  + " (.E02 and on) are missing, or damaged")
              .formatted(sections.volume().bytes(), index.bytes(), Count.of(files.size(), "file")));
    } else if (!sections.isComplete()) {
      warnings.add("the image has no mark of its end; it may not be complete");
    }
    return MemoryImage.of(file, name(), new BlockMemory(file, index, index))
        .creator("an EnCase (E01) image, " + Count.of(files.size(), "file"))
        .warnings(warnings)
        .build();
  }

  /** Why the content is no raw memory; empty when it may be. */
  private static Optional<String> content(ImageFile file, EwfIndex index) {
    BlockMemory memory = new BlockMemory(file, index, index);
    long start = memory.ranges().getFirst().start();
    byte[] head = memory.readBytes(start, (int) Math.min(HEAD, index.bytes()));
    if (head.length == 0) {
      return Optional.empty(); // damaged; what is behind may not be
    }
    ImageFile inner =
        ImageFile.over(MemorySegment.ofArray(head), Path.of("content"), "content", "");
    Probe known = new KnownSignatures().probe(inner);
    if (known.confidence() == Probe.Confidence.REFUSED) {
      return Optional.of("an EnCase (E01) image of %s".formatted(known.reason()));
    }
    for (ImageFormat format : INSTALLED.all()) {
      if (!(format instanceof EwfFormat)
          && format.probe(inner).confidence() == Probe.Confidence.CERTAIN) {
        return Optional.of(
            "an EnCase (E01) image of a dump (%s); take it out with ewfexport, and open that"
                .formatted(format.probe(inner).reason()));
      }
    }
    return Optional.empty();
  }

  private static String notFirst(int number) {
    return "the part %d of an EnCase (E01) image; give the first one".formatted(number);
  }

  private static String withoutChunks() {
    return "an EnCase (E01) image without a table of its chunks";
  }
}
