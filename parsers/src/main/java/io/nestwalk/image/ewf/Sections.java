package io.nestwalk.image.ewf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayList;
import java.util.List;

/**
 * What the sections of all files tell.
 *
 * @param volume the size of the whole and of its chunks; null when no section tells it
 * @param tables where the chunks stand, in their order
 * @param isComplete whether the last file has the mark of the end
 * @param warnings what is damaged
 */
record Sections(Volume volume, List<Table> tables, boolean isComplete, List<String> warnings) {

  private static final int DESCRIPTOR = 76;
  private static final int TYPE_LENGTH = 16;

  /** A file has two for each sixteen thousand chunks. */
  private static final int MAX_SECTIONS = 1 << 20;

  private static final int VOLUME_BYTES = 24;
  private static final int TABLE_HEADER = 24;

  /**
   * The size of the image.
   *
   * @param chunks how many there are
   * @param chunkSize bytes of a chunk but the last
   * @param bytes of the whole
   */
  record Volume(long chunks, long chunkSize, long bytes) {}

  /**
   * A table of chunks.
   *
   * @param segment the number of the file, from 0 on
   * @param first the number of its first chunk
   * @param count of chunks
   * @param entries file offset of the entries, of four bytes each
   * @param base what the offsets in the entries are counted from
   * @param dataEnd where the data of the last chunk end at the latest
   */
  record Table(int segment, long first, long count, long entries, long base, long dataEnd) {}

  static Sections read(List<ImageFile> segments) throws ImageException {
    Reader reader = new Reader();
    for (int i = 0; i < segments.size(); i++) {
      reader.read(segments.get(i), i);
    }
    return new Sections(
        reader.volume, List.copyOf(reader.tables), reader.isComplete, List.copyOf(reader.warnings));
  }

  private static final class Reader {

    private final List<Table> tables = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private Volume volume;
    private boolean isComplete;
    private long chunks;
    private int sections;

    void read(ImageFile file, int segment) throws ImageException {
      long at = Segment.HEADER;
      long sectorsEnd = 0;
      while (file.holds(at, DESCRIPTOR) && ++sections < MAX_SECTIONS) {
        String type = file.textAt(at, TYPE_LENGTH);
        long next = file.longAt(at + TYPE_LENGTH);
        switch (type) {
          case "volume", "disk", "data" -> readVolume(file, at + DESCRIPTOR);
          case "sectors" -> sectorsEnd = Math.min(next, file.length());
          case "table" -> {
            readTable(file, segment, at, sectorsEnd > 0 ? sectorsEnd : next);
            sectorsEnd = 0;
          }
          case "done" -> isComplete = true;
          default -> {
            // Notes on the case, hashes, the second copy of a table.
          }
        }
        if (next <= at || type.equals("done") || type.equals("next")) {
          return;
        }
        at = next;
      }
      warnings.add("%s is cut: it has no section that ends it".formatted(file.shortName()));
    }

    private void readVolume(ImageFile file, long at) throws ImageException {
      if (volume != null || !file.holds(at, VOLUME_BYTES)) {
        return;
      }
      long sectors = file.intAt(at + 8);
      long sectorSize = file.intAt(at + 12);
      long total = file.longAt(at + 16);
      if (sectors == 0
          || sectorSize == 0
          || sectors > EwfIndex.MAX_CHUNK / sectorSize
          || total <= 0
          || total > EwfIndex.MAX_BYTES / sectorSize) {
        throw new ImageException(
            file.name(),
            at,
            "%d sectors of %d bytes, %d in a chunk".formatted(total, sectorSize, sectors));
      }
      volume = new Volume(file.intAt(at + 4), sectors * sectorSize, total * sectorSize);
    }

    private void readTable(ImageFile file, int segment, long at, long dataEnd)
        throws ImageException {
      long header = at + DESCRIPTOR;
      if (!file.holds(header, TABLE_HEADER)) {
        return;
      }
      long entries = header + TABLE_HEADER;
      long claimed = file.intAt(header);
      long count = Math.min(claimed, Math.max(0, (file.length() - entries) / Integer.BYTES));
      if (count < claimed) {
        warnings.add(
            "a table of %d chunks in %s is cut after %d"
                .formatted(claimed, file.shortName(), count));
      }
      if (count > 0) {
        tables.add(
            new Table(
                segment,
                chunks,
                count,
                entries,
                file.longAt(header + 8),
                Math.min(dataEnd, file.length())));
        chunks += count;
      }
    }
  }
}
