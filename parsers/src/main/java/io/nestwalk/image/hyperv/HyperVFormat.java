package io.nestwalk.image.hyperv;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Names Hyper-V's state and configuration files and says what is in them. */
public final class HyperVFormat implements ImageFormat {

  private static final Pattern RAM = Pattern.compile("Ram(Memory)?Block\\d+");

  /** For the service loader. */
  public HyperVFormat() {}

  @Override
  public String name() {
    return "hyperv";
  }

  @Override
  public boolean isReadable() {
    return false;
  }

  @Override
  public Probe probe(ImageFile file) {
    return HyperVStorage.hasMagic(file)
        ? Probe.refused(describe(file))
        : Probe.no("no signature of a Hyper-V file");
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    throw new ImageException(
        file.name(), HyperVStorage.hasMagic(file) ? describe(file) : "not a Hyper-V file");
  }

  private static String describe(ImageFile file) {
    try {
      HyperVStorage storage = HyperVStorage.read(file);
      long blocks = storage.count(RAM);
      String about = about(file, storage);
      return blocks == 0
          ? "a Hyper-V state or configuration file%s without RAM in it".formatted(about)
          : "a Hyper-V saved state%s with %d blocks of RAM, which is not supported; convert it with"
                  .formatted(about, blocks)
              + " Microsoft's vm2dmp";
    } catch (ImageException e) {
      return "a damaged or cut Hyper-V state or configuration file (%s)".formatted(e.reason());
    }
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
