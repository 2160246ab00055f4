package io.nestwalk.index;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.answer.Json;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machines;
import io.nestwalk.search.MachineFinder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A real image, its machines and the truth about it. Opened once for all tests.
 *
 * @param path where it lies
 * @param image the image
 * @param machines its machines
 * @param truth what was read inside the running machines
 */
public record RealAnalysis(Path path, MemoryImage image, Machines machines, JsonNode truth) {

  private static final int THREADS = 2;
  private static final Map<String, RealAnalysis> OPEN = new ConcurrentHashMap<>();

  /** The image of that name ("kvm-npt"); the test is skipped where it is not there. */
  public static RealAnalysis get(String name) {
    Path folder = Path.of(System.getProperty("nestwalk.images", "../../shared/images"));
    Path truth = folder.resolve(name + ".truth.json");
    assumeTrue(
        Files.exists(truth),
        () -> "the folder of real images is not there: -Dnestwalk.images=DIR; looked for " + truth);
    return OPEN.computeIfAbsent(name, n -> open(folder, truth));
  }

  private static RealAnalysis open(Path folder, Path truthFile) {
    try {
      JsonNode truth = Json.MAPPER.readTree(truthFile.toFile());
      Path path = folder.resolve(truth.path("image").asText());
      MemoryImage image = MemoryImages.open(path, OpenOptions.defaults());
      return new RealAnalysis(
          path, image, MachineFinder.find(image, THREADS, Progress.NONE), truth);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ImageException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A folder with the image's index. */
  public AnalysisFolder indexed(Path folder) throws IOException {
    AnalysisFolder made =
        AnalysisFolder.prepare(
            folder,
            AnalysisFolder.Choice.NAMED,
            ImageIdentity.of(path, List.of(path)),
            Json.object(),
            "test");
    if (!made.isDone(AnalysisFolder.INDEX_STAGE)) {
      try {
        Indexing.run(made, image, machines, Progress.NONE);
      } catch (ImageException e) {
        throw new IllegalStateException(e);
      }
    }
    return made;
  }

  /** The truth of a machine. */
  public JsonNode machine(String id) {
    return truth.path("machines").path(id);
  }

  /** The host-physical address of a machine's physical address, by the truth. */
  public long hostOf(String id, long physical) {
    if (id.equals("host")) {
      return physical;
    }
    for (JsonNode run : machine(id).path("ram")) {
      long offset = physical - number(run.get(0));
      if (offset >= 0 && offset < run.get(2).asLong() << 12) {
        return number(run.get(1)) + offset;
      }
    }
    throw new IllegalStateException("0x%x is no RAM of %s".formatted(physical, id));
  }

  /** An address of the truth. */
  public static long number(JsonNode address) {
    return Long.parseUnsignedLong(address.asText().substring(2), 16);
  }
}
