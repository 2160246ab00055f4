package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.Trace;
import io.nestwalk.paging.Permissions;
import io.nestwalk.session.Translated;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An address in every layer, for people.
 *
 * @param answer what was found
 */
record TranslatedView(Translated answer) {

  /** The cells of a table: machine, address, gpa, hpa, file offset, page, permissions. */
  List<String> cells() {
    OptionalLong guest = answer.guestPhysical();
    boolean translated = answer.isMapped() && !answer.space().dimensions().isEmpty();
    return List.of(
        answer.space().machine().id(),
        Hex.of(answer.address()),
        guest.isPresent() ? Hex.of(guest.getAsLong()) : "-",
        answer.isMapped() ? Hex.of(answer.walk().lowest()) : "-",
        answer.isMapped() ? place() : "-",
        translated ? Sizes.of(answer.walk().pageSize()) : "-",
        translated ? Permissions.format(answer.walk().permissions()) : "-");
  }

  /** Where in the file the byte stands; a page in a packed block has no place of its own. */
  private String place() {
    long offset = answer.image().locate(answer.walk().lowest());
    if (offset != Memory.NOWHERE) {
      return Hex.of(offset);
    }
    return answer.image().isPresent(answer.walk().lowest()) ? "packed" : "not in the image";
  }

  /** What is to be said below the table, a line each. */
  List<String> remarks() {
    List<String> lines = new ArrayList<>();
    answer.symbol().map(Printable::of).ifPresent(lines::add);
    answer
        .own()
        .ifPresent(
            trace ->
                lines.add(
                    answer.agrees(trace)
                        ? "the guest's own tables and the hypervisor's shadow tables agree"
                        : "the guest's own tables say otherwise than the shadow tables: "
                            + outcome(trace)));
    reason().ifPresent(lines::add);
    if (answer.isMapped() && !answer.walk().state().isMapped()) {
      lines.add("not present for the hardware, but in memory: " + state());
    }
    return lines;
  }

  /** Why the address leads nowhere, in one line; empty when it leads to memory. */
  Optional<String> reason() {
    if (answer.isMapped()) {
      return Optional.empty();
    }
    String hint =
        SpaceOptions.hint(answer.space(), answer.address()).map(each -> "; " + each).orElse("");
    return Optional.of(
        answer
            .walk()
            .fault()
            .map(
                fault ->
                    "not mapped: %s%s: %s%s%s"
                        .formatted(
                            fault.dimension(),
                            fault.level().map(level -> " " + level).orElse(""),
                            fault.reason(),
                            answer.walk().state().isMapped() ? "" : "; " + state(),
                            hint))
            .orElse("physical address %s is not in the image".formatted(Hex.of(answer.address()))));
  }

  /** A page's state may hold text from the guest. */
  private String state() {
    return Printable.of(answer.walk().state().toString());
  }

  private static String outcome(Trace trace) {
    return trace.fault().isPresent()
        ? trace.fault().get().reason().toString()
        : "host-physical " + Hex.of(trace.lowest());
  }

  /** The row of an answer, with the options that help where the address is not mapped. */
  ObjectNode json(boolean steps, boolean explain) {
    ObjectNode row = answer.json(steps);
    if (explain) {
      row.set("explanation", answer.explanation().json());
    }
    if (answer.walk().fault().isPresent() && row.path("fault") instanceof ObjectNode fault) {
      SpaceOptions.hint(answer.space(), answer.address())
          .ifPresent(hint -> fault.put("hint", hint));
    }
    return row;
  }
}
