package io.nestwalk.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.memory.UnionMemory;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.truth.Truth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A machine of a real image: its memory and kernel tables as the truth has them, so that what is
 * tested here depends on nothing that looks for roots.
 */
record RealMachine(String image, String id, Truth truth, Memory physical, Walker tables) {

  private static final int WIDEST = 52;
  private static final Map<String, Memory> MEMORIES = new HashMap<>();
  private static final Map<String, RealMachine> MACHINES = new HashMap<>();

  /** The machines whose kernels have types. */
  static Stream<String> typed() {
    return Stream.of(
        "kvm-npt host",
        "kvm-npt vm1",
        "kvm-shadow host",
        "kvm-shadow vm1",
        "kvm-ept host",
        "kvm-ept vm1",
        "kvm-arm64 host",
        "kvm-arm64 vm1",
        "linux-la57 host");
  }

  /** The hosts among them that run guests. */
  static Stream<String> hypervisors() {
    return Stream.of("kvm-npt", "kvm-shadow", "kvm-ept", "kvm-arm64");
  }

  /** The machine named as "IMAGE MACHINE". */
  static RealMachine get(String name) {
    RealMachine machine = MACHINES.get(name);
    if (machine == null) {
      String[] words = name.split(" ", 2);
      machine = open(words[0], words[1]);
      MACHINES.put(name, machine);
    }
    return machine;
  }

  /** The machine's system, newly recognised. */
  GuestSystem system() {
    return LinuxSystem.recognise(physical, List.of(tables)).orElseThrow();
  }

  /** The same machine with other memory below its tables. */
  RealMachine over(Memory other) {
    return new RealMachine(image, id, truth, other, tables.over(other));
  }

  private static RealMachine open(String image, String id) {
    Path folder = folder();
    Truth all = Truth.read(folder.resolve(image + ".truth.json"));
    Memory host =
        MEMORIES.computeIfAbsent(image, key -> openMemory(folder.resolve(all.text("image"))));
    Truth truth = all.child("machines").child(id);
    Memory physical = id.equals("host") ? host : guestMemory(image, host, truth);
    long root = kernelRoot(all, id, truth);
    return new RealMachine(image, id, truth, physical, new Walker(mode(image), root, physical));
  }

  private static Path folder() {
    Path folder = Path.of(System.getProperty("nestwalk.images", "../../shared/images"));
    assumeTrue(Files.isDirectory(folder), () -> "no real images at " + folder);
    return folder;
  }

  private static Memory openMemory(Path file) {
    assumeTrue(Files.exists(file), () -> file + " is not there");
    try {
      return MemoryImages.open(file, OpenOptions.defaults()).memory();
    } catch (ImageException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PagingMode mode(String image) {
    return switch (image) {
      case "linux-la57" -> X86Modes.fiveLevel(WIDEST);
      case "linux-pae" -> X86Modes.pae(WIDEST);
      case "kvm-arm64" ->
          ArmModes.stage1(
              ArmModes.Granule.KIB_4, 48, InputRule.ONES_EXTENDED, ArmModes.OutputSize.BITS_48);
      default -> X86Modes.fourLevel(WIDEST);
    };
  }

  private static long kernelRoot(Truth all, String id, Truth truth) {
    if (all.has("derived")) {
      String level = id.equals("host") ? "L1" : "L2";
      return all.child("derived").child("kernel").child(level).number("swapper_pg_dir_gpa");
    }
    return Truth.number(truth.child("rootOfPid").values().values().iterator().next());
  }

  /** Second-level tables and slots together, as a machine's memory is made; shadow: slots alone. */
  private static Memory guestMemory(String image, Memory host, Truth truth) {
    Truth level = truth.child("secondLevel");
    Layer slots = get(image + " host").system().virtualMachines().getFirst().memory().orElseThrow();
    Optional<PagingMode> mode =
        Optional.ofNullable(
            switch (level.text("kind")) {
              case "npt" -> X86Modes.nestedLong(4, WIDEST);
              case "ept" -> EptModes.of(4, WIDEST);
              case "stage2" ->
                  ArmModes.stage2(ArmModes.Granule.KIB_4, 40, 1, ArmModes.OutputSize.BITS_48);
              default -> null;
            });
    return mode.isEmpty()
        ? slots
        : UnionMemory.of(
            TranslatedMemory.of(host, new Walker(mode.get(), level.number("root"), host)), slots);
  }
}
