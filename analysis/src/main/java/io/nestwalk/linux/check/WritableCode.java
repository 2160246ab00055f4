package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.paging.Permissions;
import java.util.ArrayList;
import java.util.List;

/** Memory that only the kernel may execute and that it may write too. */
final class WritableCode implements Check {

  private static final int MOST_RUNS = 1 << 12;

  @Override
  public String rule() {
    return "writable-code";
  }

  @Override
  public String reason() {
    return "a kernel takes the right to write from its code; who wants to change it takes it back";
  }

  @Override
  public void run(Inspection in) {
    Kernel kernel = in.kernel();
    List<long[]> runs = new ArrayList<>();
    boolean complete =
        kernel
            .tables()
            .forEachLeaf(
                kernel.start(),
                -1,
                (address, _, shift, permissions) -> {
                  if ((permissions & Permissions.EXECUTE) != 0
                      && (permissions & Permissions.USER) == 0) {
                    in.examined();
                    if ((permissions & Permissions.WRITE) != 0) {
                      add(runs, address, 1L << shift);
                    }
                  }
                  return runs.size() < MOST_RUNS;
                });
    if (!complete) {
      in.omit("the kernel's memory was not looked at to its end");
    }
    for (long[] run : runs) {
      in.find(
          "memory of the kernel's (%d KiB) is executable and writable".formatted(run[1] >> 10),
          run[0],
          run[0],
          in.reader().firstIn(run[0], run[1]));
    }
  }

  private static void add(List<long[]> runs, long address, long length) {
    long[] last = runs.isEmpty() ? null : runs.getLast();
    if (last != null && last[0] + last[1] == address) {
      last[1] += length;
    } else {
      runs.add(new long[] {address, length});
    }
  }
}
