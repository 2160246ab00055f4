package io.nestwalk.symbols;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.container.SideFile;
import io.nestwalk.types.KernelKnowledge;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.PdbId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A symbol file of one kernel: JSON in Volatility 3's intermediate symbol format, plain or packed.
 */
public final class SymbolFile implements KernelKnowledge {

  /** Files of Linux kernels are some 50 MB when they are unpacked. */
  private static final long MAX_BYTES = 1L << 30;

  private final String source;
  private final Optional<String> banner;
  private final Optional<PdbId> pdb;
  private final KernelTypes types;
  private final KernelSymbols symbols;

  SymbolFile(
      String source,
      Optional<String> banner,
      Optional<PdbId> pdb,
      KernelTypes types,
      KernelSymbols symbols) {
    this.source = source;
    this.banner = banner;
    this.pdb = pdb;
    this.types = types;
    this.symbols = symbols;
  }

  /**
   * Reads a file from its start to its end.
   *
   * @throws ImageException when it cannot be read or is no symbol file of a Linux or Windows kernel
   */
  public static SymbolFile read(Path file) throws ImageException {
    try (InputStream in = SideFile.open(file, MAX_BYTES)) {
      return new IsfReader(file.getFileName().toString()).read(in);
    } catch (JsonProcessingException e) {
      long offset = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
      throw new ImageException(
          file.toString(), offset, "no symbol file: " + firstLine(e.getOriginalMessage()));
    } catch (NoSuchFileException e) {
      throw new ImageException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw new ImageException(file.toString(), "can't be read: " + firstLine(e.getMessage()), e);
    }
  }

  private static String firstLine(String message) {
    return message == null ? "no reason given" : message.lines().findFirst().orElse("");
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public Optional<String> banner() {
    return banner;
  }

  @Override
  public Optional<PdbId> pdb() {
    return pdb;
  }

  @Override
  public KernelTypes types() {
    return types;
  }

  @Override
  public KernelSymbols linkedSymbols() {
    return symbols;
  }
}
