package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.index.AnalyzedImage;
import io.nestwalk.session.CaseOptions;
import io.nestwalk.survey.SurveyStore;
import io.nestwalk.symbols.SymbolFile;
import io.nestwalk.system.GuestSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How images are opened. */
class OpeningOptions {

  private static final String PAGE_FILE = "raw";

  @Option(
      names = "--meta",
      paramLabel = "FILE",
      description =
          "a side file of the image that is not found beside it: VMware's .vmss or .vmsn,"
              + " Firecracker's state file, Cloud Hypervisor's state.json, QEMU's stream of a"
              + " machine whose memory is in a file")
  private Path meta;

  @Option(
      names = "--input-format",
      paramLabel = "F",
      converter = FormatName.class,
      completionCandidates = FormatNames.class,
      description = "read the image as this format instead of finding out")
  private String inputFormat;

  @Option(
      names = "--base",
      paramLabel = "ADDRESS",
      converter = AddressConverter.class,
      description = "the physical address of a raw image's first byte")
  private Long base;

  @Option(
      names = "--hole",
      paramLabel = "START-END",
      converter = HoleConverter.class,
      description =
          "addresses without memory that a raw image leaves out, such as 3G-4G or"
              + " 0xc0000000-0x100000000: what follows its start in the file belongs behind its"
              + " end; more than once for several (default: none, or what the page tables show)")
  private List<AddressRange> holes = List.of();

  @Option(
      names = "--snapshot",
      paramLabel = "NAME",
      description =
          "the snapshot to read, by its name or id, where a file holds several (qcow2; default: the"
              + " newest; info lists them)")
  private String snapshot;

  @Option(
      names = "--max-unpacked",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description =
          "refuse a compressed image that unpacks to more; bytes, or with K, M, G or T (default:"
              + " 1T)")
  private long maxUnpacked = OpenOptions.DEFAULT_MAX_UNPACKED_BYTES;

  @Option(
      names = "--max-decoder-memory",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description =
          "refuse a compressed image whose decoder needs more memory (default: 256M; xz and 7z"
              + " never get more than a third of the heap)")
  private long maxDecoderMemory = OpenOptions.DEFAULT_MAX_DECODER_BYTES;

  @Option(
      names = "--symbols",
      paramLabel = "FILE",
      description =
          "a symbol file of Volatility 3 (.json, .json.xz ...): used for the machines whose kernel"
              + " it is for, where the kernel's own types and symbols are missing; may be given"
              + " several times")
  private List<Path> symbols = List.of();

  @Option(
      names = "--pagefile",
      paramLabel = "FILE",
      description =
          "a page file of the machine (Windows: pagefile.sys, then swapfile.sys): pages of"
              + " processes that stand in it are read; given several times, in the order of their"
              + " numbers")
  private List<Path> pageFiles = List.of();

  @Option(
      names = "--no-cache",
      description =
          "survey the image anew, and do not remember what is found in the user's cache folder")
  private boolean noCache;

  /**
   * Opens as an analysis was told to what the user says nothing about.
   *
   * @throws ImageException when what was noted then can't be read
   */
  final void fillIn(AnalyzedImage analyzed) throws ImageException {
    try {
      fillIn(analyzed.settings());
    } catch (TypeConversionException | InvalidPathException e) {
      throw new ImageException(
          "folder",
          "%s: its manifest can't be read; run the analysis again".formatted(analyzed.folder()),
          e);
    }
  }

  /** Takes what {@link #settings} noted. */
  private void fillIn(JsonNode settings) {
    if (meta == null && settings.hasNonNull("meta")) {
      meta = Path.of(settings.path("meta").asText());
    }
    if (inputFormat == null) {
      inputFormat = settings.path("inputFormat").asText(null);
    }
    if (base == null && settings.hasNonNull("base")) {
      base = AddressConverter.parse(settings.path("base").asText());
    }
    if (holes.isEmpty()) {
      holes =
          Stream.of(settings.path("hole").asText("").split(",", -1))
              .filter(hole -> !hole.isEmpty())
              .map(hole -> new HoleConverter().convert(hole.replace("..", "-")))
              .toList();
    }
    if (snapshot == null) {
      snapshot = settings.path("snapshot").asText(null);
    }
    if (symbols.isEmpty()) {
      symbols = paths(settings.path("symbols"));
    }
    if (pageFiles.isEmpty()) {
      pageFiles = paths(settings.path("pagefiles"));
    }
  }

