package io.nestwalk.image.hyperv;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.BlockMemory;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.SystemHints;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Hyper-V's saved states; its configuration files, and states without RAM, are described. */
public final class HyperVFormat implements ImageFormat {

  private static final String STATE = "/savedVM/partition_state";

  /** For the service loader. */
  public HyperVFormat() {}

  @Override
  public String name() {
    return "hyperv";
  }

  @Override
  public Probe probe(ImageFile file) {
    if (!HyperVStorage.hasMagic(file)) {
      return Probe.no("no signature of a Hyper-V file");
    }
    try {
      HyperVStorage storage = HyperVStorage.read(file);
      return SavedRam.count(storage) == 0
          ? Probe.refused(withoutRam(file, storage))
          : Probe.certain("Hyper-V saved state" + about(file, storage));
    } catch (ImageException e) {
      return Probe.refused(damaged(e));
    }
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (!HyperVStorage.hasMagic(file)) {
      throw new ImageException(file.name(), "not a Hyper-V file");
    }
    HyperVStorage storage;
    try {
      storage = HyperVStorage.read(file);
    } catch (ImageException e) {
      throw new ImageException(file.name(), damaged(e));
    }
    if (SavedRam.count(storage) == 0) {
      throw new ImageException(file.name(), withoutRam(file, storage));
    }
    List<String> warnings = new ArrayList<>(storage.warnings());
    SavedRam.Content ram = SavedRam.read(file, storage, options.progress());
    warnings.addAll(ram.warnings());
    BlockMemory memory = new BlockMemory(file, ram.index(), new RamDecoder(file));
    if (memory.ranges().isEmpty()) {
      throw new ImageException(
          file.name(),
          "a Hyper-V saved state of which no page of memory can be read"
              + (warnings.isEmpty() ? "" : "; " + warnings.getLast()));
    }
    PartitionState state = state(file, storage);
    warnings.addAll(state.warnings());
    return MemoryImage.of(file, name(), memory)
        .creator("Hyper-V" + about(file, storage))
        .architecture(architecture(state.cpus()))
        .cpus(state.cpus())
        .warnings(warnings)
        .hints(hints(state))
        .build();
  }

  private static PartitionState state(ImageFile file, HyperVStorage storage) throws ImageException {
    Optional<HyperVStorage.Bytes> value = storage.bytes(file, "/savedstate" + STATE);
    if (value.isEmpty()) {
      value = storage.bytes(file, STATE);
    }
    return value.isPresent()
        ? PartitionState.read(file, value.get())
        : new PartitionState(
            List.of(), OptionalLong.empty(), List.of("the file has no state of the CPUs"));
  }

  private static Optional<Architecture> architecture(List<Cpu> cpus) {
    // A CPU that the guest has not started yet is in real mode.
    return cpus.stream()
        .map(Cpu::architecture)
        .filter(each -> each != Architecture.X86)
        .findFirst()
        .or(() -> cpus.stream().map(Cpu::architecture).findFirst());
  }

  private static SystemHints hints(PartitionState state) {
    return state.osId().isPresent()
        ? new SystemHints(
            "hypervisor's state",
            Map.of("guestOsId", state.osId().getAsLong()),
            List.of(),
            Map.of(),
            Optional.empty())
        : SystemHints.NONE;
  }

  private static String withoutRam(ImageFile file, HyperVStorage storage) throws ImageException {
    return "a Hyper-V state or configuration file%s without RAM in it"
        .formatted(about(file, storage));
  }

  private static String damaged(ImageException e) {
    return "a damaged or cut Hyper-V state or configuration file (%s)".formatted(e.reason());
  }

  /** What the configuration says about the machine. */
  private static String about(ImageFile file, HyperVStorage storage) throws ImageException {
    List<String> facts = new ArrayList<>();
    storage
        .text(file, "/configuration/properties/name")
        .filter(name -> !name.isBlank())
        .ifPresent(name -> facts.add("of the VM \"%s\"".formatted(name)));
    OptionalLong version = storage.number(file, "/configuration/properties/version");
    if (version.isPresent()) {
      facts.add(
          "version %d.%d"
              .formatted((version.getAsLong() >>> 8) & 0xff, version.getAsLong() & 0xff));
    }
    OptionalLong memory = storage.number(file, "/configuration/settings/memory/bank/size");
    if (memory.isPresent()) {
      facts.add("%d MiB".formatted(memory.getAsLong()));
    }
    return facts.isEmpty() ? "" : " (" + String.join(", ", facts) + ")";
  }
}
