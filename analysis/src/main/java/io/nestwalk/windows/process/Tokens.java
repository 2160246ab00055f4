package io.nestwalk.windows.process;

import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import java.util.Optional;

/** Whose rights processes have: the first of their token's SIDs. */
final class Tokens {

  /** A SID has at most 15 parts below its authority (MS-DTYP 2.4.2). */
  private static final int MAX_PARTS = 15;

  private static final int HEAD_BYTES = 8;

  private final Kernel kernel;
  private final Optional<Field> groups;

  Tokens(Kernel kernel) {
    this.kernel = kernel;
    groups = kernel.layout().findField("_TOKEN", "UserAndGroups");
  }

  /** The user's SID in a token to which an {@code _EX_FAST_REF} points. */
  Optional<String> sidOf(long reference) {
    long token = kernel.fastReference(reference);
    if (groups.isEmpty() || !kernel.isObject(token)) {
      return Optional.empty();
    }
    long first = kernel.value(groups, token);
    long sid = kernel.isObject(first) ? kernel.pointer(first) : 0;
    return kernel.isKernelAddress(sid) ? text(sid) : Optional.empty();
  }

  /** MS-DTYP 2.4.2: revision, count, six bytes of authority, the parts. */
  private Optional<String> text(long sid) {
    byte[] head = kernel.memory().readBytes(sid, HEAD_BYTES);
    if (head.length < HEAD_BYTES || head[0] != 1 || head[1] <= 0 || head[1] > MAX_PARTS) {
      return Optional.empty();
    }
    long authority = 0;
    for (int i = 2; i < HEAD_BYTES; i++) {
      authority = authority << 8 | (head[i] & 0xff);
    }
    StringBuilder text = new StringBuilder("S-1-").append(authority);
    for (int i = 0; i < head[1]; i++) {
      long part = sid + HEAD_BYTES + (long) Integer.BYTES * i;
      if (!kernel.memory().isPresent(part)) {
        return Optional.empty();
      }
      text.append('-').append(kernel.memory().getInt(part, 0) & 0xffff_ffffL);
    }
    return Optional.of(text.toString());
  }
}
