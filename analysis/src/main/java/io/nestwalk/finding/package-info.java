/**
 * What an analyst should look at: one list of rules ({@link io.nestwalk.finding.Rule}) over layers,
 * processes and mappings, and for each machine which of them were examined and which could not be
 * ({@link io.nestwalk.finding.Examination}), so that a short list never passes for a clean machine.
 * Nothing here knows how findings are shown or stored.
 */
package io.nestwalk.finding;
