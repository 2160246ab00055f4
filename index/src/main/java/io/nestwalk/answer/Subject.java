package io.nestwalk.answer;

import java.util.List;

/** What rows are about, with the columns that a CSV of them always has. */
public enum Subject {
  /** A host or guest. */
  MACHINE(
      "id",
      "parent",
      "arch",
      "os.name",
      "os.version",
      "os.banner",
      "os.kernelBase",
      "os.kernelPhysical",
      "os.kaslrSlide",
      "os.hostName",
      "os.bootTime",
      "root",
      "rootMode",
      "roots",
      "secondLevel.kind",
      "secondLevel.root",
      "secondLevel.mode",
      "secondLevel.pointer",
      "secondLevel.mappedBytes",
      "hypervisor",
      "domain",
      "name",
      "vmmPid"),
  /** A process or kernel thread. */
  PROCESS(
      "machine",
      "pid",
      "ppid",
      "name",
      "path",
      "commandLine",
      "startTime",
      "threads",
      "kernelThread",
      "root",
      "userRoot",
      "object",
      "seenBy"),
  /** A stretch of a process's virtual memory. */
  MAPPING(
      "machine",
      "pid",
      "process",
      "start",
      "end",
      "permissions",
      "kind",
      "path",
      "offset",
      "presentBytes",
      "flags",
      "object"),
  /** A run of pages. */
  RUN(
      "machine",
      "space",
      "pid",
      "process",
      "path",
      "start",
      "length",
      "gpa",
      "hpa",
      "fileOffset",
      "pageSize",
      "permissions"),
  /** Something to look at. */
  FINDING("machine", "pid", "process", "rule", "reason", "text", "address", "pages"),
  /** A module. */
  MODULE("machine", "name", "base", "size", "path", "object"),
  /** A named address of a kernel. */
  SYMBOL("machine", "address", "type", "name", "module"),
  /** An open file. */
  OPEN_FILE(
      "machine",
      "pid",
      "process",
      "descriptor",
      "kind",
      "access",
      "offset",
      "path",
      "inode",
      "object",
      "type"),
  /** A socket. */
  SOCKET(
      "machine",
      "protocol",
      "local",
      "localPort",
      "remote",
      "remotePort",
      "state",
      "inode",
      "seenBy",
      "holders",
      "object"),
  /** A thread. */
  THREAD("machine", "pid", "process", "tid", "name", "state", "startTime", "object"),
  /** What surrounds a process. */
  CONTEXT(
      "machine",
      "pid",
      "process",
      "path",
      "arguments",
      "environment",
      "workingDirectory",
      "rootDirectory"),
  /** A mounted file system. */
  MOUNT(
      "machine",
      "namespace",
      "id",
      "parent",
      "source",
      "type",
      "point",
      "root",
      "options",
      "object"),
  /** A program of BPF. */
  BPF_PROGRAM(
      "machine",
      "id",
      "type",
      "name",
      "tag",
      "loadTime",
      "uid",
      "instructions",
      "entry",
      "code",
      "codeBytes",
      "helpers",
      "maps",
      "attachments",
      "holders",
      "pins",
      "seenBy",
      "hidden",
      "object"),
  /** An instruction of a program of BPF. */
  BPF_INSTRUCTION("machine", "id", "program", "form", "address", "bytes", "text"),
  /** A map of BPF. */
  BPF_MAP(
      "machine",
      "id",
      "type",
      "name",
      "keySize",
      "valueSize",
      "maxEntries",
      "flags",
      "programs",
      "holders",
      "pins",
      "object"),
  /** A namespace. */
  NAMESPACE("machine", "kind", "number", "initial", "processes", "first", "pids", "cgroups"),
  /** What a check of a kernel found. */
  CHECK("machine", "rule", "address", "target", "targetName", "pid", "text", "reason", "code"),
  /** A file in memory. */
  CACHED_FILE(
      "machine",
      "path",
      "fileSystem",
      "inode",
      "size",
      "cachedBytes",
      "modified",
      "changed",
      "accessed",
      "object"),
  /** Memory that may hold injected code. */
  INJECTION(
      "machine",
      "pid",
      "process",
      "reason",
      "address",
      "bytes",
      "instructions",
      "start",
      "end",
      "permissions",
      "kind",
      "path"),
  /** A command that was typed. */
  SHELL_COMMAND("machine", "pid", "process", "time", "command", "address"),
  /** Something that has a time. */
  EVENT("time", "machine", "event", "pid", "text"),
  /** What came, went or changed between two images. */
  DIFFERENCE("change", "kind", "machine", "pid", "text", "keys"),
  /** A line of a kernel's log. */
  LOG("machine", "microseconds", "time", "level", "levelName", "text"),
  /** An answer to a query: any of the above. */
  DOCUMENT("type", "machine", "pid", "process", "name", "address", "gpa", "hpa"),
  /** A place where a pattern stands. */
  HIT("hpa", "fileOffset", "pattern", "encoding", "length", "preview", "owners", "context"),
  /** How many hits a space has. */
  HIT_COUNT("pattern", "machine", "space", "pid", "process", "hits"),
  /** A rule of YARA's that is true of some memory. */
  RULE_HIT(
      "machine", "space", "pid", "process", "rule", "tags", "meta", "strings", "stringsLeftOut"),
  /** An address in every layer. */
  TRANSLATION("machine", "address", "gpa", "hpa", "fileOffset", "pageSize", "permissions"),
  /** A field of a control structure. */
  CONTROL(
      "machine",
      "guest",
      "structure",
      "address",
      "cpu",
      "group",
      "field",
      "offset",
      "value",
      "meaning"),
  /** A run of a guest's second level. */
  SECOND_LEVEL(
      "machine",
      "gpa",
      "length",
      "parentGpa",
      "hpa",
      "inImage",
      "pageSize",
      "permissions",
      "memoryType",
      "ignoresPat",
      "accessed",
      "dirty",
      "software",
      "softwareNames"),
  /** Runs of a guest's second level that are alike. */
  SECOND_LEVEL_SUM(
      "machine",
      "runs",
      "pages",
      "bytes",
      "inImage",
      "pageSize",
      "permissions",
      "memoryType",
      "ignoresPat",
      "accessed",
      "dirty",
      "software",
      "softwareNames"),
  /** What does not fit in a guest's second level. */
  SECOND_LEVEL_ODD("machine", "kind", "gpa", "length", "hpa", "entry", "text"),
  /** Memory of several guests. */
  SHARED_RUN("machine", "hpa", "length", "fileOffset", "kind", "owners"),
  /** Sums of such memory. */
  SHARED_SUM("machine", "guests", "kind", "bytes", "guestBytes", "openBytes"),
  /** An image. */
  IMAGE("image", "format");

  /** Never changed: made of what the constants say. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> columns;

  Subject(String... columns) {
    this.columns = List.of(columns);
  }

  /** The columns, in their order. */
  public List<String> columns() {
    return columns;
  }
}
