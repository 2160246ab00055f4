package io.nestwalk.image.qemu;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;

/**
 * Writes a machine as a QEMU migration stream, for tests. The real writer's files are compared with
 * in samples/qemu-formats; this one makes what a test can't wait for: small streams, damage, nested
 * state of KVM.
 */
public final class MigrationStreamWriter {

  private static final int PAGE = 4096;
  private static final long LOW = 0xc000_0000L;
  private static final long FOUR_GIB = 0x1_0000_0000L;

  private static final int RAM_ID = 2;

  private static final List<String> REGISTERS =
      List.of(
          "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15");

  private final TestMachine machine;
  private final Map<String, Long> blocks = new LinkedHashMap<>();

  private String machineType = "pc-i440fx-8.2";
  private boolean packed;
  private boolean repeated = true;
  private boolean described = true;
  private boolean footers = true;
  private byte[] vmcs12;
  private byte[] before = {};
  private String json;
  private byte[] cmos;

  public MigrationStreamWriter(TestMachine machine) {
    this.machine = machine;
    long end = 0;
    for (AddressRange range : machine.memory().ranges()) {
      if (range.end() <= LOW) {
        end = Math.max(end, range.end());
      } else if (range.end() == FOUR_GIB) {
        blocks.put("pc.bios", range.length());
      } else {
        // So much RAM that QEMU puts the rest behind 4 GiB.
        end = Math.max(0xe000_0000L, LOW + (range.end() - FOUR_GIB));
      }
    }
    blocks.put("pc.ram", end);
    blocks.put("/rom@etc/acpi/tables", 0x20000L);
  }

  MigrationStreamWriter packed() {
    packed = true;
    return this;
  }

  /** Every page once. */
  MigrationStreamWriter unrepeated() {
    repeated = false;
    return this;
  }

  MigrationStreamWriter machineType(String type) {
    machineType = type;
    return this;
  }

  MigrationStreamWriter withoutDescription() {
    described = false;
    return this;
  }

  MigrationStreamWriter withoutFooters() {
    footers = false;
    return this;
  }

  /** Nested state as KVM gives it. */
  MigrationStreamWriter vmcs12(byte[] page) {
    vmcs12 = page.clone();
    return this;
  }

  /** Bytes of a device that comes before the RAM. */
  MigrationStreamWriter before(byte[] section) {
    before = section.clone();
    return this;
  }

  /** A real-time clock whose memory tells of so much below 4 GiB and from there on. */
  MigrationStreamWriter cmos(long low, long high) {
    cmos = new byte[128];
    long above16Mib = (low - (16 << 20)) >> 16;
    cmos[0x34] = (byte) above16Mib;
    cmos[0x35] = (byte) (above16Mib >> 8);
    for (int i = 0; i < 3; i++) {
      cmos[0x5b + i] = (byte) (high >> (16 + 8 * i));
    }
    return this;
  }

  /** Another description than the right one. */
  MigrationStreamWriter description(String text) {
    json = text;
    return this;
  }

