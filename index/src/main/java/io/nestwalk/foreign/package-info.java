/** Shared libraries of the system's, which are used where they are. */
package io.nestwalk.foreign;
