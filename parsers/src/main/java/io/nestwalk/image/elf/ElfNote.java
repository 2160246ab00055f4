package io.nestwalk.image.elf;

/**
 * A note: a name, a type and where its descriptor stands in the file. The descriptor lies within
 * the file.
 *
 * @param name the owner, without the closing NUL
 * @param type what the owner calls this kind of note
 * @param offset file offset of the descriptor
 * @param size the descriptor's length in bytes
 */
record ElfNote(String name, long type, long offset, long size) {

  /** What the note is about. */
  NoteKind kind() {
    return NoteKind.of(name, type);
  }
}
