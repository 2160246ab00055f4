package io.nestwalk.linux.kallsyms;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.ArrayMemory;
import org.junit.jupiter.api.Test;

class VmCoreInfoTest {

  private static final String TEXT =
      """
      OSRELEASE=6.1.0-56-arm64
      PAGESIZE=4096
      SYMBOL(init_uts_ns)=ffffbe58fbd07a68
      SYMBOL(broken)=zzz
      SYMBOL(mem_section)=ffff5947cfdf6000
      KERNELOFFSET=3e58f2000000
      nonsense
      """;

  @Test
  void symbolsAndOffsetAreRead() {
    long base = 0xffff_8880_0000_0000L;
    ArrayMemory memory = new ArrayMemory(base, 4096).putText(base, TEXT);
    VmCoreInfo info = VmCoreInfo.at(memory, base).orElseThrow();
    assertThat(info.release()).isEqualTo("6.1.0-56-arm64");
    assertThat(info.kernelOffset()).hasValue(0x3e58f2000000L);
    assertThat(info.address("init_uts_ns")).hasValue(0xffffbe58fbd07a68L);
    assertThat(info.address("broken")).isEmpty();
    // That is no address of a variable: kallsyms of a kernel that has both differs.
    assertThat(info.address("mem_section")).isEmpty();
    assertThat(info.text()).contains("SYMBOL(mem_section)");
    assertThat(info.at(0xffffbe58fbd07a68L).orElseThrow().name()).isEqualTo("init_uts_ns");
    assertThat(VmCoreInfo.at(memory, base + 1)).isEmpty();
    assertThat(VmCoreInfo.at(memory, base + 8192)).isEmpty();
  }
}
