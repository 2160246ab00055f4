package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.index.Entry.RunEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is added arrives whole and in order, and what fails is no index. */
class BesideBuilderTest {

  private static final int MANY = 20_000;

  /** Notes what it is told, and fails at an entry. */
  private static final class Noted implements IndexBuilder {

    private final List<String> calls = new ArrayList<>();
    private final long failingAt;

    Noted(long failingAt) {
      this.failingAt = failingAt;
    }

    @Override
    public void beginPart(String name) {
      calls.add("begin " + name);
    }

    @Override
    public void add(Entry entry) throws IOException {
      long start = ((RunEntry) entry).start();
      if (start == failingAt) {
        throw new IOException("full");
      }
      calls.add(Long.toString(start));
    }

    @Override
    public void completePart(List<String> warnings) {
      calls.add("complete " + warnings);
    }

    @Override
    public Set<String> completeParts() {
      return Set.of(Integer.toString(calls.size()));
    }

    @Override
    public List<String> warnings() {
      return List.of(Integer.toString(calls.size()));
    }

    @Override
    public void finish() {
      calls.add("finish");
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }

  private static RunEntry run(long start) {
    return new RunEntry(
        "host",
        Entry.Space.KERNEL,
        OptionalInt.empty(),
        "[kernel]",
        Optional.empty(),
        start,
        RunEntry.NONE,
        RunEntry.NONE,
        RunEntry.NONE,
        1,
        0,
        12);
  }

  @Test
  void allArrivesInItsOrder() throws Exception {
    Noted noted = new Noted(-1);
    List<String> expected = new ArrayList<>();
    try (IndexBuilder builder = new BesideBuilder(noted)) {
      for (String part : new String[] {"a", "b"}) {
        builder.beginPart(part);
        expected.add("begin " + part);
        for (int i = 0; i < MANY; i++) {
          builder.add(run(i));
          expected.add(Integer.toString(i));
        }
        builder.completePart(List.of(part));
        expected.add("complete [%s]".formatted(part));
        // Who asks is told of all that was added.
        assertThat(builder.completeParts()).containsExactly(Integer.toString(expected.size()));
      }
      assertThat(builder.warnings()).containsExactly(Integer.toString(expected.size()));
      builder.finish();
    }
    expected.add("finish");
    expected.add("close");
    assertThat(noted.calls).isEqualTo(expected);
  }

  @Test
  void afterAFaultNothingIsDoneAndTheFaultIsThrown() throws Exception {
    Noted noted = new Noted(700);
    IndexBuilder builder = new BesideBuilder(noted);
    builder.beginPart("a");
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < MANY; i++) {
                builder.add(run(i));
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessage("full");
    builder.completePart(List.of());
    assertThatThrownBy(builder::finish).isInstanceOf(IOException.class);
    builder.close();
    assertThat(noted.calls)
        .hasSize(1 + 700 + 1)
        .endsWith("699", "close")
        .doesNotContain("complete []", "finish");
  }

  @Test
  void aFaultInTheLastEntriesIsThrownByWhatWaitsForThem() throws Exception {
    Noted noted = new Noted(7);
    try (IndexBuilder builder = new BesideBuilder(noted)) {
      builder.beginPart("a");
      for (int i = 0; i < 10; i++) {
        builder.add(run(i));
      }
      builder.completePart(List.of());
      assertThatThrownBy(builder::finish).isInstanceOf(IOException.class).hasMessage("full");
      assertThatThrownBy(builder::finish).isInstanceOf(IOException.class);
    }
    assertThat(noted.calls).doesNotContain("complete []", "finish");
  }
}
