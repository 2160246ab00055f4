package io.nestwalk.cli;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.Site;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.system.SystemSupport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A system that there is not, installed beside the real ones for tests. It knows one image alone,
 * and its one process has a layer of its own over the page tables.
 */
public final class MadeUpSupport implements SystemSupport {

  /** The process's number. */
  static final int PID = 7;

  /** The first address of its only mapping. */
  static final long START = 0x40_0000;

  private static final int PAGE = 4096;
  private static final int SIZE = 2 << 20;
  private static final byte[] MAGIC =
      "A system that there is not, 0.1".getBytes(StandardCharsets.US_ASCII);
  private static final int MAGIC_AT = 0x1000;
  private static final int ROOT = 0x1_0000;

  /** Where the pages are that the process has in memory. */
  static final long FIRST_PAGE = 0x10_0000;

  /** What stands in the page that is in transition. */
  static final String IN_TRANSITION = "on its way to the disk";

  /** What stands in the page file. */
  static final String IN_PAGE_FILE = "nobody finds me in memory";

  /** Writes the only image on which this system is recognised. */
  static Path image(Path folder) throws IOException {
    ByteBuffer image = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    image.put(MAGIC_AT, MAGIC);
    image.putLong(ROOT, ROOT + PAGE | 7);
    image.putLong(ROOT + PAGE, ROOT + 2 * PAGE | 7);
    image.putLong(ROOT + 2 * PAGE + 2 * Long.BYTES, ROOT + 3 * PAGE | 7);
    image.putLong(ROOT + 3 * PAGE, FIRST_PAGE | 7);
    image.putLong(ROOT + 3 * PAGE + 4 * Long.BYTES, FIRST_PAGE + 4 * PAGE | 7);
    for (int page = 0; page < 5; page++) {
      byte[] text = "page %d of the process".formatted(page).getBytes(StandardCharsets.US_ASCII);
      image.put((int) FIRST_PAGE + page * PAGE + 64, text);
    }
    image.put((int) FIRST_PAGE + PAGE, IN_TRANSITION.getBytes(StandardCharsets.US_ASCII));
    return Files.write(folder.resolve("made-up.raw"), image.array());
  }

  @Override
  public Optional<GuestSystem> recognise(Site site) {
    return Arrays.equals(site.physical().readBytes(MAGIC_AT, MAGIC.length), MAGIC)
        ? Optional.of(new MadeUpSystem(site.physical()))
        : Optional.empty();
  }

  private static final class MadeUpSystem implements GuestSystem {

    private final Layer hardware;

    MadeUpSystem(Memory physical) {
      hardware = TranslatedMemory.of(physical, new Walker(X86Modes.fourLevel(48), ROOT, physical));
    }

    @Override
    public SystemFacts facts() {
      return SystemFacts.builder("MadeUp", "0.1", START).build();
    }

    @Override
    public List<GuestProcess> processes() {
      return List.of(
          GuestProcess.builder(PID, "swapped", START)
              .root(OptionalLong.of(ROOT))
              .seenBy(Set.of("test"))
              .build());
    }

    @Override
    public List<GuestMapping> mappings(GuestProcess process) {
      return List.of(
          GuestMapping.builder(START, START + 5 * PAGE, GuestMapping.Kind.PRIVATE)
              .permissions("rw-p")
              .build());
    }

    @Override
    public Optional<Layer> memoryOf(GuestProcess process) {
      return Optional.of(
          new PageFileLayer(
              hardware,
              START,
              FIRST_PAGE + PAGE,
              IN_PAGE_FILE.getBytes(StandardCharsets.US_ASCII)));
    }

    @Override
    public Layer kernelMemory() {
      return hardware;
    }

    @Override
    public List<String> warnings() {
      return List.of();
    }
  }
}
