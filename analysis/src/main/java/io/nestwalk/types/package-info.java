/**
 * What a kernel's structures look like and what its symbols are, whatever told it: BTF found in
 * memory, a symbol file, a table of known builds.
 *
 * <p>Members are looked up by name, because structures change from version to version; a structure
 * or member that this kernel does not have is a {@link io.nestwalk.types.MissingTypeException} that
 * names it. Reading the formats themselves is the business of other packages.
 */
package io.nestwalk.types;
