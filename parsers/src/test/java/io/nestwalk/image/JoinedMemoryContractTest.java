package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;

/** Memory in several files, cut in the middle of pages, does what every memory does. */
class JoinedMemoryContractTest extends PhysicalMemoryContractTest {

  /** Neither a multiple of a page nor of any value's size. */
  private static final int PART = 2531;

  private byte[] whole = new byte[0];

  @Override
  protected PhysicalMemory memoryOf(SortedMap<Long, byte[]> pages) {
    whole = new byte[pages.size() * PAGE];
    List<MemoryRun> runs = new ArrayList<>();
    int at = 0;
    for (long address : pages.keySet()) {
      System.arraycopy(pages.get(address), 0, whole, at, PAGE);
      MemoryRun last = runs.isEmpty() ? null : runs.getLast();
      if (last != null && last.end() == address) {
        runs.set(
            runs.size() - 1, new MemoryRun(last.start(), last.length() + PAGE, last.fileOffset()));
      } else {
        runs.add(new MemoryRun(address, PAGE, at));
      }
      at += PAGE;
    }
    List<ImageFile> files = new ArrayList<>();
    for (int from = 0; from < whole.length; from += PART) {
      byte[] part = Arrays.copyOfRange(whole, from, Math.min(whole.length, from + PART));
      files.add(ImageFile.over(MemorySegment.ofArray(part), Path.of("part"), "part", "file"));
    }
    return new JoinedMemory(runs, files);
  }

  @Override
  protected byte storedByte(long location) {
    return whole[(int) location];
  }
}
