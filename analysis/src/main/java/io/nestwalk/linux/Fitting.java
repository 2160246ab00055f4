package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.types.KernelKnowledge;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Fits symbols at linked addresses to a kernel in memory: finds out how far it moved, and holds the
 * answer against the first task, which must stand where the symbol then says.
 */
final class Fitting {

  /** Names of the image's start and of its code's, which nearly every symbol table has. */
  private static final List<String> ANCHORS = List.of("_text", "_stext", "linux_banner");

  private static final String BANNER = "linux_banner";
  private static final List<String> STARTS = List.of("_text", "_stext");

  private final Memory memory;
  private final KernelImage image;
  private final Findings findings;
  private final KernelSymbols own;

  /**
   * Sets up.
   *
   * @param own the symbols that the kernel itself carries
   */
  Fitting(Memory memory, KernelImage image, Findings findings, KernelSymbols own) {
    this.memory = memory;
    this.image = image;
    this.findings = findings;
    this.own = own;
  }

  /** The symbols where this kernel has them; empty when they lead to no first task. */
  Optional<KernelSymbols> fit(KernelKnowledge knowledge) {
    Optional<StructLayout> task = knowledge.types().find("task_struct");
    KernelSymbols linked = knowledge.linkedSymbols();
    if (task.isEmpty() || linked.address(InitTask.SYMBOL).isEmpty()) {
      return Optional.empty();
    }
    long first = first(linked, STARTS).orElse(0);
    for (long slide : slides(knowledge, linked)) {
      KernelSymbols moved = new MovedSymbols(linked, first, slide);
      if (InitTask.isAt(memory, task.get(), moved.address(InitTask.SYMBOL).getAsLong())) {
        return Optional.of(moved);
      }
    }
    return Optional.empty();
  }

  /** How far the kernel may have moved, the surest first. */
  private List<Long> slides(KernelKnowledge knowledge, KernelSymbols linked) {
    List<Long> slides = new ArrayList<>();
    for (String name : ANCHORS) {
      OptionalLong here = own.address(name);
      OptionalLong there = linked.address(name);
      if (here.isPresent() && there.isPresent()) {
        slides.add(here.getAsLong() - there.getAsLong());
      }
    }
    OptionalLong banner = linked.address(BANNER);
    if (banner.isPresent() && knowledge.banner().isPresent()) {
      for (long place : findings.placesOf(knowledge.banner().get())) {
        slides.add(place - banner.getAsLong());
      }
    }
    OptionalLong start = first(linked, STARTS);
    if (start.isPresent()) {
      slides.add(image.base() - start.getAsLong());
    }
    return slides;
  }

  private static OptionalLong first(KernelSymbols symbols, List<String> names) {
    return names.stream()
        .map(symbols::address)
        .filter(OptionalLong::isPresent)
        .findFirst()
        .orElse(OptionalLong.empty());
  }
}
