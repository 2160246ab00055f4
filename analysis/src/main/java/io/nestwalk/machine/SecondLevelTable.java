package io.nestwalk.machine;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.PageState;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.LeafAttributes;
import io.nestwalk.paging.LeafVisitor;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Root;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A guest's second level, entry by entry: guest-physical to host-physical memory with what leaves
 * say beside the address. Where there are no tables of a known form (memory slots alone, shadow
 * tables, a paravirtualized guest's list of pages) there are runs of addresses and nothing more.
 */
public final class SecondLevelTable {

  /** EPTP: whether the processor keeps accessed and dirty bits (Intel SDM, table 25-9). */
  private static final long EPTP_USE = 1L << 6;

  private final Layer physical;
  private final Memory below;
  private final Optional<Walker> tables;
  private final Optional<LeafAttributes> attributes;

  SecondLevelTable(
      Layer physical, Memory below, Optional<Walker> tables, Optional<LeafAttributes> attributes) {
    this.physical = physical;
    this.below = below;
    this.tables = tables;
    this.attributes = attributes;
  }

  /**
   * A run of pages that follow one another in every layer and of which the leaves say the same.
   *
   * @param guest the guest-physical address
   * @param length in bytes
   * @param parent its address in the memory of the machine that runs the guest
   * @param host its host-physical address, {@link PageRuns#NOT_MAPPED} where a lower layer lacks it
   * @param pageShift log2 of the size of the guest's own second-level pages
   * @param permissions as in {@link io.nestwalk.paging.Permissions}
   * @param bits what {@link LeafAttributes#described} gives; 0 without tables
   * @param inImage whether the image holds the first page
   */
  public record Run(
      long guest,
      long length,
      long parent,
      long host,
      int pageShift,
      int permissions,
      long bits,
      boolean inImage) {

    private boolean continues(Run next) {
      return guest + length == next.guest
          && parent + length == next.parent
          && (host == PageRuns.NOT_MAPPED
              ? next.host == PageRuns.NOT_MAPPED
              : host + length == next.host)
          && pageShift == next.pageShift
          && permissions == next.permissions
          && bits == next.bits
          && inImage == next.inImage;
    }

    private Run with(Run next) {
      return new Run(
          guest, length + next.length, parent, host, pageShift, permissions, bits, inImage);
    }
  }

  /**
   * A present entry that the processor refuses.
   *
   * @param guest the first guest-physical address that it stands for
   * @param length how many bytes it stands for
   * @param entry its value
   * @param fault what an access ends in
   */
  public record Refused(long guest, long length, long entry, Fault fault) {}

  /** Is shown runs. */
  @FunctionalInterface
  public interface RunVisitor {

    /** A run. */
    void run(Run run);

    /**
     * Guest-physical memory for which the tables repeat what they say of memory that was shown.
     *
     * @param guest where it begins
     * @param length in bytes
     */
    default void repeated(long guest, long length) {}
  }

  /** The second level of a machine; empty for the host, and where no memory of it is known. */
  public static Optional<SecondLevelTable> of(Machine machine) {
    if (machine.below().isEmpty() || machine.physicalLayer().isEmpty()) {
      return Optional.empty();
    }
    SecondLevel level = machine.secondLevel();
    Memory below = machine.below().get();
    Optional<Root> root =
        switch (level.kind()) {
          case EPT, NPT, STAGE2, GSTAGE -> level.root();
          case SHADOW, P2M, SLOTS, NONE -> Optional.empty();
        };
    boolean keepsUse =
        level.kind() != SecondLevel.Kind.EPT
            || level.pointer().isEmpty()
            || (level.pointer().get() & EPTP_USE) != 0;
    return Optional.of(
        new SecondLevelTable(
            machine.physicalLayer().get(),
            below,
            root.map(known -> new Walker(known.mode(), known.address(), below)),
            root.map(known -> LeafAttributes.of(known.mode()))
                .map(all -> keepsUse ? all : all.withoutUse())));
  }

  /** What the bits of runs mean; empty where there are no tables. */
  public Optional<LeafAttributes> attributes() {
    return attributes;
  }

  /**
   * Shows the runs from {@code from} to {@code to}, both included, in ascending order.
   *
   * @param budget is taken from, by pieces of pages
   */
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    Joiner joiner = new Joiner(visitor);
    Enumerated shown;
    if (tables.isEmpty()) {
      shown =
          physical.forEachRun(
              from,
              to,
              budget,
              (guest, target, length, shift, permissions, state) ->
                  state.name().equals(PageState.MIRROR)
                      ? joiner.repeated(guest, length)
                      : target == PageRuns.NOT_MAPPED
                          || descend(
                              joiner, budget, new Piece(guest, target, length, shift, 0, 0)));
    } else {
      Leaves leaves = new Leaves(from, to, budget, joiner);
      shown =
          tables.get().forEachLeaf(from, to, leaves)
              ? Enumerated.ALL
              : Enumerated.cutFrom(leaves.next);
    }
    joiner.flush();
    return shown;
  }

  /**
   * Shows the present entries that a processor refuses, in ascending order.
   *
   * @param budget is taken from, by leaves and refused entries
   */
  public Enumerated forEachRefused(long from, long to, Budget budget, Consumer<Refused> visitor) {
    if (tables.isEmpty()) {
      return Enumerated.ALL;
    }
    long[] next = {from};
    boolean complete =
        tables
            .get()
            .forEachLeaf(
                from,
                to,
                new LeafVisitor() {
                  @Override
                  public boolean leaf(long address, long target, int shift, int permissions) {
                    next[0] = address;
                    return budget.take();
                  }

                  @Override
                  public boolean refused(long address, int shift, long entry, Fault fault) {
                    next[0] = address;
                    if (!budget.take()) {
                      return false;
                    }
                    visitor.accept(new Refused(address, 1L << shift, entry, fault));
                    return true;
                  }
                });
    return complete ? Enumerated.ALL : Enumerated.cutFrom(next[0]);
  }

  /** A stretch on its way down. */
  private record Piece(
      long guest, long target, long length, int shift, int permissions, long bits) {}

  /** The parent may itself be a guest, whose pages lie apart: each stretch of them is a run. */
  private boolean descend(Joiner joiner, Budget budget, Piece piece) {
    Optional<Layer> layer = Layer.of(below);
    if (layer.isEmpty()) {
      joiner.add(piece, 0, piece.length(), piece.target(), below.isPresent(piece.target()));
      return true;
    }
    long[] done = {0};
    Enumerated shown =
        PageRuns.forEach(
            layer.get(),
            piece.target(),
            piece.target() + piece.length() - 1,
            budget,
            run -> {
              long start = Math.max(run.start(), piece.target());
              long offset = start - piece.target();
              long length = Math.min(run.end(), piece.target() + piece.length()) - start;
              joiner.hole(piece, done[0], offset);
              if (run.lowest() == PageRuns.NOT_MAPPED) {
                joiner.hole(piece, offset, offset + length);
              } else {
                long host = run.lowest() + (start - run.start());
                joiner.add(piece, offset, length, host, layer.get().isPresent(start));
              }
              done[0] = offset + length;
            });
    if (shown.complete()) {
      joiner.hole(piece, done[0], piece.length());
    }
    return shown.complete();
  }

  /** Makes one run of pieces that follow one another. */
  private static final class Joiner {

    private final RunVisitor visitor;
    private Run pending;

    Joiner(RunVisitor visitor) {
      this.visitor = visitor;
    }

    void add(Piece piece, long offset, long length, long host, boolean inImage) {
      Run next =
          new Run(
              piece.guest() + offset,
              length,
              piece.target() + offset,
              host,
              piece.shift(),
              piece.permissions(),
              piece.bits(),
              inImage);
      if (pending != null && pending.continues(next)) {
        pending = pending.with(next);
        return;
      }
      flush();
      pending = next;
    }

    /** Always true: nothing of it is taken from a budget. */
    boolean repeated(long guest, long length) {
      visitor.repeated(guest, length);
      return true;
    }

    void hole(Piece piece, long from, long to) {
      if (from < to) {
        add(piece, from, to - from, PageRuns.NOT_MAPPED, false);
      }
    }

    void flush() {
      if (pending != null) {
        visitor.run(pending);
        pending = null;
      }
    }
  }

  /** Cuts leaves to what was asked for. */
  private final class Leaves implements LeafVisitor {

    private final long from;
    private final long to;
    private final Budget budget;
    private final Joiner joiner;
    private final LeafAttributes meaning = attributes.orElseThrow();
    private long next;

    Leaves(long from, long to, Budget budget, Joiner joiner) {
      this.from = from & -Layer.PAGE;
      this.to = to | Layer.PAGE - 1;
      this.budget = budget;
      this.joiner = joiner;
      next = this.from;
    }

    @Override
    public boolean leaf(long address, long target, int shift, int permissions) {
      throw new IllegalStateException("the walk shows entries");
    }

    @Override
    public boolean leaf(long address, long target, int shift, int permissions, long entry) {
      long last = address + (1L << shift) - 1;
      long start = Long.compareUnsigned(address, from) < 0 ? from : address;
      long end = Long.compareUnsigned(last, to) > 0 ? to : last;
      next = start;
      if (!budget.take()
          || !descend(
              joiner,
              budget,
              new Piece(
                  start,
                  target + (start - address),
                  end - start + 1,
                  shift,
                  permissions,
                  meaning.described(entry, shift)))) {
        return false;
      }
      next = end + 1;
      return true;
    }

    @Override
    public boolean mirror(long address, int shift, long like, int permissions) {
      long last = address + (1L << shift) - 1;
      long start = Long.compareUnsigned(address, from) < 0 ? from : address;
      long end = Long.compareUnsigned(last, to) > 0 ? to : last;
      next = end + 1;
      return joiner.repeated(start, end - start + 1);
    }
  }
}
