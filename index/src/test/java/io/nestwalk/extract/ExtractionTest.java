package io.nestwalk.extract;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.PhysicalMemory;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is told of a core that lacks something, or has something that the machine had not. */
class ExtractionTest {

  private static final MemorySegment BYTES = MemorySegment.ofArray(new byte[1 << 16]);

  private static PhysicalMemory memory(MemoryRun... runs) {
    return MappedMemory.of(BYTES, List.of(runs));
  }

  private static Optional<Extraction> extraction(
      PlainGuest guest, Extraction.Form form, PhysicalMemory memory) {
    ImageFile file = ImageFile.over(BYTES, Path.of("image"), "image", "none");
    try (MemoryImage image = MemoryImage.of(file, "elf", memory).build()) {
      return Extraction.ofMachine(image, guest.machine(Architecture.X86_64, memory), form);
    }
  }

  /** A system that keeps no text for crash dumps, or one. */
  private static PlainGuest guest(Optional<String> own, Optional<String> made) {
    return new PlainGuest() {
      @Override
      public Optional<String> crashInfo() {
        return own;
      }

      @Override
      public Optional<String> madeCrashInfo() {
        return made;
      }
    };
  }

  @Test
  void bytesThatFillNoPageAreToldOf() {
    PlainGuest guest = guest(Optional.empty(), Optional.empty());
    PhysicalMemory memory = memory(new MemoryRun(0x1000, 0xec00, 0), new MemoryRun(0x20000, 64, 0));
    Extraction kdump = extraction(guest, Extraction.Form.KDUMP, memory).orElseThrow();
    assertThat(kdump.bytes()).isEqualTo(0xe000);
    assertThat(kdump.segments()).isEqualTo(1);
    assertThat(kdump.warnings())
        .containsExactly(
            "host: left out: 3136 bytes of memory that fill no page; a kdump holds whole pages");
    Extraction elf = extraction(guest, Extraction.Form.ELF, memory).orElseThrow();
    assertThat(elf.bytes()).isEqualTo(0xec40);
    assertThat(elf.warnings()).isEmpty();
  }

  @Test
  void memoryWithoutAPageIsNoKdump() {
    PlainGuest guest = guest(Optional.empty(), Optional.empty());
    PhysicalMemory memory = memory(new MemoryRun(0x1000, 0xc00, 0));
    Extraction kdump = extraction(guest, Extraction.Form.KDUMP, memory).orElseThrow();
    assertThat(kdump.nothingBecause())
        .hasValueSatisfying(reason -> assertThat(reason).contains("3072 bytes"));
    assertThat(extraction(guest, Extraction.Form.KDUMP, memory())).isEmpty();
  }

  /** Who reads the core must not take Nestwalk's conclusions for the kernel's words. */
  @Test
  void aTextThatIsMadeIsToldOf() {
    PhysicalMemory memory = memory(new MemoryRun(0, 1 << 16, 0));
    Optional<String> text = Optional.of("OSRELEASE=6.1\n");
    for (Extraction.Form form : Extraction.Form.values()) {
      assertThat(extraction(guest(Optional.empty(), text), form, memory).orElseThrow().warnings())
          .singleElement()
          .asString()
          .contains("VMCOREINFO was not found")
          .contains("made by Nestwalk");
      assertThat(extraction(guest(text, text), form, memory).orElseThrow().warnings()).isEmpty();
    }
  }
}
