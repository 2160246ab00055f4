package io.nestwalk.session;

import io.nestwalk.answer.PageRun;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.system.GuestMapping;
import java.util.List;

/** The pages behind a process's mappings, in every layer, and where they stand in the file. */
public final class MappedPages {

  private final Layer memory;
  private final boolean guest;
  private final PhysicalMemory image;
  private final Budget budget;

  private MappedPages(Layer memory, boolean guest, PhysicalMemory image) {
    this.memory = memory;
    this.guest = guest;
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
    return new MappedPages(memory, machine.parent().isPresent(), image);
  }

  /**
   * The pages of a mapping, as runs; fewer where all mappings that were asked for together map more
   * than plausible tables do.
   */
  public List<PageRun> of(GuestMapping mapping) {
    return PageRuns.of(memory, mapping.start(), mapping.end() - 1, budget).stream()
        .map(this::run)
        .toList();
  }

  private PageRun run(PageRuns.Run run) {
    boolean mapped = run.lowest() != PageRuns.NOT_MAPPED;
    long place = mapped ? image.locate(run.lowest()) : Memory.NOWHERE;
    return new PageRun(
        run.start(),
        run.length(),
        guest && run.below() != PageRuns.NOT_MAPPED ? run.below() : PageRun.NONE,
        mapped ? run.lowest() : PageRun.NONE,
        place == Memory.NOWHERE ? PageRun.NONE : place,
        run.pageSize(),
        run.permissions(),
        run.state());
  }
}
