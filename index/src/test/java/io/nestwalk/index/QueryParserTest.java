package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.nestwalk.index.Query.Allowed;
import io.nestwalk.index.Query.And;
import io.nestwalk.index.Query.Free;
import io.nestwalk.index.Query.Not;
import io.nestwalk.index.Query.Or;
import io.nestwalk.index.Query.Span;
import io.nestwalk.index.Query.Word;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryParserTest {

  private static final Query SSHD = new Word(Field.NAME, "sshd", false);
  private static final Query VM1 = new Word(Field.MACHINE, "vm1", false);

  @Test
  void wordsSideBySideMustAllMatch() throws Exception {
    assertThat(QueryParser.parse("name:SSHD machine:vm1"))
        .isEqualTo(new And(List.of(SSHD, VM1)))
        .isEqualTo(QueryParser.parse(" name:sshd  AND machine:vm1 "));
  }

  @Test
  void andBindsTighterThanOr() throws Exception {
    assertThat(QueryParser.parse("init OR name:sshd machine:vm1"))
        .isEqualTo(new Or(List.of(new Free("init", false), new And(List.of(SSHD, VM1)))));
    assertThat(QueryParser.parse("(init OR name:sshd) machine:vm1"))
        .isEqualTo(new And(List.of(new Or(List.of(new Free("init", false), SSHD)), VM1)));
  }

  @Test
  void notTakesOneThing() throws Exception {
    assertThat(QueryParser.parse("NOT machine:vm1 name:sshd"))
        .isEqualTo(new And(List.of(new Not(VM1), SSHD)));
    assertThat(QueryParser.parse("NOT(machine:vm1)")).isEqualTo(new Not(VM1));
  }

  @Test
  void addressesReachTheTop() throws Exception {
    assertThat(QueryParser.parse("va:0xffffffffffffffff")).isEqualTo(new Span(Field.VA, -1, -1));
    assertThat(QueryParser.parse("va:18446744073709551615")).isEqualTo(new Span(Field.VA, -1, -1));
    assertThat(QueryParser.parse("hpa:0x1000..0x1fff"))
        .isEqualTo(new Span(Field.HPA, 0x1000, 0x1fff))
        .isEqualTo(QueryParser.parse("hpa:[0x1000 TO 0x1fff]"));
    assertThat(QueryParser.parse("va:0x8000000000000000.."))
        .isEqualTo(new Span(Field.VA, Long.MIN_VALUE, -1));
    assertThat(QueryParser.parse("fileoffset:..0x10"))
        .isEqualTo(new Span(Field.FILE_OFFSET, 0, 16));
  }

  @Test
  void permissions() throws Exception {
    assertThat(QueryParser.parse("permissions:wx")).isEqualTo(new Allowed("wx", ""));
    assertThat(QueryParser.parse("permissions:r-xp")).isEqualTo(new Allowed("rxp", "w"));
  }

  @Test
  void wildcardsAndWhatTakesThemAway() throws Exception {
    assertThat(QueryParser.parse("path:*Crypto*"))
        .isEqualTo(new Word(Field.PATH, "*crypto*", true));
    assertThat(QueryParser.parse("path:a\\*b")).isEqualTo(new Word(Field.PATH, "a*b", false));
    assertThat(QueryParser.parse("name:\"a *b\"")).isEqualTo(new Word(Field.NAME, "a *b", false));
    assertThat(QueryParser.parse("path:\\**")).isEqualTo(new Word(Field.PATH, "\\**", true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | 1 | nothing is asked",
        "nmae:x | 1 | no field 'nmae'",
        "name:x AND nmae:y | 12 | no field 'nmae'",
        "name: x | 6 | a value must follow",
        "va:0x12g | 4 | '0x12g' is no number",
        "va:0x11111111111111111 | 4 | is no number",
        "va:[0x1 0x2] | 9 | a range is written",
        "va:[0x1 TO 0x2 | 15 | ']' is missing",
        "va:0x2..0x1 | 4 | ends before it begins",
        "permissions:rwz | 15 | 'z' is no permission",
        "(a OR b | 1 | not closed",
        "a) | 2 | ')' without '('",
        "a OR | 5 | is missing here",
        "OR a | 1 | is missing before this",
        "a OR AND b | 6 | is missing before this",
        "NOT | 4 | is missing here",
        "name:\"x | 6 | quote is not closed",
        "name:\"\" | 6 | empty text",
        "x\\ | 2 | must follow the backslash",
      })
  void faultsPointAtTheirPlace(String query, int column, String what) {
    assertThatExceptionOfType(QuerySyntaxException.class)
        .isThrownBy(() -> QueryParser.parse(query))
        .withMessageContaining(what)
        .withMessageStartingWith("query, column " + column + ":")
        .satisfies(e -> assertThat(e.column()).isEqualTo(column));
  }

  @Test
  void deepNestingIsRefused() {
    assertThatExceptionOfType(QuerySyntaxException.class)
        .isThrownBy(() -> QueryParser.parse("(".repeat(2000)))
        .withMessageContaining("nested deeper");
    assertThatExceptionOfType(QuerySyntaxException.class)
        .isThrownBy(() -> QueryParser.parse("NOT ".repeat(2000) + "a"))
        .withMessageContaining("nested deeper");
  }

  /** Whatever is typed is understood, or refused with a column that is in it. */
  @Property(tries = 3000)
  void nothingElseHappens(
      @ForAll
          @Chars({'a', ':', '(', ')', '"', '\\', '*', '0', 'x', '.', '[', ']', ' ', '-'})
          @StringLength(max = 24)
          String noise) {
    for (String query : List.of(noise, "va:" + noise, "name:" + noise, "permissions:" + noise)) {
      try {
        assertThat(QueryParser.parse(query)).isNotNull();
      } catch (QuerySyntaxException e) {
        assertThat(e.column()).isBetween(1, query.length() + 1);
      }
    }
  }
}
