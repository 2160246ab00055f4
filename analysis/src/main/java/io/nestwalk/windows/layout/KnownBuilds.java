package io.nestwalk.windows.layout;

import io.nestwalk.image.Architecture;
import io.nestwalk.types.Field;
import io.nestwalk.types.PdbId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The builds that the program came with, read from resources whose own heads tell their form. */
public final class KnownBuilds {

  private static final List<String> RESOURCES =
      List.of("symbol-files.txt", "published.txt", "published-32-bit.txt", "published-arm64.txt");

  private static final int HEX = 16;

  /** Stands for the build that a build is like where it is like none that is known. */
  private static final String NOTHING = "-";

  private final List<KnownBuild> all;

  private KnownBuilds(List<KnownBuild> all) {
    this.all = List.copyOf(all);
  }

  /** Read once, when somebody first asks. */
  private static final class Installed {
    static final KnownBuilds BUILDS = new KnownBuilds(readAll());

    private static List<KnownBuild> readAll() {
      List<KnownBuild> builds = new ArrayList<>();
      for (String name : RESOURCES) {
        try (InputStream in = KnownBuilds.class.getResourceAsStream(name)) {
          if (in == null) {
            throw new IllegalStateException("the program lacks its resource " + name);
          }
          builds.addAll(new Reader(name, builds).read(in));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return builds;
    }
  }

  /** All that the program came with. */
  public static KnownBuilds installed() {
    return Installed.BUILDS;
  }

  /** These builds. */
  public static KnownBuilds of(List<KnownBuild> builds) {
    return new KnownBuilds(builds);
  }

  /** Every build. */
  public List<KnownBuild> all() {
    return all;
  }

  /**
   * The builds whose structures a kernel may have, the likeliest first: the very file's; those of
   * the same number; older ones, the newest first, for a kernel keeps its structures until a newer
   * one changes them; newer ones, the oldest first.
   *
   * @param build the number that the kernel or its shared data tell; 0 when neither does
   */
  public List<KnownBuild> candidates(Architecture architecture, int build, Optional<PdbId> pdb) {
    return all.stream()
        .filter(each -> each.architecture() == architecture)
        .sorted(
            Comparator.comparing((KnownBuild each) -> !isVery(each, pdb))
                .thenComparing(each -> each.build() > build)
                .thenComparingInt(each -> Math.abs(each.build() - build))
                .thenComparing(Comparator.comparingInt(KnownBuild::revision).reversed()))
        .toList();
  }

  private static boolean isVery(KnownBuild build, Optional<PdbId> pdb) {
    return pdb.isPresent() && build.pdb().filter(pdb.get()::matches).isPresent();
  }

  /** Reads one resource. What is wrong in it is the program's own fault. */
  private static final class Reader {
    private final String name;
    private final List<KnownBuild> known;
    private final List<KnownBuild> builds = new ArrayList<>();
    private final Map<String, Integer> sizes = new HashMap<>();
    private final Map<String, Map<String, TableTypes.Member>> members = new HashMap<>();
    private String[] head;
    private String struct;

    /**
     * Reads a resource.
     *
     * @param known the builds of those that were read before, which this one may build on
     */
    Reader(String name, List<KnownBuild> known) {
      this.name = name;
      this.known = List.copyOf(known);
    }

    List<KnownBuild> read(InputStream in) throws IOException {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        try {
          line(line);
        } catch (RuntimeException e) {
          throw new IllegalStateException("%s, line %d: %s".formatted(name, number, line), e);
        }
      }
      end();
      return builds;
    }

    private void line(String line) {
      String[] words = line.strip().split(" ");
      if (words[0].equals("build")) {
        end();
        head = words;
        if (words[3].equals("like")) {
          beginLike(words[4]);
        }
      } else if (line.startsWith("  -")) {
        members.get(struct).remove(words[0].substring(1));
      } else if (line.startsWith(" ")) {
        members.get(struct).put(words[0], member(words));
      } else if (line.startsWith("-")) {
        sizes.remove(words[0].substring(1));
        members.remove(words[0].substring(1));
      } else {
        struct = words[0];
        int size = Integer.parseInt(words[1], HEX);
        if (size != 0) {
          sizes.put(struct, size);
        }
        members.computeIfAbsent(struct, key -> new HashMap<>());
        if (words.length > 2 && words[2].equals("only")) {
          members.get(struct).clear();
        }
      }
    }

    private void beginLike(String build) {
      sizes.clear();
      members.clear();
      if (build.equals(NOTHING)) {
        return;
      }
      KnownBuild other =
          known.stream().filter(each -> each.toString().equals(build)).findFirst().orElseThrow();
      ((TableTypes) other.types())
          .structs()
          .forEach(
              (key, value) -> {
                sizes.put(key, value.size());
                members.put(key, new HashMap<>(value.members()));
              });
    }

    private static TableTypes.Member member(String[] words) {
      int offset = Integer.parseInt(words[1], HEX);
      int size = Integer.parseInt(words[2], HEX);
      int count = 1;
      int shift = 0;
      int bits = 0;
      Optional<String> struct = Optional.empty();
      for (int i = 3; i < words.length; i++) {
        String word = words[i];
        if (word.startsWith("x")) {
          count = Integer.parseInt(word.substring(1));
        } else if (word.startsWith("b")) {
          int dot = word.indexOf('.');
          shift = Integer.parseInt(word.substring(1, dot));
          bits = Integer.parseInt(word.substring(dot + 1));
        } else {
          struct = Optional.of(word);
        }
      }
      return new TableTypes.Member(new Field(offset, size, shift, bits, count), struct);
    }

    /** The build that ends here; the next one begins with what it has. */
    private void end() {
      if (head == null) {
        return;
      }
      String[] version = head[1].split("\\.", -1);
      Architecture architecture = architecture(head[2]);
      Optional<PdbId> pdb = head[3].equals("like") ? Optional.empty() : Optional.of(pdb(head[3]));
      Map<String, TableTypes.Struct> structs = new HashMap<>();
      members.forEach(
          (key, value) -> structs.put(key, new TableTypes.Struct(sizes.get(key), value)));
      int pointer = architecture == Architecture.X86 ? Integer.BYTES : Long.BYTES;
      builds.add(
          new KnownBuild(
              Integer.parseInt(version[0]),
              Integer.parseInt(version[1]),
              architecture,
              pdb,
              new TableTypes(pointer, structs)));
    }

    private static Architecture architecture(String word) {
      for (Architecture each : Architecture.values()) {
        if (each.toString().equals(word)) {
          return each;
        }
      }
      throw new IllegalArgumentException(word);
    }

    private static PdbId pdb(String word) {
      int dash = word.indexOf('-');
      return new PdbId("", word.substring(0, dash), Integer.parseInt(word.substring(dash + 1)));
    }
  }
}
