package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import io.nestwalk.linux.check.CodeMap;
import io.nestwalk.linux.check.KernelChecks;
import io.nestwalk.linux.kallsyms.VmCoreInfo;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.Suspicion;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelSymbols;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Kernels of 32 bits, whose part of the space is no upper half of 64 bits. */
class NarrowKernelTest {

  private static final long CODE = 0xc000_0000L;
  private static final long LOOSE = 0xc020_0000L;

  private static final int PRESENT = 1;
  private static final int WRITE = 2;
  private static final int LARGE = 1 << 7;

  /** Tables of PAE: code of the kernel's, and behind it code that may be written. */
  private static Map<String, CheckResult> checks(boolean mapped) {
    ArrayMemory physical = new ArrayMemory(0, 1 << 14);
    physical.putLong(3 * Long.BYTES, 0x1000 | PRESENT);
    if (mapped) {
      physical.putLong(0x1000, 0x20_0000 | LARGE | PRESENT);
      physical.putLong(0x1008, 0x40_0000 | LARGE | WRITE | PRESENT);
    }
    Walker tables = new Walker(X86Modes.pae(36), 0, physical);
    Kernel kernel =
        new Kernel(
            physical,
            tables,
            TranslatedMemory.of(physical, tables),
            new ListedTypes(),
            KernelSymbols.NONE,
            new Warnings());
    CodeMap code =
        new CodeMap(List.of(new AddressRange(CODE, 2 << 20)), Map.of(), KernelSymbols.NONE);
    return KernelChecks.run(
            kernel,
            code,
            List.of(),
            List.of(),
            Set.of(),
            () -> new BpfObjects(List.of(), List.of(), List.of()),
            Map.of())
        .stream()
        .collect(java.util.stream.Collectors.toMap(CheckResult::rule, each -> each));
  }

  @Test
  void codeOfTheKernelsIsLookedAt() {
    CheckResult writable = checks(true).get("writable-code");
    assertThat(writable.examined()).isEqualTo(2);
    assertThat(writable.found()).extracting(Suspicion::address).containsExactly(LOOSE);
    CheckResult ownerless = checks(true).get("ownerless-code");
    assertThat(ownerless.examined()).isEqualTo(2);
    assertThat(ownerless.omitted())
        .containsExactly(
            "2048 KiB of executable memory at 0xc0200000 and on: whether BPF or tracing owns it"
                + " can't be told");
  }

  @Test
  void nothingToLookAtIsNotAllWell() {
    checks(false)
        .forEach(
            (rule, check) ->
                assertThat(check.examined() > 0 || !check.omitted().isEmpty()).as(rule).isTrue());
    assertThat(checks(false).get("kernel-text").omitted())
        .contains("the kernel's code from 0xc0000000 on is not mapped");
  }

  /** Memory is looked at in pieces of 256 KiB: no word stands in two of them. */
  @Test
  void crashInformationIsFoundByTheLastWordOfAPiece() {
    int piece = 1 << 18;
    ArrayMemory memory = new ArrayMemory(CODE, 2 * piece);
    memory.putText(CODE + piece, "OSRELEASE=4.19.0\n");
    memory.putInt(CODE + piece - Integer.BYTES, (int) (CODE + piece));
    KernelImage image =
        new KernelImage(
            List.of(new KernelImage.Run(CODE, CODE + 2L * piece, Permissions.WRITE)), CODE);
    Optional<VmCoreInfo> info = CrashInfoSearch.in(memory, image, Integer.BYTES);
    assertThat(info.orElseThrow().release()).isEqualTo("4.19.0");
  }
}
