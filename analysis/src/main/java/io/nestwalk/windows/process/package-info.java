/** Windows's processes: found through several lists that do not know of each other, and read. */
package io.nestwalk.windows.process;
