package io.nestwalk.wording;

import java.util.Set;

/** A number of things in words, with the noun in its right form: "1 page", "2 pages". */
public final class Count {

  private static final Set<Character> VOWELS = Set.of('a', 'e', 'i', 'o', 'u');

  private Count() {}

  /**
   * The number with its noun.
   *
   * @param number how many; anything but 1 is several
   * @param noun one of them, as it is said: "page", "entry", "process"
   */
  public static String of(long number, String noun) {
    return number + " " + noun(number, noun);
  }

  /**
   * The number with its noun and verb: "1 page is", "2 pages are".
   *
   * @param number how many
   * @param noun one of them
   * @param one the verb of one
   * @param more the verb of several
   */
  public static String of(long number, String noun, String one, String more) {
    return of(number, noun) + " " + (number == 1 ? one : more);
  }

  /**
   * The noun alone, where words stand between it and its number.
   *
   * @param number how many
   * @param noun one of them
   */
  public static String noun(long number, String noun) {
    return number == 1 ? noun : several(noun);
  }

  /** By the rules of spelling; nouns without such a plural have none here. */
  private static String several(String noun) {
    int last = noun.length() - 1;
    if (noun.endsWith("s") || noun.endsWith("x") || noun.endsWith("ch") || noun.endsWith("sh")) {
      return noun + "es";
    }
    return noun.endsWith("y") && last > 0 && !VOWELS.contains(noun.charAt(last - 1))
        ? noun.substring(0, last) + "ies"
        : noun + "s";
  }
}
