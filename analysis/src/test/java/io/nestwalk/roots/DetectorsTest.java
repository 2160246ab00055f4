package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Progress;
import io.nestwalk.paging.EptModes;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import io.nestwalk.synthetic.ControlPages;
import io.nestwalk.synthetic.ControlPages.CpuState;
import io.nestwalk.synthetic.EptForm;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.VmcsFields;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the survey's detectors take for control structures and tables, and what not. */
class DetectorsTest {

  private static final long PAGE = 0x7000;
  private static final long KERNEL = 0xffff_ffff_8123_4567L;
  private static final CpuState CPU = new CpuState(0x12_3000, KERNEL);

  private final SparseMemory memory = new SparseMemory();

  @Test
  void aVmcbIsReadWithItsRegisters() {
    ControlPages.vmcb(memory, PAGE, 0xb89a000, 5, CPU, 0x9000);
    assertThat(found(new VmcbDetector()))
        .singleElement()
        .satisfies(
            vmcb -> {
              assertThat(vmcb.address()).isEqualTo(PAGE);
              assertThat(vmcb.nestedPaging()).isTrue();
              assertThat(vmcb.nestedCr3()).isEqualTo(0xb89a000);
              assertThat(vmcb.ioPermissions()).isEqualTo(0x9000);
              assertThat(vmcb.asid()).isEqualTo(5);
              assertThat(vmcb.cr3()).isEqualTo(0x12_3000);
              assertThat(vmcb.registers().get("rip")).hasValue(KERNEL);
              assertThat(vmcb.at(0x1000).address()).isEqualTo(0x1000);
            });
  }

  @Test
  void aVmcbWithoutNestedPagingHasAShadowRoot() {
    ControlPages.shadowVmcb(memory, PAGE, 1, CPU, 0x9000);
    assertThat(found(new VmcbDetector()))
        .singleElement()
        .satisfies(vmcb -> assertThat(vmcb.nestedPaging()).isFalse());
  }

  @ParameterizedTest
  @CsvSource({
    "0x10, 0x1e, no VMRUN intercept",
    "0x58, 0, ASID 0",
    "0x40, 0x9008, a map that is not aligned",
    "0x48, 0, no map",
    "0x4d0, 0xd01, EFER without SVME",
    "0x4d4, 0x1, EFER with unknown bits",
    "0x55c, 0x1, CR0 wider than 32 bits"
  })
  void whatIsNoVmcb(String offset, String value, String why) {
    ControlPages.vmcb(memory, PAGE, 0xb89a000, 5, CPU, 0x9000);
    memory.putInt(PAGE + Long.decode(offset), Integer.decode(value));
    assertThat(found(new VmcbDetector())).as(why).isEmpty();
  }

  @Test
  void aHostSaveAreaHasNoControls() {
    ControlPages.hostSave(memory, PAGE, CPU);
    assertThat(found(new HostSaveDetector()))
        .singleElement()
        .satisfies(save -> assertThat(save.cr3()).isEqualTo(0x12_3000));
    memory.putInt(PAGE + 0x10, 1);
    assertThat(found(new HostSaveDetector())).isEmpty();
  }

  @Test
  void aHostIsInItsKernelWhenItRunsAGuest() {
    ControlPages.hostSave(memory, PAGE, new CpuState(0x12_3000, 0x40_0000));
    assertThat(found(new HostSaveDetector())).isEmpty();
    ControlPages.hostSave(memory, PAGE, new CpuState(0, KERNEL));
    assertThat(found(new HostSaveDetector())).isEmpty();
  }

