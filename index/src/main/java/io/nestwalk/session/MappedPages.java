package io.nestwalk.session;

import io.nestwalk.answer.PageRun;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.PageState;
import io.nestwalk.system.GuestMapping;
import java.util.ArrayList;
import java.util.List;

/** The pages behind a process's mappings, in every layer, and where they stand in the file. */
public final class MappedPages {

  private final Layer memory;
  private final Own own;
  private final PhysicalMemory image;
  private final Budget budget;

  private MappedPages(Layer memory, Own own, PhysicalMemory image) {
    this.memory = memory;
    this.own = own;
    this.image = image;
    budget = Budget.forSpace(memory);
  }

  /**
   * The pages of a process's memory.
   *
   * @param machine whose process it is
   * @param memory the process's
   * @param image host-physical memory
   */
  public static MappedPages in(Machine machine, Layer memory, PhysicalMemory image) {
    return in(memory, machine.parent().isPresent() ? Own.BELOW : Own.NONE, image);
  }

  static MappedPages in(Layer memory, Own own, PhysicalMemory image) {
    return new MappedPages(memory, own, image);
  }

  /** Which addresses are guest-physical ones of the machine. */
  enum Own {
    /** None: the machine has none, or they are not known on the way. */
    NONE,
    /** Those of the memory right below. */
    BELOW,
    /** Those of the memory itself. */
    ITSELF
  }

  /** Host-physical memory itself: what the image holds of it. */
  static List<PageRun> ofLowest(long address, long length, PhysicalMemory image) {
    List<PageRun> runs = new ArrayList<>();
    long first = address & -Layer.PAGE;
    for (long done = 0; done < address - first + length; done += Layer.PAGE) {
      long at = first + done;
      if (image.isPresent(at)) {
        long place = image.locate(at);
        runs.add(
            new PageRun(
                at,
                Layer.PAGE,
                PageRun.NONE,
                at,
                place == Memory.NOWHERE ? PageRun.NONE : place,
                Layer.PAGE,
                0,
                PageState.MAPPED));
      }
    }
    return runs;
  }

  /**
   * The pages of a mapping, as runs; fewer where all mappings that were asked for together map more
   * than plausible tables do.
   */
  public List<PageRun> of(GuestMapping mapping) {
    return between(mapping.start(), mapping.end() - 1);
  }

  /** The pages between two addresses, both included. */
  List<PageRun> between(long first, long last) {
    return PageRuns.of(memory, first, last, budget).stream().map(this::run).toList();
  }

  private long ownAddress(PageRuns.Run run) {
    return switch (own) {
      case NONE -> PageRun.NONE;
      case BELOW -> run.below() == PageRuns.NOT_MAPPED ? PageRun.NONE : run.below();
      case ITSELF -> run.start();
    };
  }

  private PageRun run(PageRuns.Run run) {
    boolean mapped = run.lowest() != PageRuns.NOT_MAPPED;
    long place = mapped ? image.locate(run.lowest()) : Memory.NOWHERE;
    return new PageRun(
        run.start(),
        run.length(),
        ownAddress(run),
        mapped ? run.lowest() : PageRun.NONE,
        place == Memory.NOWHERE ? PageRun.NONE : place,
        run.pageSize(),
        run.permissions(),
        run.state());
  }
}
