package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageException;
import java.util.HashSet;
import java.util.Set;

/**
 * What the stream says about itself at its start: the section CONFIGURATION, since QEMU 2.4.
 *
 * @param machine the machine's type, such as "pc-i440fx-8.2"; empty when there is none
 * @param pageSize the guest's page size, by which the offsets of pages are rounded; 0 when it is
 *     not told
 * @param capabilities those that change what the stream looks like
 */
record Configuration(String machine, int pageSize, Set<String> capabilities) {

  /** The page size of every PC, and of most other machines. */
  static final int USUAL_PAGE = 4096;

  /** The longest name of a machine type has some twenty letters. */
  private static final int MAX_NAME = 256;

  private static final int MAX_CAPABILITIES = 256;

  private static final int SUBSECTION = 5;

  private static final int UUID_BYTES = 16;

  boolean isMapped() {
    return capabilities.contains("mapped-ram");
  }

  boolean ignoresShared() {
    return capabilities.contains("x-ignore-shared");
  }

  Configuration withPageSize(int size) {
    return new Configuration(machine, size, capabilities);
  }

  /** What is assumed where the stream does not tell. */
  static Configuration of(String machine) {
    return new Configuration(machine, 0, Set.of());
  }

  static Configuration read(StreamReader reader) throws ImageException {
    long length = reader.readInt();
    if (length > MAX_NAME) {
      throw reader.fault("a machine type of %d letters".formatted(length));
    }
    String machine = reader.readText((int) length);
    int pageSize = 0;
    Set<String> capabilities = new HashSet<>();
    while (!reader.atEnd()) {
      long start = reader.position();
      if (reader.readByte() != SUBSECTION) {
        reader.seek(start);
        break;
      }
      String name = reader.readName();
      reader.skip(Integer.BYTES); // its version
      switch (name) {
        case "configuration/capabilities" -> readCapabilities(reader, capabilities);
        case "configuration/target-page-bits" -> {
          long bits = reader.readInt();
          if (bits < 10 || bits > 16) {
            throw reader.fault("pages of 2^%d bytes".formatted(bits));
          }
          pageSize = 1 << bits;
        }
        case "configuration/uuid" -> reader.skip(UUID_BYTES);
        default -> throw reader.fault("the subsection \"%s\" is not known".formatted(name));
      }
    }
    return new Configuration(machine, pageSize, Set.copyOf(capabilities));
  }

  private static void readCapabilities(StreamReader reader, Set<String> capabilities)
      throws ImageException {
    long count = reader.readInt();
    if (count > MAX_CAPABILITIES) {
      throw reader.fault("%d capabilities".formatted(count));
    }
    for (long i = 0; i < count; i++) {
      capabilities.add(reader.readName());
    }
  }
}
