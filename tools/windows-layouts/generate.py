#!/usr/bin/env python3
"""generate.py DIR > FILE: offsets of the Windows kernel's structures, from symbol files in Volatility 3's format (NAME.json.xz).

DIR's file names begin with the version that the kernel's file has ("10.0.19041.804.GUID-AGE.json.xz"). Prints what
io.nestwalk.windows.layout.KnownBuilds reads: the first build whole, each later one as what differs from the one before it."""
import json, lzma, pathlib, re, sys

# Structures with all their members, and the members that are taken of large ones.
WHOLE = """_LIST_ENTRY _UNICODE_STRING _STRING _EX_FAST_REF _CLIENT_ID _OBJECT_HEADER _OBJECT_NAME_INFORMATION _POOL_HEADER
_HANDLE_TABLE _HANDLE_TABLE_ENTRY _EXHANDLE _SE_AUDIT_PROCESS_CREATION_INFO _SECTION _SECTION_OBJECT _SEGMENT_OBJECT _SEGMENT
_CONTROL_AREA _SUBSECTION _MSUBSECTION _SECTION_OBJECT_POINTERS _MMVAD _MMVAD_SHORT _MMVAD_LONG _MMVAD_FLAGS _MMVAD_FLAGS1
_MMVAD_FLAGS2 _MMADDRESS_NODE _MM_AVL_TABLE _MM_AVL_NODE _RTL_AVL_TREE _RTL_BALANCED_NODE _MMPTE _MMPTE_HARDWARE _MMPTE_SOFTWARE
_MMPTE_TRANSITION _MMPTE_PROTOTYPE _MMPTE_SUBSECTION _MMPTE_LIST _MMPFN _MMPFNENTRY _MMPFNENTRY1 _MMPFNENTRY3 _SID
_SID_AND_ATTRIBUTES _EWOW64PROCESS _KSYSTEM_TIME _LARGE_INTEGER _ULARGE_INTEGER _DISPATCHER_HEADER _KAPC_STATE
_LDR_DATA_TABLE_ENTRY _KLDR_DATA_TABLE_ENTRY _PEB_LDR_DATA _CURDIR _OBJECT_DIRECTORY_ENTRY _DRIVER_EXTENSION _DRIVER_OBJECT
_PHYSICAL_MEMORY_RUN _PHYSICAL_MEMORY_DESCRIPTOR _MI_HARDWARE_STATE""".split()
PARTS = {
    "_EPROCESS": """Pcb UniqueProcessId ActiveProcessLinks CreateTime ExitTime ExitStatus InheritedFromUniqueProcessId Peb Session
        ObjectTable WoW64Process Wow64Process ImageFileName ImageFilePointer SeAuditProcessCreationInfo ThreadListHead ActiveThreads
        VadRoot VadHint VadCount NumberOfVads Token SectionObject SectionBaseAddress SessionProcessLinks HighestUserAddress Flags
        Flags2 Flags3 Protection Job Cookie CommitCharge VirtualSize MmProcessLinks PriorityClass""",
    "_KPROCESS": "Header DirectoryTableBase UserDirectoryTableBase AddressPolicy ThreadListHead ProcessListEntry ActiveProcessors Affinity KernelTime UserTime",
    "_ETHREAD": "Tcb Cid CreateTime ExitTime ExitStatus StartAddress Win32StartAddress ThreadListEntry",
    "_KTHREAD": "Header InitialStack StackLimit StackBase KernelStack TrapFrame ApcState Teb State Process WaitReason ThreadListEntry",
    "_PEB": "BeingDebugged ImageBaseAddress Ldr ProcessParameters SessionId OSMajorVersion OSMinorVersion OSBuildNumber CSDVersion",
    "_PEB32": "BeingDebugged ImageBaseAddress Ldr ProcessParameters SessionId OSMajorVersion OSMinorVersion OSBuildNumber",
    "_RTL_USER_PROCESS_PARAMETERS": "CurrentDirectory DllPath ImagePathName CommandLine Environment EnvironmentSize WindowTitle",
    "_MM_SESSION_SPACE": "SessionId ProcessList ImageList PageTables",
    "_TOKEN": "UserAndGroups UserAndGroupCount SessionId TokenType Privileges",
    "_FILE_OBJECT": "Type Size DeviceObject FsContext SectionObjectPointer FileName Flags CurrentByteOffset",
    "_MI_SYSTEM_INFORMATION": "Hardware",
    "_KUSER_SHARED_DATA": "InterruptTime SystemTime TimeZoneBias NtSystemRoot NtBuildNumber NtProductType NtMajorVersion NtMinorVersion NumberOfPhysicalPages",
    "_KPCR": "Prcb CurrentPrcb GdtBase IdtBase KdVersionBlock", "_KPRCB": "CurrentThread NextThread IdleThread Number ProcessorState MHz",
}

