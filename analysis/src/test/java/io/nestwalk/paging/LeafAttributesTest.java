package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Memory;
import io.nestwalk.synthetic.EptForm;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What leaves say beside address and rights, and entries that a processor refuses. */
class LeafAttributesTest {

  private static final LeafAttributes EPT = LeafAttributes.of(EptModes.of(4, 48));
  private static final LeafAttributes NPT = LeafAttributes.of(X86Modes.nestedLong(4, 48));

  @Test
  void typesOfEptAreThoseOfTheManual() {
    assertThat(EPT.memoryType(0)).contains("UC");
    assertThat(EPT.memoryType(6 << 3)).contains("WB");
    assertThat(EPT.memoryType(EPT.described(0x1234_5677L, 12))).contains("WB");
    assertThat(EPT.ignoresPat(1 << 6)).isTrue();
    assertThat(EPT.accessed(1 << 8)).contains(true);
    assertThat(EPT.dirty(1 << 8)).contains(false);
    assertThat(EPT.withoutUse().accessed(1 << 8)).isEmpty();
  }

  /** Bit 12 is an address's in a small page; bit 7 says "large" in a large one. */
  @Test
  void thePatBitOfALargePageStandsElsewhere() {
    assertThat(NPT.memoryType(NPT.described(0x1087, 12))).contains("PAT4");
    assertThat(NPT.memoryType(NPT.described(0x1007, 12))).contains("PAT0");
    assertThat(NPT.memoryType(NPT.described(0x20_0087, 21))).contains("PAT0");
    assertThat(NPT.memoryType(NPT.described(0x20_1097, 21))).contains("PAT6");
  }

  @Test
  void entriesThatAProcessorRefusesAreShownWithTheirValue() {
    SparseMemory bytes = new SparseMemory();
    TableBuilder tables = new TableBuilder(new EptForm(4, 48), bytes, Frames.from(0x10_0000));
    tables.map(0, 0x40_0000, 12, 0x2000, Rights.ALL);
    Memory memory = bytes.memory();
    // The next entry of the lowest table: written and executed, not read.
    long lowest =
        new Walker(tables.form().mode(), tables.root(), memory).tell(0).steps().getLast().table();
    bytes.putLong(lowest + 2 * 8, 0xfee0_0006L);
    List<String> seen = new ArrayList<>();
    new Walker(tables.form().mode(), tables.root(), bytes.memory())
        .forEachLeaf(
            0,
            -1,
            new LeafVisitor() {
              @Override
              public boolean leaf(long address, long target, int shift, int permissions) {
                seen.add("leaf 0x%x".formatted(address));
                return true;
              }

              @Override
              public boolean refused(long address, int shift, long entry, Fault fault) {
                seen.add("refused 0x%x 0x%x %s".formatted(address, entry, fault.name()));
                return true;
              }
            });
    assertThat(seen)
        .containsExactly("leaf 0x0", "leaf 0x1000", "refused 0x2000 0xfee00006 MISCONFIGURED");
  }
}
