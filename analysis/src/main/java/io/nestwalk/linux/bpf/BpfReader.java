package io.nestwalk.linux.bpf;

import io.nestwalk.image.AddressRange;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.linux.kernel.RadixTree;
import io.nestwalk.system.BpfMap;
import io.nestwalk.system.BpfObjects;
import io.nestwalk.system.BpfProgram;
import io.nestwalk.system.BpfProgram.Attachment;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import io.nestwalk.types.Symbol;
import io.nestwalk.wording.Count;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Reads {@code struct bpf_prog} and {@code struct bpf_map} (include/linux/bpf.h, filter.h) by their
 * numbers (prog_idr, map_idr) and by whatever else leads to them.
 */
final class BpfReader {

  private static final int MAX_OBJECTS = 1 << 16;
  private static final int MAX_LISTED = 1 << 10;
  private static final int MAX_FUNCTIONS = 1 << 8;

  /** BPF_TAG_SIZE, with room. */
  private static final int MAX_TAG = 1 << 5;

  /** Maps and helpers of all programs together. */
  private static final int MAX_LISTED_OF_ALL = 1 << 18;

  /** Of all programs together: a lie about a length must not cost more. */
  private static final long MAX_INSTRUCTIONS = 1 << 23;

  private static final int CHUNK = 1 << 12;

  // struct bpf_insn (include/uapi/linux/bpf.h): BPF_JMP | BPF_CALL; a source of 0 is a helper.
  private static final int INSTRUCTION = 8;
  private static final int CALL = 0x85;

  /** BPF_MAP_TYPE_ARRAY. */
  private static final int ARRAY = 2;

  private final Kernel kernel;
  private final KernelTypes types;
  private final Optional<Instant> bootTime;
  private final BpfPlaces places;
  private final StructLayout program;
  private final StructLayout aux;
  private final Set<String> missing = new LinkedHashSet<>();
  private final OptionalLong callBase;
  private long instructionsLeft = MAX_INSTRUCTIONS;
  private int listedLeft = MAX_LISTED_OF_ALL;

  /** Programs that lack instructions in memory. */
  private int unread;

  BpfReader(Kernel kernel, Optional<Instant> bootTime, BpfPlaces places) {
    this.kernel = kernel;
    this.bootTime = bootTime;
    this.places = places;
    types = kernel.types();
    program = types.struct("bpf_prog");
    aux = types.struct("bpf_prog_aux");
    callBase = kernel.symbols().address("__bpf_call_base");
  }

  /** The objects of an IDR, which is an xarray with a number more. */
  static Set<Long> numbered(Kernel kernel, String symbol, Set<String> missing) {
    OptionalLong table = kernel.symbols().address(symbol);
    if (table.isEmpty()) {
      missing.add("the kernel has no symbol " + symbol);
      return new LinkedHashSet<>();
    }
    return numberedAt(kernel, symbol, table.getAsLong(), missing);
  }

  /** The same of one that has no symbol. */
  static Set<Long> numberedAt(Kernel kernel, String name, long table, Set<String> missing) {
    Set<Long> objects = new LinkedHashSet<>();
    Optional<Field> tree = kernel.types().findField("idr", "idr_rt");
    if (tree.isEmpty()) {
      missing.add(name + ": the kernel does not tell what an idr is");
      return objects;
    }
    int[] entries = new int[1];
    List<Long> lost = new ArrayList<>();
    boolean whole =
        new RadixTree(kernel)
            .forEach(
                name,
                tree.get().at(table),
                object -> {
                  if (kernel.isReadable(object)) {
                    objects.add(object);
                  } else {
                    lost.add(object);
                  }
                  return ++entries[0] < MAX_OBJECTS;
                });
    if (!lost.isEmpty()) {
      missing.add(
          "%s: nothing where %s, the first to 0x%x"
              .formatted(
                  name, Count.of(lost.size(), "entry", "leads to", "lead to"), lost.getFirst()));
    }
    if (entries[0] >= MAX_OBJECTS) {
      missing.add("%s: cut off after %d entries".formatted(name, MAX_OBJECTS));
    }
    if (!whole) {
      missing.add(name + ": a part of the tree can't be read");
    }
    return objects;
  }

