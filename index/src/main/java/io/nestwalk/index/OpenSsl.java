package io.nestwalk.index;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.nestwalk.foreign.SharedLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * A SHA-256 by the system's OpenSSL (libcrypto: the functions of openssl/evp.h, the same in 1.1 and
 * 3), which takes about half the JDK's time.
 */
final class OpenSsl implements Sha256 {

  private static final List<String> FILES = List.of("libcrypto.so.3", "libcrypto.so.1.1");
  private static final int BYTES = 32;
  private static final int DONE = 1;

  private final Functions functions;
  private final MemorySegment context;

  private OpenSsl(Functions functions, MemorySegment context) {
    this.functions = functions;
    this.context = context;
  }

  /** Begins a digest; empty where the system has no OpenSSL, or one that makes none. */
  static Optional<Sha256> begin() {
    return FILES.stream()
        .flatMap(file -> SharedLibrary.find(file).stream())
        .findFirst()
        .flatMap(Functions::of)
        .flatMap(OpenSsl::begin);
  }

  private static Optional<Sha256> begin(Functions functions) {
    try {
      MemorySegment context = (MemorySegment) functions.create.invokeExact();
      if (context.address() == 0) {
        return Optional.empty();
      }
      OpenSsl begun = new OpenSsl(functions, context);
      MemorySegment kind = (MemorySegment) functions.sha256.invokeExact();
      if ((int) functions.begin.invokeExact(context, kind, MemorySegment.NULL) == DONE) {
        return Optional.of(begun);
      }
      begun.close();
      return Optional.empty();
    } catch (Throwable e) {
      throw SharedLibrary.rethrown(e);
    }
  }

  @Override
  public void update(ByteBuffer block) {
    MemorySegment bytes = MemorySegment.ofBuffer(block);
    try {
      require((int) functions.update.invokeExact(context, bytes, bytes.byteSize()));
    } catch (Throwable e) {
      throw SharedLibrary.rethrown(e);
    }
  }

  @Override
  public byte[] digestOfAll() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment digest = arena.allocate(BYTES);
      require((int) functions.end.invokeExact(context, digest, MemorySegment.NULL));
      return digest.toArray(JAVA_BYTE);
    } catch (Throwable e) {
      throw SharedLibrary.rethrown(e);
    }
  }

  @Override
  public void close() {
    try {
      functions.free.invokeExact(context);
    } catch (Throwable e) {
      throw SharedLibrary.rethrown(e);
    }
  }

  private static void require(int status) {
    if (status != DONE) {
      throw new IllegalStateException("OpenSSL makes no SHA-256");
    }
  }

  /** EVP_MD_CTX_new, EVP_sha256, EVP_DigestInit_ex, -Update, -Final_ex, EVP_MD_CTX_free. */
  private record Functions(
      MethodHandle create,
      MethodHandle sha256,
      MethodHandle begin,
      MethodHandle update,
      MethodHandle end,
      MethodHandle free) {

    /** Those of a library; empty where it lacks one. */
    static Optional<Functions> of(SharedLibrary library) {
      FunctionDescriptor getter = FunctionDescriptor.of(ADDRESS);
      Optional<MethodHandle> create = library.function("EVP_MD_CTX_new", getter);
      Optional<MethodHandle> sha256 = library.function("EVP_sha256", getter);
      Optional<MethodHandle> begin = status(library, "EVP_DigestInit_ex", ADDRESS);
      Optional<MethodHandle> update = status(library, "EVP_DigestUpdate", JAVA_LONG);
      Optional<MethodHandle> end = status(library, "EVP_DigestFinal_ex", ADDRESS);
      Optional<MethodHandle> free =
          library.function("EVP_MD_CTX_free", FunctionDescriptor.ofVoid(ADDRESS));
      return create.isPresent()
              && sha256.isPresent()
              && begin.isPresent()
              && update.isPresent()
              && end.isPresent()
              && free.isPresent()
          ? Optional.of(
              new Functions(
                  create.get(), sha256.get(), begin.get(), update.get(), end.get(), free.get()))
          : Optional.empty();
    }

    /**
     * A function of a context, what it is given and one thing more, that says whether it worked.
     */
    private static Optional<MethodHandle> status(
        SharedLibrary library, String name, ValueLayout last) {
      return library.function(name, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, last));
    }
  }
}
