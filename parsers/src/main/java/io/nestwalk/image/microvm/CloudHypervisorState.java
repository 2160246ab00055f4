package io.nestwalk.image.microvm;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.json.JsonObject;
import io.nestwalk.image.json.JsonReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cloud Hypervisor's state.json: a tree of snapshots, each with its own state as JSON text within
 * the JSON (vm-migration, vmm/src/cpu.rs, memory_manager.rs).
 *
 * <p>The memory manager's state has the ranges of the memory file; a CPU's has KVM's structures,
 * member by member or, since kvm-bindings 0.8, as lists of bytes. States of the versions between,
 * which are lists of bytes themselves, are not read.
 */
final class CloudHypervisorState {

  private static final long MAX_LENGTH = 64L << 20;
  private static final int MAX_RANGES = 4096;
  private static final int MAX_CPUS = 1024;
  private static final Pattern NUMBER = Pattern.compile("(\\d{1,4})$");

  private final JsonObject root;

  private CloudHypervisorState(JsonObject root) {
    this.root = root;
  }

  /** Whether a file is such a state. */
  static boolean isOne(ImageFile file) {
    try {
      return read(file).root.object("snapshots") != null;
    } catch (ImageException e) {
      return false;
    }
  }

  static CloudHypervisorState read(ImageFile file) throws ImageException {
    try {
      if (file.length() > MAX_LENGTH || file.length() == 0 || file.byteAt(0) != '{') {
        throw new ImageException(file.name(), "no state of Cloud Hypervisor");
      }
      byte[] text = file.slice(0, file.length()).toArray(ValueLayout.JAVA_BYTE);
      return new CloudHypervisorState(JsonReader.read(text));
    } catch (JsonReader.MalformedException e) {
      throw new ImageException(file.name(), "no JSON that can be read: " + e.getMessage(), e);
    }
  }

  /**
   * What the state tells.
   *
   * @param length of the memory file, which the ranges must add up to
   */
  SideState side(long length) {
    List<String> warnings = new ArrayList<>();
    List<MemoryRun> runs = runs(length);
    if (runs.isEmpty()) {
      warnings.add("state.json has no memory ranges that add up to the memory file's size");
    }
    List<Cpu> cpus = cpus();
    if (cpus.isEmpty()) {
      warnings.add("no registers: state.json has no x86 CPU in a form that is known");
    }
    return new SideState(Architecture.X86_64, runs, cpus, warnings);
  }

  private List<MemoryRun> runs(long length) {
    JsonObject ranges = member(state(snapshot(root, "memory-manager")), "memory_ranges");
    List<MemoryRun> runs = new ArrayList<>();
    long at = 0;
    for (JsonObject range : ranges == null ? List.<JsonObject>of() : ranges.objects("data")) {
      long gpa = range.number("gpa", -1);
      long size = range.number("length", -1);
      if (gpa < 0
          || size <= 0
          || size > length - at
          || gpa > Long.MAX_VALUE - size
          || runs.size() == MAX_RANGES) {
        return List.of();
      }
      runs.add(new MemoryRun(gpa, size, at));
      at += size;
    }
    return at == length ? runs : List.of();
  }

  private List<Cpu> cpus() {
    JsonObject manager = snapshot(root, "cpu-manager");
    JsonObject all = member(manager, "snapshots");
    Map<Integer, Cpu> cpus = new TreeMap<>();
    for (String name : all == null ? List.<String>of() : all.members().keySet()) {
      Matcher number = NUMBER.matcher(name);
      if (number.find() && cpus.size() < MAX_CPUS) {
        int id = Integer.parseInt(number.group(1));
        Cpu cpu = cpu(id, unwrapped(state(all.object(name))));
        if (cpu != null && KvmCpu.isPlausible(cpu)) {
          cpus.put(id, cpu);
        }
      }
    }
    return List.copyOf(cpus.values());
  }

  private static Cpu cpu(int id, JsonObject state) {
    if (state == null) {
      return null;
    }
    Object regs = unwrapped(state.members().get("regs"));
    Object sregs = unwrapped(state.members().get("sregs"));
    if (regs instanceof JsonObject general && sregs instanceof JsonObject special) {
      return KvmCpu.of(id, byMember(general, special));
    }
    byte[] general = bytes(regs, KvmCpu.REGS);
    byte[] special = bytes(sregs, KvmCpu.SREGS);
    return general == null || special == null
        ? null
        : KvmCpu.of(id, MemorySegment.ofArray(general), MemorySegment.ofArray(special));
  }

  private static Map<String, Long> byMember(JsonObject general, JsonObject special) {
    Map<String, Long> values = new LinkedHashMap<>();
    for (String name : KvmCpu.generalNames()) {
      put(values, name, general, name);
    }
    for (String name : KvmCpu.segmentNames()) {
      JsonObject segment = special.object(name);
      put(values, name, segment, "selector");
      put(values, name + "_base", segment, "base");
      put(values, name + "_limit", segment, "limit");
    }
    for (String name : KvmCpu.tableNames()) {
      put(values, name + "_base", special.object(name), "base");
      put(values, name + "_limit", special.object(name), "limit");
    }
    for (String name : KvmCpu.controlNames()) {
      put(values, name, special, name);
    }
    return values;
  }

  private static void put(
      Map<String, Long> values, String register, JsonObject from, String member) {
    if (from != null && from.members().get(member) instanceof Long value) {
      values.put(register, value);
    }
  }

  private static byte[] bytes(Object value, int length) {
    if (!(value instanceof List<?> list) || list.size() != length) {
      return null;
    }
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      if (!(list.get(i) instanceof Long one) || one < 0 || one > 0xff) {
        return null;
      }
      bytes[i] = one.byteValue();
    }
    return bytes;
  }

  /** What the hypervisor crate wraps into the name of the hypervisor. */
  private static Object unwrapped(Object value) {
    return value instanceof JsonObject object && object.members().get("Kvm") != null
        ? object.members().get("Kvm")
        : value;
  }

  private static JsonObject unwrapped(JsonObject state) {
    return unwrapped((Object) state) instanceof JsonObject object ? object : null;
  }

  private static JsonObject snapshot(JsonObject parent, String name) {
    return member(member(parent, "snapshots"), name);
  }

  private static JsonObject member(JsonObject parent, String name) {
    return parent == null ? null : parent.object(name);
  }

  /** A snapshot's own state, which is text that is JSON again. */
  private static JsonObject state(JsonObject snapshot) {
    JsonObject data = member(snapshot, "snapshot_data");
    if (data == null || !(data.members().get("state") instanceof String text)) {
      return null;
    }
    try {
      return JsonReader.read(text.getBytes(StandardCharsets.UTF_8));
    } catch (JsonReader.MalformedException e) {
      return null;
    }
  }
}
