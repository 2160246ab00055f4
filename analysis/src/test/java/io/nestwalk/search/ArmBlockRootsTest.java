package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.Translation;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.synthetic.ArmForm;
import io.nestwalk.synthetic.ArmSystem;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.GuestMemory;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guests on ARM whose start-level tables hold blocks: found by the form of the tables alone. */
class ArmBlockRootsTest {

  private static final int ADDRESS_BITS = 48;
  private static final int HOST_SIZE = 160 << 20;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);

  @ParameterizedTest
  @CsvSource({
    "KIB_4, 2, 30, 0",
    "KIB_4, 2, 32, 0x80000000",
    "KIB_4, 2, 34, 0x200000000",
    "KIB_16, 2, 36, 0x40000000",
    "KIB_16, 2, 38, 0x2000000000"
  })
  void aGuest(Granule granule, int start, int inputBits, String base) throws Exception {
    long guestBase = Long.decode(base);
    ArmForm form = ArmForm.stage2(granule, inputBits, start, OutputSize.BITS_48);
    TableBuilder secondLevel = write(granule, form, guestBase);
    long block = 1L << ArmForm.shiftOf(granule.shift(), 2);

    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Machines machines = MachineFinder.find(image, 2, Progress.NONE);
      assertThat(machines.all())
          .as("%s", machines.attempts())
          .extracting(Machine::id)
          .containsExactly("host", "vm1");
      Machine vm = machines.named("vm1").orElseThrow();
      Root root = vm.secondLevel().root().orElseThrow();
      assertThat(root.address()).isEqualTo(secondLevel.root());
      assertThat(root.mode().name()).isEqualTo(form.mode().name());
      assertThat(root.evidence())
          .extracting(Evidence::source)
          .containsExactly(Source.STRUCTURE, Source.CONTENT);
      assertThat(vm.secondLevel().mappedBytes()).isEqualTo(3 * block);
      for (long offset = 0; offset < 3 * block; offset += block / 8) {
        assertThat(Translation.address(Layer.toLowest(vm.physical(), guestBase + offset)))
            .isEqualTo(secondLevel.lookup(guestBase + offset).target());
      }
    }
  }

  /** A word that is no entry makes the 4 KiB of a root around it no table. */
  @Test
  void aRootOfWhichAPartIsDamagedIsFound() throws Exception {
    ArmForm form = ArmForm.stage2(Granule.KIB_16, 36, 2, OutputSize.BITS_48);
    long root = write(Granule.KIB_16, form, 0x4000_0000).root();
    memory.putLong(root + 0x2000, 0x1234_5678_9abc_def0L);

    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      assertThat(MachineFinder.find(image, 2, Progress.NONE).all())
          .extracting(Machine::id)
          .containsExactly("host", "vm1");
    }
  }

  /** A host, and the tables and the system of its guest, whose memory begins there. */
  private TableBuilder write(Granule granule, ArmForm form, long guestBase) {
    ArmSystem.write(memory, frames);
    TableBuilder secondLevel = new TableBuilder(form, memory, frames);
    // Small pages that lie backwards, then blocks: of the latter the last one first.
    int blockShift = ArmForm.shiftOf(granule.shift(), 2);
    long block = 1L << blockShift;
    long page = 1L << granule.shift();
    long small = frames.take(block, blockShift, ADDRESS_BITS);
    for (long offset = 0; offset < block; offset += page) {
      secondLevel.map(
          guestBase + offset, small + block - page - offset, granule.shift(), Rights.ALL);
    }
    for (int i = 2; i >= 1; i--) {
      long target = frames.take(block, blockShift, ADDRESS_BITS);
      secondLevel.map(guestBase + i * block, target, blockShift, Rights.ALL);
    }
    GuestMemory guest = new GuestMemory(memory, secondLevel);
    Frames inside = Frames.from(guestBase + 2 * block - 0x2_0000);
    ArmSystem.write(guest, inside);
    return secondLevel;
  }
}
