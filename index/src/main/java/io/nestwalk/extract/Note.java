package io.nestwalk.extract;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** An ELF note: a name, a type and bytes, each padded to four bytes. */
final class Note {

  static final String CORE = "CORE";
  static final String LINUX = "LINUX";
  static final String QEMU = "QEMU";
  static final String VMCOREINFO = "VMCOREINFO";

  static final int NT_PRSTATUS = 1;
  static final int NT_FPREGSET = 2;
  static final int NT_X86_XSTATE = 0x202;
  static final int NT_PRPSINFO = 3;
  static final int NT_AUXV = 6;

  /** "FILE" in ASCII. */
  static final int NT_FILE = 0x46494c45;

  private static final int HEADER = 12;

  private final String name;
  private final int type;
  private final byte[] content;

  Note(String name, int type, byte[] content) {
    this.name = name;
    this.type = type;
    this.content = content.clone();
  }

  int size() {
    return contentOffset() + padded(content.length);
  }

  /** A note whose content is all of a buffer. */
  Note(String name, int type, ByteBuffer content) {
    this.name = name;
    this.type = type;
    this.content = new byte[content.capacity()];
    content.get(0, this.content);
  }

  boolean isNamed(String other) {
    return name.equals(other);
  }

  /** Where its content begins, counted from its own beginning. */
  int contentOffset() {
    return HEADER + padded(name.length() + 1);
  }

  int contentSize() {
    return content.length;
  }

  void write(ByteBuffer out) {
    out.order(ByteOrder.LITTLE_ENDIAN);
    int start = out.position();
    out.putInt(name.length() + 1).putInt(content.length).putInt(type);
    out.put(name.getBytes(StandardCharsets.US_ASCII));
    out.position(start + contentOffset());
    out.put(content);
    out.position(start + size());
  }

  private static int padded(int size) {
    return size + 3 & -4;
  }
}
