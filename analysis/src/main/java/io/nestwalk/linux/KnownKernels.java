package io.nestwalk.linux;

import io.nestwalk.types.KernelKnowledge;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What is known of kernels from outside the image, and which of it served a machine so far. */
final class KnownKernels {

  private final List<KernelKnowledge> all;
  private final Set<KernelKnowledge> used = new LinkedHashSet<>();
  private final Set<String> banners = new LinkedHashSet<>();

  KnownKernels(List<KernelKnowledge> all) {
    this.all = List.copyOf(all);
  }

  /** What may describe a kernel that holds these banners: none that names another. */
  List<KernelKnowledge> candidates(Findings findings) {
    return all.stream()
        .filter(
            each -> each.banner().isEmpty() || !findings.placesOf(each.banner().get()).isEmpty())
        .toList();
  }

  /** Notes that a kernel was recognised. */
  void recognised(String banner) {
    banners.add(banner);
  }

  /** Notes that a kernel is what {@code knowledge} describes. */
  void fits(KernelKnowledge knowledge) {
    used.add(knowledge);
  }

  /** What served no machine though kernels were recognised, a line each. */
  List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    for (KernelKnowledge each : all) {
      if (!used.contains(each) && !banners.isEmpty()) {
        warnings.add(
            "%s: not used; it is for '%s', but the kernels found are '%s'"
                .formatted(
                    each.source(),
                    each.banner().orElse("a kernel that it does not name"),
                    String.join("', '", banners)));
      }
    }
    return warnings;
  }
}
