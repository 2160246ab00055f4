package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.survey.Survey;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A page that a register names, which the survey need not have recognised. */
final class NamedPage {

  private NamedPage() {}

  /** A copy of the page; empty when the address is not a page's or the page is not all there. */
  static Optional<MemorySegment> read(Memory memory, long address) {
    if ((address & (Survey.PAGE_SIZE - 1)) != 0 || !memory.isPresent(address)) {
      return Optional.empty();
    }
    byte[] bytes = memory.readBytes(address, Survey.PAGE_SIZE);
    return bytes.length < Survey.PAGE_SIZE
        ? Optional.empty()
        : Optional.of(MemorySegment.ofArray(bytes));
  }
}
