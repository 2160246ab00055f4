package io.nestwalk.cli;

import static com.tngtech.archunit.lang.conditions.ArchConditions.accessField;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethod;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.InstanceofCheck;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.nestwalk.memory.Layer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which part of the program may use which: cli, index, analysis, parsers, one way only. */
class ArchitectureTest {
  private static final String[] PARSERS = {
    "io.nestwalk.image..", "io.nestwalk.output..", "io.nestwalk.wording.."
  };
  private static final String[] ANALYSIS = {
    "io.nestwalk.memory..",
    "io.nestwalk.paging..",
    "io.nestwalk.survey..",
    "io.nestwalk.system..",
    "io.nestwalk.types..",
    "io.nestwalk.roots..",
    "io.nestwalk.machine..",
    "io.nestwalk.search..",
    "io.nestwalk.finding..",
    "io.nestwalk.control..",
    "io.nestwalk.linux..",
    "io.nestwalk.windows.."
  };
  private static final String[] SYSTEMS = {"io.nestwalk.linux..", "io.nestwalk.windows.."};
  private static final String[] INDEX = {
    "io.nestwalk.index..",
    "io.nestwalk.find..",
    "io.nestwalk.report..",
    "io.nestwalk.extract..",
    "io.nestwalk.answer..",
    "io.nestwalk.diff..",
    "io.nestwalk.disassembly..",
    "io.nestwalk.foreign..",
    "io.nestwalk.session..",
    "io.nestwalk.symbols..",
    "io.nestwalk.yara.."
  };

  /** What a user meets apart from commands: servers, which commands start. */
  private static final String[] SERVERS = {"io.nestwalk.serve..", "io.nestwalk.gdb.."};

  private static final String[] CLI = {"io.nestwalk.cli.."};

  private static final Pattern OPTION = Pattern.compile("--[a-z]");

  private static JavaClasses classes;

