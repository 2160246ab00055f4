/**
 * What an answer looks like: one class per subject turns what the analysis knows into JSON nodes.
 * Commands, index, reports and servers use these and nothing else, so that a thing has the same
 * keys and values wherever it is shown.
 */
package io.nestwalk.answer;
