package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.linux.kernel.RedBlackTree;
import io.nestwalk.system.GuestModule;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Modules by three ways: the list, /sys (struct module_kobject) and the tree in which code is
 * looked up (struct mod_tree_root).
 */
final class HiddenModules implements Check {

  private static final int MOST = 1 << 14;
  private static final int MAX_NAME = 64;

  private static final String SYSFS = "/sys/module";
  private static final String TREE = "tree of code";

  @Override
  public String rule() {
    return "hidden-module";
  }

  @Override
  public String reason() {
    return "a module that is in one of the kernel's lists and not in another was taken out to hide"
        + " it";
  }

  @Override
  public void run(Inspection in) {
    Set<Long> listed =
        in.code().modules().keySet().stream().map(GuestModule::object).collect(Collectors.toSet());
    Map<Long, Set<String>> others = new LinkedHashMap<>();
    boolean sysfs = fromSysfs(in, others);
    boolean tree = fromTree(in, others);
    Field name = in.kernel().types().field("module", "name");
    others.forEach(
        (module, sources) -> {
          in.examined();
          if (!listed.contains(module)) {
            in.find(
                "module '%s' is not in the list, but in: %s"
                    .formatted(
                        in.kernel().text(name.at(module), MAX_NAME), String.join(", ", sources)),
                module);
          }
        });
    for (GuestModule module : in.code().modules().keySet()) {
      Set<String> sources = others.getOrDefault(module.object(), Set.of());
      if (sysfs && !sources.contains(SYSFS)) {
        in.find(
            "module '%s' is in the list, but not in %s".formatted(module.name(), SYSFS),
            module.object());
      }
      if (tree && !sources.contains(TREE)) {
        in.find(
            "module '%s' is in the list, but not in the %s".formatted(module.name(), TREE),
            module.object());
      }
    }
  }

  /** Whether the way could be gone. */
  private static boolean fromSysfs(Inspection in, Map<Long, Set<String>> found) {
    Kernel kernel = in.kernel();
    KernelTypes types = kernel.types();
    OptionalLong variable = kernel.symbols().address("module_kset");
    Optional<Field> list = types.findField("kset", "list");
    Optional<Field> entry = types.findField("kobject", "entry");
    Optional<StructLayout> holder = types.find("module_kobject");
    if (variable.isEmpty() || list.isEmpty() || entry.isEmpty() || holder.isEmpty()) {
      in.omit("/sys/module: the kernel has no symbol of it");
      return false;
    }
    Field object = holder.get().field("kobj");
    Field module = holder.get().field("mod");
    long set = kernel.pointer(variable.getAsLong());
    if (!kernel.isReadable(set)) {
      in.omit("/sys/module: nothing at 0x%x".formatted(set));
      return false;
    }
    boolean whole =
        new ListWalk(kernel)
            .circular(
                SYSFS,
                list.get().at(set),
                MOST,
                node -> {
                  long at = node - entry.get().offset() - object.offset();
                  long pointed = kernel.value(module, at);
                  // A part of the kernel that has parameters is there too, without a module.
                  if (kernel.isReadable(pointed)) {
                    found.computeIfAbsent(pointed, _ -> new TreeSet<>()).add(SYSFS);
                  }
                  return true;
                });
    return followed(in, SYSFS, whole);
  }

  private static boolean fromTree(Inspection in, Map<Long, Set<String>> found) {
    Kernel kernel = in.kernel();
    KernelTypes types = kernel.types();
    OptionalLong root = kernel.symbols().address("mod_tree");
    Optional<Field> tree = types.findField("mod_tree_root", "root.tree");
    Optional<Field> node = types.findField("mod_tree_node", "node");
    Optional<Field> module = types.findField("mod_tree_node", "mod");
    if (root.isEmpty() || tree.isEmpty() || node.isEmpty() || module.isEmpty()) {
      in.omit("the kernel has no tree of modules' code");
      return false;
    }
    boolean whole =
        new RedBlackTree(kernel)
            .forEach(
                TREE,
                tree.get().at(root.getAsLong(), 0),
                MOST,
                each -> {
                  long pointed = kernel.value(module.get(), each - node.get().offset());
                  if (kernel.isReadable(pointed)) {
                    found.computeIfAbsent(pointed, _ -> new TreeSet<>()).add(TREE);
                  }
                  return true;
                });
    return followed(in, TREE, whole);
  }

  private static boolean followed(Inspection in, String source, boolean whole) {
    if (whole) {
      in.examined();
    } else {
      in.omit("modules in %s: it can't be followed to its end".formatted(source));
    }
    return whole;
  }
}
