package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
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

  /** Another. */
  public static final class Goodbye implements Greeting {}

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
  void aloneTheFirstJarThatNamesProvidersNamesAll() throws Exception {
    Path jar = folder.resolve("services.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (Class<?> type : List.of(Greeting.class, Hello.class, Goodbye.class)) {
        String file = type.getName().replace('.', '/') + ".class";
        out.putNextEntry(new JarEntry(file));
        try (InputStream in = type.getResourceAsStream("/" + file)) {
          out.write(in.readAllBytes());
        }
      }
      out.putNextEntry(new JarEntry("META-INF/services/" + Greeting.class.getName()));
      out.write(Goodbye.class.getName().getBytes(StandardCharsets.UTF_8));
    }
    name(Hello.class.getName()); // In a folder of the class path, as a library would.
    URL[] places = {jar.toUri().toURL(), folder.toUri().toURL()};
    try (URLClassLoader program =
        new URLClassLoader(places, ClassLoader.getPlatformClassLoader())) {
      Thread.currentThread().setContextClassLoader(program);
      Class<?> service = program.loadClass(Greeting.class.getName());
      assertThat(names(service))
          .containsExactlyInAnyOrder(Hello.class.getName(), Goodbye.class.getName());
      System.setProperty(Providers.ALONE, "true");
      assertThat(names(service)).containsExactly(Goodbye.class.getName());
    } finally {
      System.clearProperty(Providers.ALONE);
    }
  }

  private static List<String> names(Class<?> service) {
    return new Providers<>(service).all().stream().map(each -> each.getClass().getName()).toList();
  }

  @Test
  void whatIsForALaterJavaIsSaidTheSameWay() throws Exception {
    String name = "later.Provider";
    byte[] code = {(byte) 0xca, (byte) 0xfe, (byte) 0xba, (byte) 0xbe, 0, 0, 0x7f, 0, 0, 0};
    Files.write(Files.createDirectories(folder.resolve("later")).resolve("Provider.class"), code);
    name(name);
    assertThatThrownBy(() -> new Providers<>(Greeting.class).all())
        .isInstanceOf(ServiceConfigurationError.class)
        .hasCauseInstanceOf(LinkageError.class)
        .hasMessageContaining(Greeting.class.getName());
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
