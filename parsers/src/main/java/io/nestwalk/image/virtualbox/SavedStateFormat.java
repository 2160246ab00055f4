package io.nestwalk.image.virtualbox;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.BlockMemory;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.LongMode;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.Registers;
import java.util.ArrayList;
import java.util.List;

/** VirtualBox's saved states of format version 2.0. */
public final class SavedStateFormat implements ImageFormat {

  /** For the service loader. */
  public SavedStateFormat() {}

  @Override
  public String name() {
    return "virtualbox";
  }

  @Override
  public Probe probe(ImageFile file) {
    if (!FileHeader.hasMagic(file)) {
      return Probe.no("no magic of a VirtualBox saved state");
    }
    try {
      FileHeader header = FileHeader.read(file);
      return header.isRead()
          ? Probe.certain("VirtualBox saved state 2.0")
          : Probe.refused(header.refusal());
    } catch (ImageException e) {
      return Probe.refused(e.reason());
    }
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (!FileHeader.hasMagic(file)) {
      throw new ImageException(file.name(), "not a VirtualBox saved state: no magic at offset 0");
    }
    FileHeader header = FileHeader.read(file);
    if (!header.isRead()) {
      throw new ImageException(file.name(), header.refusal());
    }
    SavedState state = new SavedState(file, options.progress());
    state.read();
    if (state.memory().pages() == 0) {
      throw new ImageException(
          file.name(),
          "a VirtualBox saved state of which no memory can be read"
              + state.warnings().stream().findFirst().map(w -> ": " + w).orElse(""));
    }
    List<Cpu> cpus = new ArrayList<>();
    for (Registers registers : state.cpus()) {
      Architecture architecture =
          LongMode.of(registers) == LongMode.Answer.YES ? Architecture.X86_64 : Architecture.X86;
      cpus.add(new Cpu(cpus.size(), architecture, registers));
    }
    return MemoryImage.of(
            file, name(), new BlockMemory(file, state.memory().index(), new PageRecords(file)))
        .creator("VirtualBox " + header.productVersion())
        .architecture(
            cpus.stream()
                .map(Cpu::architecture)
                .max((a, b) -> Boolean.compare(a == Architecture.X86_64, b == Architecture.X86_64)))
        .cpus(cpus)
        .warnings(state.warnings())
        .build();
  }
}
