package io.nestwalk.yara;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.nestwalk.foreign.SharedLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;

/** The system's libyara: its functions, and where its structures have their members. */
final class YaraLibrary {

  /** What is said where the library is not, or not in a version that is known. */
  private static final String ADVICE =
      "YARA %s is needed (Debian: apt install libyara9)".formatted(YaraLayout.V4_2.version());

  /** Versions that are met and whose structures are not known. */
  private static final List<String> OTHERS = List.of("libyara.so.10", "libyara.so.8");

  /** {@code YR_CONFIG_MAX_MATCH_DATA}: how many bytes of each match the library keeps. */
  private static final int MAX_MATCH_DATA = 2;

  private static YaraLibrary loaded;

  private final YaraLayout layout;
  private final SharedLibrary library;

  final MethodHandle compilerCreate;
  final MethodHandle compilerDestroy;
  final MethodHandle compilerSetCallback;
  final MethodHandle compilerSetInclude;
  final MethodHandle compilerAddString;
  final MethodHandle compilerGetRules;
  final MethodHandle rulesDestroy;
  final MethodHandle scannerCreate;
  final MethodHandle scannerDestroy;
  final MethodHandle scannerSetCallback;
  final MethodHandle scannerSetTimeout;
  final MethodHandle scannerSetFlags;
  final MethodHandle scannerScanBlocks;

  private YaraLibrary(YaraLayout layout, SharedLibrary library) throws YaraException {
    this.layout = layout;
    this.library = library;
    compilerCreate = function("yr_compiler_create", ADDRESS);
    compilerDestroy = action("yr_compiler_destroy", ADDRESS);
    compilerSetCallback = action("yr_compiler_set_callback", ADDRESS, ADDRESS, ADDRESS);
    compilerSetInclude =
        action("yr_compiler_set_include_callback", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    compilerAddString = function("yr_compiler_add_string", ADDRESS, ADDRESS, ADDRESS);
    compilerGetRules = function("yr_compiler_get_rules", ADDRESS, ADDRESS);
    rulesDestroy = function("yr_rules_destroy", ADDRESS);
    scannerCreate = function("yr_scanner_create", ADDRESS, ADDRESS);
    scannerDestroy = action("yr_scanner_destroy", ADDRESS);
    scannerSetCallback = action("yr_scanner_set_callback", ADDRESS, ADDRESS, ADDRESS);
    scannerSetTimeout = action("yr_scanner_set_timeout", ADDRESS, JAVA_INT);
    scannerSetFlags = action("yr_scanner_set_flags", ADDRESS, JAVA_INT);
    scannerScanBlocks = function("yr_scanner_scan_mem_blocks", ADDRESS, ADDRESS);
  }

  /** The library; it stays loaded. */
  static synchronized YaraLibrary get() throws YaraException {
    if (loaded == null) {
      loaded = load(YaraLayout.V4_2.file(), OTHERS);
    }
    return loaded;
  }

  /**
   * Looks for the library.
   *
   * @param file its name
   * @param others names under which other versions are known
   */
  static YaraLibrary load(String file, List<String> others) throws YaraException {
    if (!SharedLibrary.usable()) {
      throw new YaraException(
          YaraException.Cause.LIBRARY, "YARA rules are only followed on 64-bit Linux");
    }
    Optional<SharedLibrary> found = SharedLibrary.find(file);
    if (found.isEmpty()) {
      for (String other : others) {
        if (SharedLibrary.find(other).isPresent()) {
          throw new YaraException(
              YaraException.Cause.LIBRARY,
              "%s is of a version whose structures are not known; %s".formatted(other, ADVICE));
        }
      }
      throw new YaraException(
          YaraException.Cause.LIBRARY, "%s is not on this system; %s".formatted(file, ADVICE));
    }
    YaraLibrary library = new YaraLibrary(YaraLayout.V4_2, found.get());
    try (Arena arena = Arena.ofConfined()) {
      require("yr_initialize", (int) library.function("yr_initialize").invokeExact());
      // The image has the bytes; a copy of each of a million matches would fill memory.
      MethodHandle configure = library.function("yr_set_configuration", JAVA_INT, ADDRESS);
      MemorySegment kept = arena.allocateFrom(JAVA_INT, 16);
      require("yr_set_configuration", (int) configure.invokeExact(MAX_MATCH_DATA, kept));
    } catch (Throwable e) {
      throw rethrown(e);
    }
    return library;
  }

  YaraLayout layout() {
    return layout;
  }

  /** A call of the library's that must give 0. */
  static void require(String what, int result) throws YaraException {
    if (result != 0) {
      throw new YaraException(
          YaraException.Cause.LIBRARY, "%s failed with YARA's error %d".formatted(what, result));
    }
  }

  /** What a method handle threw: its signature tells of anything at all. */
  static YaraException rethrown(Throwable thrown) {
    if (thrown instanceof YaraException known) {
      return known;
    }
    throw SharedLibrary.rethrown(thrown);
  }

  private MethodHandle function(String name, java.lang.foreign.MemoryLayout... arguments)
      throws YaraException {
    return handle(name, FunctionDescriptor.of(JAVA_INT, arguments));
  }

  private MethodHandle action(String name, java.lang.foreign.MemoryLayout... arguments)
      throws YaraException {
    return handle(name, FunctionDescriptor.ofVoid(arguments));
  }

  private MethodHandle handle(String name, FunctionDescriptor shape) throws YaraException {
    return library
        .function(name, shape)
        .orElseThrow(
            () ->
                new YaraException(
                    YaraException.Cause.LIBRARY,
                    "%s has no %s; %s".formatted(layout.file(), name, ADVICE)));
  }
}