  private static List<Path> paths(JsonNode array) {
    List<Path> paths = new ArrayList<>();
    array.forEach(each -> paths.add(Path.of(each.asText())));
    return paths;
  }

  /** The formats that can be read, for completion. */
  private static final class FormatNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return MemoryImages.formatNames().iterator();
    }
  }

  /** A format that can be read. */
  private static final class FormatName implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (!MemoryImages.formatNames().contains(text)) {
        throw new TypeConversionException(
            "'%s' is no format; known are %s"
                .formatted(Printable.of(text), String.join(", ", MemoryImages.formatNames())));
      }
      return text;
    }
  }

  /** What the user said about how to open the image, for the record. */
  final ObjectNode settings() {
    ObjectNode settings = Json.object();
    settings.put("meta", meta == null ? null : absolute(meta));
    settings.put("inputFormat", inputFormat);
    settings.put("base", base == null ? null : Hex.of(base));
    if (!holes.isEmpty()) {
      settings.put(
          "hole", holes.stream().map(AddressRange::toString).collect(Collectors.joining(",")));
    }
    settings.put("snapshot", snapshot);
    ArrayNode files = settings.putArray("symbols");
    symbols.forEach(file -> files.add(absolute(file)));
    if (!pageFiles.isEmpty()) {
      ArrayNode swapped = settings.putArray("pagefiles");
      pageFiles.forEach(file -> swapped.add(absolute(file)));
    }
    return settings;
  }

  /** A name that means the same file from every folder. */
  private static String absolute(Path file) {
    return file.toAbsolutePath().normalize().toString();
  }

  /** Whether what was seen of the image before may be used. */
  final boolean remembers() {
    return !noCache;
  }

  /** How the image is opened. */
  final CaseOptions toOpen(Progress progress) throws ImageException {
    return new CaseOptions(open(progress), systems(), !noCache, SurveyStore.NONE);
  }

  /** The files that are never written to: those that the image is read from. */
  final List<Path> evidence(Session session) {
    List<Path> files = new ArrayList<>(session.image().files());
    files.addAll(session.image().file().sources());
    if (meta != null) {
      files.add(meta);
    }
    files.addAll(symbols);
    files.addAll(pageFiles);
    return files;
  }

  /** What recognises operating systems, with what the symbol files tell. */
  final GuestSystems systems() throws ImageException {
    List<SymbolFile> read = new ArrayList<>();
    for (Path file : symbols) {
      read.add(SymbolFile.read(file));
    }
    GuestSystems installed = GuestSystems.installed();
    GuestSystems knowing = read.isEmpty() ? installed : installed.knowing(read);
    List<Memory> pages = new ArrayList<>();
    for (Path file : pageFiles) {
      // Read as long as the program runs: a page file is a file of pages, whatever it begins with.
      pages.add(
          MemoryImages.open(file, OpenOptions.defaults().withInputFormat(PAGE_FILE)).memory());
    }
    return pages.isEmpty() ? knowing : knowing.withPageFiles(pages);
  }

  final OpenOptions open(Progress progress) {
    return new OpenOptions(
        Optional.ofNullable(inputFormat),
        base == null ? OptionalLong.empty() : OptionalLong.of(base),
        holes.stream().sorted(Comparator.comparingLong(AddressRange::start)).toList(),
        Optional.ofNullable(meta),
        Optional.ofNullable(snapshot),
        maxUnpacked,
        maxDecoderMemory,
        progress);
  }
}
