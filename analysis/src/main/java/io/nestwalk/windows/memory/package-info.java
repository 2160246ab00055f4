/**
 * What a Windows process's memory is made of: the tree of its mappings, the sections and files
 * behind them, and the pages that the hardware does not map but the system still knows.
 */
package io.nestwalk.windows.memory;