  BpfObjects read() {
    Set<Long> listed = numbered(kernel, "prog_idr", missing);
    boolean known = kernel.symbols().address("prog_idr").isPresent() && missing.isEmpty();
    Map<Long, Set<String>> sources = new LinkedHashMap<>();
    listed.forEach(each -> sources.computeIfAbsent(each, _ -> new TreeSet<>()).add("numbers"));
    code(sources);
    places
        .sources()
        .forEach(
            (each, where) -> {
              // Classic filters are programs too, without a number and without a place in lists.
              if (listed.contains(each) || kernel.value(aux.field("id"), auxOf(each)) != 0) {
                sources.computeIfAbsent(each, _ -> new TreeSet<>()).addAll(where);
              }
            });
    Map<Long, List<Integer>> users = new TreeMap<>();
    List<BpfProgram> programs = new ArrayList<>();
    sources.forEach(
        (each, seenBy) ->
            programs.add(read(each, known && !listed.contains(each), List.copyOf(seenBy), users)));
    programs.sort(Comparator.comparing(BpfProgram::hidden).thenComparingInt(BpfProgram::id));
    missing.addAll(places.missing());
    List<BpfMap> maps = maps(users);
    if (unread > 0) {
      missing.add(
          "instructions of %s are not all in memory".formatted(Count.of(unread, "program")));
    }
    if (instructionsLeft < 0) {
      missing.add("instructions of programs: too many in all");
    }
    if (listedLeft <= 0) {
      missing.add("maps and helpers of programs: too many in all");
    }
    return new BpfObjects(programs, maps, List.copyOf(missing));
  }

  private long auxOf(long each) {
    return kernel.value(program.field("aux"), each);
  }

  /** Programs by the list of compiled code, in which functions of programs stand too. */
  private void code(Map<Long, Set<String>> sources) {
    OptionalLong list = kernel.symbols().address("bpf_kallsyms");
    Optional<Field> link = aux.find("ksym.lnode");
    Optional<Field> isProgram = aux.find("ksym.prog");
    if (list.isEmpty() || link.isEmpty() || isProgram.isEmpty()) {
      missing.add("compiled programs: the kernel has no list of them");
      return;
    }
    Field back = aux.field("prog");
    Optional<Field> users = aux.find("refcnt.counter");
    boolean whole =
        new ListWalk(kernel)
            .circular(
                "bpf_kallsyms",
                list.getAsLong(),
                MAX_OBJECTS,
                node -> {
                  long own = node - link.get().offset();
                  long each = kernel.value(back, own);
                  boolean dying = users.isPresent() && kernel.value(users.get(), own) == 0;
                  if (kernel.value(isProgram.get(), own) != 0
                      && kernel.isReadable(each)
                      && auxOf(each) == own
                      && !functionsOf(own).contains(each)
                      && (!dying || sources.containsKey(each))) {
                    sources.computeIfAbsent(each, _ -> new TreeSet<>()).add("code");
                  }
                  return true;
                });
    if (!whole) {
      missing.add("compiled programs: the list of them can't be followed");
    }
  }

  /** The functions of a program that has several, each a struct bpf_prog of its own. */
  private List<Long> functionsOf(long own) {
    Optional<Field> array = aux.find("func");
    Optional<Field> count = aux.find("func_cnt");
    List<Long> functions = new ArrayList<>();
    if (array.isPresent() && count.isPresent()) {
      long at = kernel.value(array.get(), own);
      long number = Math.min(kernel.value(count.get(), own), MAX_FUNCTIONS);
      for (int i = 0; kernel.isReadable(at) && i < number; i++) {
        functions.add(kernel.pointer(at + (long) i * types.pointerSize()));
      }
    }
    return functions;
  }

  private BpfProgram read(
      long each, boolean hidden, List<String> seenBy, Map<Long, List<Integer>> users) {
    long own = auxOf(each);
    int id = (int) kernel.value(aux.field("id"), own);
    List<Integer> maps = new ArrayList<>();
    for (long map : mapsOf(own)) {
      maps.add((int) kernel.value(types.field("bpf_map", "id"), map));
      users.computeIfAbsent(map, _ -> new ArrayList<>()).add(id);
    }
    boolean compiled = kernel.value(program.field("jited"), each) != 0;
    Field length = program.field("jited_len");
    long bytes = compiled ? kernel.value(length, each) : 0;
    List<Long> functions = functionsOf(own);
    if (compiled && !functions.isEmpty()) {
      bytes = functions.stream().mapToLong(function -> kernel.value(length, function)).sum();
    }
    Optional<Field> start = aux.find("ksym.start");
    Optional<Field> time = aux.find("load_time");
    Field tag = program.field("tag");
    List<Attachment> attachments = new ArrayList<>(places.attachmentsOf(each));
    return new BpfProgram(
        id,
        BpfNames.program(kernel.value(program.field("type"), each)),
        text(aux.find("name"), own),
        HexFormat.of().formatHex(kernel.bytes(tag, each, MAX_TAG)),
        loader(own),
        time.flatMap(field -> bootTime.map(boot -> boot.plusNanos(kernel.value(field, own)))),
        kernel.value(program.field("len"), each),
        program.firstOf("insnsi", "insns").at(each),
        compiled ? compiled(functions.isEmpty() ? List.of(each) : functions) : List.of(),
        kernel.value(program.field("bpf_func"), each),
        compiled && start.isPresent() && kernel.value(start.get(), own) != 0
            ? OptionalLong.of(kernel.value(start.get(), own))
            : OptionalLong.empty(),
        bytes,
        helpers(each),
        maps,
        attachments,
        places.holdersOf(each),
        places.pinsOf(each),
        seenBy,
        hidden,
        each);
  }

