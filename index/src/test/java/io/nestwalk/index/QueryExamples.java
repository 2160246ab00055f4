package io.nestwalk.index;

import io.nestwalk.answer.Hex;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/** Made-up runs of pages and queries, to hold one store's answers against another's. */
public final class QueryExamples {

  private static final String[] NAMES = {
    "sshd", "Sshd-Session", "a b", "bash", "\udc80x", "kworker/u8:1"
  };
  private static final List<Space> SPACES = List.of(Space.values());

  private static final String[] PATHS = {
    "/usr/lib/libCrypto.so.3", "[heap]", "[stack]", "/tmp/b\udc81d (deleted)", "/", "[linear map]"
  };

  /** Queries of one thing each. */
  public static final List<String> LEAVES =
      List.of(
          "kind:run",
          "kind:user",
          "kind:KERNEL",
          "kind:physical",
          "kind:process",
          "kind:*er*",
          "name:sshd",
          "name:SSHD*",
          "name:?ash",
          "name:\"a b\"",
          "name:*",
          "path:*crypto*",
          "path:[heap]",
          "path:*",
          "path:/tmp/*",
          "machine:host",
          "machine:vm?",
          "flag:deleted-file",
          "permissions:rw",
          "permissions:r-x",
          "permissions:---",
          "permissions:u",
          "permissions:s",
          "permissions:w--",
          "pid:1",
          "pid:2..4",
          "pid:..2",
          "pid:0xffffffffffffffff",
          "ppid:1",
          "uid:0",
          "libcrypto",
          "libcrypto.so",
          "so.3",
          "sshd session",
          "\"sshd session\"",
          "host",
          "*rypt*",
          "worker",
          "\"u8 1\"",
          "deleted",
          "???",
          "\"host sshd\"",
          "*a?b*");

  private QueryExamples() {}

  private static RunEntry random(Random random) {
    Space space = SPACES.get(random.nextInt(SPACES.size()));
    long length = (1L + random.nextInt(random.nextInt(20) == 0 ? 5000 : 8)) << 12;
    long start = (long) random.nextInt(4000) << 12;
    if (space == Space.KERNEL) {
      // Up to the last page there is, and no further.
      start = -length - ((long) random.nextInt(4000) << 12);
    }
    return new RunEntry(
        random.nextBoolean() ? "host" : "vm" + random.nextInt(2),
        space,
        space == Space.USER ? OptionalInt.of(random.nextInt(6) - 1) : OptionalInt.empty(),
        NAMES[random.nextInt(NAMES.length)],
        random.nextInt(3) == 0
            ? Optional.empty()
            : Optional.of(PATHS[random.nextInt(PATHS.length)]),
        start,
        random.nextInt(3) == 0 ? RunEntry.NONE : (long) random.nextInt(4000) << 12,
        random.nextInt(5) == 0 ? RunEntry.NONE : (long) random.nextInt(4000) << 12,
        random.nextInt(5) == 0 ? RunEntry.NONE : 64 + ((long) random.nextInt(4000) << 12),
        length,
        random.nextInt(16),
        random.nextBoolean() ? 12 : 21);
  }

  /** Made-up runs of pages. */
  public static List<RunEntry> runs(Random random, int count) {
    List<RunEntry> runs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      runs.add(random(random));
    }
    return runs;
  }

  private static String address(Random random) {
    String field = List.of("va", "gpa", "hpa", "fileOffset").get(random.nextInt(4));
    long from = random.nextLong(4000L << 12);
    if (field.equals("va") && random.nextBoolean()) {
      from = -1 - from;
    }
    return switch (random.nextInt(3)) {
      case 0 -> field + ":" + Hex.of(from);
      case 1 -> field + ":" + Hex.of(from) + "..";
      default ->
          field
              + ":..%s".formatted(Hex.of(from))
              + (random.nextBoolean() ? " " + field + ":" + Hex.of(from) : "");
    };
  }

  /** A made-up query. */
  public static String query(Random random, int depth) {
    if (depth > 0) {
      String one = query(random, depth - 1);
      String two = query(random, depth - 1);
      return switch (random.nextInt(4)) {
        case 0 -> "(%s) (%s)".formatted(one, two);
        case 1 -> "(%s) OR (%s)".formatted(one, two);
        case 2 -> "NOT (%s)".formatted(one);
        default -> one;
      };
    }
    return random.nextInt(3) == 0 ? address(random) : LEAVES.get(random.nextInt(LEAVES.size()));
  }
}
