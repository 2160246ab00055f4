package io.nestwalk.windows.memory;

import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.PageState;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What a page is that the hardware does not map. Filled again for each page, so that looking at
 * many of them makes no objects.
 */
final class SoftPage {

  /** What can be known of a page. */
  enum Kind {
    NONE,
    TRANSITION,
    PROTOTYPE,
    PAGEFILE,
    COMPRESSED,
    FILE,
    DEMAND_ZERO,
    DECOMMITTED,
    UNTOUCHED
  }

  Kind kind = Kind.NONE;

  /** The physical address, {@link PageRuns#NOT_MAPPED} for none. */
  long frame = PageRuns.NOT_MAPPED;

  int store;
  long offset;
  Optional<String> file = Optional.empty();

  /** Kernel address of the prototype entry that says so, 0 for none. */
  long prototype;

  int permissions;

  void clear() {
    kind = Kind.NONE;
    frame = PageRuns.NOT_MAPPED;
    store = 0;
    offset = 0;
    file = Optional.empty();
    prototype = 0;
    permissions = 0;
  }

  boolean isInMemory() {
    return frame != PageRuns.NOT_MAPPED;
  }

  void copyTo(SoftPage other) {
    other.kind = kind;
    other.frame = frame;
    other.store = store;
    other.offset = offset;
    other.file = file;
    other.prototype = prototype;
    other.permissions = permissions;
  }

  /** Whether this page goes on where {@code length} bytes of {@code before} end. */
  boolean continues(SoftPage before, long length) {
    boolean stands = kind == Kind.PAGEFILE || kind == Kind.COMPRESSED || kind == Kind.FILE;
    return kind == before.kind
        && permissions == before.permissions
        && store == before.store
        && file.equals(before.file)
        && isInMemory() == before.isInMemory()
        && (!isInMemory() || frame == before.frame + length)
        && (!stands || offset == before.offset + length);
  }

  PageState state() {
    return switch (kind) {
      case NONE -> PageState.MAPPED;
      case TRANSITION -> PageState.TRANSITION;
      case PROTOTYPE -> PageState.PROTOTYPE;
      case PAGEFILE -> PageState.pagefile(store, offset);
      case COMPRESSED ->
          new PageState(
              PageState.COMPRESSED.name(),
              OptionalInt.of(store),
              OptionalLong.of(offset),
              Optional.empty());
      case FILE ->
          new PageState(PageState.FILE, OptionalInt.empty(), OptionalLong.of(offset), file);
      case DEMAND_ZERO -> PageState.DEMAND_ZERO;
      case DECOMMITTED -> PageState.DECOMMITTED;
      case UNTOUCHED -> PageState.UNTOUCHED;
    };
  }
}
