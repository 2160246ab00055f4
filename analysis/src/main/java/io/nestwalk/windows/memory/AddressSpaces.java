package io.nestwalk.windows.memory;

import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.windows.kernel.Kernel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The memories of a kernel's processes. For one thread at a time. */
public final class AddressSpaces {

  /** More processes than this are seldom looked at in turns. */
  private static final int KEPT = 16;

  private final Kernel kernel;
  private final VadTree tree;
  private final Sections sections;
  private final Supplier<Stream<Space>> all;
  private final Map<Long, List<Vad>> vads = kept();
  private final Map<Long, ProcessMemory> memories = kept();
  private final PageFiles files;
  private SoftwareForm form;

  /**
   * A process and what its tables show.
   *
   * @param process address of its {@code _EPROCESS}
   * @param tables its page tables
   * @param hardware its memory as they have it
   */
  public record Space(long process, Walker tables, TranslatedMemory hardware) {}

  /**
   * The memories of that kernel's processes.
   *
   * @param all the processes that have memory: some of their entries show the form of all
   * @param files the machine's page files
   */
  public AddressSpaces(Kernel kernel, Supplier<Stream<Space>> all, PageFiles files) {
    this.kernel = kernel;
    this.files = files;
    this.all = all;
    tree = new VadTree(kernel);
    sections = new Sections(kernel, kernel.memory(), kernel.tables().mode().entry().bytes());
  }

  private static <T> Map<Long, T> kept() {
    return new LinkedHashMap<>(KEPT, 0.75f, true) {
      private static final long serialVersionUID = 1;

      @Override
      protected boolean removeEldestEntry(Map.Entry<Long, T> eldest) {
        return size() > KEPT;
      }
    };
  }

  /** Whether it is known how this kernel describes mappings. */
  public boolean areKnown() {
    return tree.isKnown();
  }

  /** The mappings of a process, in ascending order. */
  public List<GuestMapping> mappings(Space space) {
    return Mappings.of(vads(space.process()), sections, space.hardware());
  }

  /** A process's memory, with the pages that the hardware does not map. */
  public Layer memory(Space space) {
    return memories.computeIfAbsent(
        space.process(),
        process ->
            new ProcessMemory(
                kernel, space.tables(), space.hardware(), vads(process), form(), files));
  }

  private List<Vad> vads(long process) {
    return vads.computeIfAbsent(process, tree::of);
  }

  private SoftwareForm form() {
    if (form == null) {
      EntrySamples samples = new EntrySamples();
      all.get()
          .takeWhile(space -> !samples.isFull())
          .forEach(space -> samples.take(space.tables(), tree.of(space.process())));
      form = SoftwareForm.of(kernel, samples);
    }
    return form;
  }
}
