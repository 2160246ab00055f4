package io.nestwalk.windows.process;

import io.nestwalk.system.Traits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What Windows alone knows of a process.
 *
 * @param session the session that it runs in; none for what runs before sessions are made
 * @param wow64 whether it is a 32-bit process of a 64-bit system
 * @param peb address of its {@code _PEB} in its own memory
 * @param peb32 address of its {@code _PEB32}, for a 32-bit process of a 64-bit system
 * @param handles how many handles it has
 * @param sid whose rights it has: "S-1-5-18"
 */
public record WindowsProcess(
    OptionalInt session,
    boolean wow64,
    OptionalLong peb,
    OptionalLong peb32,
    OptionalInt handles,
    Optional<String> sid)
    implements Traits {

  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    session.ifPresent(number -> values.put("session", number));
    values.put("wow64", wow64);
    peb.ifPresent(address -> values.put("peb", new Address(address)));
    peb32.ifPresent(address -> values.put("peb32", new Address(address)));
    handles.ifPresent(count -> values.put("handles", count));
    sid.ifPresent(text -> values.put("sid", text));
    return values;
  }
}
