package io.nestwalk.windows;

import io.nestwalk.image.Memory;
import io.nestwalk.image.VirtualPieces;
import io.nestwalk.memory.AbsentMemory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.PageState;
import io.nestwalk.memory.Passage;
import io.nestwalk.memory.RunVisitor;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import java.util.List;

/**
 * A kernel's virtual memory of which a dump has pieces, and no physical memory below them.
 *
 * @param pieces what the dump has
 */
record DumpedPieces(VirtualPieces pieces) implements Layer {

  /** What such a page is: in the dump, in part at least. */
  private static final PageState DUMPED = new PageState("dumped");

  private static final int PAGE_SHIFT = 12;

  @Override
  public Memory below() {
    return AbsentMemory.INSTANCE;
  }

  @Override
  public long translate(long address) {
    return Translation.of(Fault.NOT_PRESENT);
  }

  @Override
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    long next = from;
    for (VirtualPieces.Piece piece : pieces.pieces()) {
      long start = max(piece.address() & -PAGE, next);
      long last = min(piece.address() + piece.length() - 1 | PAGE - 1, to);
      if (Long.compareUnsigned(start, last) < 0) {
        if (!budget.take()
            || !visitor.run(
                start,
                PageRuns.NOT_MAPPED,
                last - start + 1,
                PAGE_SHIFT,
                Permissions.READ,
                DUMPED)) {
          return Enumerated.cutFrom(start);
        }
        next = last + 1;
        if (next == 0) {
          break;
        }
      }
    }
    return Enumerated.ALL;
  }

  private static long max(long one, long other) {
    return Long.compareUnsigned(one, other) > 0 ? one : other;
  }

  private static long min(long one, long other) {
    return Long.compareUnsigned(one, other) < 0 ? one : other;
  }

  @Override
  public Passage pass(long address) {
    PageState state = pieces.isPresent(address) ? DUMPED : PageState.MAPPED;
    return new Passage(translate(address), 0, List.of(), state);
  }

  @Override
  public Memory beside() {
    return pieces;
  }

  @Override
  public Layer fork() {
    return this;
  }
}
