package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.paging.Step.Outcome;
import io.nestwalk.synthetic.Forms;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Lookup;
import io.nestwalk.synthetic.RandomTables;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.TableBuilder.Leaf;
import io.nestwalk.synthetic.TableForm;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.ShrinkingMode;

/**
 * Random hierarchies of every mode: the three forms of the walk agree with what the builder wrote,
 * and with one another where tables lead back to themselves.
 */
class WalkerPropertyTest {

  private static final int RANDOM_ADDRESSES = 12;

  @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
  void x86(@ForAll("seeds") long seed) {
    check(Forms.X86, seed);
  }

  @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
  void ept(@ForAll("seeds") long seed) {
    check(Forms.EPT, seed);
  }

  @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
  void nestedTables(@ForAll("seeds") long seed) {
    check(Forms.NPT, seed);
  }

  @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
  void armStage1(@ForAll("seeds") long seed) {
    check(Forms.ARM_STAGE_1, seed);
  }

  @Property(tries = 3000, shrinking = ShrinkingMode.OFF)
  void armStage2(@ForAll("seeds") long seed) {
    check(Forms.ARM_STAGE_2, seed);
  }

  @Property(tries = 2000, shrinking = ShrinkingMode.OFF)
  void riscv(@ForAll("seeds") long seed) {
    check(Forms.RISCV, seed);
  }

  /** Even, so that no hierarchy comes twice: as they are, longs are mostly small ones. */
  @Provide
  Arbitrary<Long> seeds() {
    return Arbitraries.longs().withDistribution(RandomDistribution.uniform()).withoutEdgeCases();
  }

  private static void check(Forms forms, long seed) {
    new Hierarchy(forms, new Random(seed)).check();
  }

  /** One hierarchy and everything that is asked of it. */
  private static final class Hierarchy {

    private final Random random;
    private final TableForm form;
    private final TableBuilder builder;
    private final boolean foretold;
    private final Walker walker;

    Hierarchy(Forms forms, Random random) {
      this.random = random;
      form = forms.any(random);
      SparseMemory memory = new SparseMemory();
      builder = new TableBuilder(form, memory, Frames.scattered(random));
      foretold = RandomTables.fill(builder, random, Frames.scattered(random), random.nextBoolean());
      MappedMemory tables = memory.memory();
      walker = new Walker(form.mode(), builder.root(), tables);
    }

    void check() {
      assertThat(form.mode().inputBits()).isEqualTo(form.inputBits());
      List<Long> addresses = addresses();
      Collections.shuffle(addresses, random);
      addresses.forEach(this::checkAddress);
      checkRefused();
      if (foretold) {
        checkLeaves();
      }
      checkPartOfTheLeaves(addresses);
    }

    /** Both ends of whatever was written, something within, and the same anywhere else. */
    private List<Long> addresses() {
      List<Long> addresses = new ArrayList<>();
      for (long start : builder.writtenAddresses()) {
        addresses.add(start);
        addresses.add(form.extend(low(start + randomBelow(1L << form.tiers().getLast().shift()))));
        addresses.add(form.extend(low(start + randomBelow(1L << form.tiers().getFirst().shift()))));
        addresses.add(form.extend(low(start - 1)));
      }
      for (Leaf leaf : leaves()) {
        addresses.add(leaf.address() + (1L << leaf.pageShift()) - 1);
        addresses.add(leaf.address() + randomBelow(1L << leaf.pageShift()));
      }
      for (int i = 0; i < RANDOM_ADDRESSES; i++) {
        addresses.add(form.extend(low(random.nextLong())));
      }
      return addresses;
    }

    private List<Leaf> leaves() {
      return builder.leaves();
    }

    private long low(long address) {
      return form.inputBits() == Long.SIZE ? address : address & (1L << form.inputBits()) - 1;
    }

    private long randomBelow(long limit) {
      return random.nextLong() & limit - 1;
    }

