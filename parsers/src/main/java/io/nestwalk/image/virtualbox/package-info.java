/**
 * VirtualBox's saved states (.sav), version 2 of the SSM format: units of records, of which "pgm"
 * holds the memory's pages and "cpum" the registers. (Its ELF cores are in the ELF package.)
 *
 * <p>Pages are indexed where they stand; only what is read is decompressed. Facts from VirtualBox
 * 6.1's SSM.cpp, PGMSavedState.cpp and CPUM.cpp; for 7.x from other readers. Not checked on a real
 * file.
 */
package io.nestwalk.image.virtualbox;
