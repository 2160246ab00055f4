package io.nestwalk.linux.btf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.nestwalk.linux.ArrayMemory;
import io.nestwalk.types.Field;
import io.nestwalk.types.MissingTypeException;
import io.nestwalk.types.StructLayout;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BtfTest {

  @Test
  void membersOfNestedAnonymousStructuresAreTheStructuresOwn() throws BtfException {
    BtfBuilder types = new BtfBuilder();
    int word = types.integer("unsigned int", 4);
    int inner = types.struct("", 8, "x", word, 0, "y", word, 32);
    int union =
        types.struct("", true, false, 8, "whole", types.integer("long", 8), 0, "", inner, 0);
    types.struct("outer", 16, "first", word, 0, "", union, 64);
    StructLayout outer = types.read().struct("outer");
    assertThat(outer.size()).isEqualTo(16);
    assertThat(outer.field("first")).isEqualTo(Field.of(0, 4));
    assertThat(outer.field("whole")).isEqualTo(Field.of(8, 8));
    assertThat(outer.field("x")).isEqualTo(Field.of(8, 4));
    assertThat(outer.field("y")).isEqualTo(Field.of(12, 4));
    assertThat(outer.find("z")).isEmpty();
  }

  @Test
  void pathsGoThroughTypedefsAndQualifiers() throws BtfException {
    BtfBuilder types = new BtfBuilder();
    int word = types.integer("unsigned int", 4);
    int box = types.struct("box", 8, "unused", word, 0, "val", types.constant(word), 32);
    int alias = types.typedef("box_t", types.constant(box));
    types.struct("cred", 16, "id", alias, 64);
    assertThat(types.read().field("cred", "id.val")).isEqualTo(Field.of(12, 4));
    assertThat(types.read().findField("cred", "id.val.more")).isEmpty();
  }

  @Test
  void arraysTellTheirElements() throws BtfException {
    BtfBuilder types = new BtfBuilder();
    int pointer = types.pointer(0);
    types.struct("table", 40, "count", pointer, 0, "slot", types.array(pointer, 4), 64);
    Field slot = types.read().field("table", "slot");
    assertThat(slot).isEqualTo(new Field(8, 32, 0, 0, 4));
    assertThat(slot.stride()).isEqualTo(8);
    assertThat(slot.at(0x1000, 3)).isEqualTo(0x1020);
  }

  @Test
  void bitFieldsOfBothForms() throws BtfException {
    BtfBuilder types = new BtfBuilder();
    int word = types.integer("unsigned int", 4);
    types.struct("now", false, true, 4, "low", word, 0, 3, "high", word, 5, 7, "full", word, 16, 0);
    types.struct("before", 4, "low", types.narrow(4, 3), 0, "high", types.narrow(4, 7), 5);
    Btf btf = types.read();
    ArrayMemory memory = new ArrayMemory(0, 8).putInt(0, 0b1010_1100_1101);
    for (String name : new String[] {"now", "before"}) {
      assertThat(btf.field(name, "low").get(memory, 0, -1)).isEqualTo(0b101);
      assertThat(btf.field(name, "high").get(memory, 0, -1)).isEqualTo(0b101_0110);
      assertThat(btf.field(name, "high").get(memory, 100, -1)).isEqualTo(-1);
    }
    assertThat(btf.field("now", "full")).isEqualTo(Field.of(2, 4));
  }

  @Test
  void typesOfAModuleStandOnThoseOfTheKernel() throws BtfException {
    BtfBuilder kernel = new BtfBuilder();
    int word = kernel.integer("unsigned int", 4);
    int list = kernel.struct("list_head", 16, "next", kernel.pointer(0), 0);
    BtfBuilder module = new BtfBuilder(kernel.nextId(), kernel.stringsLength());
    module.struct("kvm", 32, "count", word, 0, "vm_list", list, 64);
    Btf base = kernel.read();
    Btf split = module.read(base);
    assertThat(split.field("kvm", "vm_list.next")).isEqualTo(Field.of(8, 8));
    assertThat(split.find("list_head")).isPresent();
    assertThat(base.find("kvm")).isEmpty();
  }

  @Test
  void pointersAreAsWideAsLongs() throws BtfException {
    BtfBuilder types = new BtfBuilder();
    types.integer("long unsigned int", 4);
    types.struct("node", 4, "next", types.pointer(0), 0);
    assertThat(types.read().pointerSize()).isEqualTo(4);
    assertThat(types.read().field("node", "next")).isEqualTo(Field.of(0, 4));
  }

  @Test
  void constantsOfEnumerations() throws BtfException {
    BtfBuilder types = new BtfBuilder();
    types.enumeration("colour", "RED", 1, "GREEN", 2);
    types.enumeration("vcpu_sysreg", "FIRST", 3, "TTBR0_EL1", -7);
    Btf read = types.read();
    // One after the other of both, in any order.
    for (String name : List.of("TTBR0_EL1", "FIRST", "GREEN", "TTBR0_EL1", "RED", "GREEN")) {
      int value = Map.of("TTBR0_EL1", -7, "FIRST", 3, "RED", 1, "GREEN", 2).get(name);
      assertThat(read.constant(name)).as(name).hasValue(value);
      assertThat(read.constant("OTHER")).isEmpty();
    }
  }

  @Test
  void whatIsMissingIsNamed() throws BtfException {
    BtfBuilder types = new BtfBuilder();
    types.struct("task", 4, "pid", types.integer("int", 4), 0);
    Btf btf = types.read();
    assertThatExceptionOfType(MissingTypeException.class)
        .isThrownBy(() -> btf.field("task", "tgid"))
        .withMessage("this kernel's types lack task.tgid");
    assertThatExceptionOfType(MissingTypeException.class)
        .isThrownBy(() -> btf.struct("process"))
        .withMessage("this kernel's types lack struct process");
  }

  @Test
  void typesThatHoldThemselvesEnd() throws BtfException {
    BtfBuilder types = new BtfBuilder();
    types.typedef("a", 2);
    types.typedef("b", 1);
    types.struct("", 8, "", 3, 0, "", 3, 0, "", 3, 0);
    types.struct("outer", 8, "loop", 1, 0, "", 3, 0);
    types.array(5, 1 << 30);
    types.struct("wide", 8, "all", 5, 0);
    Btf btf = types.read();
    assertThat(btf.findField("outer", "missing")).isEmpty();
    assertThat(btf.findField("outer", "loop")).contains(Field.of(0, 0));
    assertThat(btf.findField("outer", "loop.more")).isEmpty();
    assertThat(btf.findField("wide", "missing")).isEmpty();
    btf.findField("wide", "all");
  }

  @Test
  void typesThatAreCutOrUnknownAreRefused() {
    BtfBuilder unknown = new BtfBuilder();
    unknown.raw(0, 30 << 24, 0);
    assertThatExceptionOfType(BtfException.class)
        .isThrownBy(unknown::read)
        .withMessageContaining("type 1 at byte 0x0");
    BtfBuilder tooMany = new BtfBuilder();
    tooMany.integer("int", 4);
    tooMany.raw(0, 4 << 24 | 0xffff, 8);
    assertThatExceptionOfType(BtfException.class)
        .isThrownBy(tooMany::read)
        .withMessageContaining("type 2 at byte 0x10");
    BtfBuilder cut = new BtfBuilder();
    cut.raw(0, 2 << 24);
    assertThatExceptionOfType(BtfException.class).isThrownBy(cut::read);
  }

  @Test
  void missingMemoryIsNamed() {
    BtfBuilder types = new BtfBuilder();
    types.struct("task", 4, "pid", types.integer("int", 4), 0);
    byte[] bytes = types.bytes();
    ArrayMemory half = new ArrayMemory(BtfBuilder.ADDRESS, bytes.length / 2);
    half.put(BtfBuilder.ADDRESS, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    BtfHeader header = BtfHeader.at(half, BtfBuilder.ADDRESS).orElseThrow();
    assertThatExceptionOfType(BtfException.class)
        .isThrownBy(() -> Btf.read(half, header))
        .withMessageContaining("memory lacks 0x");
  }

  @Test
  void headersThatLieAreNone() {
    byte[] good = new BtfBuilder().bytes();
    for (int field = 4; field < 24; field += 4) {
      ArrayMemory memory = new ArrayMemory(0, 64).put(0, good).putInt(12, 16);
      assertThat(BtfHeader.at(memory, 0)).isPresent();
      memory.putInt(field, 0x7fff_fff1);
      assertThat(BtfHeader.at(memory, 0)).as("field %d", field).isEmpty();
    }
  }

  /** Random words in well-formed types: an answer or a refusal, never anything else. */
  @Test
  void randomLiesAreAnsweredOrRefused() {
    Random random = new Random(3);
    int answered = 0;
    for (int round = 0; round < 3000; round++) {
      BtfBuilder types = new BtfBuilder();
      int word = types.integer("unsigned int", 4);
      int inner = types.struct("", 8, "x", word, 0, "y", word, 32);
      int many = types.array(types.pointer(inner), 7);
      types.struct("outer", 80, "", inner, 0, "many", many, 64, "in", inner, 512);
      byte[] bytes = types.bytes();
      for (int i = 0; i < 3; i++) {
        bytes[24 + random.nextInt(bytes.length - 24)] = (byte) random.nextInt();
      }
      ArrayMemory memory = new ArrayMemory(BtfBuilder.ADDRESS, bytes.length);
      memory.put(BtfBuilder.ADDRESS, bytes);
      try {
        Btf btf = Btf.read(memory, BtfHeader.at(memory, BtfBuilder.ADDRESS).orElseThrow());
        btf.findField("outer", "in.y").ifPresent(field -> field.get(memory, 0, 0));
        btf.findField("outer", "many").ifPresent(Field::stride);
        btf.findField("outer", "nothing");
        btf.find("outer").ifPresent(StructLayout::size);
        answered++;
      } catch (BtfException e) {
        assertThat(e).hasMessageStartingWith("BTF: ");
      }
    }
    assertThat(answered).isBetween(300, 2900);
  }
}
