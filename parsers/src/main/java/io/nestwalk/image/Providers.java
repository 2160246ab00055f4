package io.nestwalk.image;

import java.util.List;
import java.util.ServiceLoader;

/**
 * What the class path has of a service. It is looked for once, when it is asked for first: to find
 * providers, every jar is opened. Safe for several threads.
 *
 * @param <S> the service
 */
public final class Providers<S> {

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
      known = ServiceLoader.load(service).stream().toList();
      found = known;
    }
    return known.stream().map(ServiceLoader.Provider::get).toList();
  }
}
