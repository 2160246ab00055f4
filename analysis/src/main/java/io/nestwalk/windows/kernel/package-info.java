/**
 * The Windows kernel in a machine's memory: where its image is mapped, which build it is, what its
 * structures look like, and how its memory and lists are read although they may lie.
 */
package io.nestwalk.windows.kernel;