  byte[] toBytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    write(bytes);
    return bytes.toByteArray();
  }

  public void write(OutputStream target) throws IOException {
    DataOutputStream out = new DataOutputStream(target);
    out.writeBytes("QEVM");
    out.writeInt(3);
    if (!machineType.isEmpty()) {
      out.writeByte(7);
      out.writeInt(machineType.length());
      out.writeBytes(machineType);
    }
    out.write(before);
    sectionHead(out, 1, RAM_ID, "ram", 0, 4);
    long total = blocks.values().stream().mapToLong(length -> length).sum();
    out.writeLong(total | 0x04);
    for (Map.Entry<String, Long> block : blocks.entrySet()) {
      name(out, block.getKey());
      out.writeLong(block.getValue());
    }
    endOfRam(out);
    if (repeated) {
      out.writeByte(2);
      out.writeInt(RAM_ID);
      pages(out, true);
    }
    out.writeByte(3);
    out.writeInt(RAM_ID);
    pages(out, false);
    List<String> devices = new ArrayList<>();
    timer(out, devices);
    if (cmos != null) {
      sectionHead(out, 4, 6, "mc146818rtc", 0, 3);
      out.write(cmos);
      footer(out, 6);
      devices.add(
          """
          {"name": "mc146818rtc", "instance_id": 0, "vmsd_name": "mc146818rtc", "version": 3,
          "fields": [{"name": "cmos_data", "type": "buffer", "size": 128}]}\
          """);
    }
    for (int cpu = 0; cpu < machine.cpus().size(); cpu++) {
      cpu(out, cpu, devices);
    }
    out.writeByte(0);
    if (described) {
      byte[] text =
          (json != null
                  ? json
                  : "{\"page_size\": 4096, \"devices\": [%s]}"
                      .formatted(String.join(", ", devices)))
              .getBytes(StandardCharsets.UTF_8);
      out.writeByte(6);
      out.writeInt(text.length);
      out.write(text);
    }
    out.flush();
  }

  /** The head of a section. */
  static void sectionHead(DataOutputStream out, int kind, int id, String name, int n, int version)
      throws IOException {
    out.writeByte(kind);
    out.writeInt(id);
    name(out, name);
    out.writeInt(n);
    out.writeInt(version);
  }

  private void pages(DataOutputStream out, boolean older) throws IOException {
    String current = "";
    PhysicalMemory memory = machine.memory();
    for (AddressRange range : memory.ranges()) {
      for (long address = range.start(); address < range.end(); address += PAGE) {
        byte[] page = memory.readBytes(address, PAGE);
        if (older) {
          page[17]++;
        }
        String block = "pc.ram";
        long offset = address;
        if (blocks.containsKey("pc.bios") && range.end() == FOUR_GIB) {
          block = "pc.bios";
          offset = address - range.start();
        } else if (address >= FOUR_GIB) {
          offset = LOW + (address - FOUR_GIB);
        }
        int flags = block.equals(current) ? 0x20 : 0;
        boolean filled = isFilled(page);
        if (filled) {
          out.writeLong(offset | flags | 0x02);
        } else {
          out.writeLong(offset | flags | (packed ? 0x100 : 0x08));
        }
        if (flags == 0) {
          name(out, block);
        }
        current = block;
        if (filled) {
          out.writeByte(page[0]);
        } else if (packed) {
          byte[] small = deflate(page);
          out.writeInt(small.length);
          out.write(small);
        } else {
          out.write(page);
        }
      }
    }
    endOfRam(out);
  }

  private void endOfRam(DataOutputStream out) throws IOException {
    out.writeLong(0x10);
    footer(out, RAM_ID);
  }

  private void footer(DataOutputStream out, int id) throws IOException {
    if (footers) {
      out.writeByte(0x7e);
      out.writeInt(id);
    }
  }

  /** A device that nobody reads, with an array of structures and a subsection. */
  private void timer(DataOutputStream out, List<String> devices) throws IOException {
    sectionHead(out, 4, 5, "timer", 0, 2);
    for (int i = 0; i < 3; i++) {
      out.writeInt(i);
      out.writeByte(1);
    }
    out.write(new byte[37]);
    out.writeByte(5);
    name(out, "timer/more");
    out.writeInt(1);
    out.writeLong(7);
    footer(out, 5);
    devices.add(
        """
        {"name": "timer", "instance_id": 0, "vmsd_name": "timer", "version": 2, "fields": [
        {"name": "ticks", "array_len": 3, "type": "struct", "struct": {"fields": [
        {"name": "a", "type": "uint32", "size": 4}, {"name": "b", "type": "bool", "size": 1}]},
        "size": 5}, {"name": "unused", "type": "buffer", "size": 37}],
        "subsections": [{"vmsd_name": "timer/more", "version": 1,
        "fields": [{"name": "c", "type": "uint64", "size": 8}]}]}\
        """);
  }

  private void cpu(DataOutputStream out, int cpu, List<String> devices) throws IOException {
    int id = 10 + cpu;
    sectionHead(out, 4, id, "cpu", cpu, 12);
    StringBuilder fields = new StringBuilder();
    for (String register : REGISTERS) {
      out.writeLong(machine.register(cpu, register));
    }
    describe(fields, "env.regs", "uint64", 8, 16);
    single(out, fields, cpu, "env.eip", "rip");
    single(out, fields, cpu, "env.eflags", "rflags");
    out.writeInt(0x200000 + cpu);
    describe(fields, "env.hflags", "uint32", 4, 1);
    out.write(new byte[88]);
    describe(fields, "fpu", "buffer", 88, 1);
    for (String segment : List.of("es", "cs", "ss", "ds", "fs", "gs")) {
      segment(out, cpu, segment);
    }
    structure(fields, "env.segs", 6);
    for (String table : List.of("ldt", "tr", "gdt", "idt")) {
      segment(out, cpu, table);
      structure(fields, "env." + table, 1);
    }
    out.writeInt(0x10);
    describe(fields, "env.sysenter_cs", "uint32", 4, 1);
    out.write(new byte[16]);
    describe(fields, "sysenter", "buffer", 16, 1);
    for (int register : new int[] {0, 2, 3, 4}) {
      single(out, fields, cpu, "env.cr[%d]".formatted(register), "cr" + register);
    }
    out.write(new byte[64 + 8 + 256]);
    describe(fields, "debug and xmm", "buffer", 64 + 8 + 256, 1);
    single(out, fields, cpu, "env.efer", "efer");
    single(out, fields, cpu, "env.star", "star");
    single(out, fields, cpu, "env.lstar", "lstar");
    single(out, fields, cpu, "env.cstar", "cstar");
    single(out, fields, cpu, "env.fmask", "sfmask");
    single(out, fields, cpu, "env.kernelgsbase", "kernel_gs_base");
    out.writeInt(0x30000);
    describe(fields, "env.smbase", "uint32", 4, 1);
    out.write(new byte[12]);
    describe(fields, "pat and hflags2", "buffer", 12, 1);
    out.writeLong(0xb88c000L + cpu);
    describe(fields, "env.vm_hsave", "uint64", 8, 1);
    out.writeLong(0xb8ab000L + cpu);
    describe(fields, "env.vm_vmcb", "uint64", 8, 1);
    out.writeByte(5);
    name(out, "cpu/svn_npt");
    out.writeInt(1);
    out.writeLong(0xba06000L + cpu);
    StringBuilder npt = new StringBuilder();
    describe(npt, "env.nested_cr3", "uint64", 8, 1);
    String subsections =
        "{\"vmsd_name\": \"cpu/svn_npt\", \"version\": 1, \"fields\": [%s]}".formatted(npt);
    if (vmcs12 != null) {
      subsections += ", " + nested(out);
    }
    footer(out, id);
    devices.add(
        ("{\"name\": \"cpu\", \"instance_id\": %d, \"version\": 12, \"fields\": [%s],"
                + " \"subsections\": [%s]}")
            .formatted(cpu, fields, subsections));
  }

  /** Subsections within a structure, as KVM's nested state is written. */
  private String nested(DataOutputStream out) throws IOException {
    out.writeByte(5);
    name(out, "cpu/nested_state");
    out.writeInt(1);
    int start = out.size();
    out.writeShort(3);
    out.writeByte(5);
    name(out, "cpu/kvm_nested_state/vmx");
    out.writeInt(1);
    out.writeLong(0x7001000);
    out.writeLong(0x7002000);
    out.writeByte(5);
    name(out, "cpu/kvm_nested_state/vmx/vmcs12");
    out.writeInt(1);
    out.write(vmcs12);
    int size = out.size() - start;
    return """
    {"vmsd_name": "cpu/nested_state", "fields": [{"name": "env.nested_state",
    "type": "struct", "size": %d, "struct": {
    "fields": [{"name": "flags", "type": "uint16", "size": 2}],
    "subsections": [{"vmsd_name": "cpu/kvm_nested_state/vmx", "fields": [
    {"name": "hdr.vmx.vmxon_pa", "type": "uint64", "size": 8},
    {"name": "hdr.vmx.vmcs12_pa", "type": "uint64", "size": 8}],
    "subsections": [{"vmsd_name": "cpu/kvm_nested_state/vmx/vmcs12", "fields": [
    {"name": "data.vmx[0].vmcs12", "type": "uint8", "array_len": %d, "size": 1}]}]}]}}]}\
    """
        .formatted(size, vmcs12.length);
  }

  private void single(
      DataOutputStream out, StringBuilder fields, int cpu, String field, String register)
      throws IOException {
    out.writeLong(machine.register(cpu, register));
    describe(fields, field, "uint64", 8, 1);
  }

  private void segment(DataOutputStream out, int cpu, String name) throws IOException {
    out.writeInt((int) machine.register(cpu, name));
    out.writeLong(machine.register(cpu, name + "_base"));
    out.writeInt((int) machine.register(cpu, name + "_limit"));
    out.writeInt((int) machine.register(cpu, name + "_flags"));
  }

  private static void structure(StringBuilder fields, String name, int count) {
    if (!fields.isEmpty()) {
      fields.append(", ");
    }
    fields.append("{\"name\": \"%s\", \"type\": \"struct\", ".formatted(name));
    if (count > 1) {
      fields.append("\"array_len\": %d, ".formatted(count));
    }
    StringBuilder members = new StringBuilder();
    describe(members, "selector", "uint32", 4, 1);
    describe(members, "base", "uint64", 8, 1);
    describe(members, "limit", "uint32", 4, 1);
    describe(members, "flags", "uint32", 4, 1);
    fields.append("\"struct\": {\"fields\": [%s]}, \"size\": 20}".formatted(members));
  }

  private static void describe(
      StringBuilder fields, String name, String type, int size, int count) {
    if (!fields.isEmpty()) {
      fields.append(", ");
    }
    fields.append("{\"name\": \"%s\", ".formatted(name));
    if (count > 1) {
      fields.append("\"array_len\": %d, ".formatted(count));
    }
    fields.append("\"type\": \"%s\", \"size\": %d}".formatted(type, size));
  }

  private static void name(DataOutputStream out, String name) throws IOException {
    out.writeByte(name.length());
    out.writeBytes(name);
  }

  private static boolean isFilled(byte[] page) {
    byte[] full = new byte[page.length];
    Arrays.fill(full, page[0]);
    return Arrays.equals(page, full);
  }

  /** As QEMU's compression threads do it: flushed, not finished. */
  private static byte[] deflate(byte[] page) {
    Deflater deflater = new Deflater(1);
    deflater.setInput(page);
    byte[] buffer = new byte[2 * page.length];
    int length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
    deflater.end();
    return Arrays.copyOf(buffer, length);
  }
}
