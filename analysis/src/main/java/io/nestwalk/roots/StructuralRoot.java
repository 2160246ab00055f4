package io.nestwalk.roots;

/**
 * A root that was found by the form of its tables alone.
 *
 * @param root the root
 * @param userHalf whether it maps the lower half of the address space
 * @param kernelHalf whether it maps the upper half, where kernels live
 * @param user whether each of its entries allows user mode, as nested tables must
 * @param mappedBytes how many bytes of memory its pages have
 */
public record StructuralRoot(
    Root root, boolean userHalf, boolean kernelHalf, boolean user, long mappedBytes) {

  /** Whether it has the form of AMD nested tables: guest-physical addresses have no upper half. */
  public boolean couldBeNested() {
    return userHalf && !kernelHalf && user;
  }
}
