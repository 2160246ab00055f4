package io.nestwalk.image.known;

import io.nestwalk.image.FilesBeside;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Recognises the files of VMware's encrypted machines.
 *
 * <p>Memory, checkpoints and firmware variables then are containers of encrypted pages behind a
 * plain header: {magic, version, bytes of data, of initialization vector and of authentication code
 * per page}, as docs/FORMAT.md of vmem-decrypt has it. The configuration (.vmx) stays text; its
 * {@code encryption.keySafe} and {@code encryption.data} hold the keys, locked by a password.
 */
public final class EncryptedVmware {

  private static final long MAGIC = 0x8943_dd9eL;
  private static final int SIZES_AT = 8;
  private static final int SIZES = 3;
  private static final int PAGE = 4096;

  /** Configurations are smaller; what is encrypted in one is a few kilobytes. */
  private static final int MOST_TEXT = 1 << 18;

  private static final List<String> ENCRYPTION = List.of("encryption.keysafe", "encryption.data");

  /** Keys that each configuration has. */
  private static final List<String> CONFIGURATION = List.of(".encoding", "config.version");

  private static final String DECRYPT = "take the encryption away in VMware first";

  private EncryptedVmware() {}

  /** Whether the file is a container of encrypted pages. */
  public static boolean isEncrypted(ImageFile file) {
    if (!file.holds(0, PAGE)) {
      return false;
    }
    try {
      long used = 0;
      for (int i = 0; i < SIZES; i++) {
        used += file.intAt(SIZES_AT + i * Integer.BYTES);
      }
      return file.intAt(0) == MAGIC && used > 0 && used <= PAGE;
    } catch (ImageException e) {
      return false; // holds() has looked
    }
  }

  /** Why a container of encrypted pages is not read, and where its key is. */
  public static String explanation(ImageFile file) {
    return "a file of an encrypted VMware machine (memory, checkpoint or firmware variables), which"
        + " is not supported; its key is in %s, locked by the machine's password: %s"
            .formatted(configurationBeside(file).orElse("the machine's .vmx"), DECRYPT);
  }

  /** The name of an encrypted machine's configuration that stands beside a file of it. */
  public static Optional<String> configurationBeside(ImageFile file) {
    List<String> names =
        FilesBeside.of(file, EncryptedVmware::isNamedAsConfiguration).stream()
            .filter(EncryptedVmware::isEncryptedConfiguration)
            .map(path -> path.getFileName().toString())
            .toList();
    return names.stream()
        .filter(name -> file.shortName().startsWith(name.substring(0, name.lastIndexOf('.'))))
        .findFirst()
        .or(() -> names.stream().findFirst());
  }

  /** What the file is when it is one of an encrypted machine, or a machine's configuration. */
  static Optional<String> explain(ImageFile file) {
    if (isEncrypted(file)) {
      return Optional.of(explanation(file));
    }
    if (hasKey(file, ENCRYPTION)) {
      return Optional.of(
          "the configuration of an encrypted VMware machine, not memory; its memory and checkpoints"
              + " (.vmem, .vmss, .vmsn) are encrypted too, which is not supported: "
              + DECRYPT);
    }
    return hasKey(file, CONFIGURATION)
        ? Optional.of(
            "the configuration of a VMware machine (.vmx), not memory; that is in its .vmem, .vmss"
                + " or .vmsn")
        : Optional.empty();
  }

  private static boolean isNamedAsConfiguration(Path path) {
    String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".vmx") || name.endsWith(".vmsd");
  }

  private static boolean isEncryptedConfiguration(Path path) {
    try (ImageFile file = ImageFile.map(path, path.toString(), "")) {
      return hasKey(file, ENCRYPTION);
    } catch (ImageException e) {
      return false; // what can't be read says nothing
    }
  }

  /** Whether text has a line that begins with one of these keys and "=". */
  private static boolean hasKey(ImageFile file, List<String> keys) {
    try {
      if (file.length() == 0 || file.length() > MOST_TEXT || file.byteAt(0) < '\t') {
        return false;
      }
      return file.textAt(0, (int) file.length())
          .lines()
          .map(line -> line.substring(0, Math.max(0, line.indexOf('='))))
          .anyMatch(key -> keys.contains(key.strip().toLowerCase(Locale.ROOT)));
    } catch (ImageException e) {
      return false;
    }
  }
}
