package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.roots.Root;
import io.nestwalk.survey.Survey;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import io.nestwalk.synthetic.VmcsFields;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A raw file of 1 TiB, nearly all of it holes: what is in it is found, and the holes not read. */
class SparseImageTest {

  private static final int MIB = 1 << 20;
  private static final int HOST_SIZE = 64 * MIB;
  private static final long SIZE = 1L << 40;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();

  /** The most that the survey said it would read. */
  private final AtomicLong surveyed = new AtomicLong();

  private final Progress progress =
      (stage, done, total) -> surveyed.accumulateAndGet(total, Math::max);

  @Test
  void machinesAtTheStartOfALargeFileAreFound() throws Exception {
    SyntheticMachine host = new SyntheticMachine(memory, HOST_SIZE, 4);
    host.addIntelGuest(6 * MIB, 4, VmcsFields.unknown(new Random(3)));
    try (MemoryImage image = write()) {
      Machines machines = MachineFinder.find(image, 2, progress);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host", "vm1");
      assertThat(machines.host().root().map(Root::address)).contains(host.kernel().root());
      assertThat(machines.coverage().bytesPresent()).isEqualTo(SIZE);
      assertThat(machines.coverage().pagesSeen()).isEqualTo(SIZE / Survey.PAGE_SIZE);
    }
    assertThat(surveyed.get()).isBetween(1L, 2L * HOST_SIZE);
  }

  @Test
  void nothingIsReadOfAFileWithoutData() throws Exception {
    try (MemoryImage image = write()) {
      Machines machines = MachineFinder.find(image, 2, progress);
      assertThat(machines.all()).extracting(Machine::id).containsExactly("host");
      assertThat(machines.host().root()).isEmpty();
      assertThat(machines.coverage().pagesSeen()).isEqualTo(SIZE / Survey.PAGE_SIZE);
      assertThat(machines.coverage().pagesNotZero()).isZero();
    }
    assertThat(surveyed.get()).isZero();
  }

  @Test
  void aPageAtTheVeryEndIsSeen() throws Exception {
    memory.putLong(SIZE - 8, 1);
    try (MemoryImage image = write()) {
      Survey survey = Survey.of(image.memory(), List.of(), 2, progress);
      assertThat(survey.pagesNotZero()).isEqualTo(1);
      assertThat(survey.pagesSeen()).isEqualTo(SIZE / Survey.PAGE_SIZE);
    }
    assertThat(surveyed.get()).isBetween(4096L, (long) MIB);
  }

  /** The file; skips the test where it can't be made, or where holes are not told of. */
  private MemoryImage write() throws Exception {
    Path path = folder.resolve("large.raw");
    String problem = "";
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(SIZE);
      for (long page : memory.pages()) {
        file.seek(page);
        file.write(memory.page(page));
      }
    } catch (IOException e) {
      problem = e.getMessage();
    }
    assumeThat(problem).as("no file of 1 TiB can be made here").isEmpty();
    MemoryImage image = MemoryImages.open(path, OpenOptions.defaults());
    long holes = image.file().holeBytes();
    if (holes == 0) {
      image.close();
    }
    assumeThat(holes).as("the system does not tell of holes in this file system").isPositive();
    return image;
  }
}
