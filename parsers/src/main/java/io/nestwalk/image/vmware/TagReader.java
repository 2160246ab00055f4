package io.nestwalk.image.vmware;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the tags of a group one by one: a word with the length of the name, the count of indices
 * and the size of the value; name; indices; value.
 */
final class TagReader {

  private static final int SIZE_MASK = 0x3f;
  private static final int SIZE_COMPRESSED = 0x3e;
  private static final int SIZE_BLOCK = 0x3f;

  /** More than any group has: one of 4096 CPUs with a hundred values each. */
  private static final int MAX_TAGS = 1 << 20;

  private final ImageFile file;
  private final Checkpoint.Group group;
  private final boolean is64;
  private long position;
  private int tags;
  private String problem = "";

  TagReader(ImageFile file, Checkpoint.Group group, boolean is64) {
    this.file = file;
    this.group = group;
    this.is64 = is64;
    position = group.start();
  }

  /** What ended the group before its closing tag; empty while all is well. */
  String problem() {
    return problem;
  }

  /** The next tag; empty at the end of the group and where it is damaged or cut. */
  Optional<Tag> next() throws ImageException {
    if (group.end() - position < Short.BYTES || tags++ == MAX_TAGS) {
      return broken("has no end");
    }
    int word = file.shortAt(position);
    if (word == 0) {
      return Optional.empty();
    }
    int nameLength = word >>> 8;
    int indexCount = (word >>> 6) & 3;
    long at = position + Short.BYTES;
    if (group.end() - at < nameLength + (long) indexCount * Integer.BYTES) {
      return broken("is cut within a tag");
    }
    String name = file.textAt(at, nameLength);
    at += nameLength;
    List<Long> indices = new ArrayList<>(indexCount);
    for (int i = 0; i < indexCount; i++) {
      indices.add(file.intAt(at));
      at += Integer.BYTES;
    }
    int size = word & SIZE_MASK;
    Tag tag;
    if (size == SIZE_BLOCK || size == SIZE_COMPRESSED) {
      int sizes = is64 ? 2 * Long.BYTES : 2 * Integer.BYTES;
      if (group.end() - at < sizes + Short.BYTES) {
        return broken("is cut within a block's header");
      }
      long onDisk = is64 ? file.longAt(at) : file.intAt(at);
      long inMemory = is64 ? file.longAt(at + Long.BYTES) : file.intAt(at + Integer.BYTES);
      long data = at + sizes + Short.BYTES + file.shortAt(at + sizes);
      Tag.Kind kind = size == SIZE_BLOCK ? Tag.Kind.BLOCK : Tag.Kind.COMPRESSED;
      tag = new Tag(name, indices, data, onDisk, inMemory, kind);
      if (onDisk < 0 || inMemory < 0 || data > file.length()) {
        return broken("has a block \"%s\" of an impossible size".formatted(name));
      }
      // A block may reach beyond the group's end: memory does, in files whose last group it is.
      position = onDisk > file.length() - data ? file.length() : data + onDisk;
    } else {
      if (group.end() - at < size) {
        return broken("is cut within a value");
      }
      tag = new Tag(name, indices, at, size, size, Tag.Kind.VALUE);
      position = at + size;
    }
    return Optional.of(tag);
  }

  private Optional<Tag> broken(String what) {
    problem = "the group \"%s\" %s (at 0x%x)".formatted(group.name(), what, position);
    return Optional.empty();
  }
}