    private void checkAddress(long address) {
      Lookup expected = builder.lookup(address);
      long fast = walker.translate(address);
      Walk told = walker.tell(address);
      String what = "0x%x in %s".formatted(address, form);
      assertThat(told.translation()).as(what).isEqualTo(fast);
      assertThat(walker.endsEmpty(address)).as(what).isEqualTo(endsEmpty(told));
      if (!expected.known()) {
        return;
      }
      if (expected.fault().isPresent()) {
        assertThat(Translation.isFault(fast)).as(what).isTrue();
        assertThat(Translation.fault(fast)).as(what).isEqualTo(expected.fault().get());
        assertThat(told.isFault()).isTrue();
        assertThat(told.permissions()).isZero();
        assertThat(told.steps().getLast().outcome()).isEqualTo(Outcome.FAULT);
        assertThat(told.steps().getLast().fault()).isEqualTo(expected.fault().get());
      } else {
        assertThat(Translation.isFault(fast)).as(what).isFalse();
        assertThat(Translation.address(fast)).as(what).isEqualTo(expected.target());
        assertThat(Translation.pageShift(fast)).as(what).isEqualTo(expected.pageShift());
        assertThat(Permissions.format(told.permissions()))
            .as(what)
            .isEqualTo(Permissions.format(expected.permissions()));
        assertThat(told.steps().getLast().outcome()).isEqualTo(Outcome.LEAF);
      }
      checkSteps(expected, told, what);
    }

    private void checkSteps(Lookup expected, Walk told, String what) {
      assertThat(told.steps()).as(what).hasSameSizeAs(expected.entries());
      for (int i = 0; i < told.steps().size(); i++) {
        Step step = told.steps().get(i);
        Lookup.Entry entry = expected.entries().get(i);
        assertThat(step.table()).as(what).isEqualTo(entry.table());
        assertThat(step.entryAddress()).as(what).isEqualTo(entry.address());
        assertThat(step.entry()).as(what).isEqualTo(entry.value());
        assertThat(step.readable()).isEqualTo(step.fault() != Fault.TABLE_MISSING);
        assertThat(told.meaning(step)).isNotBlank();
      }
    }

    private static boolean endsEmpty(Walk told) {
      return !told.steps().isEmpty()
          && told.steps().getLast().readable()
          && told.steps().getLast().entry() == 0;
    }

    private void checkRefused() {
      long refused = form.refused(random, form.extend(low(random.nextLong())));
      assertThat(walker.translate(refused))
          .as("0x%x in %s", refused, form)
          .isEqualTo(Translation.of(Fault.NOT_CANONICAL));
      Walk told = walker.tell(refused);
      assertThat(told.translation()).isEqualTo(Translation.of(Fault.NOT_CANONICAL));
      assertThat(told.steps()).isEmpty();
    }

    private void checkLeaves() {
      List<Leaf> seen = new ArrayList<>();
      assertThat(walker.forEachLeaf(collect(seen))).isTrue();
      assertThat(seen).as("%s", form).isEqualTo(leaves());
    }

    /** A range that begins and ends anywhere shows what touches it; and so with cycles, too. */
    private void checkPartOfTheLeaves(List<Long> addresses) {
      long one = addresses.get(random.nextInt(addresses.size()));
      long other = addresses.get(random.nextInt(addresses.size()));
      long from = Long.compareUnsigned(one, other) < 0 ? one : other;
      long to = from == one ? other : one;
      List<Leaf> seen = new ArrayList<>();
      assertThat(walker.forEachLeaf(from, to, collect(seen))).isTrue();
      String what = "0x%x..0x%x in %s".formatted(from, to, form);
      if (foretold) {
        List<Leaf> expected =
            leaves().stream()
                .filter(leaf -> Long.compareUnsigned(leaf.address(), to) <= 0)
                .filter(leaf -> Long.compareUnsigned(last(leaf), from) >= 0)
                .toList();
        assertThat(seen).as(what).isEqualTo(expected);
      }
      for (Leaf leaf : seen) {
        long middle = leaf.address() + randomBelow(1L << leaf.pageShift());
        Walk told = walker.tell(middle);
        long target = leaf.target() + (middle - leaf.address());
        assertThat(told.translation())
            .as(what)
            .isEqualTo(Translation.of(target, leaf.pageShift()))
            .isEqualTo(walker.translate(middle));
        assertThat(told.permissions()).as(what).isEqualTo(leaf.permissions());
      }
    }

    private static long last(Leaf leaf) {
      return leaf.address() + (1L << leaf.pageShift()) - 1;
    }

    private static LeafVisitor collect(List<Leaf> leaves) {
      return (address, target, shift, permissions) ->
          leaves.add(new Leaf(address, target, shift, permissions));
    }
  }
}
