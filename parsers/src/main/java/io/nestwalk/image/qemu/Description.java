package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.json.JsonObject;
import io.nestwalk.image.json.JsonReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The description of all devices that QEMU writes behind the end of a stream since version 2.2: a
 * byte 6, the length, JSON.
 *
 * @param position where in the stream it begins
 * @param pageSize the size of the machine's pages; 0 when it is not told, or none that may be
 * @param devices in the order in which they stand in the stream
 */
record Description(long position, int pageSize, List<Section> devices) {

  private static final int VMDESCRIPTION = 6;

  /** The byte and the length before the JSON. */
  private static final int HEADER = 5;

  /** That of a small machine has 100 KB, a CPU adds 9 KB. */
  private static final int MAX_LENGTH = 16 << 20;

  /** How much of a stream is searched: devices of a large machine have a few MiB. */
  private static final long MAX_SEARCHED = 64L << 20;

  /** Proxmox makes the volume for a VM's state twice as large as its memory. */
  private static final long MAX_TRIMMED = 64L << 30;

  /** How many places that look like one are tried. */
  private static final int MAX_TRIES = 8;

  private static final int WINDOW = 1 << 16;

  private static final int SMALLEST_PAGE = 1 << 10;
  private static final int LARGEST_PAGE = 1 << 16;

  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[WINDOW]).asReadOnly();

  /** Looks for it from where the devices begin. */
  static Optional<Description> findAfter(PiecedFile stream, long from) throws ImageException {
    return find(stream, from, Math.min(stream.length(), saturatedSum(from, MAX_SEARCHED)));
  }

  /** Looks for it at the end; zeros that a volume was filled up with are passed over. */
  static Optional<Description> findAtEnd(PiecedFile stream) throws ImageException {
    long end = stream.length();
    long lowest = Math.max(0, end - MAX_TRIMMED);
    while (end > lowest) {
      long start = Math.max(0, end - WINDOW);
      MemorySegment window = stream.slice(start, (int) (end - start));
      if (!isZero(window)) {
        break;
      }
      end = start;
    }
    return find(stream, Math.max(0, end - MAX_SEARCHED), end);
  }

  /** The device of that name and number. */
  Optional<Section> device(String name, long instance) {
    return devices.stream()
        .filter(device -> device.name().equals(name) && device.instance() == instance)
        .findFirst();
  }

  private static Optional<Description> find(PiecedFile stream, long from, long end)
      throws ImageException {
    int tries = 0;
    for (long start = from; start < end && tries < MAX_TRIES; start += WINDOW) {
      // Windows overlap by a header and the brace and quote behind it.
      int length = (int) Math.min(WINDOW + HEADER + 2, end - start);
      MemorySegment window = stream.slice(start, length);
      for (int i = 0; i + HEADER + 2 <= length && tries < MAX_TRIES; i++) {
        if (window.get(ValueLayout.JAVA_BYTE, i) == VMDESCRIPTION
            && window.get(ValueLayout.JAVA_BYTE, i + HEADER) == '{'
            && window.get(ValueLayout.JAVA_BYTE, i + HEADER + 1) == '"') {
          tries++;
          Optional<Description> found = read(stream, start + i);
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Description> read(PiecedFile stream, long position)
      throws ImageException {
    StreamReader reader = new StreamReader(stream, position + 1);
    long length = reader.readInt();
    if (length > MAX_LENGTH || !stream.holds(reader.position(), length)) {
      return Optional.empty();
    }
    byte[] text = new byte[(int) length];
    stream.read(reader.position(), MemorySegment.ofArray(text));
    try {
      JsonObject json = JsonReader.read(text);
      List<Section> devices = new ArrayList<>();
      for (JsonObject device : json.objects("devices")) {
        devices.add(Section.of(device, device.text("name")));
      }
      return devices.isEmpty()
          ? Optional.empty()
          : Optional.of(new Description(position, pageSize(json), List.copyOf(devices)));
    } catch (JsonReader.MalformedException e) {
      return Optional.empty();
    }
  }

  private static int pageSize(JsonObject json) {
    long size = json.number("page_size", 0);
    return Long.bitCount(size) == 1 && size >= SMALLEST_PAGE && size <= LARGEST_PAGE
        ? (int) size
        : 0;
  }

  private static boolean isZero(MemorySegment bytes) {
    long at = ZEROS.mismatch(bytes);
    return at < 0 || at >= bytes.byteSize();
  }

  private static long saturatedSum(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }
}
