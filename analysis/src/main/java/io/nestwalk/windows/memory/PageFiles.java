package io.nestwalk.windows.memory;

import io.nestwalk.image.Memory;
import java.util.List;

/**
 * The page files of a machine, as far as they are at hand.
 *
 * @param files by number: the system's first page file is 0
 */
public record PageFiles(List<Memory> files) {

  /** None is at hand. */
  public static final PageFiles NONE = new PageFiles(List.of());

  /** Copies the list. */
  public PageFiles {
    files = List.copyOf(files);
  }

  /** The page file of a number; null when it is not at hand. */
  Memory find(int number) {
    return number >= 0 && number < files.size() ? files.get(number) : null;
  }
}
