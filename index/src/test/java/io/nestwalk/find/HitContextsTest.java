package io.nestwalk.find;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryRun;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HitContextsTest {

  private static final Memory MEMORY =
      MappedMemory.of(
          MemorySegment.ofArray(new byte[1 << 12]), List.of(new MemoryRun(0, 1 << 12, 0)));

  /** Many hits with much around each of them would fill the heap before the first is shown. */
  @Test
  void hitsBehindTheRoomHaveNone() {
    HitContexts contexts =
        new HitContexts(
            hit -> new HitContext(Optional.empty(), MEMORY, hit.hpa(), hit.length()), 8, 50);
    assertThat(contexts.of(new Hit(0x100, 4, 0)))
        .hasValueSatisfying(node -> assertThat(node.path("bytes").asText()).hasSize(2 * 20));
    assertThat(contexts.of(new Hit(0x200, 14, 0))).isPresent();
    assertThat(contexts.warning()).isEmpty();
    assertThat(contexts.of(new Hit(0x300, 4, 0))).isEmpty();
    // A smaller one behind it has none either: what is missing is the end.
    assertThat(contexts.of(new Hit(0, 1, 0))).isEmpty();
    assertThat(contexts.warning())
        .hasValueSatisfying(warning -> assertThat(warning).contains("around 2 hits"));
  }
}
