package io.nestwalk.windows.process;

import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import io.nestwalk.windows.layout.Layout;
import java.util.Optional;

/** Where the members of {@code _EPROCESS} stand in one kernel. */
final class ProcessFields {

  final Field pid;
  final Field links;
  final Field name;
  final Field directoryTableBase;
  final Optional<Field> userDirectoryTableBase;
  final Optional<Field> parent;
  final Optional<Field> createTime;
  final Optional<Field> exitTime;
  final Optional<Field> peb;
  final Optional<Field> session;
  final Optional<Field> sessionLinks;
  final Optional<Field> objectTable;
  final Optional<Field> wow64;
  final Optional<Field> auditName;
  final Optional<Field> threadList;
  final Optional<Field> activeThreads;
  final Optional<Field> token;
  final Optional<Field> section;
  final Optional<Field> imageFile;

  ProcessFields(Layout layout) {
    StructLayout process = layout.struct("_EPROCESS");
    StructLayout kernelPart = layout.struct("_KPROCESS");
    pid = process.field("UniqueProcessId");
    links = process.field("ActiveProcessLinks");
    name = process.field("ImageFileName");
    directoryTableBase = kernelPart.field("DirectoryTableBase");
    userDirectoryTableBase = kernelPart.find("UserDirectoryTableBase");
    parent = process.find("InheritedFromUniqueProcessId");
    createTime = process.find("CreateTime");
    exitTime = process.find("ExitTime");
    peb = process.find("Peb");
    session = process.find("Session");
    sessionLinks = process.find("SessionProcessLinks");
    objectTable = process.find("ObjectTable");
    wow64 = process.find("WoW64Process").or(() -> process.find("Wow64Process"));
    auditName = process.find("SeAuditProcessCreationInfo");
    threadList = process.find("ThreadListHead");
    activeThreads = process.find("ActiveThreads");
    token = process.find("Token");
    section = process.find("SectionObject");
    imageFile = process.find("ImageFilePointer");
  }
}
