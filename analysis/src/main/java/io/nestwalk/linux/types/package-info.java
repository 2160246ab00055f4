/**
 * What a kernel's structures look like, whatever told it: BTF found in memory or a symbol file.
 *
 * <p>Members are looked up by name, because structures change from version to version; a structure
 * or member that this kernel does not have is a {@link
 * io.nestwalk.linux.types.MissingTypeException} that names it. Reading the formats themselves is
 * the business of other packages.
 */
package io.nestwalk.linux.types;
