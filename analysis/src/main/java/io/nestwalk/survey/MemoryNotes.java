package io.nestwalk.survey;

import java.util.Optional;

/**
 * What is remembered of one memory among those of an image, numbers under what they say something
 * of. Who recalls them holds them against the memory: they may be of another time, or lie.
 *
 * @param store where they are kept, for one image as it was opened
 * @param memory names the memory: what it is made of, not what a search calls it
 */
public record MemoryNotes(SurveyStore store, String memory) {

  /** Of a memory of which nothing is remembered. */
  public static final MemoryNotes NONE = new MemoryNotes(SurveyStore.NONE, "");

  /** Those of the image's own memory. */
  public static MemoryNotes of(SurveyStore store) {
    return new MemoryNotes(store, "");
  }

  /** Those of a memory inside this one, behind tables that are named. */
  public MemoryNotes behind(String tables) {
    return new MemoryNotes(store, memory + "/" + tables);
  }

  /** Whether anything is remembered at all. */
  public boolean isKept() {
    return !store.equals(SurveyStore.NONE);
  }

  /** The numbers that were kept; empty when there are none that are whole. */
  public Optional<long[]> recall(String what) {
    return isKept() ? store.recallNumbers(subject(what)) : Optional.empty();
  }

  /** Keeps numbers. That they can't be kept costs the next run time, and is no error. */
  public void keep(String what, long... numbers) {
    if (isKept()) {
      store.keepNumbers(subject(what), numbers);
    }
  }

  private String subject(String what) {
    return "%s in /%s".formatted(what, memory);
  }
}
