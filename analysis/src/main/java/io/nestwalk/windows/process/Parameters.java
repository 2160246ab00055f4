package io.nestwalk.windows.process;

import io.nestwalk.image.Memory;
import io.nestwalk.types.Field;
import io.nestwalk.windows.kernel.Kernel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a process was started with, in its own memory: {@code _PEB.ProcessParameters}. The process
 * can change all of it.
 */
final class Parameters {

  private static final int MAX_ENVIRONMENT = 1 << 18;

  private final Kernel kernel;
  private final Optional<Field> parameters;
  private final Optional<Field> imagePath;
  private final Optional<Field> workingDirectory;
  private final Optional<Field> commandLine;
  private final Optional<Field> environment;
  private final Optional<Field> environmentSize;
  private final Optional<Field> session;

  Parameters(Kernel kernel) {
    this.kernel = kernel;
    String struct = "_RTL_USER_PROCESS_PARAMETERS";
    parameters = kernel.layout().findField("_PEB", "ProcessParameters");
    workingDirectory = kernel.layout().findField(struct, "CurrentDirectory.DosPath");
    imagePath = kernel.layout().findField(struct, "ImagePathName");
    commandLine = kernel.layout().findField(struct, "CommandLine");
    environment = kernel.layout().findField(struct, "Environment");
    environmentSize = kernel.layout().findField(struct, "EnvironmentSize");
    session = kernel.layout().findField("_PEB", "SessionId");
  }

  private long at(Memory user, long peb) {
    return parameters.isPresent() ? parameters.get().get(user, peb, 0) : 0;
  }

  Optional<String> commandLine(Memory user, long peb) {
    return text(commandLine, user, peb);
  }

  /** The path of the program, as the process has it. */
  Optional<String> imagePath(Memory user, long peb) {
    return text(imagePath, user, peb);
  }

  /** The folder that the process works in. */
  Optional<String> workingDirectory(Memory user, long peb) {
    return text(workingDirectory, user, peb);
  }

  private Optional<String> text(Optional<Field> member, Memory user, long peb) {
    long block = at(user, peb);
    return block == 0
        ? Optional.empty()
        : member.flatMap(field -> kernel.unicode(user, field.at(block)));
  }

  OptionalInt session(Memory user, long peb) {
    return session.isPresent() && user.isPresent(session.get().at(peb))
        ? OptionalInt.of((int) session.get().get(user, peb, 0))
        : OptionalInt.empty();
  }

  /** NAME=VALUE each, ended by an empty one. */
  List<String> environment(Memory user, long peb) {
    long block = at(user, peb);
    if (block == 0 || environment.isEmpty()) {
      return List.of();
    }
    long start = environment.get().get(user, block, 0);
    long size = environmentSize.map(field -> field.get(user, block, 0)).orElse(0L);
    int limit = (int) Math.min(size <= 0 ? MAX_ENVIRONMENT : size, MAX_ENVIRONMENT);
    byte[] bytes = start == 0 ? new byte[0] : user.readBytes(start, limit);
    String text = new String(bytes, 0, bytes.length & ~1, StandardCharsets.UTF_16LE);
    List<String> all = new ArrayList<>();
    for (int from = 0; from < text.length(); ) {
      int end = text.indexOf('\0', from);
      String each = text.substring(from, end < 0 ? text.length() : end);
      if (each.isEmpty()) {
        break;
      }
      all.add(each);
      from += each.length() + 1;
    }
    return all;
  }
}
