package io.nestwalk.windows;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.Site;
import io.nestwalk.truth.Truth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A Windows of which the truth is known: its memory and root as the truth has them, so that what is
 * tested here depends on nothing that looks for roots.
 */
record WindowsMachine(String image, Truth truth, Memory physical, long root) {

  private static final int PHYSICAL_BITS = 48;
  private static final Map<String, WindowsMachine> MACHINES = new HashMap<>();

  /** The images that there are. */
  static Stream<String> images() {
    return Stream.of("win7601", "win9600-torn", "win19041", "win20348-ept", "win22000-self");
  }

  static WindowsMachine get(String image) {
    return MACHINES.computeIfAbsent(image, WindowsMachine::open);
  }

  private static WindowsMachine open(String image) {
    Path shared =
        Path.of(System.getProperty("nestwalk.images", "../../shared/images"))
            .resolveSibling("windows");
    Path samples = Path.of(System.getProperty("nestwalk.root", ".."), "samples");
    Path folder = Files.isDirectory(shared) ? shared : samples;
    Path file = folder.resolve(image + ".truth.json");
    assumeTrue(Files.exists(file), () -> "no image at " + file);
    Truth all = Truth.read(file);
    boolean nested = image.endsWith("-ept");
    Truth machine = all.child("machines").child(nested ? "vm1" : "host");
    try {
      Memory memory =
          MemoryImages.open(folder.resolve(all.text("image")), OpenOptions.defaults()).memory();
      if (nested) {
        long pointer = machine.child("secondLevel").number("root");
        memory =
            TranslatedMemory.of(memory, new Walker(EptModes.of(4, PHYSICAL_BITS), pointer, memory));
      }
      return new WindowsMachine(image, machine, memory, machine.number("root"));
    } catch (ImageException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same machine with other memory. */
  WindowsMachine over(Memory other) {
    return new WindowsMachine(image, truth, other, root);
  }

  Site site(long... roots) {
    List<Root> all =
        java.util.Arrays.stream(roots)
            .mapToObj(each -> new Root(X86Modes.fourLevel(PHYSICAL_BITS), each, List.of()))
            .toList();
    return new Site(Architecture.X86_64, physical, all, List.of());
  }

  /** The machine's system, newly recognised. */
  GuestSystem system() {
    return new WindowsSupport().recognise(site(root)).orElseThrow();
  }
}
