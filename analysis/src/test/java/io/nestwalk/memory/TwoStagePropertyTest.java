package io.nestwalk.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.memory.Trace.Reference;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.Forms;
import io.nestwalk.synthetic.Lookup;
import io.nestwalk.synthetic.RiscvForm;
import io.nestwalk.synthetic.TableForm;
import io.nestwalk.synthetic.TwoStages;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.ShrinkingMode;

/** Random guests behind random second levels, held against the composition of both records. */
class TwoStagePropertyTest {

  /** So that a guest's tables find room. */
  private static final int MIN_GUEST_PHYSICAL_BITS = 31;

  private static final long MISSING = 0x5a5a_1234_5678_a5a5L;
  private static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXECUTE;

  @Property(tries = 700, shrinking = ShrinkingMode.OFF)
  void x86BehindEpt(@ForAll("seeds") long seed) {
    Random random = new Random(seed);
    new Machine(Forms.X86.any(random), second(Forms.EPT, random), random).check();
  }

  @Property(tries = 700, shrinking = ShrinkingMode.OFF)
  void x86BehindNestedTables(@ForAll("seeds") long seed) {
    Random random = new Random(seed);
    new Machine(Forms.X86.any(random), second(Forms.NPT, random), random).check();
  }

  @Property(tries = 700, shrinking = ShrinkingMode.OFF)
  void arm(@ForAll("seeds") long seed) {
    Random random = new Random(seed);
    new Machine(Forms.ARM_STAGE_1.any(random), second(Forms.ARM_STAGE_2, random), random).check();
  }

  @Property(tries = 400, shrinking = ShrinkingMode.OFF)
  void riscv(@ForAll("seeds") long seed) {
    Random random = new Random(seed);
    int depth = 3 + random.nextInt(3);
    TableForm second = new RiscvForm(3 + random.nextInt(3), true);
    new Machine(new RiscvForm(depth, false), second, random).check();
  }

  @Provide
  Arbitrary<Long> seeds() {
    return Arbitraries.longs().withDistribution(RandomDistribution.uniform()).withoutEdgeCases();
  }

  private static TableForm second(Forms forms, Random random) {
    TableForm form = forms.any(random);
    while (form.inputBits() < MIN_GUEST_PHYSICAL_BITS) {
      form = forms.any(random);
    }
    return form;
  }

  /** What a processor meets on its way from a guest-virtual address to the host's memory. */
  private static final class Path {

    private final List<Read> references = new ArrayList<>();
    private final List<Long> stops = new ArrayList<>();
    private Optional<String> faultIn = Optional.empty();
    private Optional<Fault> fault = Optional.empty();
    private int pageShift;
    private int permissions;

    Path(TwoStages machine, long address) {
      stops.add(address);
      Lookup virtual = machine.guest().lookup(address);
      for (Lookup.Entry entry : virtual.entries()) {
        Lookup table = below(machine, entry.address());
        if (table.fault().isPresent()) {
          references.add(new Read("guest", entry.address(), 0, -1));
          fault = Optional.of(Fault.TABLE_MISSING);
          return;
        }
        references.add(new Read("guest", entry.address(), entry.value(), table.target()));
      }
      if (virtual.fault().isPresent()) {
        faultIn = Optional.of("guest");
        fault = virtual.fault();
        return;
      }
      stops.add(virtual.target());
      Lookup physical = below(machine, virtual.target());
      if (physical.fault().isPresent()) {
        fault = Optional.of(Fault.NOT_MAPPED_BELOW);
        return;
      }
      stops.add(physical.target());
      pageShift = Math.min(virtual.pageShift(), physical.pageShift());
      permissions = virtual.permissions() & (physical.permissions() | ~ACCESS);
    }

    private Lookup below(TwoStages machine, long guestAddress) {
      Lookup lookup = machine.below(guestAddress);
      for (Lookup.Entry entry : lookup.entries()) {
        references.add(new Read("second", entry.address(), entry.value(), entry.address()));
      }
      if (lookup.fault().isPresent()) {
        faultIn = Optional.of("second");
      }
      return lookup;
    }

    boolean isMapped() {
      return fault.isEmpty();
    }

    long lowest() {
      return stops.getLast();
    }
  }

  /**
   * An entry that is read.
   *
   * @param dimension in whose tables
   * @param address where it lies, in the memory of these tables
   * @param value its bits
   * @param inLowest where it lies in the host's memory, -1 for nowhere
   */
  private record Read(String dimension, long address, long value, long inLowest) {}

  private static final class Machine {

    private final Random random;
    private final TwoStages stages;

    Machine(TableForm guest, TableForm second, Random random) {
      this.random = random;
      stages = new TwoStages(guest, second, random);
    }

