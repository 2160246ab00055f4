package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.ProtectionDomain;
import java.security.cert.Certificate;
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
  void aloneTheProvidersAreThoseOfTheJarThatDeclaresTheService() throws Exception {
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
      assertThat(ClassOrigin.of(service)).contains(jar);
    } finally {
      System.clearProperty(Providers.ALONE);
    }
  }

  private static List<String> names(Class<?> service) {
    return new Providers<>(service).all().stream().map(each -> each.getClass().getName()).toList();
  }

  /** Says of a class that it is from somewhere. */
  private static final class Teller extends ClassLoader {
    Class<?> define(String place) throws Exception {
      String file = Hello.class.getName().replace('.', '/') + ".class";
      URL location = place.isEmpty() ? null : URI.create(place).toURL();
      try (InputStream in = Hello.class.getResourceAsStream("/" + file)) {
        byte[] code = in.readAllBytes();
        CodeSource source = new CodeSource(location, (Certificate[]) null);
        return defineClass(
            Hello.class.getName(), code, 0, code.length, new ProtectionDomain(source, null));
      }
    }
  }

  @Test
  void whatIsNoFileOfOursIsNoOrigin() throws Exception {
    assertThat(ClassOrigin.of(new Teller().define(""))).isEmpty();
    assertThat(ClassOrigin.of(new Teller().define("http://localhost/a.jar"))).isEmpty();
    assertThat(ClassOrigin.of(new Teller().define("jar:file:/a.jar!/b.jar"))).isEmpty();
    assertThat(ClassOrigin.of(new Teller().define("file://host/a.jar"))).isEmpty();
    assertThat(ClassOrigin.of(new Teller().define("file:/a%20b/%C3%A4.jar")))
        .contains(Path.of("/a b/ä.jar"));
  }

  @Test
  void aClassOfTheJavaRunTimeIsFromNoFile() {
    assertThat(ClassOrigin.of(String.class)).isEmpty();
    assertThat(ClassOrigin.of(Providers.class)).hasValueSatisfying(at -> assertThat(at).exists());
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
