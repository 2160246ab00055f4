package io.nestwalk.image.known;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.util.List;
import java.util.Optional;

/** Names the files that can't be read, instead of taking them for raw memory. */
public final class KnownSignatures implements ImageFormat {

  private static final String UNSUPPORTED = ", which is not supported";

  private static final String HIBERNATION =
      "a Windows hibernation file, whose pages are compressed" + UNSUPPORTED;

  /** The first row that matches explains the file. */
  private static final List<Signature> SIGNATURES =
      List.of(
          new Signature(0, "DISKDUMP", "a compressed diskdump" + UNSUPPORTED),
          new Signature(0, "MDMP", "a Windows minidump of one process, not of a machine"),
          new Signature(0, "\u00ed\u00eb\u000f\u00f0", "an old Xen core" + UNSUPPORTED),
          new Signature(0, "\u00ee\u00eb\u000f\u00f0", "an old Xen core" + UNSUPPORTED),
          new Signature(
              0,
              "\0\0d\u0086\u0084\u0019\u0010\u0007",
              "a Firecracker state file, which has no memory in it; give its memory file, and this"
                  + " one with --meta"),
          new Signature(
              0,
              "\0\0\u00aa\u00aa\u0084\u0019\u0010\u0007",
              "a Firecracker state file, which has no memory in it; give its memory file, and this"
                  + " one with --meta"),
          new Signature(0, "hibr", HIBERNATION),
          new Signature(0, "HIBR", HIBERNATION),
          new Signature(0, "wake", HIBERNATION),
          new Signature(0, "WAKE", HIBERNATION),
          new Signature(0, "RSTR", HIBERNATION),
          new Signature(0, "EVF\t\r\n\u00ff\0", "an EnCase (E01) image" + UNSUPPORTED),
          new Signature(0, "HPAK", "an HBGary HPAK dump" + UNSUPPORTED),
          new Signature(0, "KDMV", "a VMware disk image (.vmdk), not memory"),
          new Signature(0, "vhdxfile", "a Hyper-V disk image (.vhdx), not memory"),
          new Signature(0, "<<< ", "a VirtualBox disk image, not memory"));

  /** For the service loader. */
  public KnownSignatures() {}

  @Override
  public String name() {
    return "known";
  }

  @Override
  public boolean isReadable() {
    return false;
  }

  @Override
  public Probe probe(ImageFile file) {
    return explain(file).map(Probe::refused).orElse(Probe.no("no signature that is known"));
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    throw new ImageException(file.name(), explain(file).orElse("not recognised"));
  }

  private static Optional<String> explain(ImageFile file) {
    for (Signature signature : SIGNATURES) {
      if (signature.matches(file)) {
        return Optional.of(signature.explanation());
      }
    }
    return Optional.empty();
  }
}
