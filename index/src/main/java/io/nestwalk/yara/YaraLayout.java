package io.nestwalk.yara;

/**
 * Where members stand in libyara's structures, in bytes, on 64-bit Linux. The library tells its
 * version nowhere but in its file's name, so that name decides.
 *
 * @param file the library's name, as the system's linker finds it
 * @param version of YARA, whose {@code yara/types.h} and {@code stopwatch.h} say the rest
 * @param ruleIdentifier {@code YR_RULE.identifier}
 * @param ruleTags {@code YR_RULE.tags}: texts one after the other, an empty one ends them
 * @param ruleMetas {@code YR_RULE.metas}
 * @param ruleStrings {@code YR_RULE.strings}
 * @param metaSize of {@code YR_META}: identifier, string, integer (8 bytes each), type, flags
 * @param stringSize of {@code YR_STRING}, whose flags and idx come first
 * @param stringIdentifier {@code YR_STRING.identifier}
 * @param contextMatches {@code YR_SCAN_CONTEXT.matches}
 * @param matchesSize of {@code YR_MATCHES}, whose head comes first
 * @param matchNext {@code YR_MATCH.next}; before it base, offset (8 bytes each), match_length
 * @param matchPrivate {@code YR_MATCH.is_private}
 */
record YaraLayout(
    String file,
    String version,
    int ruleIdentifier,
    int ruleTags,
    int ruleMetas,
    int ruleStrings,
    int metaSize,
    int stringSize,
    int stringIdentifier,
    int contextMatches,
    int matchesSize,
    int matchNext,
    int matchPrivate) {

  /** Of YARA 4.2, which Debian 12 has as libyara9. */
  static final YaraLayout V4_2 =
      new YaraLayout("libyara.so.9", "4.2", 8, 16, 24, 32, 32, 56, 48, 160, 24, 40, 52);
}