  @BeforeAll
  static void readClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.nestwalk");
  }

  /** Without this, rules over nothing would pass when class files of a new JDK can't be read. */
  @Test
  void classesAreSeen() {
    assertThat(classes.contain(Nestwalk.class)).isTrue();
    assertThat(classes.get(Nestwalk.class).getMethods()).isNotEmpty();
  }

  @Test
  void everyPackageBelongsToAPart() {
    check(
        noClasses()
            .should()
            .resideOutsideOfPackages(join(PARSERS, ANALYSIS, INDEX, SERVERS, CLI))
            .as("every package belongs to one of the parts listed here"));
  }

  @Test
  void parsersUseNothingAboveThem() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(PARSERS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(join(ANALYSIS, INDEX, SERVERS, CLI)));
  }

  @Test
  void analysisUsesParsersAlone() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(ANALYSIS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(join(INDEX, SERVERS, CLI)));
  }

  @Test
  void indexDoesNotUseCommands() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(INDEX)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(join(SERVERS, CLI)));
  }

  @Test
  void serversDoNotUseCommands() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(SERVERS)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(CLI));
  }

  /**
   * A class of a sealed package that gets into the JVM's cache of classes keeps the JVM from
   * loading others of it, and the verifier loads what a class refers to: so classes of their own
   * do, which are loaded where they are needed.
   */
  @Test
  void onlyClassesOfTheirOwnLoadSealedPackages() {
    check(
        noClasses()
            .that()
            .resideInAPackage("io.nestwalk..")
            .and()
            .doNotHaveSimpleName("PackedOutput")
            .and()
            .doNotHaveSimpleName("XzMember")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.tukaani.."));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("io.nestwalk.(**)").should().beFreeOfCycles());
  }

  @Test
  void onlyCommandsPrint() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(CLI)
            .should(accessField(System.class, "out"))
            .orShould(accessField(System.class, "err"))
            .because("data and messages go through the command"));
  }

  @Test
  void onlyCommandsEndTheProcess() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(CLI)
            .should(callMethod(System.class, "exit", int.class))
            .orShould(callMethod(Runtime.class, "exit", int.class))
            .orShould(callMethod(Runtime.class, "halt", int.class)));
  }

  @Test
  void picocliStaysInCommands() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(CLI)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli.."));
  }

  @Test
  void luceneStaysInTheIndex() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.nestwalk.index..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.lucene.."));
  }

  @Test
  void jacksonStaysInIndexReportsAndCommands() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(join(INDEX, SERVERS, CLI))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.fasterxml.jackson.."));
  }

  /** A part that has no classes yet breaks no rule. */
  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(classes);
  }

  private static String[] join(String[]... parts) {
    return java.util.Arrays.stream(parts).flatMap(java.util.Arrays::stream).toArray(String[]::new);
  }

  /** Which operating systems there are is known to the services file and to nobody else. */
  @Test
  void noSystemIsKnownAboveTheAnalysis() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(join(INDEX, SERVERS, CLI))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SYSTEMS));
  }

  @Test
  void whatAllSystemsHaveKnowsNoneOfThem() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(
                "io.nestwalk.system..",
                "io.nestwalk.machine..",
                "io.nestwalk.search..",
                "io.nestwalk.types..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SYSTEMS));
  }

  /** Layers are used through their interface, so that a new kind needs no change above. */
  @Test
  void nobodyAsksForAKindOfLayer() {
    DescribedPredicate<JavaClass> kinds =
        JavaClass.Predicates.assignableTo(Layer.class)
            .and(DescribedPredicate.not(JavaClass.Predicates.equivalentTo(Layer.class)));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("io.nestwalk.memory..")
            .should(
                new ArchCondition<JavaClass>("ask whether a memory is of a kind of layer") {
                  @Override
                  public void check(JavaClass item, ConditionEvents events) {
                    for (InstanceofCheck each : item.getInstanceofChecks()) {
                      if (kinds.test(each.getRawType())) {
                        events.add(
                            SimpleConditionEvent.satisfied(
                                item,
                                each.getOwner().getFullName() + " line " + each.getLineNumber()));
                      }
                    }
                  }
                }));
  }

  /**
   * Literals that look like an option of the command line and are none: what another program is
   * started with.
   */
  private static final Map<String, String> ARGUMENTS_OF_OTHERS =
      Map.of(
          "io.nestwalk.linux.KvmGuests", "--name", // QEMU's
          "io.nestwalk.image.container.Unpacker", "\"zstd -d --long=31\"");

  /** Who is told something may not use the command line: only that knows how options are spelt. */
  @Test
  void onlyCommandsSpellOptions() throws IOException {
    List<String> spelling = new ArrayList<>();
    int literals = 0;
    for (JavaClass each : classes) {
      if (each.getPackageName().equals("io.nestwalk.cli")) {
        continue;
      }
      for (String literal : literals(each)) {
        literals++;
        String outer = each.getName().replaceFirst("\\$.*", "");
        String others = ARGUMENTS_OF_OTHERS.getOrDefault(outer, "\0");
        if (OPTION.matcher(literal.replace(others, "")).find()) {
          spelling.add(each.getName() + ": " + literal);
        }
      }
    }
    assertThat(literals).isGreaterThan(1000);
    assertThat(spelling).isEmpty();
  }

  private static List<String> literals(JavaClass from) throws IOException {
    List<String> literals = new ArrayList<>();
    String file = from.getName().replace('.', '/') + ".class";
    try (InputStream in = ArchitectureTest.class.getClassLoader().getResourceAsStream(file)) {
      for (PoolEntry entry : ClassFile.of().parse(in.readAllBytes()).constantPool()) {
        if (entry instanceof StringEntry string) {
          literals.add(string.stringValue());
        }
      }
    }
    return literals;
  }

  /** The door's signatures name nothing that is not meant for other programs. */
  @Test
  void theDoorShowsPublicTypesAlone() {
    for (JavaClass door : classes) {
      if (!door.getPackageName().equals("io.nestwalk.session")
          || !door.getModifiers().contains(JavaModifier.PUBLIC)) {
        continue;
      }
      for (JavaMethod method : door.getMethods()) {
        if (method.getModifiers().contains(JavaModifier.PUBLIC)) {
          assertThat(method.getAllInvolvedRawTypes())
              .as(method.getFullName())
              .allMatch(
                  type -> type.getModifiers().contains(JavaModifier.PUBLIC) || type.isPrimitive());
        }
      }
    }
  }
}
