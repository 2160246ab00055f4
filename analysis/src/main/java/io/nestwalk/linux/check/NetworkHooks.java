package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Netfilter's hooks of every network namespace: struct nf_hook_entries. */
final class NetworkHooks implements Check {

  private static final List<String> FAMILIES =
      List.of("hooks_ipv4", "hooks_ipv6", "hooks_arp", "hooks_bridge");

  private static final int MOST_HOOKS = 1 << 10;

  private final Set<Long> namespaces;

  NetworkHooks(Set<Long> namespaces) {
    this.namespaces = new LinkedHashSet<>(namespaces);
  }

  @Override
  public String rule() {
    return "network-hooks";
  }

  @Override
  public String reason() {
    return "a hook of netfilter sees every packet before anybody else; it is a back door's ear";
  }

  @Override
  public void run(Inspection in) {
    Kernel kernel = in.kernel();
    KernelTypes types = kernel.types();
    Optional<Field> number = types.findField("nf_hook_entries", "num_hook_entries");
    Optional<Field> hooks = types.findField("nf_hook_entries", "hooks");
    Optional<Field> function = types.findField("nf_hook_entry", "hook");
    if (number.isEmpty() || hooks.isEmpty() || function.isEmpty()) {
      in.omit("the kernel does not tell how netfilter's hooks are kept");
      return;
    }
    if (namespaces.isEmpty()) {
      in.omit("no network namespace is known");
    }
    int stride = types.struct("nf_hook_entry").size();
    for (long net : namespaces) {
      for (String family : FAMILIES) {
        Optional<Field> lists = types.findField("net", "nf." + family);
        if (lists.isEmpty()) {
          continue;
        }
        for (int point = 0; point < lists.get().count(); point++) {
          long list = lists.get().at(net, point);
          if (!in.isThere(family, list)) {
            continue;
          }
          long entries = kernel.pointer(list);
          in.examined();
          if (entries == 0) {
            continue;
          }
          if (!kernel.isReadable(entries)) {
            in.omit("%s[%d]: nothing at 0x%x".formatted(family, point, entries));
            continue;
          }
          long count = Math.min(kernel.value(number.get(), entries), MOST_HOOKS);
          for (int i = 0; i < count; i++) {
            long entry = hooks.get().at(entries) + (long) i * stride;
            in.codePointer("%s[%d] hook %d".formatted(family, point, i), function.get().at(entry));
          }
        }
      }
    }
  }
}
