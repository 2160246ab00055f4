/**
 * Symbol files: what the makers of a kernel's build tell of its structures and symbols.
 *
 * <p>{@link io.nestwalk.symbols.SymbolFile} reads the intermediate symbol format (ISF) of
 * Volatility 3, as dwarf2json writes it, into the forms in which {@code io.nestwalk.linux} asks for
 * types and symbols. Which machine a file is for, and how far its kernel moved, is decided there.
 */
package io.nestwalk.symbols;
