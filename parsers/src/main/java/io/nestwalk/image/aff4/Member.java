package io.nestwalk.image.aff4;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * A file within the volume.
 *
 * @param offset where its bytes stand
 * @param storedSize how many there are
 * @param size how many they unpack to
 * @param isStored whether they are stored as they are
 */
record Member(long offset, long storedSize, long size, boolean isStored) {

  /** Its content, for members that are small. */
  byte[] read(ImageFile file, String name, int limit) throws ImageException {
    if (size > limit || storedSize > limit) {
      throw new ImageException(
          file.name(), offset, "%s has more than %d bytes".formatted(name, limit));
    }
    MemorySegment bytes = file.slice(offset, storedSize);
    if (isStored) {
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(bytes.toArray(ValueLayout.JAVA_BYTE));
      byte[] content = new byte[(int) size];
      int count = 0;
      int step = 1;
      while (count < content.length && step > 0) {
        step = inflater.inflate(content, count, content.length - count);
        count += step;
      }
      if (count < content.length) {
        throw new ImageException(file.name(), offset, name + " is cut");
      }
      return content;
    } catch (DataFormatException e) {
      throw new ImageException(file.name(), offset, name + " is damaged");
    } finally {
      inflater.end();
    }
  }
}
