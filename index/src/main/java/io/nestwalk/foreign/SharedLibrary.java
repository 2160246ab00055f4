package io.nestwalk.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** A shared library of the system's; it stays loaded. */
// That a function is what its header says, no JVM can check.
@SuppressWarnings("restricted")
public final class SharedLibrary {

  private final SymbolLookup symbols;

  private SharedLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
  }

  /** Whether libraries are looked for at all: their structures are known for 64-bit Linux. */
  public static boolean usable() {
    return ADDRESS.byteSize() == Long.BYTES && System.getProperty("os.name").equals("Linux");
  }

  /**
   * A library; empty where the system has none of that name, or none can be used.
   *
   * @param file its name with its version: "libyara.so.9"
   */
  public static Optional<SharedLibrary> find(String file) {
    if (!usable()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new SharedLibrary(SymbolLookup.libraryLookup(file, Arena.global())));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** A function that the library has, to be called; empty where it has none of that name. */
  public Optional<MethodHandle> function(String name, FunctionDescriptor shape) {
    return symbols.find(name).map(symbol -> Linker.nativeLinker().downcallHandle(symbol, shape));
  }

  /**
   * What the call of a function threw, whose signature tells of anything at all: thrown on if it is
   * unchecked.
   *
   * @return what none throws that a library's header knows
   */
  public static IllegalStateException rethrown(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> new IllegalStateException(thrown);
    };
  }
}
