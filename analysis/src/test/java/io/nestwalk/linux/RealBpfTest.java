package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.system.BpfHolder;
import io.nestwalk.system.BpfMap;
import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.BpfProgram;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.system.OpenFile;
import io.nestwalk.system.Suspicion;
import io.nestwalk.types.Field;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs and maps of BPF that a test puts into real kernels as the kernel would. */
class RealBpfTest {

  private static final int KPROBE = 2;
  private static final int XDP_LINK = 6;

  /** An interpreted program at the start of the room, with a map behind it. */
  private static final class Loaded {

    private final Victim victim;
    private final long program;
    private final long aux;
    private final long map;

    Loaded(String kernel) {
      victim = new Victim(kernel);
      program = victim.room();
      aux = program + 512;
      map = aux + 2048;
      long maps = map + 1024;
      wipe(program, (int) (maps + 64 - program));
      put("bpf_prog", "aux", program, aux);
      number("bpf_prog", "type", program, KPROBE);
      number("bpf_prog", "len", program, 2);
      put("bpf_prog", "bpf_func", program, victim.symbol("__bpf_prog_run32"));
      victim.put(victim.field("bpf_prog", "tag").at(program) & -8, 0);
      long first = victim.field("bpf_prog", "insnsi").at(program);
      call(first, "bpf_get_current_pid_tgid");
      victim.put(first + 8, 0x95);
      number("bpf_prog_aux", "id", aux, 7);
      put("bpf_prog_aux", "prog", aux, program);
      put("bpf_prog_aux", "load_time", aux, 1_000_000_000L);
      put("bpf_prog_aux", "user", aux, victim.symbol("root_user"));
      victim.text(victim.field("bpf_prog_aux", "name").at(aux), "watcher");
      number("bpf_prog_aux", "used_map_cnt", aux, 1);
      put("bpf_prog_aux", "used_maps", aux, maps);
      victim.put(maps, map);
      number("bpf_map", "id", map, 3);
      number("bpf_map", "map_type", map, 1);
      number("bpf_map", "key_size", map, 8);
      number("bpf_map", "value_size", map, 16);
      number("bpf_map", "max_entries", map, 128);
      victim.text(victim.field("bpf_map", "name").at(map), "seen");
    }

    void call(long instruction, String helper) {
      long distance = victim.symbol(helper) - victim.symbol("__bpf_call_base");
      victim.put(instruction, distance << 32 | 0x85);
    }

    private void wipe(long from, int length) {
      for (int i = 0; i < length; i += Long.BYTES) {
        victim.put(from + i, 0);
      }
    }

    void put(String struct, String member, long object, long value) {
      victim.put(victim.field(struct, member).at(object), value);
    }

    void number(String struct, String member, long object, int value) {
      victim.number(victim.field(struct, member).at(object), value);
    }

    void list(String table, long object) {
      long tree = victim.field("idr", "idr_rt").at(victim.symbol(table));
      victim.put(victim.field("xarray", "xa_head").at(tree), object);
    }

    /** In the list of compiled code alone. */
    void listCode() {
      long head = victim.symbol("bpf_kallsyms");
      long node = victim.field("bpf_prog_aux", "ksym.lnode").at(aux);
      victim.put(head, node);
      victim.put(node, head);
      Field flag = victim.field("bpf_prog_aux", "ksym.prog");
      victim.put(flag.at(aux) & -8, 1L << ((flag.at(aux) & 7) * 8));
      number("bpf_prog_aux", "refcnt", aux, 1);
    }

