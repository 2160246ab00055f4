package io.nestwalk.gdb;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Registers;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/**
 * The registers of an architecture as GDB knows them: their order in its packets and its target
 * description. Names and sizes are those of GDB's standard features (GDB manual, appendix G.5), of
 * which every register must be described; beside them the registers that say how memory is
 * translated.
 */
final class RegisterSet {

  private static final int WIDE = 64;
  private static final int HALF = 32;
  private static final int FLOAT = 80;
  private static final String UNKNOWN = "x";

  /**
   * A register.
   *
   * @param gdb its name for GDB
   * @param bits its size
   * @param type GDB's type; empty for an integer of its size
   * @param dump its name in dumps; empty for one that no dump tells
   */
  private record Entry(String gdb, int bits, String type, String dump) {

    /** GDB gives up on a thread that has no program counter or stack pointer. */
    private boolean isNeeded() {
      return type.equals("code_ptr") || dump.endsWith("sp") || gdb.equals("sp");
    }
  }

  /**
   * A feature.
   *
   * @param name as GDB has it
   */
  private record Feature(String name, List<Entry> entries) {}

  private final String architecture;
  private final List<Feature> features;
  private final List<Entry> entries = new ArrayList<>();

  private RegisterSet(String architecture, List<Feature> features) {
    this.architecture = architecture;
    this.features = features;
    features.forEach(feature -> entries.addAll(feature.entries()));
  }

  /** The registers of an architecture. */
  static RegisterSet of(Architecture architecture) {
    return switch (architecture) {
      case X86_64 -> x86(WIDE);
      case X86 -> x86(HALF);
      case AARCH64 -> arm();
      case RISCV64 -> riscv();
    };
  }

  private static RegisterSet x86(int bits) {
    boolean wide = bits == WIDE;
    List<Entry> core = new ArrayList<>();
    List<String> general =
        wide
            ? List.of("ax", "bx", "cx", "dx", "si", "di", "bp", "sp")
            : List.of("ax", "cx", "dx", "bx", "sp", "bp", "si", "di");
    for (String name : general) {
      String type = name.equals("sp") || name.equals("bp") ? "data_ptr" : "";
      core.add(new Entry((wide ? "r" : "e") + name, bits, type, "r" + name));
    }
    if (wide) {
      IntStream.rangeClosed(8, 15).forEach(i -> core.add(plain("r" + i, bits)));
    }
    core.add(new Entry(wide ? "rip" : "eip", bits, "code_ptr", "rip"));
    core.add(new Entry("eflags", HALF, "", "rflags"));
    for (String name : List.of("cs", "ss", "ds", "es", "fs", "gs")) {
      core.add(plain(name, HALF));
    }
    IntStream.range(0, 8).forEach(i -> core.add(new Entry("st" + i, FLOAT, "i387_ext", "")));
    for (String name :
        List.of("fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop")) {
      core.add(new Entry(name, HALF, "", ""));
    }
    List<Feature> features = new ArrayList<>();
    features.add(new Feature("org.gnu.gdb.i386.core", core));
    if (wide) {
      features.add(
          new Feature(
              "org.gnu.gdb.i386.segments",
              List.of(plain("fs_base", bits), plain("gs_base", bits))));
    }
    List<Entry> control = new ArrayList<>();
    for (String name : List.of("cr0", "cr2", "cr3", "cr4", "efer")) {
      control.add(plain(name, bits));
    }
    features.add(new Feature("io.nestwalk.control", control));
    return new RegisterSet(wide ? "i386:x86-64" : "i386", features);
  }

  private static RegisterSet arm() {
    List<Entry> core = new ArrayList<>();
    IntStream.rangeClosed(0, 30).forEach(i -> core.add(plain("x" + i, WIDE)));
    core.add(new Entry("sp", WIDE, "data_ptr", "sp"));
    core.add(new Entry("pc", WIDE, "code_ptr", "pc"));
    core.add(new Entry("cpsr", HALF, "", "pstate"));
    List<Entry> control = new ArrayList<>();
    for (String name : List.of("ttbr0_el1", "ttbr1_el1", "tcr_el1", "sctlr_el1")) {
      control.add(plain(name, WIDE));
    }
    return new RegisterSet(
        "aarch64",
        List.of(
            new Feature("org.gnu.gdb.aarch64.core", core),
            new Feature("io.nestwalk.control", control)));
  }

  private static RegisterSet riscv() {
    List<Entry> core = new ArrayList<>();
    List<String> names =
        List.of(
            "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "fp", "s1", "a0", "a1", "a2", "a3",
            "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11",
            "t3", "t4", "t5", "t6");
    for (int i = 0; i < names.size(); i++) {
      String type = names.get(i).equals("sp") ? "data_ptr" : "";
      core.add(new Entry(names.get(i), WIDE, type, "x" + i));
    }
    core.add(new Entry("pc", WIDE, "code_ptr", "pc"));
    return new RegisterSet(
        "riscv:rv64",
        List.of(
            new Feature("org.gnu.gdb.riscv.cpu", core),
            new Feature("io.nestwalk.control", List.of(plain("satp", WIDE)))));
  }

  private static Entry plain(String name, int bits) {
    return new Entry(name, bits, "", name);
  }

  /** The target description. */
  String description() {
    StringBuilder xml = new StringBuilder();
    xml.append("<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n");
    xml.append("<target version=\"1.0\">\n<architecture>").append(architecture);
    xml.append("</architecture>\n");
    for (Feature feature : features) {
      xml.append("<feature name=\"").append(feature.name()).append("\">\n");
      for (Entry entry : feature.entries()) {
        xml.append("<reg name=\"%s\" bitsize=\"%d\"".formatted(entry.gdb(), entry.bits()));
        xml.append(" type=\"").append(entry.type().isEmpty() ? "int" + entry.bits() : entry.type());
        xml.append("\"/>\n");
      }
      xml.append("</feature>\n");
    }
    return xml.append("</target>\n").toString();
  }

  /** How many registers there are. */
  int count() {
    return entries.size();
  }

  /** Which of the registers that GDB needs are not known: it is shown zeros for them. */
  List<String> lacking(Registers known) {
    return entries.stream()
        .filter(entry -> entry.isNeeded() && known.get(entry.dump()).isEmpty())
        .map(Entry::gdb)
        .toList();
  }

  /** All registers, in the target's byte order; x for what is not known. */
  String all(Registers known) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < entries.size(); i++) {
      text.append(one(i, known));
    }
    return text.toString();
  }

  /** One register by its number, from 0. */
  String one(int number, Registers known) {
    Entry entry = entries.get(number);
    int bytes = entry.bits() / Byte.SIZE;
    OptionalLong value = entry.gdb().equals("zero") ? OptionalLong.of(0) : known.get(entry.dump());
    if (value.isEmpty() && entry.isNeeded()) {
      value = OptionalLong.of(0);
    }
    if (value.isEmpty()) {
      return UNKNOWN.repeat(bytes * 2);
    }
    StringBuilder text = new StringBuilder(bytes * 2);
    for (int i = 0; i < bytes; i++) {
      text.append("%02x".formatted(value.getAsLong() >>> (i * Byte.SIZE) & 0xff));
    }
    return text.toString();
  }
}
