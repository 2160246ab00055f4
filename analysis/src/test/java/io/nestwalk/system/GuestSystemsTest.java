package io.nestwalk.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.memory.AbsentMemory;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GuestSystemsTest {

  private static final Site NOWHERE =
      new Site(Architecture.X86_64, AbsentMemory.INSTANCE, List.of(), List.of());

  /** Fails on whatever it is given. */
  private static final class Failing implements SystemSupport {
    @Override
    public Optional<GuestSystem> recognise(Site site) {
      throw new IllegalStateException("memory lies");
    }
  }

  @Test
  void aSupportThatFailsIsReportedAndCostsNoOther() {
    GuestSystems systems = GuestSystems.installed().with(new Failing());
    assertThat(systems.recognise(NOWHERE)).isEmpty();
    assertThat(systems.warnings())
        .anySatisfy(line -> assertThat(line).contains("Failing", "memory lies"));
  }
}