    BpfObjects read() {
      BpfObjects read = victim.changed().bpf();
      assertThat(read.missing()).isEmpty();
      return read;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt host", "kvm-ept vm1", "linux-la57 host"})
  void aProgramIsReadWithItsMap(String kernel) {
    Loaded loaded = new Loaded(kernel);
    loaded.list("prog_idr", loaded.program);
    BpfObjects read = loaded.read();
    assertThat(read.programs()).hasSize(1);
    BpfProgram program = read.programs().getFirst();
    assertThat(program.id()).isEqualTo(7);
    assertThat(program.type()).isEqualTo("kprobe");
    assertThat(program.name()).isEqualTo("watcher");
    assertThat(program.tag()).isEqualTo("0000000000000000");
    assertThat(program.uid()).hasValue(0);
    assertThat(program.loaded())
        .isEqualTo(
            loaded.victim.clean.facts().bootTime().map(time -> time.plus(Duration.ofSeconds(1))));
    assertThat(program.code()).isEmpty();
    assertThat(program.hidden()).isFalse();
    assertThat(program.helpers())
        .containsExactly(
            new BpfProgram.Helper(
                Optional.of("bpf_get_current_pid_tgid"),
                loaded.victim.symbol("bpf_get_current_pid_tgid")));
    assertThat(program.maps()).containsExactly(3);
    assertThat(read.maps())
        .containsExactly(
            new BpfMap(
                3,
                "hash",
                "seen",
                8,
                16,
                128,
                0,
                loaded.map,
                OptionalLong.empty(),
                List.of(7),
                List.of(),
                List.of()));
    assertThat(loaded.victim.found()).isEmpty();
  }

  @Test
  void whatHoldsAProgramAndWhatItIsAttachedToIsSaid() {
    Loaded loaded = new Loaded("kvm-npt host");
    Victim victim = loaded.victim;
    loaded.list("prog_idr", loaded.program);
    // A link to the first network device.
    long link = loaded.map + 2048;
    long devices = victim.field("net", "dev_base_head").at(victim.symbol("init_net"));
    long device = victim.pointer(devices) - victim.field("net_device", "dev_list").at(0);
    loaded.number("bpf_link", "type", link, XDP_LINK);
    loaded.put("bpf_link", "prog", link, loaded.program);
    loaded.put("bpf_xdp_link", "dev", link, device);
    loaded.list("link_idr", link);
    // The filter of a socket that a process has.
    GuestProcess owner = null;
    GuestSocket socket = null;
    OpenFile file = null;
    for (GuestProcess process : victim.clean.processes()) {
      for (OpenFile each : victim.clean.openFiles(process)) {
        if (each.socket().isPresent()) {
          socket = each.socket().get();
        } else if (file == null) {
          owner = process;
          file = each;
        }
      }
    }
    long filter = link + 512;
    victim.put(victim.field("sock", "sk_filter").at(socket.object()), filter);
    victim.put(victim.field("sk_filter", "prog").at(filter), loaded.program);
    // A descriptor.
    victim.put(victim.field("file", "f_op").at(file.object()), victim.symbol("bpf_prog_fops"));
    victim.put(victim.field("file", "private_data").at(file.object()), loaded.program);
    BpfProgram program = loaded.read().programs().getFirst();
    assertThat(program.attachments())
        .containsExactly(
            new BpfProgram.Attachment("xdp", "lo"),
            new BpfProgram.Attachment(
                "socket", "unix socket:[%d]".formatted(socket.inode().orElseThrow())));
    assertThat(program.holders())
        .contains(new BpfHolder(owner.pid(), owner.name(), file.descriptor()));
    assertThat(program.seenBy()).containsExactly("descriptors", "links", "numbers", "sockets");
  }

  @Test
  void aProgramThatIsOnlyInTheListOfCodeIsHidden() {
    Loaded loaded = new Loaded("kvm-npt host");
    loaded.listCode();
    assertThat(loaded.read().programs()).singleElement().matches(BpfProgram::hidden);
    Suspicion found = loaded.victim.single("ebpf-program");
    assertThat(found.address()).isEqualTo(loaded.program);
    assertThat(found.text()).contains("'watcher'", "not in the list of numbers", "code");
    // Who is being freed has lost its number already.
    loaded.number("bpf_prog_aux", "refcnt", loaded.aux, 0);
    assertThat(loaded.read().programs()).isEmpty();
  }

  /** Classic filters of sockets have no number; every name server has one. */
  @Test
  void aClassicFilterIsNotHidden() {
    Loaded loaded = new Loaded("kvm-npt host");
    loaded.number("bpf_prog_aux", "id", loaded.aux, 0);
    long filter = loaded.map + 2048;
    GuestSocket socket = loaded.victim.clean.sockets().sockets().getFirst();
    loaded.put("sock", "sk_filter", socket.object(), filter);
    loaded.put("sk_filter", "prog", filter, loaded.program);
    assertThat(loaded.read().programs()).isEmpty();
    loaded.number("bpf_prog_aux", "id", loaded.aux, 9);
    assertThat(loaded.read().programs()).singleElement().matches(BpfProgram::hidden);
  }

  @Test
  void whatAProgramRunsAndCallsIsChecked() {
    Loaded loaded = new Loaded("kvm-npt host");
    Victim victim = loaded.victim;
    loaded.list("prog_idr", loaded.program);
    long first = victim.field("bpf_prog", "insnsi").at(loaded.program);
    loaded.call(first, "bpf_probe_write_user");
    assertThat(victim.single("ebpf-program").text()).contains("writes into the memory");
    loaded.call(first, "init_task");
    assertThat(victim.single("ebpf-program").text()).contains("calls no code");
    loaded.call(first, "bpf_get_current_pid_tgid");
    loaded.put("bpf_prog", "bpf_func", loaded.program, victim.symbol("do_exit"));
    Suspicion found = victim.single("ebpf-program");
    assertThat(found.text()).contains("interpreters");
    assertThat(found.targetName()).hasValue("do_exit");
  }

  /** Lengths and pointers that lie cost an answer and are reported. */
  @Test
  void liesAreBounded() {
    Loaded loaded = new Loaded("kvm-npt host");
    loaded.list("prog_idr", loaded.program);
    loaded.number("bpf_prog", "len", loaded.program, -1);
    loaded.number("bpf_prog_aux", "used_map_cnt", loaded.aux, -1);
    loaded.put("bpf_prog_aux", "func", loaded.aux, loaded.program);
    loaded.number("bpf_prog_aux", "func_cnt", loaded.aux, -1);
    loaded.list("map_idr", -8);
    BpfObjects read = loaded.victim.changed().bpf();
    assertThat(read.programs()).hasSize(1);
    assertThat(read.missing()).anyMatch(line -> line.contains("instructions"));
    assertThat(read.missing()).anyMatch(line -> line.contains("map_idr"));
    CheckResult result =
        loaded.victim.changed().checks().stream()
            .filter(check -> check.rule().equals("ebpf-program"))
            .findFirst()
            .orElseThrow();
    assertThat(result.omitted()).containsAll(read.missing());
  }

  /** A tree of numbers that is full of nothing. */
  @Test
  void entriesThatLeadNowhereAreCountedInOneLine() {
    Loaded loaded = new Loaded("kvm-npt host");
    Victim victim = loaded.victim;
    long node = loaded.map + 2048;
    victim.put(victim.field("xa_node", "shift").at(node) & -8, 0);
    for (int i = 0; i < victim.field("xa_node", "slots").count(); i++) {
      victim.put(victim.field("xa_node", "slots").at(node, i), -4096L * (i + 2));
    }
    loaded.list("prog_idr", node | 2);
    BpfObjects read = victim.changed().bpf();
    assertThat(read.programs()).isEmpty();
    assertThat(read.missing())
        .containsExactly(
            "prog_idr: nothing where 64 entries lead to, the first to 0x%x".formatted(-8192L));
  }

  /** Every group has the same two children, one of which has itself. */
  @Test
  void groupsThatAreTheirOwnChildrenEnd() {
    Loaded loaded = new Loaded("kvm-npt host");
    Victim victim = loaded.victim;
    loaded.list("prog_idr", loaded.program);
    long root = victim.symbol("cgrp_dfl_root") + victim.field("cgroup_root", "cgrp").at(0);
    long self = victim.field("cgroup", "self").at(0);
    long head = victim.field("cgroup_subsys_state", "children").at(root + self);
    long sibling = victim.field("cgroup_subsys_state", "sibling").at(root + self);
    victim.put(head, sibling);
    victim.put(sibling, sibling);
    BpfObjects read = victim.changed().bpf();
    assertThat(read.programs()).hasSize(1);
    assertThat(read.missing())
        .containsExactly("programs of control groups: a list of them can't be followed");
  }

  /** A number that would stand in memory that is not there is not the number of root. */
  @Test
  void whoLoadedAProgramIsUnknownWhereMemoryEnds() {
    Loaded loaded = new Loaded("kvm-npt host");
    Victim victim = loaded.victim;
    loaded.list("prog_idr", loaded.program);
    // Behind a stack in the area of vmalloc is a page that is never there.
    long end =
        victim.clean.processes().stream()
            .map(process -> victim.field("task_struct", "stack").at(process.object()))
            .map(at -> victim.pointer(at) + (16 << 10))
            .filter(at -> !victim.clean.kernelMemory().isPresent(at))
            .filter(at -> victim.clean.kernelMemory().isPresent(at - 8))
            .findFirst()
            .orElseThrow();
    loaded.put("bpf_prog_aux", "user", loaded.aux, end - 8);
    assertThat(loaded.read().programs()).singleElement().matches(each -> each.uid().isEmpty());
  }
}
