package io.nestwalk.image.lime;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.PageIndex;
import io.nestwalk.image.Progress;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.List;

/**
 * Indexes an AVML dump: header, snappy stream, length of the stream, and so on. How much memory a
 * chunk holds stands at its start, so nothing is decompressed here.
 */
final class AvmlRanges {

  private static final int LENGTH_FIELD = Long.BYTES;

  private final ImageFile file;
  private final Progress progress;
  private final PageIndex.Builder index;
  private final List<String> warnings = new ArrayList<>();
  private int gaps;

  AvmlRanges(ImageFile file, Progress progress) {
    this.file = file;
    this.progress = progress;
    index = PageIndex.builder(file.name(), SnappyChunk.MAX_DATA);
  }

  PageIndex index() {
    return index.build();
  }

  List<String> warnings() {
    return warnings;
  }

  /** Goes through the whole file, as far as it is sound. */
  void read() throws ImageException {
    long at = 0;
    long end = 0;
    while (at < file.length()) {
      if (!RangeHeader.standsAt(file, at, RangeHeader.AVML)) {
        stop("no AVML header at 0x%x".formatted(at), at);
        break;
      }
      RangeHeader header = RangeHeader.read(file, at);
      if (header.version() != RangeHeader.AVML_VERSION || !header.isSound()) {
        stop(
            "the AVML header at 0x%x (version %d, 0x%x to 0x%x) is not sound"
                .formatted(at, header.version(), header.first(), header.last()),
            at);
        break;
      }
      if (header.first() < end) {
        stop(
            "the range of the header at 0x%x begins at 0x%x, below the end of the one before"
                .formatted(at, header.first()),
            at);
        break;
      }
      gaps += end > 0 && header.first() > end ? 1 : 0;
      end = header.last() + 1;
      at = stream(header, at + RangeHeader.SIZE);
      progress.advanced("indexing", Math.min(at, file.length()), file.length());
    }
    if (gaps > 0) {
      warnings.add(
          "AVML leaves out blocks that are all zeros: in %s between ranges what is absent may"
                  .formatted(Count.of(gaps, "gap"))
              + " have been zeros");
    }
  }

  /** Indexes the stream of one range; the answer is where the next header stands. */
  private long stream(RangeHeader header, long start) throws ImageException {
    long address = header.first();
    long left = header.length();
    long at = start;
    while (left > 0) {
      SnappyChunk chunk = SnappyChunk.read(file, at);
      if (chunk.problem() != null || chunk.size() > left) {
        String problem =
            chunk.problem() != null ? chunk.problem() : "it holds more than its range has left";
        stop(
            "the range at 0x%x is damaged or cut: %s (chunk at 0x%x), its last %d bytes are lost"
                .formatted(header.first(), problem, at, left),
            at);
        return file.length();
      }
      if (chunk.size() > 0) {
        index.add(address, chunk.size(), chunk.encoding(), chunk.dataOffset(), chunk.dataLength());
        address += chunk.size();
        left -= chunk.size();
      }
      at = chunk.end();
    }
    if (!file.holds(at, LENGTH_FIELD)) {
      warnings.add("the file is cut behind its last range, whose memory is whole");
      return file.length();
    }
    if (file.longAt(at) != at - start) {
      warnings.add(
          "the stream at 0x%x is %d bytes long, its length field says %d"
              .formatted(start, at - start, file.longAt(at)));
    }
    return at + LENGTH_FIELD;
  }

  private void stop(String why, long at) {
    warnings.add(
        "%s; the last %d bytes of the file are not read".formatted(why, file.length() - at));
  }
}
