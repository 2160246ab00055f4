package io.nestwalk.image.qcow2;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.Optional;

/**
 * What of a qcow2 image's header is needed here; big-endian.
 *
 * @param version 2 or 3
 * @param clusterBits the size of a cluster as a power of two
 * @param diskSize the size of the disk now
 * @param encryption 0 for none
 * @param snapshotCount how many snapshots there are
 * @param snapshots where their table begins
 * @param features the incompatible ones
 */
record Qcow2Header(
    long version,
    int clusterBits,
    long diskSize,
    long encryption,
    long snapshotCount,
    long snapshots,
    long features) {

  private static final byte[] MAGIC = {'Q', 'F', 'I', (byte) 0xfb};

  private static final int VERSION_3_SIZE = 80;

  private static final int MIN_CLUSTER_BITS = 9;
  private static final int MAX_CLUSTER_BITS = 21;

  private static final long EXTERNAL_DATA_FILE = 1 << 2;
  private static final long EXTENDED_L2 = 1 << 4;

  static boolean hasMagic(ImageFile file) {
    return file.startsWith(0, MAGIC);
  }

  static Qcow2Header read(ImageFile file) throws ImageException {
    BigEndian fields = new BigEndian(file);
    long version = fields.intAt(4);
    return new Qcow2Header(
        version,
        (int) Math.min(Integer.MAX_VALUE, fields.intAt(20)),
        fields.longAt(24),
        fields.intAt(32),
        fields.intAt(60),
        fields.longAt(64),
        version >= 3 && file.holds(0, VERSION_3_SIZE) ? fields.longAt(72) : 0);
  }

  /** Why no VM state can be read from such an image; empty when it can. */
  Optional<String> refusal() {
    if (version != 2 && version != 3) {
      return Optional.of("a qcow2 disk image of version %d".formatted(version));
    }
    if (clusterBits < MIN_CLUSTER_BITS || clusterBits > MAX_CLUSTER_BITS || diskSize < 0) {
      return Optional.of(
          "a qcow2 disk image with clusters of 2^%d bytes and a disk of %d bytes"
              .formatted(clusterBits, diskSize));
    }
    if (snapshotCount == 0) {
      return Optional.of("a qcow2 disk image without a snapshot, not memory");
    }
    if (encryption != 0) {
      return Optional.of("an encrypted qcow2 disk image, whose snapshots can't be read");
    }
    if ((features & EXTENDED_L2) != 0) {
      return Optional.of("a qcow2 disk image with extended L2 entries, which is not supported");
    }
    if ((features & EXTERNAL_DATA_FILE) != 0) {
      return Optional.of("a qcow2 disk image whose clusters are in another file, not memory");
    }
    return Optional.empty();
  }
}
