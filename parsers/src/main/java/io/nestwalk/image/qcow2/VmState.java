package io.nestwalk.image.qcow2;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.PiecedFile;

/** The clusters of a snapshot's VM state, put together. */
final class VmState {

  /** The bits of a table's entry that are an offset. */
  private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;

  private static final long COMPRESSED = 1L << 62;

  /** A cluster that reads as zeros, whatever its offset; since version 3. */
  private static final long ZERO = 1;

  private VmState() {}

  /** Finds the state's clusters. One that is nowhere reads as zeros, like in QEMU. */
  static PiecedFile of(ImageFile file, Qcow2Header header, Snapshot snapshot)
      throws ImageException {
    BigEndian tables = new BigEndian(file);
    int clusterBits = header.clusterBits();
    long clusterSize = 1L << clusterBits;
    int tableBits = clusterBits - 3;
    long entries = 1L << tableBits;
    long reach = clusterSize << tableBits;
    // The state begins with the first L1 entry that no byte of the disk needs.
    long first = snapshot.diskSize() / reach + (snapshot.diskSize() % reach == 0 ? 0 : 1);
    PiecedFile.Builder pieces = PiecedFile.builder(file);
    long done = 0;
    for (long i = first; i < snapshot.l1Size() && done < snapshot.stateSize(); i++) {
      long table = tables.longAt(snapshot.l1Table() + i * Long.BYTES) & OFFSET;
      if (table == 0) {
        done += reach;
        continue;
      }
      for (long j = 0; j < entries && done < snapshot.stateSize(); j++) {
        long entry = tables.longAt(table + j * Long.BYTES);
        if ((entry & COMPRESSED) != 0) {
          throw new ImageException(
              file.name(), table + j * Long.BYTES, "a compressed cluster within a VM state");
        }
        long cluster = entry & OFFSET;
        long length = Math.min(clusterSize, snapshot.stateSize() - done);
        if (cluster != 0 && (entry & ZERO) == 0) {
          long there = Math.clamp(file.length() - cluster, 0, length);
          if (there > 0) {
            pieces.add(done, there, cluster);
          }
        }
        done += clusterSize;
      }
    }
    return pieces.build(Math.min(done, snapshot.stateSize()));
  }
}
