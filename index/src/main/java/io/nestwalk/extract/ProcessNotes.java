package io.nestwalk.extract;

import io.nestwalk.image.Architecture;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The notes of a process: {@code struct elf_prpsinfo} (include/uapi/linux/elfcore.h) and the list
 * of mapped files (fill_files_note in fs/binfmt_elf.c).
 */
final class ProcessNotes {

  private static final int NAME = 16;
  private static final int ARGUMENTS = 80;
  private static final String STATES = "RSDTZW";
  private static final long PAGE = 4096;

  private final boolean narrow;

  ProcessNotes(Architecture architecture) {
    narrow = architecture == Architecture.X86;
  }

  /** NT_PRPSINFO. */
  Note information(GuestProcess process) {
    ByteBuffer info = buffer(narrow ? 124 : 136);
    Map<String, Object> traits = process.traits().values();
    char state =
        traits.get("state") instanceof String letter && !letter.isEmpty() ? letter.charAt(0) : 'S';
    info.put((byte) Math.max(0, STATES.indexOf(state)));
    info.put((byte) state);
    info.put((byte) (state == 'Z' ? 1 : 0));
    info.put((byte) 0);
    int user = traits.get("uid") instanceof Long id ? id.intValue() : 0;
    if (narrow) {
      info.putInt(0).putShort((short) user).putShort((short) 0);
    } else {
      info.position(16);
      info.putInt(user).putInt(0);
    }
    info.putInt(process.pid()).putInt(process.ppid()).putInt(0).putInt(0);
    int text = info.position();
    info.put(cut(process.name(), NAME));
    info.position(text + NAME);
    info.put(cut(process.commandLine().orElse(process.name()), ARGUMENTS));
    return new Note(Note.CORE, Note.NT_PRPSINFO, info);
  }

  /** NT_FILE: the mappings of files. */
  Note files(List<GuestMapping> mappings) {
    List<GuestMapping> files =
        mappings.stream()
            .filter(m -> m.kind() == GuestMapping.Kind.FILE && m.path().isPresent())
            .toList();
    List<byte[]> paths =
        files.stream().map(m -> m.path().get().getBytes(StandardCharsets.UTF_8)).toList();
    int word = narrow ? Integer.BYTES : Long.BYTES;
    int names = paths.stream().mapToInt(path -> path.length + 1).sum();
    ByteBuffer note = buffer(word * (2 + 3 * files.size()) + names);
    word(note, files.size());
    word(note, PAGE);
    for (GuestMapping file : files) {
      word(note, file.start());
      word(note, file.end());
      word(note, file.offset() / PAGE);
    }
    paths.forEach(path -> note.put(path).put((byte) 0));
    return new Note(Note.CORE, Note.NT_FILE, note);
  }

  private void word(ByteBuffer out, long value) {
    if (narrow) {
      out.putInt((int) value);
    } else {
      out.putLong(value);
    }
  }

  private static byte[] cut(String text, int size) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return Arrays.copyOf(bytes, Math.min(bytes.length, size - 1));
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
