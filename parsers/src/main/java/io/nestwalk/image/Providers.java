package io.nestwalk.image;

import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * What the class path has of a service. It is looked for once, when it is asked for first: to find
 * providers, every jar is opened, unless {@link #ALONE} says that the first that has any is enough.
 * Safe for several threads.
 *
 * @param <S> the service
 */
public final class Providers<S> {

  /**
   * The system property that is {@code true} where the class path has the program and its libraries
   * and no plugin. Then one place names all providers of a service, and no jar behind it is opened:
   * to open them takes a tenth of the time of a short question.
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
   * @throws ServiceConfigurationError when a jar names a provider that can't be loaded, or that is
   *     for another version of the program or of Java
   */
  public List<S> all() {
    try {
      List<ServiceLoader.Provider<S>> known = found;
      if (known == null) {
        known = loader().stream().toList();
        found = known;
      }
      return known.stream().map(ServiceLoader.Provider::get).toList();
    } catch (LinkageError e) {
      throw new ServiceConfigurationError(service.getName() + ": " + e, e);
    }
  }

  private ServiceLoader<S> loader() {
    return Boolean.getBoolean(ALONE)
        ? ServiceLoader.load(service, new FirstFound(service.getClassLoader()))
        : ServiceLoader.load(service);
  }

  /** Has all classes, and of resources of one name the first on the class path. */
  private static final class FirstFound extends ClassLoader {

    FirstFound(ClassLoader all) {
      super(all);
    }

    @Override
    public Enumeration<URL> getResources(String name) {
      URL first = getParent().getResource(name);
      return first == null
          ? Collections.emptyEnumeration()
          : Collections.enumeration(List.of(first));
    }
  }
}
