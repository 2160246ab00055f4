package io.nestwalk.yara;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.nestwalk.yara.RuleMatch.StringMatch;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One look of libyara's through memory: hands it blocks and takes its matches. */
// What libyara hands over has the length that its headers say; no JVM can check that.
@SuppressWarnings("restricted")
final class YaraScan {

  // yara/scan.h and rules.h
  private static final int PROCESS_MEMORY = 2;
  private static final int NO_TRYCATCH = 4;
  private static final int REPORT_MATCHING = 8;
  private static final int RULE_MATCHING = 1;
  private static final int TOO_MANY_MATCHES = 6;
  private static final int CONTINUE = 0;
  private static final int ERROR = 2;
  private static final int ERROR_SCAN_TIMEOUT = 26;

  // yara/types.h
  private static final int STRING_LAST_IN_RULE = 0x1000;
  private static final int META_LAST_IN_RULE = 1;
  private static final int META_INTEGER = 1;
  private static final int META_BOOLEAN = 3;

  /** A rule has no more strings, tags or lines of meta than this. */
  private static final int MAX_MEMBERS = 10_000;

  /** {@code YR_MEMORY_BLOCK}: size, base, context, fetch_data. */
  private static final MemoryLayout BLOCK =
      MemoryLayout.structLayout(JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS);

  /** {@code YR_MEMORY_BLOCK_ITERATOR}: context, first, next, file_size, last_error. */
  private static final MemoryLayout ITERATOR =
      MemoryLayout.structLayout(ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT);

  // The library keeps matches one after the other with no regard to alignment.
  private static final AddressLayout UNALIGNED = ValueLayout.ADDRESS_UNALIGNED;
  private static final AddressLayout POINTER = UNALIGNED.withTargetLayout(sized(1L << 40));

  private final YaraLibrary library;
  private final YaraLayout layout;
  private final BlockSource blocks;
  private final int places;
  private final List<RuleMatch> matches = new ArrayList<>();
  private boolean tooMany;
  private Throwable failed;

  private MemorySegment block;
  private MemorySegment buffer;
  private int current = -1;
  private int held = -1;

  /**
   * What came of it.
   *
   * @param matches the rules that are true
   * @param timedOut whether it gave up before all was looked through
   * @param tooMany whether a string stood at so many places that the library looked no further for
   *     it
   */
  record Outcome(List<RuleMatch> matches, boolean timedOut, boolean tooMany) {
    Outcome {
      matches = List.copyOf(matches);
    }
  }

  YaraScan(YaraLibrary library, BlockSource blocks, int places) {
    this.library = library;
    this.layout = library.layout();
    this.blocks = blocks;
    this.places = places;
  }

  private static MemoryLayout sized(long bytes) {
    return MemoryLayout.sequenceLayout(bytes, JAVA_BYTE);
  }

