package io.nestwalk.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.find.Hit;
import io.nestwalk.find.Patterns;
import io.nestwalk.image.BytesEvidence;
import io.nestwalk.image.Evidence;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MeasuredEvidence;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.RealImages;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.io.IOError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A case on an image that is no file gives the answers of the file. */
class EvidenceCaseTest {

  private static final CaseOptions OPTIONS = CaseOptions.defaults().forgetful();
  private static final int HITS = 50;

  @TempDir private Path folder;

  private static Path sample(String name) {
    return Path.of(System.getProperty("nestwalk.root", "..")).resolve("samples").resolve(name);
  }

  /** What a packed image unpacks to, as a file of its own. */
  private Path unpacked(Path packed) throws IOException, ImageException {
    try (Case opened = Case.open(packed, OPTIONS)) {
      return Files.copy(
          opened.image().file().path().orElseThrow(),
          folder.resolve(packed.getFileName().toString().replace(".zst", "")));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-ept.raw.zst", "kvm-npt.elf.zst"})
  void packedSamples(String name) throws Exception {
    assertSame(sample(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"kvm-ept.raw.zst", "kvm-npt.elf.zst"})
  void plainSamples(String name) throws Exception {
    assertSame(unpacked(sample(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"xen-arm64-420.qemu.zst"})
  void aStream(String name) throws Exception {
    assertSame(unpacked(RealImages.get(name)));
  }

  private static void assertSame(Path file) throws Exception {
    List<String> expected;
    try (Case local = Case.open(file, OPTIONS)) {
      expected = answers(local);
    }
    assertThat(expected).hasSizeGreaterThan(10);
    MeasuredEvidence evidence = new MeasuredEvidence(BytesEvidence.of(file));
    try (Case ranged = Case.open(evidence, OPTIONS)) {
      assertThat(ranged.image().files()).isEmpty();
      List<String> answers = answers(ranged);
      for (int i = 0; i < expected.size(); i++) {
        assertThat(answers.get(i)).isEqualTo(expected.get(i)); // a short message
      }
      assertThat(answers).hasSameSizeAs(expected);
    }
    assertThat(evidence.bytesRead()).isPositive();
  }

  private static List<String> answers(Case opened) throws Exception {
    List<String> lines = new ArrayList<>(opened.notes());
    lines.add(opened.image().format() + " " + opened.image().warnings());
    lines.add(opened.image().memory().ranges().toString());
    for (Machine machine : opened.machines().all()) {
      lines.add(machine.id());
      if (machine.system().isPresent()) {
        GuestSystem system = machine.system().get();
        for (GuestProcess process : system.processes()) {
          lines.add("%s %s %d".formatted(machine.id(), process, system.mappings(process).size()));
        }
      }
    }
    for (Hit hit : opened.find(new Patterns().text("root"), HITS).hits()) {
      lines.add("%x %d %s".formatted(hit.hpa(), hit.length(), hit.owners()));
    }
    return lines;
  }

  @Test
  void aQuestionReadsLittle() throws Exception {
    Path file = unpacked(sample("kvm-npt.elf.zst"));
    MeasuredEvidence evidence = new MeasuredEvidence(BytesEvidence.of(file));
    try (Case ranged = Case.open(evidence, OPTIONS)) {
      PhysicalMemory memory = ranged.image().memory();
      long opening = evidence.bytesRead();
      assertThat(opening).isLessThan(evidence.length() / 20);
      long address = memory.ranges().getLast().start();
      long value = memory.getLong(address, 0);
      assertThat(evidence.bytesRead() - opening).isLessThanOrEqualTo(evidence.blockBytes());
      long once = evidence.bytesRead();
      assertThat(memory.getLong(address, 1)).isEqualTo(value);
      assertThat(evidence.bytesRead()).isEqualTo(once);
    }
  }

  /** Fails from some number of bytes on, as a store does that goes away. */
  private record Failing(Evidence source, AtomicLong left) implements Evidence {

    @Override
    public String name() {
      return source.name();
    }

    @Override
    public String identity() {
      return source.identity();
    }

    @Override
    public long length() {
      return source.length();
    }

    @Override
    public int read(long position, byte[] target, int offset, int count) throws IOException {
      int read = source.read(position, target, offset, count);
      if (left.addAndGet(-read) < 0) {
        throw new IOException("the store is gone");
      }
      return read;
    }
  }

  @Test
  void whatCannotBeReadIsAnErrorAndNothingMissing() throws Exception {
    Evidence whole = BytesEvidence.of(unpacked(sample("kvm-npt.elf.zst")));
    assertThatThrownBy(() -> Case.open(new Failing(whole, new AtomicLong(1000)), OPTIONS))
        .isInstanceOf(ImageException.class)
        .hasMessage(whole.name() + ": can't be read: the store is gone");
    AtomicLong left = new AtomicLong(whole.length());
    try (Case soon = Case.open(new Failing(whole, left), OPTIONS)) {
      left.set(whole.length() / 2);
      assertThatThrownBy(soon::machines)
          .isInstanceOf(IOError.class)
          .hasMessageContaining("the store is gone");
    }
  }

  @Test
  void anEmptyOneIsRefused() {
    assertThatThrownBy(() -> Case.open(new BytesEvidence("memory:/x", "x", new byte[0]), OPTIONS))
        .isInstanceOf(ImageException.class)
        .hasMessage("memory:/x: the file is empty");
  }
}
