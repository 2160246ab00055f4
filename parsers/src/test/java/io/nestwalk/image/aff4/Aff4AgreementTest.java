package io.nestwalk.image.aff4;

import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.TestMachine;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

class Aff4AgreementTest extends FormatAgreementTest {

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("memory.aff4");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      new Aff4Writer("https://www.ietf.org/rfc/rfc1950.txt", 32 << 10, false)
          .write(machine.memory(), out);
    }
    return file;
  }

  @Override
  protected String format() {
    return "aff4";
  }

  @Override
  protected Set<String> registers() {
    return Set.of();
  }
}