  Outcome run(MemorySegment rules, boolean process, int seconds) throws YaraException {
    try (Arena arena = Arena.ofConfined()) {
      int largest = 1;
      for (int i = 0; i < blocks.count(); i++) {
        largest = Math.max(largest, blocks.size(i));
      }
      buffer = arena.allocate(largest);
      block = arena.allocate(BLOCK);
      block.set(ADDRESS, 24, stub("fetch", arena, ADDRESS, ADDRESS));
      MemorySegment iterator = arena.allocate(ITERATOR);
      iterator.set(ADDRESS, 8, stub("first", arena, ADDRESS, ADDRESS));
      iterator.set(ADDRESS, 16, stub("next", arena, ADDRESS, ADDRESS));
      MemorySegment holder = arena.allocate(ADDRESS);
      YaraLibrary.require(
          "yr_scanner_create", (int) library.scannerCreate.invokeExact(rules, holder));
      MemorySegment scanner = holder.get(ADDRESS, 0);
      int result;
      try {
        // Its own handlers of faults would take those by which a JVM works.
        library.scannerSetFlags.invokeExact(
            scanner, (process ? PROCESS_MEMORY : 0) | NO_TRYCATCH | REPORT_MATCHING);
        library.scannerSetTimeout.invokeExact(scanner, seconds);
        MemorySegment told = stub("told", arena, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
        library.scannerSetCallback.invokeExact(scanner, told, MemorySegment.NULL);
        result = (int) library.scannerScanBlocks.invokeExact(scanner, iterator);
      } finally {
        library.scannerDestroy.invokeExact(scanner);
      }
      if (failed != null) {
        throw failed;
      }
      if (result != ERROR_SCAN_TIMEOUT) {
        YaraLibrary.require("yr_scanner_scan_mem_blocks", result);
      }
      return new Outcome(matches, result == ERROR_SCAN_TIMEOUT, tooMany);
    } catch (Throwable e) {
      throw YaraLibrary.rethrown(e);
    }
  }

  private MemorySegment stub(
      String method, Arena arena, ValueLayout result, ValueLayout... arguments)
      throws ReflectiveOperationException {
    FunctionDescriptor shape = FunctionDescriptor.of(result, arguments);
    MethodType type = shape.toMethodType();
    return Linker.nativeLinker()
        .upcallStub(
            MethodHandles.lookup().findVirtual(YaraScan.class, method, type).bindTo(this),
            shape,
            arena);
  }

  // What the library calls. Nothing may be thrown through it: that ends the process.

  @SuppressWarnings({"UnusedMethod", "UnusedVariable"})
  private MemorySegment first(MemorySegment iterator) {
    current = -1;
    return next(iterator);
  }

  @SuppressWarnings("UnusedVariable")
  private MemorySegment next(MemorySegment iterator) {
    if (failed != null || current + 1 >= blocks.count()) {
      return MemorySegment.NULL;
    }
    current++;
    block.set(JAVA_LONG, 0, blocks.size(current));
    block.set(JAVA_LONG, 8, blocks.address(current));
    return block;
  }

  @SuppressWarnings({"UnusedMethod", "UnusedVariable"})
  private MemorySegment fetch(MemorySegment self) {
    try {
      if (held != current) {
        held = -1;
        blocks.read(current, buffer.asSlice(0, blocks.size(current)));
        held = current;
      }
      return buffer;
    } catch (Throwable e) {
      failed = e;
      return MemorySegment.NULL;
    }
  }

  /** {@code YR_CALLBACK_FUNC}. */
  @SuppressWarnings({"UnusedMethod", "UnusedVariable"})
  private int told(MemorySegment context, int message, MemorySegment what, MemorySegment data) {
    try {
      if (message == RULE_MATCHING && failed == null) {
        matches.add(match(context, what.reinterpret(layout.ruleStrings() + 8L)));
      } else if (message == TOO_MANY_MATCHES) {
        tooMany = true;
      }
      return failed == null ? CONTINUE : ERROR;
    } catch (Throwable e) {
      failed = e;
      return ERROR;
    }
  }

  private RuleMatch match(MemorySegment context, MemorySegment rule) {
    List<StringMatch> found = new ArrayList<>();
    long leftOut = 0;
    MemorySegment lists =
        context.reinterpret(layout.contextMatches() + 8L).get(POINTER, layout.contextMatches());
    MemorySegment strings = rule.get(POINTER, layout.ruleStrings());
    for (int i = 0; strings.address() != 0 && i < MAX_MEMBERS; i++) {
      MemorySegment string = strings.asSlice((long) i * layout.stringSize(), layout.stringSize());
      String name = YaraRules.text(string.get(UNALIGNED, layout.stringIdentifier()));
      long list = (long) string.get(JAVA_INT_UNALIGNED, 4) * layout.matchesSize();
      MemorySegment match = lists.get(UNALIGNED, list);
      while (match.address() != 0) {
        match = match.reinterpret(layout.matchPrivate() + 4L);
        if (match.get(JAVA_BYTE, layout.matchPrivate()) == 0) {
          if (found.size() < places) {
            found.add(
                new StringMatch(
                    name,
                    match.get(JAVA_LONG_UNALIGNED, 0) + match.get(JAVA_LONG_UNALIGNED, 8),
                    match.get(JAVA_INT_UNALIGNED, 16)));
          } else {
            leftOut++;
          }
        }
        match = match.get(UNALIGNED, layout.matchNext());
      }
      if ((string.get(JAVA_INT_UNALIGNED, 0) & STRING_LAST_IN_RULE) != 0) {
        break;
      }
    }
    return new RuleMatch(
        YaraRules.text(rule.get(UNALIGNED, layout.ruleIdentifier())),
        tags(rule),
        meta(rule),
        found,
        leftOut);
  }

  private List<String> tags(MemorySegment rule) {
    List<String> tags = new ArrayList<>();
    MemorySegment texts = rule.get(POINTER, layout.ruleTags());
    for (long at = 0; texts.address() != 0 && tags.size() < MAX_MEMBERS; ) {
      String tag = YaraRules.text(texts.asSlice(at));
      if (tag.isEmpty()) {
        break;
      }
      tags.add(tag);
      at += tag.length() + 1L;
    }
    return tags;
  }

  private Map<String, Object> meta(MemorySegment rule) {
    Map<String, Object> all = new LinkedHashMap<>();
    MemorySegment metas = rule.get(POINTER, layout.ruleMetas());
    for (int i = 0; metas.address() != 0 && i < MAX_MEMBERS; i++) {
      MemorySegment meta = metas.asSlice((long) i * layout.metaSize(), layout.metaSize());
      long number = meta.get(JAVA_LONG_UNALIGNED, 16);
      all.put(
          YaraRules.text(meta.get(UNALIGNED, 0)),
          switch (meta.get(JAVA_INT_UNALIGNED, 24)) {
            case META_INTEGER -> number;
            case META_BOOLEAN -> number != 0;
            default -> YaraRules.text(meta.get(UNALIGNED, 8));
          });
      if ((meta.get(JAVA_INT_UNALIGNED, 28) & META_LAST_IN_RULE) != 0) {
        break;
      }
    }
    return all;
  }
}
