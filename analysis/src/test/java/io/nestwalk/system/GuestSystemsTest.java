package io.nestwalk.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.memory.AbsentMemory;
import java.lang.reflect.Proxy;
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

  /** What a system says of itself may be read late, when no support is asked any more. */
  @Test
  void traitsThatFailWhenTheyAreReadCostThemselves() {
    SystemFacts facts =
        SystemFacts.builder("Made", "1", 0x1000)
            .traits(
                () -> {
                  throw new IllegalStateException("memory lies");
                })
            .build();
    GuestSystem made =
        (GuestSystem)
            Proxy.newProxyInstance(
                GuestSystem.class.getClassLoader(),
                new Class<?>[] {GuestSystem.class},
                (_, method, _) ->
                    switch (method.getName()) {
                      case "facts" -> facts;
                      case "warnings" -> List.of();
                      default -> null;
                    });
    GuestSystem found =
        GuestSystems.installed().with(_ -> Optional.of(made)).recognise(NOWHERE).orElseThrow();
    assertThat(found.facts().version()).isEqualTo("1");
    assertThat(found.facts().traits().values()).isEmpty();
    assertThat(found.warnings()).singleElement().asString().contains("memory lies");
  }
}
