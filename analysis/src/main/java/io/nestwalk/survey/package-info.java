/**
 * One pass over physical memory, in parallel, that shows each page once to everybody who looks for
 * something.
 *
 * <p>Nothing else scans the whole image. What is known to be zeros (a hole in the file, a page that
 * the dump left out) is counted and not read. A {@link io.nestwalk.survey.PageDetector} recognises
 * one kind of page (a VMCS, a table, a kernel's banner); what its finds mean is decided elsewhere.
 */
package io.nestwalk.survey;
