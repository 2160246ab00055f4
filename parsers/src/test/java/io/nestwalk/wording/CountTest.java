package io.nestwalk.wording;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CountTest {

  @ParameterizedTest
  @CsvSource({
    "0, page, 0 pages",
    "1, page, 1 page",
    "2, page, 2 pages",
    "-1, byte, -1 bytes",
    "1, entry, 1 entry",
    "21, entry, 21 entries",
    "3, key, 3 keys",
    "1, process, 1 process",
    "107, process, 107 processes",
    "2, suffix, 2 suffixes",
    "2, branch, 2 branches",
    "2, hash, 2 hashes",
    "2, CPU, 2 CPUs",
    "2, system call, 2 system calls"
  })
  void aNumberHasItsNoun(long number, String noun, String said) {
    assertThat(Count.of(number, noun)).isEqualTo(said);
  }

  @ParameterizedTest
  @CsvSource({"1, page, 1 page is", "2, page, 2 pages are", "0, entry, 0 entries are"})
  void aNumberHasItsVerb(long number, String noun, String said) {
    assertThat(Count.of(number, noun, "is", "are")).isEqualTo(said);
  }

  @ParameterizedTest
  @CsvSource({"1, entry, entry", "2, entry, entries"})
  void theNounStandsAlone(long number, String noun, String said) {
    assertThat(Count.noun(number, noun)).isEqualTo(said);
  }
}
