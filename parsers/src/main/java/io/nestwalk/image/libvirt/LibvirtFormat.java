package io.nestwalk.image.libvirt;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.Probe;
import io.nestwalk.image.qemu.MigrationStream;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A save file whose stream is not packed, or was unpacked. */
public final class LibvirtFormat implements ImageFormat {

  /** How much of the XML is looked at: the machine's type stands near its beginning. */
  private static final int MAX_XML = 1 << 16;

  private static final Pattern MACHINE =
      Pattern.compile("<type\\b[^>]{0,200}?\\bmachine=['\"]([A-Za-z0-9._-]{1,64})['\"]");

  /** For the service loader. */
  public LibvirtFormat() {}

  @Override
  public String name() {
    return "libvirt";
  }

  @Override
  public Probe probe(ImageFile file) {
    Optional<SaveHeader> header = header(file);
    if (header.isEmpty()) {
      return Probe.no("no LibvirtQemud magic");
    }
    return refusal(header.get())
        .map(Probe::refused)
        .orElse(Probe.certain("libvirt save file with a QEMU stream"));
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    SaveHeader header =
        header(file)
            .orElseThrow(
                () ->
                    new ImageException(file.name(), "no libvirt save file: the header is missing"));
    Optional<String> refusal = refusal(header);
    if (refusal.isPresent()) {
      throw new ImageException(file.name(), refusal.get());
    }
    if (!file.holds(header.streamOffset(), 1)) {
      throw new ImageException(
          file.name(),
          "a libvirt save file that ends before its stream, which begins at 0x%x"
              .formatted(header.streamOffset()));
    }
    List<String> notes = new ArrayList<>();
    if (!header.finished()) {
      notes.add("libvirt did not finish writing the file; memory may be missing");
    }
    return MigrationStream.open(
        file,
        PiecedFile.from(file, header.streamOffset()),
        name(),
        machine(file, header),
        notes,
        options);
  }

  private static Optional<SaveHeader> header(ImageFile file) {
    return file.holds(0, SaveHeader.SIZE)
        ? SaveHeader.read(file.slice(0, SaveHeader.SIZE).toArray(ValueLayout.JAVA_BYTE))
        : Optional.empty();
  }

  private static Optional<String> refusal(SaveHeader header) {
    if (header.version() < 1 || header.version() > 2) {
      return Optional.of(
          "a libvirt save file of version %d; 1 and 2 are read".formatted(header.version()));
    }
    if (header.packing() != SaveHeader.RAW && header.packing() != SaveHeader.SPARSE) {
      return Optional.of(
          header.isPacked()
              ? "a libvirt save file that is packed twice over"
              : "a libvirt save file of the unknown packing %d".formatted(header.packing()));
    }
    return Optional.empty();
  }

  /** The machine's type that the XML names; the stream itself names it since QEMU 2.4. */
  private static String machine(ImageFile file, SaveHeader header) throws ImageException {
    int length = (int) Math.min(MAX_XML, header.dataLength());
    if (!file.holds(SaveHeader.SIZE, length) || length == 0) {
      return "";
    }
    Matcher matcher = MACHINE.matcher(file.textAt(SaveHeader.SIZE, length));
    return matcher.find() ? matcher.group(1) : "";
  }
}
