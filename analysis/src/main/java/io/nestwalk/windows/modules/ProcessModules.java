package io.nestwalk.windows.modules;

import io.nestwalk.image.Memory;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.windows.kernel.Kernel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a process has loaded, as the lists of its own loaders have it: the process can change them.
 *
 * @param modules in the order in which they were loaded, those of the 32-bit loader last: the
 *     program of a 32-bit process is in both
 * @param whole whether every list was there and led back to its head: what is not in them is not
 *     listed
 */
public record ProcessModules(List<GuestModule> modules, boolean whole) {

  private static final List<String> ORDERS = List.of("load", "memory", "initialization");

  /** Of a process whose lists are not there. */
  public static final ProcessModules NONE = new ProcessModules(List.of(), false);

  /** Copies the list. */
  public ProcessModules {
    modules = List.copyOf(modules);
  }

  /**
   * Reads the lists of a process.
   *
   * @param what the process, for warnings
   * @param memory its virtual memory
   * @param peb address of its {@code _PEB}
   * @param peb32 address of its {@code _PEB32}, 0 for none
   */
  public static ProcessModules of(Kernel kernel, String what, Memory memory, long peb, long peb32) {
    List<GuestModule> found = new ArrayList<>();
    LoaderForm own = kernel.isWide() ? LoaderForm.WIDE : LoaderForm.NARROW;
    boolean whole = read(kernel, what, memory, own, peb, found);
    if (peb32 != 0) {
      whole &= read(kernel, what, memory, LoaderForm.NARROW, peb32, found);
    }
    return new ProcessModules(found, whole);
  }

  /**
   * Marks the images that no list has. Where a list is not whole, none is marked: they may be in
   * what is missing.
   */
  public List<GuestMapping> marked(List<GuestMapping> mappings) {
    if (!whole) {
      return mappings;
    }
    Set<Long> listed = modules.stream().map(GuestModule::base).collect(Collectors.toSet());
    return mappings.stream()
        .map(
            mapping ->
                mapping.kind() == GuestMapping.Kind.IMAGE && !listed.contains(mapping.start())
                    ? mapping.with(GuestMapping.Flag.UNLISTED_MODULE)
                    : mapping)
        .toList();
  }

  private static boolean read(
      Kernel kernel, String what, Memory memory, LoaderForm form, long peb, List<GuestModule> all) {
    Map<Long, GuestModule> found = new LinkedHashMap<>();
    long loader = form.pointer(memory, peb + form.loader());
    if (loader == 0 || !memory.isPresent(loader)) {
      return false;
    }
    LoaderList list = new LoaderList(memory, form, kernel.warnings(), found);
    boolean whole = true;
    for (int i = 0; i < ORDERS.size(); i++) {
      long head = loader + form.heads().get(i);
      // Before its first module is initialized, a process has no list of that.
      if (form.pointer(memory, head) != 0) {
        whole &=
            list.read(
                "%s: modules in %s order".formatted(what, ORDERS.get(i)),
                head,
                form.links().get(i));
      }
    }
    all.addAll(found.values());
    return whole;
  }
}
