/** Portable executables as they stand in memory: headers, exports, the record that names a PDB. */
package io.nestwalk.windows.pe;