  @Test
  void aVmcsIsAPageWithARevisionAndAPointer() {
    for (int seed = 0; seed < 30; seed++) {
      VmcsFields fields = VmcsFields.unknown(new Random(seed));
      SparseMemory bytes = new SparseMemory();
      ControlPages.vmcs(bytes, PAGE, fields, 0xb87_505eL, CPU, CPU);
      VmcsPage plain = found(bytes, new VmcsDetector()).getFirst();
      assertThat(plain.revision()).isEqualTo(fields.revision());
      assertThat(plain.shadow()).isFalse();
      assertThat(plain.pointers()).extracting(VmcsPage.Pointer::offset).contains(fields.eptp());
      ControlPages.markShadow(bytes, PAGE, fields);
      VmcsPage shadow = found(bytes, new VmcsDetector()).getFirst();
      assertThat(shadow.shadow()).isTrue();
      assertThat(shadow.revision()).isEqualTo(fields.revision());
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0, no revision", "4, 0x21, no abort code"})
  void whatIsNoVmcs(String offset, String value, String why) {
    ControlPages.vmcs(memory, PAGE, VmcsFields.KVM, 0xb87_505eL, CPU, CPU);
    memory.putInt(PAGE + Long.decode(offset), Integer.decode(value));
    assertThat(found(new VmcsDetector())).as(why).isEmpty();
  }

  @Test
  void aVmcsHasAnEptPointer() {
    memory.putInt(PAGE, 0x12);
    memory.putLong(PAGE + 320, 0xb87_5000L);
    assertThat(found(new VmcsDetector())).isEmpty();
    memory.putLong(PAGE + 320, 0xb87_505eL);
    memory.putLong(PAGE + 640, -1);
    assertThat(found(new VmcsDetector())).hasSize(1);
    // No tables that a search walks lie so high.
    memory.putLong(PAGE + 320, 0x1_0000_0b87_505eL);
    assertThat(found(new VmcsDetector())).isEmpty();
    memory.putLong(PAGE + 320, 0xffff_0b87_505eL);
    assertThat(found(new VmcsDetector())).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, true, no shadow VMCS is linked",
    "0x3526e0, true, a CR4 with VMXE and PAE",
    "0x3506e0, false, a CR4 without VMXE",
    "0x1003526e0, false, wider than a CR4"
  })
  void aVmcsHasALinkPointerOrACr4(String value, boolean isVmcs, String why) {
    memory.putInt(PAGE, 0x12);
    memory.putLong(PAGE + 320, 0xb87_505eL);
    memory.putLong(PAGE + 4088, Long.decode(value));
    assertThat(found(new VmcsDetector())).as(why).hasSize(isVmcs ? 1 : 0);
  }

  @Test
  void aPageFullOfPointersIsNoVmcs() {
    memory.putInt(PAGE, 0x12);
    for (int i = 8; i < 4088; i += 8) {
      memory.putLong(PAGE + i, 0xb87_505eL);
    }
    memory.putLong(PAGE + 4088, -1);
    assertThat(found(new VmcsDetector())).isEmpty();
  }

  @Test
  void upperTablesAreSeenAndOneOddEntryIsEnoughAgainstThem() {
    TableBuilder tables = new TableBuilder(new EptForm(4, 48), memory, Frames.from(0x10_0000));
    tables.map(0, 0x80_0000, 12, 64 * 4096, Rights.ALL);
    tables.map(0x4000_0000L, 0x100_0000, 12, 4096, Rights.ALL);
    TableDetector ept = new TableDetector(EptModes.of(4, 48));
    assertThat(found(ept)).contains(tables.root());
    memory.putLong(tables.root() + 8 * 100, 0x1234_5678_9abc_def0L);
    assertThat(found(ept)).doesNotContain(tables.root());
  }

  /** An empty page of KVM's tables is not zero, but no table that anything hangs below either. */
  @Test
  void aTableOfEmptyEntriesAloneIsNone() {
    TableDetector ept = new TableDetector(EptModes.of(4, 48));
    for (int i = 0; i < 4096; i += 8) {
      memory.putLong(PAGE + i, 1L << 63);
    }
    assertThat(found(ept)).isEmpty();
    memory.putLong(PAGE, 0xb87_5007L);
    assertThat(found(ept)).containsExactly(PAGE);
  }

  private <F> List<F> found(PageDetector<F> detector) {
    return found(memory, detector);
  }

  private static <F> List<F> found(SparseMemory memory, PageDetector<F> detector) {
    return Survey.of(memory.memory(), List.of(detector), 1, Progress.NONE).found(detector);
  }
}
