package io.nestwalk.image;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * What the class path has of a service. It is looked for once, when it is asked for first: to find
 * providers, every jar is opened, unless {@link #ALONE} says that one jar is enough. Safe for
 * several threads.
 *
 * @param <S> the service
 */
public final class Providers<S> {

  /**
   * The system property that is {@code true} where the class path has the program and its libraries
   * and no plugin. The providers of a service are those of the jar that declares it then. The other
   * jars are opened late or never: to do so takes a tenth of what a short question does.
   */
  public static final String ALONE = "nestwalk.alone";

  private final Class<S> service;
  private volatile List<ServiceLoader.Provider<S>> found;

  /** Of the service that a type declares. */
  public Providers(Class<S> service) {
    this.service = service;
  }

  /**
   * A new object of each provider.
   *
   * @throws java.util.ServiceConfigurationError when a jar names a provider that can't be loaded
   */
  public List<S> all() {
    List<ServiceLoader.Provider<S>> known = found;
    if (known == null) {
      known = loader().stream().toList();
      found = known;
    }
    return known.stream().map(ServiceLoader.Provider::get).toList();
  }

  private ServiceLoader<S> loader() {
    Optional<Path> jar =
        Boolean.getBoolean(ALONE)
            ? ClassOrigin.of(service).filter(Files::isRegularFile)
            : Optional.empty();
    return jar.isPresent()
        ? ServiceLoader.load(service, new OneJar(jar.get(), service.getClassLoader()))
        : ServiceLoader.load(service);
  }

  /** Has the resources of one jar, and the classes of all. */
  private static final class OneJar extends ClassLoader {

    private final Path jar;

    OneJar(Path jar, ClassLoader classes) {
      super(classes);
      this.jar = jar;
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
      URI resource = URI.create("jar:" + jar.toUri() + "!/" + name);
      return Collections.enumeration(List.of(resource.toURL()));
    }
  }
}
