package io.nestwalk.find;

/**
 * Looks for one needle: by its longest fixed stretch, which the JDK finds in a string of bytes with
 * vector instructions.
 */
final class NeedleScanner implements BlockScanner {

  private final Needle needle;
  private final int number;
  private final String anchor;
  private final int anchorStart;

  NeedleScanner(Needle needle, int number) {
    this.needle = needle;
    this.number = number;
    anchor = needle.anchor();
    anchorStart = needle.anchorStart();
  }

  @Override
  public void scan(Block block, int from, Sink sink) {
    String text = block.text();
    for (int at = text.indexOf(anchor, from + anchorStart);
        at >= 0;
        at = text.indexOf(anchor, at + 1)) {
      int start = at - anchorStart;
      if (start >= from && needle.isAt(block, start)) {
        sink.match(start, needle.length(), number);
      }
    }
  }
}
