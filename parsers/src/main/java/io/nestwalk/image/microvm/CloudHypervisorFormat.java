package io.nestwalk.image.microvm;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.FilesBeside;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** The file "memory-ranges" in a snapshot's folder of Cloud Hypervisor, on x86-64. */
public final class CloudHypervisorFormat implements ImageFormat {

  private static final String FILE = "memory-ranges";
  private static final String STATE = "state.json";

  private static final Layout LAYOUT =
      new Layout(Architecture.X86_64, 0, 0xc000_0000L, 0x1_0000_0000L);

  /** For the service loader. */
  public CloudHypervisorFormat() {}

  @Override
  public String name() {
    return "cloud-hypervisor";
  }

  @Override
  public Set<ImageOption> options() {
    return Set.of(ImageOption.META);
  }

  @Override
  public Probe probe(ImageFile file) {
    return file.name().endsWith(FILE)
        ? new Probe(
            Probe.Confidence.LIKELY, "named memory-ranges, as Cloud Hypervisor's memory files are")
        : Probe.no("not named memory-ranges");
  }

  @Override
  public boolean readsMeta(ImageFile meta) {
    return CloudHypervisorState.isOne(meta);
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    Optional<Path> path = options.meta().or(() -> stateBeside(file));
    if (path.isEmpty()) {
      return LAYOUT.open(file, name(), "Cloud Hypervisor", Optional.empty());
    }
    file.readBeside(path.get());
    try (ImageFile meta = ImageFile.map(path.get(), path.get().toString(), "")) {
      SideState side = CloudHypervisorState.read(meta).side(file.length());
      return LAYOUT.open(file, name(), "Cloud Hypervisor", Optional.of(side));
    }
  }

  /** The state in a snapshot's folder, if it can be read at all. */
  private static Optional<Path> stateBeside(ImageFile file) {
    return FilesBeside.of(
            file, path -> path.getFileName().toString().equals(STATE) && isState(path))
        .stream()
        .findFirst();
  }

  private static boolean isState(Path path) {
    try (ImageFile file = ImageFile.map(path, path.toString(), "")) {
      return CloudHypervisorState.isOne(file);
    } catch (ImageException e) {
      return false;
    }
  }
}
