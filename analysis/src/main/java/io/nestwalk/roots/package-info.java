/**
 * Finding page-table roots, and saying how they were found.
 *
 * <p>Detectors for the {@linkplain io.nestwalk.survey survey} recognise a VMCB, a VMCS, a host-save
 * area or a page that could be an upper table; {@link io.nestwalk.roots.HierarchyExaminer} decides
 * whether what hangs below a candidate are page tables. Every root carries its {@link
 * io.nestwalk.roots.Evidence}. Which machine a root belongs to is decided in {@code
 * io.nestwalk.search}.
 */
package io.nestwalk.roots;
