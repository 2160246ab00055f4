package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.system.GuestMapping;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of Xen's domains, from the memory of xenstored, which keeps its tree in a TDB in memory
 * until Xen 4.18. A record is a head of six numbers (next, length, length of the key and of the
 * data, hash, magic), the key, the data; the data of a node is its generation, three numbers (how
 * many permissions, bytes of the value, bytes of the names of children), the permissions of 8 bytes
 * each, the value (tools/xenstore/tdb.h, {@code struct xs_tdb_record_hdr} in xenstore_lib.h;
 * checked on memory of Xen 4.17).
 */
final class XenStore {

  /** The process's name. */
  static final String DAEMON = "xenstored";

  /** {@code TDB_MAGIC}; records that are free have its complement. */
  private static final int MAGIC = 0x2601_1999;

  private static final Pattern KEY = Pattern.compile("/local/domain/([0-9]{1,5})/name");
  private static final int PAGE = 4096;
  private static final long MOST_MEMORY = 1L << 28;
  private static final int MOST_DOMAINS = 1 << 15;

  /** From the length of a key to the magic. */
  private static final int HEAD = 12;

  private static final int MAX_KEY = 32;
  private static final int MAX_NAME = 1 << 10;
  private static final int NODE_HEAD = 20;
  private static final int PERMISSION = 8;
  private static final int MOST_PERMISSIONS = 64;

  private final Memory memory;
  private final Map<Integer, String> names = new TreeMap<>();
  private final Map<Integer, Long> generations = new HashMap<>();

  private XenStore(Memory memory) {
    this.memory = memory;
  }

  /**
   * The names of domains by their numbers.
   *
   * @param memory of the process that is {@link #DAEMON}
   * @param mappings of that process, of which those that it allocates from are looked through
   */
  static Map<Integer, String> namesIn(Memory memory, List<GuestMapping> mappings) {
    XenStore store = new XenStore(memory);
    long left = MOST_MEMORY;
    for (GuestMapping mapping : mappings) {
      if ((mapping.kind() == GuestMapping.Kind.HEAP
              || mapping.kind() == GuestMapping.Kind.ANONYMOUS)
          && mapping.permissions().startsWith("rw")) {
        for (long at = mapping.start(); at < mapping.end() && left > 0; at += PAGE, left -= PAGE) {
          store.page(at);
        }
      }
    }
    return store.names;
  }

  private void page(long start) {
    byte[] bytes = memory.readBytes(start, PAGE);
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i + Integer.BYTES <= bytes.length; i += Integer.BYTES) {
      if (words.getInt(i) == MAGIC && names.size() < MOST_DOMAINS) {
        record(start + i);
      }
    }
  }

  private void record(long magic) {
    int keyLength = memory.getInt(magic - HEAD, 0);
    if (keyLength <= 0 || keyLength > MAX_KEY) {
      return;
    }
    Matcher key = KEY.matcher(text(magic + Integer.BYTES, keyLength));
    if (!key.matches()) {
      return;
    }
    long node = magic + Integer.BYTES + keyLength;
    int permissions = memory.getInt(node + 8, -1);
    int length = memory.getInt(node + 12, -1);
    if (permissions < 0 || permissions > MOST_PERMISSIONS || length <= 0 || length > MAX_NAME) {
      return;
    }
    int domain = Integer.parseInt(key.group(1));
    long generation = memory.getLong(node, 0);
    // A record that was written anew may leave the old one.
    if (generation >= generations.getOrDefault(domain, Long.MIN_VALUE)) {
      generations.put(domain, generation);
      names.put(domain, text(node + NODE_HEAD + (long) permissions * PERMISSION, length));
    }
  }

  private String text(long address, int length) {
    return new String(memory.readBytes(address, length), StandardCharsets.UTF_8);
  }
}
