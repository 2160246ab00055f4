package io.nestwalk.image.microvm;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;

/** The file "memory-ranges" in a snapshot's folder of Cloud Hypervisor, on x86-64. */
public final class CloudHypervisorFormat implements ImageFormat {

  private static final String FILE = "memory-ranges";

  private static final Layout LAYOUT =
      new Layout(Architecture.X86_64, 0, 0xc000_0000L, 0x1_0000_0000L);

  /** For the service loader. */
  public CloudHypervisorFormat() {}

  @Override
  public String name() {
    return "cloud-hypervisor";
  }

  @Override
  public Probe probe(ImageFile file) {
    return file.name().endsWith(FILE)
        ? new Probe(
            Probe.Confidence.LIKELY, "named memory-ranges, as Cloud Hypervisor's memory files are")
        : Probe.no("not named memory-ranges");
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    return LAYOUT.open(file, name(), "Cloud Hypervisor", options);
  }
}
