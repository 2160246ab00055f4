package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.paging.Translation;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.CachedFile;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.PageKind;
import io.nestwalk.truth.Truth;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What real kernels say of pages of which the truth says what they are. */
class RealPageKindsTest {

  private static final int PAGE = 4096;

  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt host", "kvm-npt vm1", "linux-la57 host", "kvm-arm64 host"})
  void pagesOfTheTruthAreOfTheirKinds(String name) {
    RealMachine machine = RealMachine.get(name);
    GuestSystem system = machine.system();
    for (Truth page : machine.truth().children("pages")) {
      assertThat(system.kindOf(page.number("pa")))
          .as(page.text("area"))
          .contains(PageKind.ANONYMOUS);
    }
    CachedFile file =
        system.cachedFiles().stream().filter(each -> each.size() > PAGE).findFirst().orElseThrow();
    assertThat(system.kindOf(system.pages(file).getFirst().physical())).contains(PageKind.FILE);
    long text = system.facts().kernelPhysical().orElseThrow();
    assertThat(system.kindOf(text)).contains(PageKind.OTHER);
    OptionalLong zeros = system.symbols().address("empty_zero_page");
    if (zeros.isPresent()) {
      long page = Translation.address(system.kernelMemory().translate(zeros.getAsLong()));
      assertThat(system.kindOf(page + 0x123)).contains(PageKind.ZERO);
    }
    // There is no such memory, and so no description of it.
    assertThat(system.kindOf(1L << 50)).isEmpty();
  }

  /** KSM sets both low bits of the word behind flags and list (include/linux/mm_types.h). */
  @Test
  void aPageThatWasMergedIsTold() {
    RealMachine machine = RealMachine.get("kvm-npt host");
    GuestSystem system = machine.system();
    long page = machine.truth().children("pages").getFirst().number("pa");
    long base = system.symbols().address("vmemmap_base").orElseThrow();
    long entry = system.kernelMemory().getLong(base, 0) + page / PAGE * 64;
    long mapping = Translation.address(system.kernelMemory().translate(entry + 0x18));
    PatchedMemory merged = new PatchedMemory(machine.physical());
    merged.putLong(mapping, machine.physical().getLong(mapping, 0) | 3);
    GuestSystem patched = machine.over(merged).system();
    assertThat(patched.kindOf(page)).contains(PageKind.MERGED);
    assertThat(List.of(patched.kindOf(page + PAGE), system.kindOf(page)))
        .doesNotContain(patched.kindOf(page));
  }
}
