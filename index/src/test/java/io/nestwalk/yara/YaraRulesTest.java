package io.nestwalk.yara;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nestwalk.yara.RuleMatch.StringMatch;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes to libyara and comes from it; skipped where the library is not. */
class YaraRulesTest {

  /** Blocks of text at 0x1000, 0x2000 ... */
  private record Texts(List<String> texts) implements BlockSource {
    @Override
    public int count() {
      return texts.size();
    }

    @Override
    public long address(int block) {
      return 0x1000L * (block + 1);
    }

    @Override
    public int size(int block) {
      return texts.get(block).length();
    }

    @Override
    public void read(int block, MemorySegment target) {
      byte[] bytes = texts.get(block).getBytes(StandardCharsets.ISO_8859_1);
      MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, 0, bytes.length);
    }
  }

  @BeforeEach
  void libraryIsThere() {
    boolean there;
    try {
      YaraLibrary.get();
      there = true;
    } catch (YaraException e) {
      there = false;
    }
    assumeTrue(there, "libyara9 is not installed");
  }

  private static YaraRules rules(String text) throws YaraException {
    return YaraRules.compile("r.yar", text.getBytes(StandardCharsets.UTF_8));
  }

  private static YaraScan.Outcome scan(String text, BlockSource blocks, int places)
      throws YaraException {
    try (YaraRules rules = rules(text)) {
      return rules.scan(blocks, false, 60, places);
    }
  }

  @Test
  void aRuleIsTrueOverSeveralBlocks() throws Exception {
    YaraScan.Outcome outcome =
        scan(
            """
            rule no { strings: $x = "nowhere" condition: $x }
            rule yes : one two {
              meta: text = "t" number = -3 flag = true
              strings: $a = "alpha" $b = /be[t]+a/ $p = "alpha" private
              condition: all of them and uint8(0x2000) == 0x62
            }
            """,
            new Texts(List.of("..alpha", "betta.", ".alpha")),
            10);
    assertThat(outcome.timedOut()).isFalse();
    assertThat(outcome.tooMany()).isFalse();
    assertThat(outcome.matches())
        .containsExactly(
            new RuleMatch(
                "yes",
                List.of("one", "two"),
                Map.of("text", "t", "number", -3L, "flag", true),
                List.of(
                    new StringMatch("$a", 0x1002, 5),
                    new StringMatch("$a", 0x3001, 5),
                    new StringMatch("$b", 0x2000, 5)),
                0));
  }

  /** What lies in two blocks because they overlap counts once. */
  @Test
  void overlappingBlocksCountOnce() throws Exception {
    BlockSource overlapping =
        new BlockSource() {
          @Override
          public int count() {
            return 2;
          }

          @Override
          public long address(int block) {
            return block == 0 ? 0x1000 : 0x1008;
          }

          @Override
          public int size(int block) {
            return 16;
          }

          @Override
          public void read(int block, MemorySegment target) {
            target.fill((byte) '.');
            target
                .asSlice(block == 0 ? 10 : 2, 6)
                .copyFrom(MemorySegment.ofArray("needle".getBytes(StandardCharsets.US_ASCII)));
          }
        };
    YaraScan.Outcome outcome =
        scan("rule r { strings: $a = \"needle\" condition: #a == 1 }", overlapping, 10);
    assertThat(outcome.matches()).hasSize(1);
    assertThat(outcome.matches().getFirst().strings())
        .containsExactly(new StringMatch("$a", 0x100a, 6));
  }

  @Test
  void keepsSoManyPlacesAndCountsTheRest() throws Exception {
    RuleMatch match =
        scan(
                "rule r { strings: $a = \"aab\" condition: $a }",
                new Texts(List.of("aab".repeat(5000))),
                7)
            .matches()
            .getFirst();
    assertThat(match.strings()).hasSize(7);
    assertThat(match.leftOut()).isEqualTo(4993);
  }

  /** More matches than the library takes: it says so, and the rule is still told of. */
  @Test
  void saysThatAStringStandsTooOften() throws Exception {
    YaraScan.Outcome outcome =
        scan(
            "rule r { strings: $a = \"aa\" condition: $a }",
            new Texts(List.of("a".repeat(1_200_000))),
            3);
    assertThat(outcome.tooMany()).isTrue();
    assertThat(outcome.matches()).hasSize(1);
    assertThat(outcome.matches().getFirst().strings()).hasSize(3);
  }

  @Test
  void givesUpAfterItsTime() throws Exception {
    try (YaraRules rules = rules("rule r { condition: for all i in (1..20000000000) : (i > 0) }")) {
      YaraScan.Outcome outcome = rules.scan(new Texts(List.of("a")), false, 1, 1);
      assertThat(outcome.timedOut()).isTrue();
      assertThat(outcome.matches()).isEmpty();
    }
  }

  /** An exception on its way through the library would end the process. */
  @Test
  void aFaultOfTheMemoryComesOutAsItself() {
    BlockSource broken =
        new BlockSource() {
          @Override
          public int count() {
            return 2;
          }

          @Override
          public long address(int block) {
            return 0x1000L * block;
          }

          @Override
          public int size(int block) {
            return 16;
          }

          @Override
          public void read(int block, MemorySegment target) {
            throw new IllegalStateException("gone");
          }
        };
    assertThatThrownBy(() -> scan("rule r { strings: $a = \"aa\" condition: $a }", broken, 3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("gone");
  }

  @Test
  void badRulesAreOneLineWithItsNumber() {
    assertThatThrownBy(() -> rules("rule a {\n  condition:\n    $b }\n"))
        .isInstanceOf(YaraException.class)
        .hasMessage("r.yar, line 3: undefined string \"$b\"");
    assertThatThrownBy(() -> rules("\ninclude \"other.yar\"\n"))
        .isInstanceOf(YaraException.class)
        .hasMessageContaining("r.yar, line 2: ");
    assertThatThrownBy(() -> rules("rule a {\n\0")).hasMessage("r.yar, line 2: a zero byte");
    assertThatThrownBy(() -> rules("YARA\u0004\0\0\0"))
        .hasMessage("r.yar: compiled rules; their text is needed");
  }

  @Test
  void aLibraryThatIsMissingOrOfAnotherVersionIsNamed() {
    assertThatThrownBy(() -> YaraLibrary.load("libnestwalknone.so.9", List.of()))
        .isInstanceOf(YaraException.class)
        .hasMessage(
            "libnestwalknone.so.9 is not on this system;"
                + " YARA 4.2 is needed (Debian: apt install libyara9)");
    assertThatThrownBy(() -> YaraLibrary.load("libnestwalknone.so.9", List.of("libc.so.6")))
        .hasMessageStartingWith("libc.so.6 is of a version whose structures are not known; ");
    assertThatThrownBy(() -> YaraLibrary.load("libc.so.6", List.of()))
        .hasMessageContaining(" has no yr_compiler_create; ");
  }
}
