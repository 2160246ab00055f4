package io.nestwalk.windows;

import io.nestwalk.system.Traits;
import io.nestwalk.types.PdbId;
import io.nestwalk.windows.kernel.DebuggerBlock;
import io.nestwalk.windows.kernel.NamedImage;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * What Windows alone tells of its kernel.
 *
 * @param build the kernel's number
 * @param shownBuild the number that the system shows, where that is another (19045 of 19041)
 * @param revision its update's number
 * @param buildLab where and when the kernel was built
 * @param systemRoot the folder of the system
 * @param systemTime when the image was taken, by the machine's clock
 * @param pdb names the very build of the kernel
 * @param secureKernel the kernel of virtual trust level 1, where it is in memory
 * @param debuggerBlock looks for the block that the kernel keeps for debuggers
 */
record WindowsFacts(
    int build,
    OptionalInt shownBuild,
    OptionalInt revision,
    Optional<String> buildLab,
    Optional<String> systemRoot,
    Optional<Instant> systemTime,
    Optional<PdbId> pdb,
    Optional<NamedImage> secureKernel,
    Supplier<Optional<DebuggerBlock>> debuggerBlock)
    implements Traits {

  /** The system's name in answers. */
  static final String NAME = "Windows";

  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    if (build != 0) {
      values.put("build", build);
    }
    shownBuild.ifPresent(number -> values.put("shownBuild", number));
    revision.ifPresent(number -> values.put("revision", number));
    buildLab.ifPresent(text -> values.put("buildLab", text));
    systemRoot.ifPresent(text -> values.put("systemRoot", text));
    systemTime.ifPresent(time -> values.put("systemTime", time.toString()));
    pdb.ifPresent(id -> values.put("pdb", pdb(id)));
    secureKernel.ifPresent(image -> values.put("secureKernel", image(image)));
    debuggerBlock.get().ifPresent(block -> values.put("debuggerBlock", block(block)));
    return values;
  }

  private static Map<String, Object> image(NamedImage image) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", image.name());
    image.version().ifPresent(version -> values.put("version", version));
    values.put("base", hex(image.base()));
    values.put("physical", hex(image.physical()));
    values.put("size", image.size());
    values.put("root", hex(image.root()));
    image.pdb().ifPresent(id -> values.put("pdb", pdb(id)));
    return values;
  }

  private static Map<String, Object> block(DebuggerBlock block) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("address", hex(block.address()));
    values.put("size", block.size());
    values.put("encoded", block.encoded());
    values.put("loadedModuleList", hex(block.modules()));
    values.put("activeProcessHead", hex(block.processes()));
    return values;
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private static Map<String, Object> pdb(PdbId id) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("name", id.name());
    values.put("guid", id.guid());
    values.put("age", id.age());
    return values;
  }
}
