package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.HoledMemory;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.Suspicion;
import io.nestwalk.types.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels of real images are clean; with one thing changed as a rootkit does, that is found. */
class RealChecksTest {

  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#typed")
  void nothingIsFoundInACleanKernel(String name) {
    LinuxSystem system = (LinuxSystem) RealMachine.get(name).system();
    List<CheckResult> checks = system.checks();
    assertThat(checks).extracting(CheckResult::rule).doesNotHaveDuplicates().hasSize(13);
    for (CheckResult check : checks) {
      assertThat(check.found()).as(check.rule()).isEmpty();
      // Nothing found and nothing looked at are told apart.
      assertThat(check.examined() > 0 || !check.omitted().isEmpty()).as(check.rule()).isTrue();
    }
    if (!name.startsWith("kvm-arm64")) {
      assertThat(checks)
          .allSatisfy(check -> assertThat(check.examined()).as(check.rule()).isPositive())
          .allSatisfy(check -> assertThat(check.omitted()).as(check.rule()).isEmpty());
    }
    assertThat(system.warnings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt host", "kvm-ept vm1", "linux-la57 host"})
  void aChangedSystemCallIsFound(String name) {
    Victim victim = new Victim(name);
    long entry = victim.symbol("sys_call_table") + 62 * Long.BYTES;
    victim.put(entry, victim.noCode());
    Suspicion found = victim.single("system-call-table");
    assertThat(found.address()).isEqualTo(entry);
    assertThat(found.target()).hasValue(victim.noCode());
    assertThat(found.targetName()).hasValue("init_task");
    assertThat(found.text()).contains("sys_call_table[62]");
    assertThat(found.code())
        .singleElement()
        .matches(code -> code.address() == victim.noCode() && code.bytes().length() == 64);
  }

  @Test
  void aSystemCallIntoAModuleOrIntoAFunctionIsFound() {
    Victim victim = new Victim("kvm-npt host");
    GuestModule module = victim.clean.modules().getFirst();
    long table = victim.symbol("sys_call_table");
    victim.put(table, module.base() + 0x40);
    victim.put(table + Long.BYTES, victim.pointer(table + Long.BYTES) + 4);
    List<Suspicion> found = victim.found().get("system-call-table");
    assertThat(found).hasSize(2);
    assertThat(found.getFirst().targetName().orElseThrow()).startsWith(module.name());
    assertThat(found.getLast().text()).contains("not to its start");
  }

  @Test
  void aChangedGateIsFound() {
    Victim victim = new Victim("kvm-npt vm1");
    long gate = victim.symbol("idt_table") + 14 * 16;
    long target = victim.noCode();
    long low = victim.pointer(gate) & 0x0000_ffff_ffff_0000L;
    victim.put(gate, low | (target & 0xffff) | (target >>> 16 & 0xffff) << 48);
    victim.put(gate + 8, target >>> 32);
    Suspicion found = victim.single("interrupt-table");
    assertThat(found.address()).isEqualTo(gate);
    assertThat(found.target()).hasValue(target);
  }

  @Test
  void hooksByFtraceAndKprobesAreFound() {
    Victim victim = new Victim("kvm-npt host");
    GuestModule module = victim.clean.modules().getFirst();
    long operations = victim.room();
    victim.put(victim.field("ftrace_ops", "func").at(operations), module.base() + 0x10);
    victim.put(victim.field("ftrace_ops", "next").at(operations), victim.symbol("ftrace_list_end"));
    victim.put(victim.symbol("ftrace_ops_list"), operations);
    long probe = operations + 1024;
    victim.put(victim.field("kprobe", "hlist").at(probe), 0);
    victim.put(victim.field("kprobe", "addr").at(probe), victim.symbol("do_exit"));
    victim.put(victim.field("kprobe", "pre_handler").at(probe), victim.noCode());
    victim.put(victim.field("kprobe", "post_handler").at(probe), 0);
    victim.put(victim.symbol("kprobe_table") + 5 * Long.BYTES, probe);
    Map<String, List<Suspicion>> found = victim.found();
    assertThat(found).containsOnlyKeys("function-hooks");
    assertThat(found.get("function-hooks")).hasSize(2);
    assertThat(found.get("function-hooks").getFirst().targetName().orElseThrow())
        .startsWith(module.name());
    assertThat(found.get("function-hooks").getLast().text()).contains("do_exit", "pre_handler");
  }

  @Test
  void aHookOfNetfilterIsFound() {
    Victim victim = new Victim("kvm-npt host");
    long entries = victim.room();
    victim.put(entries, 1);
    long hook = victim.field("nf_hook_entries", "hooks").at(entries);
    victim.put(hook, victim.noCode());
    Field lists = victim.field("net", "nf.hooks_ipv4");
    victim.put(lists.at(victim.symbol("init_net"), 1), entries);
    Suspicion found = victim.single("network-hooks");
    assertThat(found.address()).isEqualTo(hook);
    assertThat(found.text()).contains("hooks_ipv4[1]");
  }

  @Test
  void aModuleTakenOutOfTheListIsFoundByOthersAndByItsCode() {
    Victim victim = new Victim("kvm-npt host");
    GuestModule module =
        victim.clean.modules().stream()
            .filter(each -> each.name().equals("kvm"))
            .findFirst()
            .orElseThrow();
    long node = victim.field("module", "list").at(module.object());
    long next = victim.pointer(node);
    long previous = victim.pointer(node + Long.BYTES);
    victim.put(previous, next);
    victim.put(next + Long.BYTES, previous);
    Map<String, List<Suspicion>> found = victim.found();
    assertThat(found.get("hidden-module")).hasSize(1);
    assertThat(found.get("hidden-module").getFirst().text())
        .contains("'kvm'", "/sys/module", "tree of code");
    assertThat(found.get("hidden-module").getFirst().address()).isEqualTo(module.object());
    assertThat(found.get("ownerless-code"))
        .anyMatch(each -> each.address() == module.base() && !each.code().isEmpty());
  }

  @Test
  void sharedCredentialsAreFound() {
    Victim victim = new Victim("kvm-npt host");
    Map<Integer, GuestProcess> processes =
        victim.clean.processes().stream()
            .collect(Collectors.toMap(GuestProcess::pid, each -> each));
    Field field = victim.field("task_struct", "cred");
    long credentials = victim.pointer(field.at(processes.get(1).object()));
    victim.put(field.at(processes.get(89).object()), credentials);
    Suspicion found = victim.single("shared-credentials");
    assertThat(found.address()).isEqualTo(credentials);
    assertThat(found.text()).contains("1 (init)", "89 (sleep)");
  }

  @Test
  void ofManyProcessesWithOneCredentialsSomeAreNamed() {
    Victim victim = new Victim("kvm-npt host");
    Field field = victim.field("task_struct", "cred");
    List<GuestProcess> processes = victim.clean.processes();
    long credentials = victim.pointer(field.at(processes.getFirst().object()));
    processes.forEach(process -> victim.put(field.at(process.object()), credentials));
    String text = victim.single("shared-credentials").text();
    assertThat(text).contains(" and %d more".formatted(processes.size() - 8));
    assertThat(text.chars().filter(c -> c == '(')).hasSize(8);
  }

  @Test
  void aKernelThreadWithoutCodeIsFound() {
    Victim victim = new Victim("linux-la57 host");
    GuestProcess thread =
        victim.clean.processes().stream()
            .filter(each -> each.kernelThread() && each.pid() > 2)
            .findFirst()
            .orElseThrow();
    long kthread =
        victim.pointer(victim.field("task_struct", "worker_private").at(thread.object()));
    victim.put(victim.field("kthread", "threadfn").at(kthread), victim.noCode());
    Suspicion found = victim.single("kernel-thread");
    assertThat(found.pid()).hasValue(thread.pid());
    assertThat(found.text()).contains(thread.name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tcp4_seq_ops seq_operations show",
        "proc_root_operations file_operations iterate_shared",
        "proc_root_inode_operations inode_operations lookup"
      })
  void changedOperationsAreFound(String place) {
    String[] words = place.split(" ", -1);
    Victim victim = new Victim("kvm-npt vm1");
    long member = victim.field(words[1], words[2]).at(victim.symbol(words[0]));
    assertThat(victim.pointer(member)).isNegative();
    victim.put(member, victim.noCode());
    Suspicion found = victim.single("file-operations");
    assertThat(found.address()).isEqualTo(member);
    assertThat(found.text()).contains(words[0], words[2]);
  }

  @Test
  void whoListensToKeysIsFound() {
    Victim victim = new Victim("kvm-npt host");
    long block = victim.room();
    victim.put(victim.field("notifier_block", "notifier_call").at(block), victim.noCode());
    victim.put(victim.field("notifier_block", "next").at(block), 0);
    victim.put(
        victim.field("atomic_notifier_head", "head").at(victim.symbol("keyboard_notifier_list")),
        block);
    assertThat(victim.single("notifiers").text()).contains("keyboard_notifier_list");
  }

  /** Ways out of a function that hooks are made of, over its first instruction. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jmp", "call behind a mark", "jmp behind room for tracing", "jmp through memory", "push",
        "push of two halves", "register", "register behind r8", "push of a register", "breakpoint"
      })
  void aFunctionThatBeginsWithAWayOutIsFound(String way) {
    Victim victim = new Victim("kvm-npt host");
    long function = victim.symbol("vfs_statx");
    long target = victim.noCode();
    long low = target & 0xffff_ffffL;
    switch (way) {
      case "jmp" -> victim.bytes(function, 0xe9, word(target - function - 5));
      case "call behind a mark" -> {
        victim.bytes(function, 0xf3, 0x0f, 0x1e, 0xfa, 0xe8, word(target - function - 9));
      }
      case "jmp behind room for tracing" ->
          victim.bytes(function, 0x0f, 0x1f, 0x44, 0, 0, 0xe9, word(target - function - 10));
      case "jmp through memory" -> {
        victim.put(victim.room(), target);
        victim.bytes(function, 0xff, 0x25, word(victim.room() - function - 6));
      }
      case "push" -> victim.bytes(function, 0x68, word(low), 0xc3);
      case "push of two halves" ->
          victim.bytes(
              function, 0x68, word(low), 0xc7, 0x44, 0x24, 0x04, word(target >>> 32), 0xc3);
      case "register" ->
          victim.bytes(function, 0x48, 0xb8, word(low), word(target >>> 32), 0xff, 0xe0);
      case "register behind r8" ->
          victim.bytes(function, 0x49, 0xbb, word(low), word(target >>> 32), 0x41, 0xff, 0xe3);
      case "push of a register" ->
          victim.bytes(function, 0x48, 0xb8, word(low), word(target >>> 32), 0x50, 0xc3);
      default -> victim.bytes(function, 0xcc);
    }
    Suspicion found = victim.single("kernel-text");
    assertThat(found.address()).isEqualTo(function);
    assertThat(found.text()).contains("vfs_statx");
    assertThat(found.code().getFirst().address()).isEqualTo(function);
    if (way.equals("breakpoint")) {
      assertThat(found.text()).contains("no kprobe's");
      assertThat(found.code().getFirst().bytes()).startsWith("cc");
    } else {
      assertThat(found.target()).hasValue(target);
      assertThat(found.targetName()).hasValue("init_task");
      assertThat(found.code().getLast().address()).isEqualTo(target);
    }
  }

  /** Four bytes of an instruction. */
  private static byte[] word(long value) {
    return ByteBuffer.allocate(Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt((int) value)
        .array();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWayOutIsFoundOnArmToo(boolean throughRegister) {
    Victim victim = new Victim("kvm-arm64 host");
    long function = victim.symbol("vfs_statx");
    long target = victim.noCode();
    if (throughRegister) {
      // ldr x16, #8; br x16
      victim.bytes(
          function, word(0x5800_0050), word(0xd61f_0200), word(target), word(target >>> 32));
    } else {
      victim.bytes(
          function,
          word(0xd503_233f),
          word(0x1400_0000 | ((target - function - 4) >> 2 & 0x3ff_ffff)));
    }
    Suspicion found = victim.single("kernel-text");
    assertThat(found.address()).isEqualTo(function);
    assertThat(found.target()).hasValue(target);
  }

  /** Kprobes and tracing put such instructions there too, and are known. */
  @Test
  void aKprobeIsNoChangeOfText() {
    Victim victim = new Victim("kvm-npt host");
    long function = victim.symbol("vfs_statx");
    victim.bytes(function, 0xcc);
    long probe = victim.room();
    victim.put(victim.field("kprobe", "hlist").at(probe), 0);
    victim.put(victim.field("kprobe", "addr").at(probe), function);
    victim.put(victim.field("kprobe", "pre_handler").at(probe), victim.symbol("do_exit"));
    victim.put(victim.field("kprobe", "post_handler").at(probe), 0);
    victim.put(victim.symbol("kprobe_table") + 5 * Long.BYTES, probe);
    assertThat(victim.found()).isEmpty();
  }

  /** Where it is not known what BPF, tracing and kprobes own, nobody is accused by it. */
  @ParameterizedTest
  @ValueSource(strings = {"bpf_kallsyms", "ftrace_ops_list", "kprobe_insn_slots", "kprobe_table"})
  void whatCannotBeToldApartIsOmitted(String list) {
    Victim victim = new Victim("kvm-npt host");
    long function = victim.symbol("vfs_statx");
    if (list.equals("kprobe_table")) {
      victim.bytes(function, 0xcc);
      victim.put(victim.symbol(list), -8);
    } else {
      // Behind the modules, where nothing is mapped.
      long target = 0xffff_ffff_e000_0000L;
      assertThat(victim.clean.kernelMemory().isPresent(target)).isFalse();
      int distance = (int) (target - function - 5);
      victim.bytes(function, 0xe9, distance, distance >> 8, distance >> 16, distance >> 24);
      long head = victim.symbol(list);
      victim.put(
          list.equals("kprobe_insn_slots")
              ? victim.field("kprobe_insn_cache", "pages").at(head)
              : head,
          -8);
    }
    CheckResult text = check(victim.changed(), "kernel-text");
    assertThat(text.found()).isEmpty();
    assertThat(text.omitted()).anyMatch(line -> line.startsWith("1 function begins with a"));
  }

  @Test
  void functionsThatAreNotThereAreNotExamined() {
    RealMachine machine = RealMachine.get("kvm-npt host");
    LinuxSystem clean = (LinuxSystem) machine.system();
    long function = clean.symbols().address("vfs_statx").orElseThrow();
    long page = Translation.address(machine.tables().translate(function)) >>> 12;
    CheckResult text =
        check(
            (LinuxSystem) machine.over(new HoledMemory(machine.physical(), Set.of(page))).system(),
            "kernel-text");
    assertThat(text.found()).isEmpty();
    assertThat(text.omitted())
        .singleElement()
        .asString()
        .matches("not in memory: the starts of \\d+ functions");
    assertThat(text.examined()).isLessThan(check(clean, "kernel-text").examined());
  }

  @Test
  void tablesThatDoNotMapTheKernelAreNotExamined() {
    Victim victim = new Victim("kvm-npt host");
    GuestProcess process =
        victim.clean.processes().stream()
            .filter(each -> each.name().equals("marker"))
            .findFirst()
            .orElseThrow();
    long index = victim.symbol("vfs_statx") >>> 39 & 0x1ff;
    victim.memory.putLong(process.root().orElseThrow() + index * Long.BYTES, 0);
    CheckResult text = check(victim.changed(), "kernel-text");
    assertThat(text.omitted())
        .containsExactly(
            "the kernel's code in the tables of 1 process, not all of which is mapped there");
    assertThat(text.examined()).isEqualTo(check(victim.clean, "kernel-text").examined() - 1);
  }

  private static CheckResult check(LinuxSystem system, String rule) {
    return system.checks().stream()
        .filter(each -> each.rule().equals(rule))
        .findFirst()
        .orElseThrow();
  }

  /** A page of code that was copied, with the tables leading to the copy. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aRemappedPageOfCodeIsFound(boolean ofOneProcess) {
    Victim victim = new Victim("kvm-npt host");
    long code = victim.symbol("vfs_statx") & -4096;
    long pages = victim.room() + 8192 & -4096;
    GuestProcess process =
        victim.clean.processes().stream()
            .filter(each -> each.name().equals("marker"))
            .findFirst()
            .orElseThrow();
    long table = ofOneProcess ? process.root().orElseThrow() : victim.machine.tables().root();
    for (int shift = 39; shift > 21; shift -= 9) {
      long entry = table + (code >>> shift & 0x1ff) * Long.BYTES;
      long below = victim.memory.getLong(entry, 0);
      table = below & 0x000f_ffff_ffff_f000L;
      if (ofOneProcess) {
        // Tables of its own, for those of the kernel are everybody's.
        long own = victim.physical(pages);
        victim.copy(table, own);
        victim.memory.putLong(entry, own | (below & 0xfff));
        table = own;
        pages += 4096;
      }
    }
    long entry = table + (code >>> 21 & 0x1ff) * Long.BYTES;
    long large = victim.memory.getLong(entry, 0);
    assertThat(large & 0x80).as("2 MiB").isEqualTo(0x80);
    long bottom = victim.physical(pages);
    long start = large & 0x000f_ffff_ffe0_0000L;
    for (int i = 0; i < 512; i++) {
      victim.memory.putLong(bottom + (long) i * 8, start + i * 4096L | (large & 0xf7f));
    }
    victim.memory.putLong(entry, bottom | 0x63);
    assertThat(victim.found()).as("cut into small pages").isEmpty();
    long copy = victim.physical(pages + 4096);
    long leaf = bottom + (code >>> 12 & 0x1ff) * Long.BYTES;
    victim.copy(victim.memory.getLong(leaf, 0) & 0x000f_ffff_ffff_f000L, copy);
    victim.memory.putLong(copy + 0x100, ~victim.memory.getLong(copy + 0x100, 0));
    victim.memory.putLong(leaf, copy | (large & 0xf7f));
    Suspicion found = victim.single("kernel-text");
    assertThat(found.code()).singleElement().matches(each -> each.address() == code + 0x100);
    assertThat(found.address()).isEqualTo(code);
    assertThat(found.pid())
        .isEqualTo(ofOneProcess ? OptionalInt.of(process.pid()) : OptionalInt.empty());
  }

  @Test
  void codeThatMayBeWrittenIsFound() {
    Victim victim = new Victim("kvm-npt host");
    long code = victim.clean.modules().getFirst().base();
    long table = victim.machine.tables().root();
    for (int shift = 39; shift > 12; shift -= 9) {
      table =
          victim.memory.getLong(table + (code >>> shift & 0x1ff) * Long.BYTES, 0)
              & 0x000f_ffff_ffff_f000L;
    }
    long entry = table + (code >>> 12 & 0x1ff) * Long.BYTES;
    victim.memory.putLong(entry, victim.memory.getLong(entry, 0) | 2);
    Suspicion found = victim.single("writable-code");
    assertThat(found.address()).isEqualTo(code);
    assertThat(found.text()).contains("4 KiB");
  }

  @Test
  void aChangedCopyOfAProgramsCodeIsFound() {
    Victim victim = new Victim("kvm-npt host");
    GuestProcess process =
        victim.clean.processes().stream()
            .filter(each -> each.name().equals("marker"))
            .findFirst()
            .orElseThrow();
    GuestMapping code =
        victim.clean.mappings(process).stream()
            .filter(each -> each.permissions().equals("r-xp"))
            .findFirst()
            .orElseThrow();
    assertThat(victim.clean.writtenPages(process, code)).isEmpty();
    // A copy of the page, changed in one byte, stands in the place of the log.
    long table = process.root().orElseThrow();
    for (int shift = 39; shift > 12; shift -= 9) {
      long entry = table + (code.start() >>> shift & 0x1ff) * Long.BYTES;
      table = victim.memory.getLong(entry, 0) & 0x000f_ffff_ffff_f000L;
    }
    long entry = table + (code.start() >>> 12 & 0x1ff) * Long.BYTES;
    long old = victim.memory.getLong(entry, 0);
    long page = old & 0x000f_ffff_ffff_f000L;
    long copy =
        Translation.address(victim.machine.tables().translate(victim.room() + 8192 & -4096));
    for (int i = 0; i < 4096; i += Long.BYTES) {
      victim.memory.putLong(copy + i, victim.memory.getLong(page + i, 0));
    }
    victim.memory.putLong(entry, (old & ~0x000f_ffff_ffff_f000L) | copy);
    LinuxSystem same = victim.changed();
    assertThat(same.writtenPages(process, code)).isEmpty();
    victim.memory.putLong(copy + 0x80, ~victim.memory.getLong(copy + 0x80, 0));
    LinuxSystem changed = victim.changed();
    assertThat(changed.writtenPages(process, code)).containsExactly(code.start() + 0x80);
  }

  /** Lists that run in circles or into nothing cost an answer, never a hang. */
  @Test
  void tablesThatLieCostAnAnswer() {
    Victim victim = new Victim("kvm-npt host");
    long operations = victim.room();
    victim.put(victim.field("ftrace_ops", "next").at(operations), operations);
    victim.put(victim.symbol("ftrace_ops_list"), operations);
    victim.put(
        victim.field("atomic_notifier_head", "head").at(victim.symbol("keyboard_notifier_list")),
        0x1234_5678L);
    victim.put(victim.symbol("module_kset"), 8);
    LinuxSystem changed = victim.changed();
    Map<String, CheckResult> results =
        changed.checks().stream().collect(Collectors.toMap(CheckResult::rule, each -> each));
    assertThat(results.get("function-hooks").omitted()).anyMatch(line -> line.contains("cut off"));
    assertThat(results.get("notifiers").omitted()).anyMatch(line -> line.contains("cut off"));
    assertThat(results.get("hidden-module").omitted())
        .anyMatch(line -> line.contains("/sys/module"));
  }
}
