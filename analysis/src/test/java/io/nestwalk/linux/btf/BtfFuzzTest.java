package io.nestwalk.linux.btf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.linux.ArrayMemory;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes taken for BTF, of a kernel and of a module: types or a {@link BtfException}. */
class BtfFuzzTest {

  private static final List<String> ASKED = List.of("outer", "list_head", "task_struct", "box", "");
  private static final List<String> PATHS = List.of("next", "id.val", "slot", "x", "whole.x");

  static Stream<byte[]> types() {
    BtfBuilder types = new BtfBuilder();
    int word = types.integer("unsigned int", 4);
    int list = types.struct("list_head", 16, "next", types.pointer(0), 0, "prev", 2, 64);
    int inner = types.struct("", 8, "x", word, 0, "y", word, 32);
    int union = types.struct("", true, false, 8, "whole", word, 0, "", inner, 0);
    int box = types.struct("box", 8, "unused", word, 0, "val", types.constant(word), 32);
    int alias = types.typedef("box_t", box);
    types.struct(
        "outer",
        96,
        "first",
        list,
        0,
        "",
        union,
        128,
        "id",
        alias,
        192,
        "slot",
        types.array(list, 4),
        256);
    types.struct("narrow", false, true, 4, "low", word, 0, 3, "high", word, 5, 7);
    types.enumeration("state", "NONE", 0, "SOME", 7);
    BtfBuilder module = new BtfBuilder(types.nextId(), types.stringsLength());
    module.struct("kvm", 32, "count", word, 0, "vm_list", list, 64);
    return Stream.of(types.bytes(), module.bytes());
  }

  @MethodSource("types")
  @FuzzTest
  void reads(byte[] bytes) throws BtfException {
    if (bytes == null || bytes.length == 0) {
      return;
    }
    ArrayMemory memory = new ArrayMemory(BtfBuilder.ADDRESS, bytes.length);
    memory.put(BtfBuilder.ADDRESS, bytes);
    BtfHeader header = BtfHeader.at(memory, BtfBuilder.ADDRESS).orElse(null);
    if (header == null) {
      return;
    }
    try {
      ask(Btf.read(memory, header));
    } catch (BtfException e) {
      // As it should be; a module's still may be read.
    }
    try {
      ask(Btf.read(memory, header, Base.TYPES));
    } catch (BtfException e) {
      // As it should be.
    }
  }

  private static void ask(Btf types) {
    for (String name : ASKED) {
      types.find(name).ifPresent(layout -> PATHS.forEach(layout::find));
      types.constant(name);
    }
  }

  /** A kernel's types, made once. */
  private static final class Base {
    static final Btf TYPES;

    static {
      BtfBuilder types = new BtfBuilder();
      types.struct("list_head", 16, "next", types.pointer(0), 0);
      try {
        TYPES = types.read();
      } catch (BtfException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
