package io.nestwalk.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.image.ImageException;
import io.nestwalk.output.OutputException;
import io.nestwalk.output.PrivateFiles;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * A file that keeps what a command said about each of several images, so that one that was
 * interrupted goes on. A line for each, behind one that says which command it is: one that is cut
 * off is as none. What failed is not kept.
 */
final class AnsweredImages implements AutoCloseable {

  /** Keeps nothing. */
  static final AnsweredImages NONE = new AnsweredImages(null, null, Map.of());

  private static final String COMMAND = "command";
  private static final String IDENTITY = "identity";

  /** The first line is no longer than this. */
  private static final int MOST_HEADER = 1 << 16;

  private final Path file;
  private final FileChannel channel;
  private final Map<String, ObjectNode> known;
  private int reused;
  private OutputException lost;

  private AnsweredImages(Path file, FileChannel channel, Map<String, ObjectNode> known) {
    this.file = file;
    this.channel = channel;
    this.known = known;
  }

  /** What tells an image from another. */
  @FunctionalInterface
  interface Identity {
    /** Of an image as it is now. */
    String of(Path image) throws ImageException;
  }

  /**
   * Opens the file, or makes it.
   *
   * @param command what is asked, and with {@code asked} of the images; of another one nothing is
   *     taken
   * @throws ParameterException when it is something else than such a file of this command
   * @throws OutputException when it can't be written
   */
  static AnsweredImages open(Path file, ParseResult command, String asked, String version)
      throws OutputException {
    CommandLine line = command.commandSpec().commandLine();
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new ParameterException(line, "--resume: %s is no regular file".formatted(file));
    }
    ObjectNode header = header(command, asked, version);
    FileChannel channel = null;
    try {
      channel =
          FileChannel.open(
              file,
              Set.<OpenOption>of(
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.CREATE,
                  LinkOption.NOFOLLOW_LINKS),
              PrivateFiles.fileAttributes(file.toAbsolutePath().getParent()));
      if (channel.tryLock() == null) {
        throw new ParameterException(line, "--resume: %s is in use".formatted(file));
      }
      Map<String, ObjectNode> known = read(file, channel, header, line);
      return new AnsweredImages(file, channel, known);
    } catch (IOException e) {
      close(channel);
      throw OutputException.of(file, 1, 0, e);
    } catch (OverlappingFileLockException e) {
      close(channel);
      throw new ParameterException(line, "--resume: %s is in use".formatted(file), e);
    } catch (RuntimeException e) {
      close(channel);
      throw e;
    }
  }

  private static void close(FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads what is whole, and leaves the channel behind it. */
  private static Map<String, ObjectNode> read(
      Path file, FileChannel channel, ObjectNode header, CommandLine line) throws IOException {
    Map<String, ObjectNode> known = new HashMap<>();
    if (channel.size() == 0) {
      append(channel, header);
      return known;
    }
    Lines lines = new Lines(channel);
    String begin = lines.next(MOST_HEADER);
    if (begin == null && isBeginOf(channel, Json.line(header))) {
      channel.truncate(0);
      append(channel, header);
      return known;
    }
    JsonNode first = parsed(begin);
    if (!first.equals(header)) {
      throw new ParameterException(
          line,
          "--resume: %s %s; name another file"
              .formatted(
                  file,
                  first.has(COMMAND)
                      ? "has the answers of another command line, or of other files or another"
                          + " version"
                      : "is no file of --resume"));
    }
    long whole = lines.position();
    for (String text = lines.next(Integer.MAX_VALUE);
        text != null;
        text = lines.next(Integer.MAX_VALUE)) {
      if (parsed(text) instanceof ObjectNode outcome) {
        known.put(outcome.path("image").asText(), outcome);
        whole = lines.position();
      } else {
        break;
      }
    }
    channel.truncate(whole);
    channel.position(whole);
    return known;
  }

  /** Whether a run of this command line ended while it wrote its first line. */
  private static boolean isBeginOf(FileChannel channel, String line) throws IOException {
    byte[] whole = line.getBytes(StandardCharsets.UTF_8);
    if (channel.size() > whole.length) {
      return false;
    }
    ByteBuffer begin = ByteBuffer.allocate((int) channel.size());
    channel.position(0);
    while (begin.hasRemaining() && channel.read(begin) >= 0) {
      // Until all of it is there.
    }
    return begin.flip().equals(ByteBuffer.wrap(whole, 0, begin.limit()));
  }

  private static JsonNode parsed(String text) {
    try {
      return text == null ? Json.object() : Json.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      return Json.MAPPER.missingNode();
    }
  }

  /** The command without its images, and which files it reads beside them. */
  private static ObjectNode header(ParseResult command, String asked, String version) {
    Set<String> words = new TreeSet<>();
    for (ArgSpec each : command.matchedArgs()) {
      if (isOfImages(each)) {
        continue;
      }
      String name =
          switch (each) {
            case OptionSpec option -> option.longestName();
            case PositionalParamSpec positional -> positional.index().toString();
            default -> "";
          };
      StringBuilder word = new StringBuilder(name).append('=').append(each.originalStringValues());
      if (Path.class.isAssignableFrom(each.auxiliaryTypes()[0]) || each.type() == Path.class) {
        each.stringValues().forEach(file -> word.append(' ').append(state(Path.of(file))));
      }
      words.add(word.toString());
    }
    ObjectNode header = Json.object();
    header.put("nestwalk", version);
    header.put(COMMAND, command.commandSpec().name());
    header.put("asked", asked);
    words.forEach(header.putArray("options")::add);
    return header;
  }

  /** What tells whether a file has changed, in short. */
  static String state(Path file) {
    try {
      return Files.size(file) + "@" + Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return "-";
    }
  }

  /** Whether an argument only names the images, or says how several are worked on or shown. */
  private static boolean isOfImages(ArgSpec each) {
    if (each instanceof OptionSpec option && option.longestName().equals(Nestwalk.NO_PAGER)) {
      return true;
    }
    return each.userObject() instanceof Field field
        && (field.getDeclaringClass() == SeveralOptions.class
            || Several.class.isAssignableFrom(field.getDeclaringClass()));
  }

  /**
   * What is kept of an image, else what is found now; that is kept then.
   *
   * @param identity of the image now
   * @param find asks the image
   */
  ImageOutcome orElse(Path image, Identity identity, Supplier<ImageOutcome> find) {
    if (channel == null) {
      return find.get();
    }
    Optional<String> now = identity(image, identity);
    Optional<ImageOutcome> before = now.flatMap(each -> known(image, each));
    if (before.isPresent()) {
      return before.get();
    }
    ImageOutcome outcome = find.get();
    if (outcome.isLasting() && now.equals(identity(image, identity)) && now.isPresent()) {
      keep(outcome.json().put(IDENTITY, now.get()));
    }
    return outcome;
  }

  private static Optional<String> identity(Path image, Identity identity) {
    try {
      return Optional.of(identity.of(image));
    } catch (ImageException e) {
      return Optional.empty(); // To open it says what is wrong.
    }
  }

  private synchronized Optional<ImageOutcome> known(Path image, String identity) {
    ObjectNode outcome = known.get(image.toString());
    if (outcome == null || !outcome.path(IDENTITY).asText().equals(identity)) {
      return Optional.empty();
    }
    try {
      ImageOutcome before = ImageOutcome.of(outcome);
      reused++;
      return Optional.of(before);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The first that can't be kept is the last: what was kept before stays whole. */
  private synchronized void keep(ObjectNode outcome) {
    if (lost != null) {
      return;
    }
    long end = 0;
    try {
      end = channel.position();
      append(channel, outcome);
    } catch (IOException e) {
      lost = OutputException.of(file, 1, 0, e);
      try {
        channel.truncate(end);
      } catch (IOException _) {
        // A line that is cut off is as none.
      }
    }
  }

  /** Why answers are not kept any more, where that is so. */
  synchronized Optional<OutputException> lost() {
    return Optional.ofNullable(lost);
  }

  /** Lines one by one; one that does not end is none. */
  private static final class Lines {

    private final InputStream in;
    private long position;

    Lines(FileChannel channel) {
      in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
    }

    /** The next line; null when there is none, or when it is longer than that many bytes. */
    String next(int most) throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0 && line.size() < most; b = in.read()) {
        if (b == '\n') {
          position += line.size() + 1L;
          return line.toString(StandardCharsets.UTF_8);
        }
        line.write(b);
      }
      return null;
    }

    /** Where the line after the last one begins. */
    long position() {
      return position;
    }
  }

  private static void append(FileChannel channel, ObjectNode node) throws IOException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(Json.line(node) + "\n");
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    channel.force(false);
  }

  /** How many images were not asked again. */
  synchronized int reused() {
    return reused;
  }

  @Override
  public void close() {
    close(channel);
  }
}
