/**
 * What hypervisors tell the hardware and it tells them, field by field: VMCS, VMCB, host-save areas
 * and control registers, decoded for people. Structures are those that the search for machines
 * accepted; nothing is looked for here.
 */
package io.nestwalk.control;
