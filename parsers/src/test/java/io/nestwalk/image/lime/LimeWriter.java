package io.nestwalk.image.lime;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.TestMachine;
import java.io.IOException;

/** Writes memory as LiME does with format=lime. */
final class LimeWriter {

  private LimeWriter() {}

  static void write(TestMachine machine, FileSink out) throws IOException {
    for (AddressRange range : machine.memory().ranges()) {
      header(out, range.start(), range.end() - 1);
      out.memory(machine.memory(), range);
    }
  }

  static void header(FileSink out, long first, long last) throws IOException {
    out.text("EMiL").u32(1).u64(first).u64(last).u64(0);
  }
}
