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
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.SparseMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Paravirtualized domains of Xen, made by its public headers and the layout of its part of every
 * address space.
 */
class XenOnX86Test {

  private static final int SIZE = 32 << 20;
  private static final long PAGE = 4096;
  private static final long LARGE = 2 << 20;
  private static final long M2P = 0xffff_8000_0000_0000L;
  private static final long FRAME_TABLE = 0xffff_82e0_0000_0000L;
  private static final long DIRECT_MAP = 0xffff_8300_0000_0000L;
  private static final long LINEAR_MAP = 0xffff_8880_0000_0000L;
  private static final long TEXT = 0xffff_ffff_8100_0000L;
  private static final long USER_TEXT = 0x40_0000;

  /** Xen's tables of all pages: the numbers that they have in guests, and their owners. */
  private static final long NUMBERS = 0x20_0000;

  private static final long OWNERS = 0x40_0000;
  private static final long KERNEL_PAGE = 0x0010_0000_0000_0067L;
  private static final long USER_PAGE = 0x67;
  private static final long TEXT_BYTES = 0x4141_4141_4141_4141L;
  private static final int PAGES = 600;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();
  private final long idle = 0x1000;
  private long next = 0x2000;

  private final class Domain {

    private final long structure = take();
    private final long slot = take();
    private final List<Long> pages = new ArrayList<>();
    private final List<Long> roots = new ArrayList<>();

    /** Pages of the machine from {@code start} on, every second one. */
    Domain(int number, long start) {
      memory.putInt(structure, number);
      memory.putInt(structure + 4, 1);
      memory.putLong(structure + 8, DIRECT_MAP + take());
      for (int i = 0; i < PAGES; i++) {
        long page = start + 2L * i * PAGE;
        memory.touch(page, PAGE);
        pages.add(page);
        memory.putLong(NUMBERS + page / PAGE * 8, i);
        memory.putInt(OWNERS + page / PAGE * 32 + 24, (int) (structure / PAGE));
      }
      // A kernel's root and those of three processes, each with one of its user's half alone.
      long kernel = table(PAGES - 1);
      int free = PAGES - 2;
      for (int i = 0; i < PAGES; i++) {
        free = map(kernel, LINEAR_MAP + i * PAGE, i, KERNEL_PAGE, free);
      }
      for (int i = 0; i < 300; i++) {
        free = map(kernel, TEXT + i * PAGE, 8 + i, KERNEL_PAGE, free);
      }
      for (int process = 0; process < 3; process++) {
        long root = table(free--);
        long user = table(free--);
        for (int entry = 272; entry < 512; entry++) {
          memory.putLong(root + entry * 8L, memory.getLong(kernel + entry * 8L));
        }
        free = map(root, USER_TEXT, 320 + process, USER_PAGE, free);
        memory.putLong(user, memory.getLong(root));
      }
      // Pages that are no tables hold something that no table does.
      for (int i = 0; i <= free; i++) {
        for (long at = 0; at < PAGE; at += 8) {
          memory.putLong(pages.get(i) + at, TEXT_BYTES);
        }
      }
    }

    /** A root with Xen's slots in it, on a page of the domain. */
    private long table(int number) {
      long root = pages.get(number);
      roots.add(root);
      for (int entry = 256; entry < 272; entry++) {
        memory.putLong(root + entry * 8L, memory.getLong(idle + entry * 8L));
      }
      memory.putLong(root + 258 * 8, root | 0x63);
      memory.putLong(root + 260 * 8, slot | 0x63);
      return root;
    }

    /** Maps a page by tables on the domain's own pages, counted down from {@code free}. */
    private int map(long root, long address, int number, long rights, int free) {
      int left = free;
      long table = root;
      for (int shift = 39; shift > 12; shift -= 9) {
        long at = table + (address >>> shift & 511) * 8;
        if (memory.getLong(at) == 0) {
          memory.putLong(at, pages.get(left--) | 0x67);
        }
        table = memory.getLong(at) & -PAGE;
      }
      memory.putLong(table + (address >>> 12 & 511) * 8, pages.get(number) | rights);
      return left;
    }
  }

