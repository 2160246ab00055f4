package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceConfigurationError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is found of a service, over a class path with a jar of a user's. */
class ProvidersTest {

  /** A service. */
  public interface Greeting {}

  /** One that there is. */
  public static final class Hello implements Greeting {}

  @TempDir private Path folder;
  private final ClassLoader before = Thread.currentThread().getContextClassLoader();

  @BeforeEach
  void addFolder() throws Exception {
    URL[] places = {folder.toUri().toURL()};
    Thread.currentThread().setContextClassLoader(new URLClassLoader(places, before));
  }

  @AfterEach
  void takeFolder() {
    Thread.currentThread().setContextClassLoader(before);
  }

  private void name(String provider) throws Exception {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(services.resolve(Greeting.class.getName()), provider);
  }

  @Test
  void whatIsNamedIsFoundAndMadeAnewEachTime() throws Exception {
    name(Hello.class.getName());
    Providers<Greeting> greetings = new Providers<>(Greeting.class);
    assertThat(greetings.all()).hasOnlyElementsOfType(Hello.class).hasSize(1);
    // It is not looked for again.
    name("no.such.Provider");
    assertThat(greetings.all()).hasSize(1).isNotEqualTo(greetings.all());
  }

  @Test
  void whatCanNotBeLoadedIsSaidEachTime() throws Exception {
    name("no.such.Provider");
    Providers<Greeting> greetings = new Providers<>(Greeting.class);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(greetings::all)
          .isInstanceOf(ServiceConfigurationError.class)
          .hasMessageContaining("no.such.Provider");
    }
  }
}
