package io.nestwalk.image.microvm;

import io.nestwalk.image.TestMachine;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Writes a CPU as KVM_GET_REGS and KVM_GET_SREGS answer it (Linux' uapi/asm/kvm.h). */
final class KvmStructures {

  private static final List<String> GENERAL =
      List.of(
          "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15", "rip", "rflags");

  private KvmStructures() {}

  static byte[] regs(TestMachine machine, int cpu) {
    ByteBuffer out = ByteBuffer.allocate(144).order(ByteOrder.LITTLE_ENDIAN);
    GENERAL.forEach(name -> out.putLong(machine.register(cpu, name)));
    return out.array();
  }

  static byte[] sregs(TestMachine machine, int cpu) {
    ByteBuffer out = ByteBuffer.allocate(312).order(ByteOrder.LITTLE_ENDIAN);
    for (String name : List.of("cs", "ds", "es", "fs", "gs", "ss", "tr", "ldt")) {
      out.putLong(machine.register(cpu, name + "_base"));
      out.putInt((int) machine.register(cpu, name + "_limit"));
      out.putShort((short) machine.register(cpu, name));
      out.putLong(0x0100_0001_0000_030bL).putShort((short) 0);
    }
    for (String name : List.of("gdt", "idt")) {
      out.putLong(machine.register(cpu, name + "_base"));
      out.putShort((short) machine.register(cpu, name + "_limit"));
      out.putShort((short) 0).putInt(0);
    }
    for (String name : List.of("cr0", "cr2", "cr3", "cr4")) {
      out.putLong(machine.register(cpu, name));
    }
    out.putLong(0).putLong(machine.register(cpu, "efer")).putLong(0xfee00900L);
    return out.array();
  }

  /** The same two structures as JSON, member by member. */
  static String members(TestMachine machine, int cpu) {
    StringBuilder json = new StringBuilder("\"regs\":{");
    GENERAL.forEach(name -> member(json, name, machine.register(cpu, name)));
    json.setLength(json.length() - 1);
    json.append("},\"sregs\":{");
    for (String name : List.of("cs", "ds", "es", "fs", "gs", "ss", "tr", "ldt")) {
      json.append('"').append(name).append("\":{");
      member(json, "base", machine.register(cpu, name + "_base"));
      member(json, "limit", machine.register(cpu, name + "_limit"));
      member(json, "selector", machine.register(cpu, name));
      json.append("\"type_\":11},");
    }
    for (String name : List.of("gdt", "idt")) {
      json.append('"').append(name).append("\":{");
      member(json, "base", machine.register(cpu, name + "_base"));
      member(json, "limit", machine.register(cpu, name + "_limit"));
      json.append("\"padding\":[0,0,0]},");
    }
    for (String name : List.of("cr0", "cr2", "cr3", "cr4", "efer")) {
      member(json, name, machine.register(cpu, name));
    }
    return json.append("\"interrupt_bitmap\":[0,0,0,0]}").toString();
  }

  private static void member(StringBuilder json, String name, long value) {
    json.append('"').append(name).append("\":").append(Long.toUnsignedString(value)).append(',');
  }
}
