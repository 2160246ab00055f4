package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.Probe;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A file that is a migration stream: "migrate exec:", "migrate file:", Proxmox's .raw VM state. */
public final class QemuFormat implements ImageFormat {

  /** For the service loader. */
  public QemuFormat() {}

  @Override
  public String name() {
    return "qemu";
  }

  @Override
  public Set<ImageOption> options() {
    return Set.of(ImageOption.META);
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
  public boolean readsMeta(ImageFile meta) {
    return MigrationStream.hasMagic(PiecedFile.from(meta, 0));
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (options.meta().isPresent()) {
      return withStream(file, options.meta().get(), options);
    }
    return MigrationStream.open(file, PiecedFile.from(file, 0), name(), "", List.of(), options);
  }

  private MemoryImage withStream(ImageFile memory, Path path, OpenOptions options)
      throws ImageException {
    memory.readBeside(path);
    try (ImageFile state = ImageFile.map(path, path.toString(), "")) {
      if (!readsMeta(state)) {
        throw new ImageException(state.name(), "no QEMU stream: \"QEVM\" is missing at its start");
      }
      if (readsMeta(memory)) {
        throw ImageException.advising(
            memory.name(),
            "a QEMU stream; give the file that its memory is in, and the stream as its side file",
            List.of(ImageOption.META));
      }
      return MigrationStream.openMemory(memory, state, name(), options);
    }
  }
}
