package io.nestwalk.extract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.index.RealAnalysis;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.PageState;
import io.nestwalk.memory.Passage;
import io.nestwalk.memory.RunVisitor;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is extracted opens again: guests here, processes in gdb. */
class RealExtractTest {

  private static final int PAGE = 4096;

  /** Where registers stand in elf_prstatus; on x86-64 in the order of pt_regs. */
  private static final int REGISTERS = 112;

  private static final int X86_RIP = REGISTERS + 16 * 8;
  private static final int X86_CS = REGISTERS + 17 * 8;
  private static final Path PYTHON = Path.of("/usr/bin/python3");
  private static final Path GDB = Path.of("/usr/bin/gdb");

  @TempDir private Path folder;
  private int written;

  private Path write(Extraction extraction) throws Exception {
    Path file = folder.resolve("core" + ++written);
    try (SeekableByteChannel out =
        Files.newByteChannel(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      extraction.file().write(out, Progress.NONE);
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt", "kvm-shadow", "kvm-ept", "kvm-arm64"})
  void aGuestIsAnOrdinaryImage(String name) throws Exception {
    RealAnalysis real = RealAnalysis.get(name);
    Machine guest = real.machines().named("vm1").orElseThrow();
    Path file = write(Extraction.ofMachine(real.image(), guest, Extraction.Form.ELF).orElseThrow());
    try (MemoryImage opened = MemoryImages.open(file, OpenOptions.defaults())) {
      assertThat(opened.warnings()).isEmpty();
      Machine again = MachineFinder.find(opened, 2, Progress.NONE).host();
      assertThat(again.architecture()).isEqualTo(guest.architecture());
      assertThat(again.mode()).isEqualTo(guest.mode());
      assertThat(opened.cpus()).hasSameSizeAs(guest.cpus());
      assertThat(opened.vmcoreinfo()).hasValueSatisfying(t -> assertThat(t).contains("OSRELEASE="));
      GuestSystem before = guest.system().orElseThrow();
      GuestSystem after = again.system().orElseThrow();
      assertThat(after.facts().banner()).isEqualTo(before.facts().banner());
      assertThat(after.processes()).isEqualTo(before.processes()).isNotEmpty();
      for (GuestProcess process : before.processes()) {
        assertThat(after.mappings(process)).isEqualTo(before.mappings(process));
      }
    }
  }

  /** Every address of the kernel that its tables map reads through the core as through them. */
  @ParameterizedTest
  @CsvSource({"kvm-npt, vm1", "kvm-arm64, vm1", "linux-pae, host"})
  void theKernelsAddressesAreThoseOfItsTables(String name, String id) throws Exception {
    RealAnalysis real = RealAnalysis.get(name);
    Machine machine = real.machines().named(id).orElseThrow();
    GuestSystem system = machine.system().orElseThrow();
    Path file =
        write(Extraction.ofMachine(real.image(), machine, Extraction.Form.ELF).orElseThrow());
    boolean narrow = machine.architecture() == Architecture.X86;
    ElfSegments core = ElfSegments.of(file, narrow);
    Layer tables = system.kernelMemory();
    long[] pages = {0, 0};
    PageRuns.forEach(
        tables,
        narrow ? 0xc000_0000L : Long.MIN_VALUE,
        narrow ? 0xffff_ffffL : -1,
        Budget.forSpace(tables),
        run -> {
          for (long at = run.start(); at != run.end(); at += PAGE) {
            byte[] expected = tables.readBytes(at, PAGE);
            if (expected.length == PAGE && !run.state().name().equals(PageState.MIRROR)) {
              assertThat(core.read(at, PAGE)).as("page at 0x%x", at).isEqualTo(expected);
              pages[0]++;
            }
          }
        });
    assertThat(pages[0]).isGreaterThan(5000);
    try (MemoryImage opened = MemoryImages.open(file, OpenOptions.defaults())) {
      // Only the kernel's own text has this, of a kernel of any width.
      assertThat(opened.vmcoreinfo()).hasValueSatisfying(t -> assertThat(t).contains("BUILD-ID="));
    }
    long linear = system.facts().linearMap().orElseThrow();
    assertThat(core.segments()).allMatch(each -> each.alignment() == 0);
    for (ElfSegments.Segment segment : core.segments()) {
      if (segment.virtual() == (narrow ? 0xffff_ffffL : -1)) {
        continue;
      }
      for (long at = 0; at < segment.size(); at += PAGE) {
        byte[] expected = tables.readBytes(segment.virtual() + at, PAGE);
        if (expected.length > 0) {
          assertThat(core.read(segment.virtual() + at, PAGE)).isEqualTo(expected);
          pages[1]++;
        } else {
          assertThat(segment.virtual() - segment.physical()).isEqualTo(linear);
        }
      }
    }
    assertThat(pages[1]).isGreaterThanOrEqualTo(pages[0]);
  }

  /** A guest as a kdump is the same guest. */
  @Test
  void aGuestAsKdumpIsTheSame() throws Exception {
    RealAnalysis real = RealAnalysis.get("kvm-npt");
    Machine guest = real.machines().named("vm1").orElseThrow();
    Path file =
        write(Extraction.ofMachine(real.image(), guest, Extraction.Form.KDUMP).orElseThrow());
    assertThat(Files.size(file)).isLessThan(20_000_000);
    try (MemoryImage opened = MemoryImages.open(file, OpenOptions.defaults())) {
      assertThat(opened.warnings()).isEmpty();
      assertThat(opened.cpus()).hasSameSizeAs(guest.cpus());
      assertThat(opened.vmcoreinfo()).isEqualTo(guest.system().orElseThrow().crashInfo());
      long end = opened.memory().end();
      assertThat(end).isGreaterThan(64L << 20);
      for (long at = 0; at < end; at += 64 * PAGE) {
        assertThat(opened.memory().readBytes(at, 64 * PAGE))
            .isEqualTo(guest.physical().readBytes(at, 64 * PAGE));
      }
    }
  }

  /** drgn walks the kernel's tables, for which it reads them through the segments first. */
  @Test
  void drgnReadsTheKernel() throws Exception {
    assumeTrue(Files.isExecutable(PYTHON), "python3 is not installed");
    RealAnalysis real = RealAnalysis.get("kvm-npt");
    Machine guest = real.machines().named("vm1").orElseThrow();
    Path file = write(Extraction.ofMachine(real.image(), guest, Extraction.Form.ELF).orElseThrow());
    GuestSystem system = guest.system().orElseThrow();
    String banner = system.facts().banner().orElseThrow();
    long address = system.symbols().address("linux_banner").orElseThrow();
    String program =
        """
        import sys
        try:
            from drgn import Program
        except ImportError:
            sys.exit('none')
        p = Program()
        p.set_core_dump(sys.argv[1])
        print(p.read(int(sys.argv[2]), int(sys.argv[3])).decode())
        """;
    String said =
        output(
            PYTHON.toString(),
            "-c",
            program,
            file.toString(),
            Long.toUnsignedString(address),
            "" + banner.length());
    assumeTrue(!said.strip().equals("none"), "drgn is not installed");
    assertThat(said.strip()).isEqualTo(banner);
  }

  /** Of this host only CR3 is known, and that through its guest's VMCS. */
  @Test
  void aHostIsExtractedWithTheModeOfItsTables() throws Exception {
    RealAnalysis real = RealAnalysis.get("kvm-ept");
    Machine host = real.machines().host();
    Path file = write(Extraction.ofMachine(real.image(), host, Extraction.Form.ELF).orElseThrow());
    try (MemoryImage opened = MemoryImages.open(file, OpenOptions.defaults())) {
      Machine again = MachineFinder.find(opened, 2, Progress.NONE).host();
      assertThat(again.mode()).isEqualTo(host.mode()).isPresent();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt", "kvm-shadow", "kvm-ept", "linux-la57"})
  void gdbReadsAProcess(String name) throws Exception {
    assumeTrue(Files.isExecutable(GDB), "gdb is not installed");
    RealAnalysis real = RealAnalysis.get(name);
    String id = real.machine("vm1").isMissingNode() ? "host" : "vm1";
    Machine machine = real.machines().named(id).orElseThrow();
    JsonNode markers = real.machine(id).path("pages");
    int pid = markers.get(0).path("pid").asInt();
    GuestSystem system = machine.system().orElseThrow();
    GuestProcess process =
        system.processes().stream().filter(p -> p.pid() == pid).findFirst().orElseThrow();
    Path file = write(Extraction.ofProcess(real.image(), machine, system, process).orElseThrow());
    StringBuilder script = new StringBuilder("set pagination off\nset print elements 0\n");
    for (JsonNode marker : markers) {
      script.append("x/s ").append(marker.path("va").asText()).append('\n');
    }
    JsonNode absent = real.machine(id).path("unmapped").path(0);
    script.append("x/s ").append(absent.path("va").asText()).append('\n');
    script.append("info auxv\ninfo registers\n");
    Path commands = Files.writeString(folder.resolve("commands"), script);
    String said = gdb(file, commands);
    for (JsonNode marker : markers) {
      assertThat(said).contains('"' + marker.path("text").asText() + '"');
    }
    assertThat(said)
        .contains("Core was generated by `%s".formatted(process.name()))
        .contains("AT_ENTRY")
        .contains("Cannot access memory")
        .containsPattern("rip +0x[0-9a-f]{5,}");
  }

  private List<ElfSegments.CoreNote> notesOf(String name, String id, int pid) throws Exception {
    RealAnalysis real = RealAnalysis.get(name);
    Machine machine = real.machines().named(id).orElseThrow();
    GuestSystem system = machine.system().orElseThrow();
    GuestProcess process =
        system.processes().stream().filter(p -> p.pid() == pid).findFirst().orElseThrow();
    return ElfSegments.notes(
        write(Extraction.ofProcess(real.image(), machine, system, process).orElseThrow()));
  }

  private static List<Integer> types(List<ElfSegments.CoreNote> notes) {
    return notes.stream().map(ElfSegments.CoreNote::type).toList();
  }

  /** The CPU is idle, with the process's root and the kernel's registers: it lends nothing. */
  @Test
  void anIdleCpuLendsNoRegisters() throws Exception {
    List<ElfSegments.CoreNote> notes = notesOf("linux-la57", "host", 85);
    assertThat(types(notes)).startsWith(Note.NT_PRSTATUS, Note.NT_FPREGSET, Note.NT_X86_XSTATE);
    ByteBuffer status = notes.getFirst().content();
    assertThat(status.getInt(32)).isEqualTo(85);
    assertThat(status.getLong(X86_RIP)).isEqualTo(0x48db23);
    assertThat(status.getLong(X86_CS)).isEqualTo(0x33);
    // As drgn with the kernel's debug file reads fpstate.
    ByteBuffer area = notes.get(2).content();
    assertThat(area.capacity()).isEqualTo(2696);
    assertThat(area.getInt(24)).isEqualTo(0x1f80);
    assertThat(area.getLong(464)).isEqualTo(0x21f);
    assertThat(area.getLong(512)).isEqualTo(0x217);
    assertThat(area.getInt(2688)).isEqualTo(0x5555_5554);
    assertThat(notes.get(1).content()).isEqualTo(area.slice(0, 512));
  }

  /** In user mode: general registers are the CPU's, and the others are in no memory. */
  @Test
  void aRunningThreadHasItsCpusRegisters() throws Exception {
    List<ElfSegments.CoreNote> notes = notesOf("kvm-npt", "vm1", 86);
    assertThat(types(notes)).startsWith(Note.NT_PRSTATUS, Note.NT_PRPSINFO);
    assertThat(notes.getFirst().content().getLong(X86_RIP)).isEqualTo(0x401d6e);
    List<ElfSegments.CoreNote> arm = notesOf("kvm-arm64", "vm1", 97);
    assertThat(types(arm)).startsWith(Note.NT_PRSTATUS, Note.NT_PRPSINFO);
    assertThat(arm.getFirst().content().getLong(REGISTERS)).isEqualTo(0x41937d3c);
  }

  /** Each thread's status is followed by its own floating-point registers. */
  @Test
  void threadsHaveFloatingPointRegisters() throws Exception {
    List<ElfSegments.CoreNote> notes = notesOf("kvm-npt", "vm1", 87);
    assertThat(types(notes))
        .startsWith(
            Note.NT_PRSTATUS,
            Note.NT_FPREGSET,
            Note.NT_PRSTATUS,
            Note.NT_FPREGSET,
            Note.NT_PRSTATUS,
            Note.NT_FPREGSET,
            Note.NT_PRPSINFO);
    // As drgn with the kernel's debug file reads it.
    assertThat(notes.get(1).content().getInt(24)).isEqualTo(0x1f80);
    assertThat(notes.get(1).content().getInt(160 + 6 * 16)).isEqualTo(0x42a4c4);
    List<ElfSegments.CoreNote> arm = notesOf("kvm-arm64", "host", 89);
    assertThat(types(arm)).startsWith(Note.NT_PRSTATUS, Note.NT_FPREGSET, Note.NT_PRPSINFO);
    assertThat(arm.get(1).content().capacity()).isEqualTo(528);
  }

  /** Of this kernel no mappings are known: its tables tell which pages are the process's. */
  @Test
  void aProcessWithoutKnownMappings() throws Exception {
    RealAnalysis real = RealAnalysis.get("linux-pae");
    Machine machine = real.machines().host();
    GuestSystem system = machine.system().orElseThrow();
    JsonNode markers = real.machine("host").path("pages");
    int pid = markers.get(0).path("pid").asInt();
    GuestProcess process =
        system.processes().stream().filter(p -> p.pid() == pid).findFirst().orElseThrow();
    assertThat(system.mappings(process)).isEmpty();
    Extraction extraction =
        Extraction.ofProcess(real.image(), machine, system, process).orElseThrow();
    assertThat(extraction.warnings()).isEmpty();
    checkMarkers(ElfSegments.of(write(extraction), true), markers);
    GuestProcess thread =
        system.processes().stream().filter(p -> p.pid() == 2).findFirst().orElseThrow();
    assertThat(Extraction.ofProcess(real.image(), machine, system, thread)).isEmpty();
  }

  private static void checkMarkers(ElfSegments core, JsonNode markers) {
    for (JsonNode marker : markers) {
      String text = marker.path("text").asText();
      long address = Long.decode(marker.path("va").asText());
      assertThat(core.read(address, text.length()))
          .asString(StandardCharsets.UTF_8)
          .isEqualTo(text);
    }
    assertThat(core.segments())
        .isNotEmpty()
        .allMatch(each -> each.virtual() > 0 && each.virtual() < Long.MAX_VALUE)
        .allMatch(each -> each.alignment() == PAGE);
  }

  /** A root, whoever's: the pages of user mode, with the registers of the CPU that has it. */
  @Test
  void theTablesBelowARoot() throws Exception {
    RealAnalysis real = RealAnalysis.get("kvm-npt");
    Machine guest = real.machines().named("vm1").orElseThrow();
    long root = guest.root().orElseThrow().address();
    Layer space = guest.space(guest.mode().orElseThrow(), root);
    Path file = write(Extraction.ofRoot(real.image(), guest, space, root).orElseThrow());
    checkMarkers(ElfSegments.of(file, false), real.machine("vm1").path("pages"));
    assertThat(ElfSegments.notes(file).getFirst().content().getLong(X86_RIP)).isEqualTo(0x401d6e);
    Layer empty = guest.space(guest.mode().orElseThrow(), 0x1000);
    assertThat(Extraction.ofRoot(real.image(), guest, empty, 0x1000)).isEmpty();
  }

  /** Tables that show the same memory again and again end in a warning, not in a full disk. */
  @Test
  void tablesThatRepeatMemoryAreCut() {
    RealAnalysis real = RealAnalysis.get("kvm-npt");
    Machine host = real.machines().host();
    Extraction extraction =
        Extraction.ofRoot(real.image(), host, new Repeated(host.physical(), true), 0x1000)
            .orElseThrow();
    assertThat(extraction.bytes()).isBetween(1L << 28, 2L << 30);
    assertThat(extraction.nothingBecause()).isEmpty();
    // From the first piece without room on all is missing, also what is smaller.
    long pieces = extraction.bytes() / (Repeated.SIZE + PAGE);
    assertThat(extraction.bytes()).isEqualTo(pieces * (Repeated.SIZE + PAGE));
    assertThat(extraction.warnings())
        .singleElement()
        .asString()
        .contains("is not extracted")
        .contains("0x%x on".formatted(2 * pieces * Repeated.SIZE));
  }

  /** "Maps nothing" would be untrue of tables that were not looked at to their end. */
  @Test
  void tablesThatAreCutBeforeAnythingIsFound() {
    RealAnalysis real = RealAnalysis.get("kvm-npt");
    Machine host = real.machines().host();
    Extraction extraction =
        Extraction.ofRoot(real.image(), host, new Repeated(host.physical(), false), 0x1000)
            .orElseThrow();
    assertThat(extraction.segments()).isZero();
    assertThat(extraction.nothingBecause())
        .hasValueSatisfying(
            reason -> assertThat(reason).startsWith("host: root 0x1000").contains("0x30000 on"));
  }

  /**
   * Maps the same 128 MiB ten thousand times, and behind each a page.
   *
   * @param present whether the image has that memory; if not, the tables end in something that is
   *     not looked at
   */
  private record Repeated(Memory below, boolean present) implements Layer {
    private static final long SIZE = 1L << 27;
    private static final long NOWHERE = 1L << 45;

    @Override
    public long translate(long address) {
      return Translation.of(address % SIZE, 21);
    }

    @Override
    public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
      if (!present) {
        visitor.run(0x2_0000, NOWHERE, 0x1_0000, 12, Permissions.ALL, PageState.MAPPED);
        return Enumerated.cutFrom(0x3_0000);
      }
      for (long i = 0; i < 10_000; i++) {
        long at = 2 * i * SIZE;
        if (!visitor.run(at, 1 << 20, SIZE, 21, Permissions.ALL, PageState.MAPPED)
            || !visitor.run(at + SIZE, 1 << 20, PAGE, 12, Permissions.ALL, PageState.MAPPED)) {
          return Enumerated.cutFrom(at);
        }
      }
      return Enumerated.ALL;
    }

    @Override
    public Passage pass(long address) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Layer fork() {
      return this;
    }
  }

  private static String gdb(Path core, Path commands) throws Exception {
    return output(
        GDB.toString(), "-nx", "-batch", "-x", commands.toString(), "-c", core.toString());
  }

  private static String output(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }
}
