package io.nestwalk.image;

import java.nio.file.Path;

/** Where what the program remembers for a user lies. */
public final class UserCache {

  private UserCache() {}

  /**
   * The folder for one purpose; not made here. The system property {@code nestwalk.cache} names the
   * folder of all; without, it is {@code nestwalk} below XDG_CACHE_HOME, or below {@code .cache} in
   * the home folder.
   *
   * @param purpose the folder's name
   */
  public static Path folder(String purpose) {
    String property = System.getProperty("nestwalk.cache", "");
    if (!property.isEmpty()) {
      return Path.of(property).resolve(purpose);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    // The XDG specification says that a relative path is to be ignored.
    Path base = xdg != null && Path.of(xdg).isAbsolute() ? Path.of(xdg) : Path.of(home(), ".cache");
    return base.resolve("nestwalk").resolve(purpose);
  }

  /** HOME, as every other program of the system takes it; where there is none, Java's own idea. */
  private static String home() {
    String home = System.getenv("HOME");
    return home != null && Path.of(home).isAbsolute() ? home : System.getProperty("user.home");
  }
}