    void check() {
      List<Long> addresses = new ArrayList<>(stages.addresses());
      for (long address : addresses) {
        Path path = new Path(stages, address);
        if (path.isMapped() && !stages.hostMemory().has(path.lowest())) {
          stages.hostMemory().putLong(path.lowest() & -8, random.nextLong());
        }
      }
      PhysicalMemory host = stages.host();
      TranslatedMemory virtual = stages.virtual(host);
      List<PageRuns.Run> runs = PageRuns.of(virtual, 0, -1, Budget.of(1 << 20));
      Collections.shuffle(addresses, random);
      for (long address : addresses) {
        Path path = new Path(stages, address);
        String what =
            "0x%x in %s over %s".formatted(address, stages.guest().form(), stages.second().form());
        checkTranslation(virtual, address, path, what);
        checkReads(virtual, host, address, path, what);
        checkTrace(virtual, address, path, what);
        checkRuns(runs, address, path, what);
      }
    }

    /** The run that holds an address says of it what its walk does; no run holds what faults. */
    private static void checkRuns(List<PageRuns.Run> runs, long address, Path path, String what) {
      List<PageRuns.Run> holding =
          runs.stream()
              .filter(run -> Long.compareUnsigned(address - run.start(), run.length()) < 0)
              .toList();
      if (path.stops.size() == 1) {
        assertThat(holding).as(what).isEmpty();
        return;
      }
      assertThat(holding).as(what).hasSize(1);
      PageRuns.Run run = holding.getFirst();
      long offset = address - run.start();
      assertThat(run.below() + offset).as(what).isEqualTo(path.stops.get(1));
      if (path.isMapped()) {
        assertThat(run.lowest() + offset).as(what).isEqualTo(path.lowest());
        assertThat(run.pageSize()).as(what).isEqualTo(1L << path.pageShift);
        assertThat(run.permissions()).as(what).isEqualTo(path.permissions);
      } else {
        assertThat(run.lowest()).as(what).isEqualTo(PageRuns.NOT_MAPPED);
      }
    }

    private static void checkTranslation(
        TranslatedMemory virtual, long address, Path path, String what) {
      long lowest = Layer.toLowest(virtual, address);
      if (path.isMapped()) {
        assertThat(lowest).as(what).isEqualTo(Translation.of(path.lowest(), path.pageShift));
      } else {
        assertThat(Translation.isFault(lowest)).as(what).isTrue();
        assertThat(Translation.fault(lowest)).as(what).isEqualTo(path.fault.get());
      }
      long once = virtual.translate(address);
      assertThat(Translation.isFault(once)).as(what).isEqualTo(path.stops.size() == 1);
      if (path.stops.size() > 1) {
        assertThat(Translation.address(once)).as(what).isEqualTo(path.stops.get(1));
      }
    }

    private static void checkReads(
        TranslatedMemory virtual, PhysicalMemory host, long address, Path path, String what) {
      long word = address & -8;
      boolean present = path.isMapped() && host.isPresent(path.lowest());
      long expected = present ? host.getLong(path.lowest() & -8, MISSING) : MISSING;
      assertThat(virtual.getLong(word, MISSING)).as(what).isEqualTo(expected);
      assertThat(virtual.getInt(word, (int) MISSING)).as(what).isEqualTo((int) expected);
      assertThat(virtual.isPresent(address)).as(what).isEqualTo(present);
      assertThat(virtual.locate(address))
          .as(what)
          .isEqualTo(present ? host.locate(path.lowest()) : Memory.NOWHERE);
    }

    private static void checkTrace(TranslatedMemory virtual, long address, Path path, String what) {
      Trace trace = Tracer.trace(virtual, address, List.of("guest", "second"));
      List<Read> references = new ArrayList<>();
      for (Reference reference : trace.references()) {
        references.add(
            new Read(
                reference.dimension(),
                reference.step().entryAddress(),
                reference.step().entry(),
                reference.entryInLowest()));
      }
      assertThat(references).as(what).isEqualTo(path.references);
      assertThat(trace.stops()).as(what).isEqualTo(path.stops);
      assertThat(trace.fault().map(Trace.TraceFault::dimension)).as(what).isEqualTo(path.faultIn);
      if (path.isMapped()) {
        assertThat(trace.pageSize()).as(what).isEqualTo(1L << path.pageShift);
        assertThat(Permissions.format(trace.permissions()))
            .as(what)
            .isEqualTo(Permissions.format(path.permissions));
      } else {
        assertThat(trace.pageSize()).isZero();
        assertThat(trace.permissions()).isZero();
        if (path.faultIn.equals(Optional.of("guest"))) {
          assertThat(trace.fault().get().reason()).as(what).isEqualTo(path.fault.get());
        }
      }
    }
  }
}