  private long take() {
    memory.touch(next, PAGE);
    next += PAGE;
    return next - PAGE;
  }

  /** Xen's own root: all memory, its table of numbers, its table of owners. */
  private void writeXen() {
    memory.touch(idle, PAGE);
    memory.touch(NUMBERS, LARGE);
    memory.touch(OWNERS, LARGE);
    for (long at = 0; at < SIZE / PAGE * 8; at += 8) {
      memory.putLong(NUMBERS + at, -1);
    }
    for (long address = 0; address < SIZE; address += LARGE) {
      mapLarge(DIRECT_MAP + address, address);
    }
    mapLarge(M2P, NUMBERS);
    mapLarge(FRAME_TABLE, OWNERS);
    memory.putLong(idle + 258 * 8, idle | 0x63);
  }

  private void mapLarge(long address, long page) {
    long table = idle;
    for (int shift = 39; shift > 21; shift -= 9) {
      long at = table + (address >>> shift & 511) * 8;
      if (memory.getLong(at) == 0) {
        memory.putLong(at, take() | 0x63);
      }
      table = memory.getLong(at) & -PAGE;
    }
    memory.putLong(table + (address >>> 21 & 511) * 8, page | 0xe3);
  }

  @Test
  void domainsHaveTheirOwnPagesNumbersAndRoots() throws Exception {
    writeXen();
    Domain second = new Domain(5, 0x80_0000);
    Domain first = new Domain(0, 0x80_1000);
    long cr3 = second.roots.get(1);
    find(cr3, TEXT, found -> areTwo(found, first, second, cr3));
  }

  /** With XPTI a CPU that runs a guest is on Xen's own copy of the guest's root. */
  @Test
  void aCpuOnXensCopyOfARootIsTheGuests() throws Exception {
    writeXen();
    Domain second = new Domain(5, 0x80_0000);
    Domain first = new Domain(0, 0x80_1000);
    long root = second.roots.get(3);
    find(
        copyOf(root, second),
        TEXT,
        found -> {
          assertThat(found.all()).extracting(Machine::id).containsExactly("host", "vm1", "vm2");
          assertThat(found.host().cpus()).isEmpty();
          check(found.all().get(1), first, 0);
          runsOn(found.all().get(2), second, root);
          assertThat(found.warnings()).noneMatch(line -> line.contains("is a copy of no root"));
        });
  }

  /**
   * The root was changed since Xen copied it: the one that is most like the copy, which is said.
   */
  @Test
  void aCopyThatIsOutOfDateIsOfTheRootThatIsMostLikeIt() throws Exception {
    writeXen();
    Domain domain = new Domain(0, 0x80_0000);
    for (int index : new int[] {1, 3, 5}) {
      long root = domain.roots.get(index);
      long copy = copyOf(root, domain);
      memory.putLong(copy + 9 * 8, memory.getLong(copy));
      find(
          copy,
          TEXT,
          found -> {
            runsOn(found.named("vm1").orElseThrow(), domain, root);
            assertThat(found.warnings())
                .anyMatch(line -> line.contains("CPU 0 is on Xen's table 0x%x,".formatted(copy)));
          });
    }
  }

  /** A table with a root's slots but those of Xen, of which it has the domain's alone. */
  private long copyOf(long root, Domain domain) {
    long copy = take();
    for (int entry = 0; entry < 512; entry++) {
      boolean xens = entry >= 256 && entry < 272;
      memory.putLong(copy + entry * 8L, xens ? 0 : memory.getLong(root + entry * 8L));
    }
    memory.putLong(copy + 260 * 8, domain.slot | 0x63);
    return copy;
  }

