package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The values that walks are made of: grants, forbidden values, permissions, translations. */
class SmallPagingTest {

  @Test
  void grantsAskLeafAndTablesEachForTheirBits() {
    Grant set = Grant.whenSet(2);
    assertThat(set.byLeaf(3)).isTrue();
    assertThat(set.byLeaf(1)).isFalse();
    assertThat(set.byTable(2)).isTrue();
    assertThat(set.byTable(0)).isFalse();
    Grant clear = Grant.whenClear(1L << 63);
    assertThat(clear.byLeaf(1)).isTrue();
    assertThat(clear.byTable(1L << 63)).isFalse();
    Grant leaf = Grant.whenLeafSet(4);
    assertThat(leaf.byLeaf(4)).isTrue();
    assertThat(leaf.byLeaf(0)).isFalse();
    assertThat(leaf.byTable(0)).isTrue();
    assertThat(Grant.ALWAYS.byLeaf(0) && Grant.ALWAYS.byTable(-1)).isTrue();
  }

  @Test
  void forbiddenValuesAreThoseThatWereNamed() {
    ForbiddenValues types = ForbiddenValues.of(3, 2, 3, 7);
    for (int value = 0; value < 8; value++) {
      boolean forbidden = value == 2 || value == 3 || value == 7;
      assertThat(types.in((long) value << 3 | 0x8000_0000_0000_0007L)).isEqualTo(forbidden);
      assertThat(ForbiddenValues.NONE.in((long) value << 3)).isFalse();
    }
  }

  @Test
  void permissionsReadAsPeopleWriteThem() {
    assertThat(Permissions.format(Permissions.ALL)).isEqualTo("rwxu");
    assertThat(Permissions.format(0)).isEqualTo("----");
    assertThat(Permissions.format(Permissions.READ | Permissions.EXECUTE)).isEqualTo("r-x-");
    assertThat(Permissions.format(Permissions.WRITE | Permissions.USER)).isEqualTo("-w-u");
  }

  @Test
  void translationsHoldAddressAndSize() {
    long widest = (1L << 56) - 1;
    for (int shift : new int[] {12, 21, 30, 39, 48}) {
      long translation = Translation.of(widest, shift);
      assertThat(Translation.isFault(translation)).isFalse();
      assertThat(Translation.address(translation)).isEqualTo(widest);
      assertThat(Translation.pageShift(translation)).isEqualTo(shift);
      assertThat(Translation.pageSize(translation)).isEqualTo(1L << shift);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void faultsComeBackAsTheyWere(Fault fault) {
    long translation = Translation.of(fault);
    assertThat(Translation.isFault(translation)).isTrue();
    assertThat(Translation.fault(translation)).isEqualTo(fault);
  }
}
