/**
 * Where the members of the Windows kernel's structures stand, and how that is known: from a symbol
 * file of the very build, from a table of known builds that was verified on the structures
 * themselves, or deduced from them. Whoever reads structures asks one {@link
 * io.nestwalk.windows.layout.Layout} and does not know which of these told.
 */
package io.nestwalk.windows.layout;