  private List<AddressRange> compiled(List<Long> functions) {
    Field start = program.field("bpf_func");
    Field length = program.field("jited_len");
    return functions.stream()
        .filter(each -> kernel.isReadable(kernel.value(start, each)))
        .map(
            each ->
                new AddressRange(
                    kernel.value(start, each), Math.max(0, kernel.value(length, each))))
        .toList();
  }

  private String text(Optional<Field> field, long object) {
    return field.map(each -> kernel.text(each.at(object), each.size())).orElse("");
  }

  private OptionalInt loader(long own) {
    Optional<Field> user = aux.find("user");
    Optional<Field> uid = types.findField("user_struct", "uid");
    if (user.isEmpty() || uid.isEmpty()) {
      return OptionalInt.empty();
    }
    long at = kernel.value(user.get(), own);
    byte[] number = kernel.bytes(uid.get(), at, Integer.BYTES);
    // What is not in memory is not root.
    return kernel.isReadable(at) && number.length == Integer.BYTES
        ? OptionalInt.of(ByteBuffer.wrap(number).order(ByteOrder.LITTLE_ENDIAN).getInt())
        : OptionalInt.empty();
  }

  private List<Long> mapsOf(long own) {
    List<Long> maps = new ArrayList<>();
    long array = kernel.value(aux.field("used_maps"), own);
    long count = Math.min(kernel.value(aux.field("used_map_cnt"), own), MAX_LISTED);
    for (int i = 0; kernel.isReadable(array) && i < count && --listedLeft > 0; i++) {
      long map = kernel.pointer(array + (long) i * types.pointerSize());
      if (kernel.isReadable(map)) {
        maps.add(map);
      }
    }
    return maps;
  }

  /** The verifier leaves in a call how far the helper is from __bpf_call_base. */
  private List<BpfProgram.Helper> helpers(long each) {
    Set<Long> targets = new TreeSet<>(Long::compareUnsigned);
    if (callBase.isEmpty()) {
      return List.of();
    }
    long at = program.firstOf("insnsi", "insns").at(each);
    long count = kernel.value(program.field("len"), each);
    boolean whole = true;
    for (long i = 0; i < count && whole && targets.size() < MAX_LISTED; i += CHUNK / INSTRUCTION) {
      int part = (int) Math.min(count - i, CHUNK / INSTRUCTION);
      instructionsLeft -= part;
      if (instructionsLeft < 0) {
        break;
      }
      byte[] code = kernel.memory().readBytes(at + i * INSTRUCTION, part * INSTRUCTION);
      whole = code.length == part * INSTRUCTION;
      ByteBuffer numbers = ByteBuffer.wrap(code).order(ByteOrder.LITTLE_ENDIAN);
      for (int j = 0; j + INSTRUCTION <= code.length; j += INSTRUCTION) {
        if ((code[j] & 0xff) == CALL && (code[j + 1] & 0xf0) == 0) {
          targets.add(callBase.getAsLong() + numbers.getInt(j + 4));
        }
      }
    }
    unread += whole ? 0 : 1;
    int told = Math.clamp(listedLeft, 0, targets.size());
    listedLeft -= targets.size();
    return targets.stream()
        .limit(told)
        .map(
            target ->
                new BpfProgram.Helper(
                    kernel
                        .symbols()
                        .at(target)
                        .filter(symbol -> symbol.address() == target)
                        .map(Symbol::name),
                    target))
        .toList();
  }

  private List<BpfMap> maps(Map<Long, List<Integer>> users) {
    StructLayout map = types.struct("bpf_map");
    Optional<Field> values = types.findField("bpf_array", "value");
    Set<Long> objects = numbered(kernel, "map_idr", missing);
    objects.addAll(users.keySet());
    objects.addAll(places.maps());
    List<BpfMap> maps = new ArrayList<>();
    for (long each : objects) {
      maps.add(
          new BpfMap(
              (int) kernel.value(map.field("id"), each),
              BpfNames.map(kernel.value(map.field("map_type"), each)),
              text(map.find("name"), each),
              kernel.value(map.field("key_size"), each),
              kernel.value(map.field("value_size"), each),
              kernel.value(map.field("max_entries"), each),
              kernel.value(map.field("map_flags"), each),
              each,
              kernel.value(map.field("map_type"), each) == ARRAY && values.isPresent()
                  ? OptionalLong.of(values.get().at(each))
                  : OptionalLong.empty(),
              users.getOrDefault(each, List.of()),
              places.holdersOf(each),
              places.pinsOf(each)));
    }
    maps.sort(Comparator.comparingInt(BpfMap::id));
    return maps;
  }
}
