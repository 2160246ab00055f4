package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Translation;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.GuestMemory;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.RiscvForm;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.WritableMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RISC-V's guest stage: by hgatp and by the form of the tables, in all modes. */
class RiscvGuestStageTest {

  private static final int HOST_SIZE = 64 << 20;
  private static final int GUEST_PAGES = 1500;
  private static final long GUEST = 0x8000_0000L;
  private static final long KERNEL = 0xffff_ffff_8000_0000L;
  private static final int PAGE_SHIFT = 12;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();

  @ParameterizedTest
  @CsvSource({
    "3, 8, true",
    "4, 9, true",
    "5, 10, true",
    "3, 8, false",
    "4, 9, false",
    "5, 10, false"
  })
  void aGuest(int levels, long mode, boolean register) throws Exception {
    Frames frames = Frames.from(0x10_0000);
    system(memory, frames);
    TableBuilder stage = new TableBuilder(new RiscvForm(levels, true), memory, frames);
    for (int i = GUEST_PAGES - 1; i >= 0; i--) {
      long page = frames.take(SparseMemory.PAGE, PAGE_SHIFT, 48);
      stage.map(GUEST + ((long) i << PAGE_SHIFT), page, PAGE_SHIFT, Rights.ALL);
    }
    system(new GuestMemory(memory, stage), Frames.from(GUEST + 0x1000));
    long hgatp = mode << 60 | 5L << 44 | stage.root() >>> PAGE_SHIFT;
    Cpu cpu =
        new Cpu(
            0, Architecture.RISCV64, new Registers(register ? Map.of("hgatp", hgatp) : Map.of()));
    find(
        Optional.of(cpu),
        machines -> {
          assertThat(machines.all())
              .as("%s", machines.attempts())
              .extracting(Machine::id)
              .containsExactly("host", "vm1");
          Machine vm = machines.named("vm1").orElseThrow();
          Root root = vm.secondLevel().root().orElseThrow();
          assertThat(vm.secondLevel().kind()).hasToString("gstage");
          assertThat(root.address()).isEqualTo(stage.root());
          assertThat(root.mode().name()).isEqualTo(stage.form().mode().name());
          assertThat(
                  root.evidence().stream()
                      .filter(evidence -> evidence.source() == Source.CPU_REGISTER)
                      .map(Evidence::text))
              .allSatisfy(text -> assertThat(text).contains("VMID 5"))
              .hasSize(register ? 1 : 0);
          for (long offset = 0; offset < (long) GUEST_PAGES << PAGE_SHIFT; offset += 0x5000) {
            assertThat(Translation.address(Layer.toLowest(vm.physical(), GUEST + offset)))
                .isEqualTo(stage.lookup(GUEST + offset).target());
          }
        });
  }

  /** All tables name addresses from where the memory of such machines begins. */
  @Test
  void aRawFileWithoutABaseGetsAHint() throws Exception {
    SparseMemory shifted = new SparseMemory();
    system(shifted, Frames.from(GUEST + 0x10_0000));
    for (long page : shifted.pages()) {
      memory.put(page - GUEST, shifted.page(page));
    }
    find(
        Optional.empty(),
        machines -> {
          assertThat(machines.warnings())
              .anyMatch(line -> line.contains("riscv64") && line.contains("base address"));
          assertThat(machines.host().architecture()).isEqualTo(Architecture.RISCV64);
        });
  }

  /** Roots that share a kernel's half, each with a process of its own. */
  private static void system(WritableMemory memory, Frames frames) {
    for (int process = 0; process < 3; process++) {
      TableBuilder tables = new TableBuilder(new RiscvForm(4, false), memory, frames);
      map(tables, memory, frames, 0x1_0000L, 20 + process, Rights.ALL);
      map(tables, memory, frames, KERNEL, 200, Rights.KERNEL);
      map(tables, memory, frames, KERNEL + (1L << 30), 20, Rights.KERNEL);
      map(tables, memory, frames, KERNEL - (1L << 30), 20, Rights.KERNEL);
    }
  }

  private static void map(
      TableBuilder tables, WritableMemory memory, Frames frames, long from, int pages, int rights) {
    for (int i = 0; i < pages; i++) {
      long page = frames.take(SparseMemory.PAGE, PAGE_SHIFT, 48);
      memory.touch(page, SparseMemory.PAGE);
      memory.putLong(page + 8, 0x0123_4567_89ab_cdefL ^ page);
      tables.map(from + ((long) i << PAGE_SHIFT), page, PAGE_SHIFT, rights);
    }
  }

  private void find(Optional<Cpu> cpu, Consumer<Machines> check) throws Exception {
    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    try (MemoryImage opened = MemoryImages.open(file, OpenOptions.defaults())) {
      MemoryImage image =
          MemoryImage.of(opened.file(), "raw", opened.memory())
              .architecture(cpu.map(Cpu::architecture))
              .runs(opened.runs())
              .cpus(cpu.stream().toList())
              .build();
      check.accept(MachineFinder.find(image, 1, Progress.NONE));
    }
  }
}
