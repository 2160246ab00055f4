/**
 * Made-up memory for tests: page tables of every architecture, guests behind them, whole hosts.
 *
 * <p>What is written here is written from the processors' manuals by code of its own, which
 * remembers what it wrote: the oracle that walks are held against. So nothing here may use the
 * program's own notion of an entry (its address fields, grants and rules); only the names of modes
 * and faults are shared.
 */
package io.nestwalk.synthetic;