  private static void runsOn(Machine vm, Domain domain, long root) {
    assertThat(vm.cpus()).hasSize(1);
    assertThat(vm.root().orElseThrow().address()).isEqualTo(domain.pages.indexOf(root) * PAGE);
  }

  private void areTwo(Machines found, Domain first, Domain second, long cr3) {
    assertThat(found.all())
        .as("%s", found.warnings())
        .extracting(Machine::id)
        .containsExactly("host", "vm1", "vm2");
    assertThat(found.stale()).isEmpty();
    assertThat(found.hypervisorOn("host")).contains("Xen");
    check(found.all().get(1), first, 0);
    check(found.all().get(2), second, 5);
    assertThat(found.host().root().orElseThrow().address()).isEqualTo(idle);
    assertThat(found.host().cpus()).isEmpty();
    runsOn(found.all().get(2), second, cr3);
  }

  private static void check(Machine vm, Domain domain, int number) {
    assertThat(vm.secondLevel().kind()).isEqualTo(SecondLevel.Kind.P2M);
    assertThat(vm.secondLevel().mappedBytes()).isEqualTo(PAGES * PAGE);
    assertThat(vm.hypervisor().orElseThrow().domain()).isEqualTo(OptionalInt.of(number));
    for (int i = 0; i < PAGES; i++) {
      assertThat(Translation.address(Layer.toLowest(vm.physical(), i * PAGE + 8)))
          .isEqualTo(domain.pages.get(i) + 8);
    }
    // The kernel's pages are not the user's, though the processor lets users have them.
    Layer space = vm.space(vm.root().orElseThrow().mode(), (PAGES - 1) * PAGE);
    assertThat(Translation.address(space.translate(TEXT))).isEqualTo(8 * PAGE);
    assertThat(space.pass(TEXT).permissions() & Permissions.USER).isZero();
    assertThat(space.isPresent(DIRECT_MAP)).isFalse();
    assertThat(vm.roots()).extracting(root -> root.address()).contains((PAGES - 1) * PAGE);
  }

  @Test
  void aPageWhoseNumberIsNotTheOneOfItsPlaceIsNoneOfTheDomains() throws Exception {
    writeXen();
    Domain domain = new Domain(0, 0x80_0000);
    memory.putLong(NUMBERS + domain.pages.get(500) / PAGE * 8, 501);
    find(
        domain.roots.getFirst(),
        TEXT,
        found -> {
          Machine vm = found.named("vm1").orElseThrow();
          assertThat(vm.physical().isPresent(500 * PAGE)).isFalse();
          assertThat(vm.physical().isPresent(501 * PAGE)).isTrue();
          assertThat(vm.secondLevel().mappedBytes()).isEqualTo((PAGES - 1) * PAGE);
        });
  }

  /** A root that is its own slot 258 alone is not Xen's. */
  @Test
  void whatDoesNotMapAllMemoryIsNotXens() throws Exception {
    writeXen();
    new Domain(0, 0x80_0000);
    long other = take() | 0x63;
    for (long table : memory.pages()) {
      if ((memory.getLong(table + 258 * 8) & -PAGE) == table) {
        memory.putLong(table + 262 * 8, other);
      }
    }
    find(0, 0, found -> assertThat(found.hypervisorOn("host")).isEmpty());
  }

  private void find(long cr3, long rip, Consumer<Machines> check) throws Exception {
    Path file = folder.resolve("xen.raw");
    Files.write(file, memory.flat(SIZE));
    Cpu cpu = new Cpu(0, Architecture.X86_64, new Registers(Map.of("cr3", cr3, "rip", rip)));
    try (MemoryImage opened = MemoryImages.open(file, OpenOptions.defaults())) {
      MemoryImage image =
          MemoryImage.of(opened.file(), "raw", opened.memory())
              .architecture(Architecture.X86_64)
              .runs(opened.runs())
              .cpus(cr3 == 0 ? List.of() : List.of(cpu))
              .build();
      check.accept(MachineFinder.find(image, 1, Progress.NONE));
    }
  }
}
