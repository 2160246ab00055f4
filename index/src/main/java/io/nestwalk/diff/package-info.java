/**
 * What differs between two images of one machine.
 *
 * <p>{@code MachinePairs} finds which machine of the first is which of the second; {@code
 * ImageComparison} compares the rows that the answers of commands have of both, each kind of row by
 * the rule that {@code RowKind} has for it.
 */
package io.nestwalk.diff;
