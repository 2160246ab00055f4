package io.nestwalk.types;

import java.util.Locale;

/**
 * Which build of a Windows file its symbols are for: what the linker wrote into the file's CodeView
 * record and into its PDB.
 *
 * @param name of the PDB: "ntkrnlmp.pdb"
 * @param guid 32 upper-case hexadecimal digits in the order in which GUIDs are printed
 * @param age how often the PDB was written
 */
public record PdbId(String name, String guid, int age) {

  /** Whether both name the same build; the name may differ, the GUID is unique. */
  public boolean matches(PdbId other) {
    return age == other.age && guid.equalsIgnoreCase(other.guid);
  }

  /** As symbol files are called: "ntkrnlmp.pdb 5278AFF8...-1". */
  @Override
  public String toString() {
    return "%s %s-%d".formatted(name, guid.toUpperCase(Locale.ROOT), age);
  }
}
