package io.nestwalk.image.ewf;

import java.util.Arrays;

/** The same, with damage to the table of chunks. */
class EwfTablesContractTest extends EwfContractTest {

  @Override
  protected int headerStart() {
    byte[] sample = sample();
    byte[] name = {'t', 'a', 'b', 'l', 'e'};
    for (int at = sample.length - name.length; at > 0; at--) {
      if (Arrays.equals(Arrays.copyOfRange(sample, at, at + name.length), name)) {
        return at;
      }
    }
    throw new IllegalStateException("no table");
  }

  @Override
  protected int headerLength() {
    return 76 + 24 + 12;
  }
}
