package io.nestwalk.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Values as the manuals decode them. */
class X86MeaningsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ept_pointer                | 0x10000066 | root 0x10000000, 5 levels, tables WB, accessed and dirty bits kept
          ept_pointer                | 0x1000001e | root 0x10000000, 4 levels, tables WB, accessed and dirty bits not kept
          ept_pointer                | 0x10000002 | no EPT pointer's form
          vm_exit_reason             | 0x30       | EPT violation
          vm_exit_reason             | 0x80000021 | entry failed: guest state (entry failed)
          exitcode                   | 0x400      | NPF: nested page fault
          exitcode                   | 0x4e       | exception 14 #PF
          exitcode                   | 0x13       | CR3 write
          exitcode                   | 0x78       | HLT
          exitcode                   | 0x81       | VMMCALL
          pin_based_vm_exec_control  | 0x3f       | external-interrupt exiting, NMI exiting, virtual NMIs
          cpu_based_vm_exec_control  | 0x8401e172 | CR3-load exiting, CR3-store exiting, secondary controls
          vm_exit_controls           | 0x36fff    | save debug controls, host is 64-bit
          vm_entry_controls          | 0x13ff     | load debug controls, IA-32e mode guest
          guest_ia32_pat             | 0x7040600070406 | WB WT UC- UC WB WT UC- UC
          """)
  void valuesAreDecoded(String field, String value, String meaning) {
    assertThat(X86Meanings.of(field, Long.decode(value))).isEqualTo(meaning);
  }
}