class Types:
    def __init__(self, isf):
        self.user, self.enums, self.base = isf["user_types"], isf["enums"], isf["base_types"]
    def size(self, t):
        kind = t["kind"]
        if kind == "pointer": return self.base["pointer"]["size"], 1, None
        if kind == "array":
            size, count, name = self.size(t["subtype"]); return size * t["count"], t["count"] * count if name is None else t["count"], None
        if kind == "base": return self.base[t["name"]]["size"], 1, None
        if kind == "enum": return self.enums[t["name"]]["size"], 1, None
        if kind in ("struct", "union", "class"): return self.user[t["name"]]["size"], 1, t["name"]
        return 0, 1, None
    def lines(self, name, names, wanted):
        for member, m in sorted(self.user[name]["fields"].items(), key=lambda e: (e[1]["offset"], e[0])):
            if names is not None and member not in names: continue
            t, offset = m["type"], m["offset"]
            if t["kind"] == "bitfield":
                first, length = t["bit_position"], t["bit_length"]; offset += first // 8; first %= 8
                yield member, f"{offset:x} {(first + length + 7) // 8:x} b{first}.{length}"; continue
            size, count, struct = self.size(t)
            if struct and struct.startswith("__"): wanted.append(struct)
            yield member, f"{offset:x} {size:x}" + (f" x{count}" if count > 1 else "") + (f" {struct}" if struct else "")

def read(path):
    isf = json.loads(lzma.open(path).read()); types = Types(isf); rows = {}
    wanted = [n for n in [*WHOLE, *PARTS] if n in types.user]
    for name in wanted:                                          # grows by the nameless unions that members are of
        if name not in rows:
            names = PARTS.get(name); rows[name] = (types.user[name]["size"], dict(types.lines(name, names and set(names.split()), wanted)))
    pdb = isf["metadata"]["windows"]["pdb"]
    # Nameless unions are called after a hash that says nothing and differs between builds: they are called by where they stand.
    known = {}
    for name in list(rows):
        for member, line in rows[name][1].items():
            last = line.split()[-1]
            if last.startswith("__"): known.setdefault(last, f"{name}.{member}")
    def named(name, depth=0):
        return name if name not in known or depth > 8 else named(known[name].split(".", 1)[0], depth + 1) + "." + known[name].split(".", 1)[1]
    rename = {k: named(k) for k in known}
    out = {}
    for name, (size, members) in rows.items():
        out[rename.get(name, name)] = (size, {m: " ".join(rename.get(w, w) for w in line.split()) for m, line in members.items()})
    return pdb["GUID"], pdb["age"], out

def main(folder):
    files = sorted(pathlib.Path(folder).glob("*.json.xz"), key=lambda p: [int(x) for x in p.name.split(".")[2:4]])
    before = {}
    for path in files:
        build, revision = path.name.split(".")[2:4]; guid, age, rows = read(path)
        print(f"build {build}.{revision} x86-64 {guid}-{age}")
        for gone in sorted(before.keys() - rows.keys()): print(f"-{gone}")
        for name, (size, members) in rows.items():
            old_size, old = before.get(name, (None, {}))
            changes = [f"  -{m}" for m in sorted(old.keys() - members.keys())] + [f"  {m} {line}" for m, line in members.items() if old.get(m) != line]
            if changes or size != old_size: print(f"{name} {size:x}", *changes, sep="\n")
        before = rows

if __name__ == "__main__":
    main(sys.argv[1])
