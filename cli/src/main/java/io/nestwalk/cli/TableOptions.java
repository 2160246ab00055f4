package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.CsvWriter;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * How a command answers that lists rows, and which of them. Columns are named as the answer's keys
 * in JSON and CSV, in every format.
 */
final class TableOptions extends OutputOptions {

  @Option(
      names = "--columns",
      paramLabel = "COLUMN",
      split = ",",
      description = "only these columns, in this order: keys of the JSON answer, with commas")
  private List<String> columns = List.of();

  @Option(
      names = "--sort",
      paramLabel = "COLUMN",
      split = ",",
      description = "sort by these columns; --sort=-COLUMN turns the order round")
  private List<String> order = List.of();

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      converter = Condition.Converter.class,
      description =
          "only rows that meet this: COLUMN, one of = != ~ !~ < <= > >=, and a value; ~ finds a"
              + " regular expression in any case; given again, all must be met")
  private List<Condition> conditions = List.of();

  /** Columns that were chosen are shown by their keys; else a command has a table of its own. */
  @Override
  boolean isOwnTable() {
    return super.isOwnTable() && columns.isEmpty();
  }

  /** Whether a user wants less than all, or another order. */
  boolean isSelective() {
    return !conditions.isEmpty() || !order.isEmpty() || !columns.isEmpty();
  }

  /**
   * What a user wants to see of a list, in the wanted order.
   *
   * @param subject what the rows are about
   * @param row makes the row of a thing; asked only where it matters
   */
  <T> List<T> chosen(Subject subject, List<T> things, Function<? super T, ObjectNode> row) {
    if (conditions.isEmpty() && order.isEmpty()) {
      return things;
    }
    List<ObjectNode> rows = new ArrayList<>(things.size());
    things.forEach(each -> rows.add(row.apply(each)));
    return rowNumbers(known(subject, rows), rows).mapToObj(things::get).toList();
  }

  @Override
  Answer chosen(Answer answer) {
    if (!isSelective()) {
      return answer;
    }
    List<String> known = known(answer.subject(), answer.rows());
    List<ObjectNode> rows = chosen(answer.subject(), answer.rows(), Function.identity());
    if (!columns.isEmpty()) {
      List<String> wanted = columns.stream().map(each -> resolve(each, known)).toList();
      rows = rows.stream().map(each -> narrowed(each, wanted)).toList();
    }
    return new Answer(answer.subject(), answer.name(), rows, answer.coverage(), answer.beside());
  }

  @Override
  List<String> columns(Answer answer) {
    List<String> known = known(answer.subject(), answer.rows());
    return columns.isEmpty()
        ? super.columns(answer)
        : columns.stream().map(each -> resolve(each, known)).toList();
  }

  private IntStream rowNumbers(List<String> known, List<ObjectNode> rows) {
    IntStream kept = IntStream.range(0, rows.size());
    for (Condition condition : conditions) {
      String column = resolve(condition.column(), known);
      kept = kept.filter(i -> condition.test().test(CsvWriter.value(rows.get(i), column)));
    }
    if (order.isEmpty()) {
      return kept;
    }
    Comparator<ObjectNode> comparator = (_, _) -> 0;
    for (String each : order) {
      boolean turned = each.startsWith("-");
      String column = resolve(turned ? each.substring(1) : each, known);
      comparator = comparator.thenComparing(by(column, turned));
    }
    Comparator<ObjectNode> all = comparator;
    return kept.boxed()
        .sorted((a, b) -> all.compare(rows.get(a), rows.get(b)))
        .mapToInt(Integer::intValue);
  }

  /** What is missing stands last in either order. */
  private static Comparator<ObjectNode> by(String column, boolean turned) {
    CellOrder order = new CellOrder();
    return (a, b) -> {
      JsonNode first = CsvWriter.value(a, column);
      JsonNode second = CsvWriter.value(b, column);
      boolean present = !CellOrder.isMissing(first) && !CellOrder.isMissing(second);
      return turned && present ? order.compare(second, first) : order.compare(first, second);
    };
  }

  /** The columns that there are: those of the subject, and what any row has beyond, whole too. */
  private static List<String> known(Subject subject, List<ObjectNode> rows) {
    Set<String> known = new LinkedHashSet<>(CsvWriter.columns(subject, rows));
    for (ObjectNode row : rows) {
      row.fieldNames().forEachRemaining(known::add);
    }
    return List.copyOf(known);
  }

  private String resolve(String name, List<String> known) {
    return known.stream()
        .filter(name::equals)
        .findFirst()
        .or(() -> known.stream().filter(name::equalsIgnoreCase).findFirst())
        .orElseThrow(
            () ->
                new ParameterException(
                    command().commandLine(),
                    "no column '%s'; there are %s"
                        .formatted(Printable.of(name), String.join(", ", known))));
  }

  /** The row with the wanted keys alone; a member of an object stands under its full name. */
  private static ObjectNode narrowed(ObjectNode row, List<String> wanted) {
    ObjectNode narrow = Json.object();
    for (String column : wanted) {
      JsonNode value = CsvWriter.value(row, column);
      if (!value.isMissingNode()) {
        narrow.set(column, value);
      }
    }
    return narrow;
  }
}
