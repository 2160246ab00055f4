package io.nestwalk.yara;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rules, made ready by libyara. For one thread. */
// What libyara hands over has the length that its headers say; no JVM can check that.
@SuppressWarnings("restricted")
public final class YaraRules implements AutoCloseable {

  /** Texts of the library's (names, messages) are looked at so far. */
  static final long MAX_TEXT = 1 << 26;

  /** With what files of compiled rules begin. Made by somebody else they can do anything. */
  private static final byte[] COMPILED = {'Y', 'A', 'R', 'A'};

  private final YaraLibrary library;
  private final MemorySegment rules;
  private final List<String> warnings;

  private YaraRules(YaraLibrary library, MemorySegment rules, List<String> warnings) {
    this.library = library;
    this.rules = rules;
    this.warnings = List.copyOf(warnings);
  }

  /**
   * Makes rules ready. They can't include other files.
   *
   * @param name of the file, for messages
   * @param source the rules as text, UTF-8
   */
  public static YaraRules compile(String name, byte[] source) throws YaraException {
    if (source.length >= COMPILED.length
        && Arrays.equals(source, 0, COMPILED.length, COMPILED, 0, COMPILED.length)
        && source.length > COMPILED.length
        && source[COMPILED.length] < ' '
        && source[COMPILED.length] != '\n') {
      throw new YaraException(
          YaraException.Cause.RULES, name + ": compiled rules; their text is needed");
    }
    for (int i = 0, line = 1; i < source.length; i++) {
      if (source[i] == 0) {
        throw new YaraException(
            YaraException.Cause.RULES, "%s, line %d: a zero byte".formatted(name, line));
      }
      line += source[i] == '\n' ? 1 : 0;
    }
    YaraLibrary library = YaraLibrary.get();
    Complaints complaints = new Complaints(name);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment holder = arena.allocate(ADDRESS);
      YaraLibrary.require("yr_compiler_create", (int) library.compilerCreate.invokeExact(holder));
      MemorySegment compiler = holder.get(ADDRESS, 0);
      try {
        library.compilerSetCallback.invokeExact(
            compiler, complaints.stub(arena), MemorySegment.NULL);
        library.compilerSetInclude.invokeExact(
            compiler, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL);
        MemorySegment text = arena.allocate(source.length + 1L);
        MemorySegment.copy(source, 0, text, ValueLayout.JAVA_BYTE, 0, source.length);
        int errors =
            (int) library.compilerAddString.invokeExact(compiler, text, MemorySegment.NULL);
        if (errors != 0) {
          throw new YaraException(YaraException.Cause.RULES, complaints.first());
        }
        YaraLibrary.require(
            "yr_compiler_get_rules", (int) library.compilerGetRules.invokeExact(compiler, holder));
        return new YaraRules(library, holder.get(ADDRESS, 0), complaints.warnings);
      } finally {
        library.compilerDestroy.invokeExact(compiler);
      }
    } catch (Throwable e) {
      throw YaraLibrary.rethrown(e);
    }
  }

  /** What the library says of rules that it takes nevertheless, a line each. */
  public List<String> warnings() {
    return warnings;
  }

  /**
   * Looks through memory.
   *
   * @param process whether it is what a process has mapped, with programs at addresses of its own
   * @param seconds after so many it gives up
   * @param places how many places of strings are kept of each rule
   */
  YaraScan.Outcome scan(BlockSource blocks, boolean process, int seconds, int places)
      throws YaraException {
    return new YaraScan(library, blocks, places).run(rules, process, seconds);
  }

  /** Gives the library's memory back. */
  @Override
  public void close() {
    try {
      int ignored = (int) library.rulesDestroy.invokeExact(rules);
    } catch (Throwable e) {
      throw new IllegalStateException(YaraLibrary.rethrown(e));
    }
  }

  /** A text of the library's. */
  static String text(MemorySegment pointer) {
    return pointer.equals(MemorySegment.NULL)
        ? ""
        : pointer.reinterpret(MAX_TEXT).getString(0, StandardCharsets.UTF_8);
  }

  /** What the compiler complains of. */
  static final class Complaints {

    private static final int KEPT = 20;

    private final String name;
    private final List<String> errors = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    private Complaints(String name) {
      this.name = name;
    }

    private String first() {
      return errors.isEmpty() ? name + ": YARA refuses these rules" : errors.getFirst();
    }

    private MemorySegment stub(Arena arena) throws ReflectiveOperationException {
      MethodHandle target =
          MethodHandles.lookup()
              .findVirtual(
                  Complaints.class,
                  "complain",
                  MethodType.methodType(
                      void.class,
                      int.class,
                      MemorySegment.class,
                      int.class,
                      MemorySegment.class,
                      MemorySegment.class,
                      MemorySegment.class))
              .bindTo(this);
      return Linker.nativeLinker()
          .upcallStub(
              target,
              FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, ADDRESS, ADDRESS),
              arena);
    }

    /** {@code YR_COMPILER_CALLBACK_FUNC}; level 0 is an error. */
    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // the library calls it
    private void complain(
        int level,
        MemorySegment file,
        int line,
        MemorySegment rule,
        MemorySegment message,
        MemorySegment data) {
      List<String> list = level == 0 ? errors : warnings;
      if (list.size() < KEPT) {
        list.add(
            "%s, line %d: %s".formatted(name, line, text(message).lines().findFirst().orElse("")));
      }
    }
  }
}
