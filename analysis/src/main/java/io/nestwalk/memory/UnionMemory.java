package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Translation;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Two views of the same memory as one: what the first lacks, the second answers. Both lead to the
 * same memory below.
 */
public final class UnionMemory implements Layer {

  private final Layer first;
  private final Layer second;
  private final Memory below;

  private UnionMemory(Layer first, Layer second, Memory below) {
    this.first = first;
    this.second = second;
    this.below = below;
  }

  /** The union of two views. */
  public static UnionMemory of(Layer first, Layer second) {
    return new UnionMemory(first, second, first.below());
  }

  @Override
  public Memory below() {
    return below;
  }

  @Override
  public Memory beside() {
    if (second.beside() == AbsentMemory.INSTANCE) {
      return first.beside();
    }
    return first.beside() == AbsentMemory.INSTANCE
        ? second.beside()
        : new Either(first.beside(), second.beside());
  }

  /** What one of two memories has, byte by byte: few pages are read this way. */
  private record Either(Memory first, Memory second) implements Memory {

    @Override
    public int getByte(long address) {
      int found = first.getByte(address);
      return found < 0 ? second.getByte(address) : found;
    }

    @Override
    public boolean isPresent(long address) {
      return first.isPresent(address) || second.isPresent(address);
    }

    @Override
    public int getInt(long address, int ifMissing) {
      return Memory.assembleInt(this, address, ifMissing);
    }

    @Override
    public long getLong(long address, long ifMissing) {
      return Memory.assembleLong(this, address, ifMissing);
    }

    @Override
    public long read(long address, MemorySegment target) {
      long copied = 0;
      while (copied < target.byteSize()) {
        int found = getByte(address + copied);
        if (found < 0) {
          break;
        }
        target.set(ValueLayout.JAVA_BYTE, copied++, (byte) found);
      }
      return copied;
    }

    @Override
    public long locate(long address) {
      return NOWHERE;
    }
  }

  @Override
  public UnionMemory fork() {
    return of(first.fork(), second.fork());
  }

  @Override
  public int inputBits() {
    return Math.max(first.inputBits(), second.inputBits());
  }

  @Override
  public long translate(long address) {
    long translation = first.translate(address);
    return Translation.isFault(translation) ? translateBySecond(address, translation) : translation;
  }

  private long translateBySecond(long address, long fault) {
    long translation = second.translate(address);
    return Translation.isFault(translation) ? fault : translation;
  }

  /** What the tables lack the hypervisor's slots may know: then no table entry is read. */
  @Override
  public Passage pass(long address) {
    boolean bySecond =
        Translation.isFault(first.translate(address))
            && !Translation.isFault(second.translate(address));
    return bySecond ? second.pass(address) : first.pass(address);
  }

  @Override
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    Merging merging = new Merging(from, budget, visitor);
    Enumerated byFirst = first.forEachRun(from, to, budget, merging);
    if (merging.stopped != null) {
      return merging.stopped;
    }
    // What only the second knows is shown even where the tables of the first never end.
    Enumerated rest =
        merging.ended ? Enumerated.ALL : second.forEachRun(merging.next, to, budget, visitor);
    return byFirst.complete() ? rest : byFirst;
  }

  /** Shows what the second view has between the runs of the first. */
  private final class Merging implements RunVisitor {

    private final Budget budget;
    private final RunVisitor visitor;
    private long next;
    private boolean ended;
    private Enumerated stopped;

    Merging(long from, Budget budget, RunVisitor visitor) {
      next = from;
      this.budget = budget;
      this.visitor = visitor;
    }

    @Override
    public boolean run(
        long start, long target, long length, int pageShift, int permissions, PageState state) {
      if (Long.compareUnsigned(next, start) < 0) {
        Enumerated between = second.forEachRun(next, start - 1, budget, visitor);
        if (!between.complete()) {
          stopped = between;
          return false;
        }
      }
      next = start + length;
      ended = next == 0;
      if (!visitor.run(start, target, length, pageShift, permissions, state)) {
        stopped = Enumerated.cutFrom(start);
        return false;
      }
      return true;
    }
  }
}
