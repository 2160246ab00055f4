package io.nestwalk.answer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.windows.memory.WindowsMapping;
import io.nestwalk.windows.modules.WindowsModule;
import io.nestwalk.windows.process.WindowsProcess;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What Windows alone knows, with all that it may know, against the published schemas. */
class WindowsTraitsTest {

  private static List<?> faults(String definition, ObjectNode answer) {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(AnswerSchemas.definition(definition).toString())
        .validate(answer.toString(), InputFormat.JSON);
  }

  @Test
  void ofMappings() {
    GuestMapping mapping =
        GuestMapping.builder(0x10000, 0x20000, GuestMapping.Kind.PRIVATE)
            .permissions("rw-p")
            .traits(new WindowsMapping("READWRITE", true, false, Optional.of("writeWatch")))
            .build();
    ObjectNode answer = MappingAnswer.of("host", 4, "System", mapping);
    assertThat(faults("mapping", answer)).isEmpty();
    assertThat(faults("mapping", answer.put("commit", 1))).isNotEmpty();
  }

  @Test
  void ofProcesses() {
    GuestProcess process =
        GuestProcess.builder(4, "System", 0xffff800000001000L)
            .traits(
                new WindowsProcess(
                    OptionalInt.of(1),
                    true,
                    OptionalLong.of(0x1000),
                    OptionalLong.of(0x2000),
                    OptionalInt.of(7),
                    Optional.of("S-1-5-18")))
            .build();
    assertThat(faults("process", ProcessAnswer.of("host", process))).isEmpty();
  }

  @Test
  void ofModules() {
    GuestModule module =
        new GuestModule(
            "ntdll.dll",
            0x7ff000000000L,
            4096,
            0x1000,
            Optional.of("C:\\Windows\\ntdll.dll"),
            new WindowsModule(Optional.of("10.0.19041.804"), 64));
    assertThat(faults("module", ModuleAnswer.of("host", module))).isEmpty();
  }
}
