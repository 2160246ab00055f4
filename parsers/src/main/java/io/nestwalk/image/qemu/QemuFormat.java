package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.Probe;
import java.util.List;
import java.util.Optional;

/** A file that is a migration stream: "migrate exec:", "migrate file:", Proxmox's .raw VM state. */
public final class QemuFormat implements ImageFormat {

  /** For the service loader. */
  public QemuFormat() {}

  @Override
  public String name() {
    return "qemu";
  }

  @Override
  public Probe probe(ImageFile file) {
    PiecedFile stream = PiecedFile.from(file, 0);
    if (!MigrationStream.hasMagic(stream)) {
      return Probe.no("no QEVM magic");
    }
    Optional<String> refusal = MigrationStream.refusal(stream);
    return refusal.isPresent()
        ? Probe.refused(refusal.get())
        : Probe.certain("QEMU migration stream or VM state");
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    return MigrationStream.open(file, PiecedFile.from(file, 0), name(), "", List.of(), options);
  }
}
