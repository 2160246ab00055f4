package io.nestwalk.image.qcow2;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MachineSnapshot;
import io.nestwalk.wording.Count;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * An entry of the table of snapshots.
 *
 * @param id a number that QEMU gave it, as text
 * @param name what the user named it
 * @param seconds when it was made, since 1970
 * @param nanoseconds beyond that
 * @param stateSize how long the VM state is; 0 for a snapshot of the disk alone
 * @param diskSize the size of the disk at that time, behind which the VM state stands
 * @param l1Table where the table of its tables of clusters begins
 * @param l1Size how many entries that has
 */
record Snapshot(
    String id,
    String name,
    long seconds,
    long nanoseconds,
    long stateSize,
    long diskSize,
    long l1Table,
    long l1Size) {

  /** QEMU's own limit. */
  private static final int MAX_SNAPSHOTS = 65_536;

  private static final int FIXED = 40;
  private static final int ALIGNMENT = 8;

  /** The first members of the extra data, each there only when the data are long enough. */
  private static final int LARGE_STATE_SIZE = 8;

  private static final int WITH_DISK_SIZE = 16;

  /** Reads the table, as far as it is within the file. */
  static List<Snapshot> readAll(ImageFile file, Qcow2Header header, List<String> warnings) {
    List<Snapshot> snapshots = new ArrayList<>();
    BigEndian fields = new BigEndian(file);
    long at = header.snapshots();
    try {
      for (long i = 0; i < Math.min(MAX_SNAPSHOTS, header.snapshotCount()); i++) {
        int idLength = fields.shortAt(at + 12);
        int nameLength = fields.shortAt(at + 14);
        long extra = fields.intAt(at + 36);
        long state = fields.intAt(at + 32);
        if (extra >= LARGE_STATE_SIZE) {
          state = fields.longAt(at + FIXED);
        }
        long disk =
            extra >= WITH_DISK_SIZE ? fields.longAt(at + FIXED + Long.BYTES) : header.diskSize();
        long text = at + FIXED + extra;
        snapshots.add(
            new Snapshot(
                file.textAt(text, idLength).replace('\n', '?'),
                file.textAt(text + idLength, nameLength).replace('\n', '?'),
                fields.intAt(at + 16),
                fields.intAt(at + 20),
                state,
                disk,
                fields.longAt(at),
                fields.intAt(at + 8)));
        long end = text + idLength + nameLength;
        at = (end + ALIGNMENT - 1) & -ALIGNMENT;
      }
    } catch (ImageException e) {
      warnings.add(
          "of %s %d can be read: %s"
              .formatted(
                  Count.of(header.snapshotCount(), "snapshot"), snapshots.size(), e.reason()));
    }
    return snapshots;
  }

  /** As users read it. */
  @Override
  public String toString() {
    return "\"%s\" (id %s)".formatted(name, id);
  }

  MachineSnapshot described(boolean read) {
    return new MachineSnapshot(
        id, name, Instant.ofEpochSecond(seconds, nanoseconds), stateSize, read);
  }
}
