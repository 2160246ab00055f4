package io.nestwalk.image.microvm;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.TestMachine;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a machine as a snapshot's folder of Cloud Hypervisor, by its sources (vm-migration,
 * vmm/src/cpu.rs, memory_manager.rs). No real snapshot was at hand.
 */
final class CloudHypervisorWriter {

  private static final int MIB = 1 << 20;

  private CloudHypervisorWriter() {}

  /** Writes the memory, its ranges one after the other. */
  static Path memory(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("memory-ranges");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (AddressRange range : machine.memory().ranges()) {
        for (long from = range.start(); from < range.end(); from += MIB) {
          int count = (int) Math.min(MIB, range.end() - from);
          out.write(machine.memory().readBytes(from, count));
        }
      }
    }
    return file;
  }

  /** KVM's structures as lists of bytes, below the hypervisor's name. */
  static String ofBytes(TestMachine machine, int cpu) {
    return "{\"Kvm\":{\"regs\":%s,\"sregs\":%s,\"mp_state\":[0,0,0,0]}}"
        .formatted(
            Arrays.toString(unsigned(KvmStructures.regs(machine, cpu))),
            Arrays.toString(unsigned(KvmStructures.sregs(machine, cpu))));
  }

  /** KVM's structures member by member, as older versions wrote them. */
  static String ofMembers(TestMachine machine, int cpu) {
    return "{\"msrs\":[]," + KvmStructures.members(machine, cpu) + "}";
  }

  private static int[] unsigned(byte[] bytes) {
    int[] values = new int[bytes.length];
    Arrays.setAll(values, i -> bytes[i] & 0xff);
    return values;
  }

  /** The tree of snapshots, with the CPUs' states in the opposite order. */
  static String state(TestMachine machine, List<String> cpus) {
    List<String> ranges = new ArrayList<>();
    for (AddressRange range : machine.memory().ranges()) {
      ranges.add("{\"gpa\":%d,\"length\":%d}".formatted(range.start(), range.length()));
    }
    List<String> snapshots = new ArrayList<>();
    for (int i = cpus.size() - 1; i >= 0; i--) {
      snapshots.add("\"%d\":%s".formatted(i, snapshot("{}", cpus.get(i))));
    }
    String memory = "{\"memory_ranges\":{\"data\":[%s]},\"boot_ram\":1}".formatted(join(ranges));
    return "{\"snapshots\":{\"cpu-manager\":{\"snapshots\":{%s}},\"memory-manager\":%s}}"
        .formatted(join(snapshots), snapshot("{}", memory));
  }

  private static String join(List<String> parts) {
    return String.join(",", parts);
  }

  private static String snapshot(String inner, String state) {
    return "{\"snapshots\":%s,\"snapshot_data\":{\"state\":\"%s\"}}"
        .formatted(inner, state.replace("\\", "\\\\").replace("\"", "\\\""));
  }
}
