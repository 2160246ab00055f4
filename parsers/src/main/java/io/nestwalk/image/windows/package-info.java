/**
 * Crash dumps of a Windows kernel, 32- and 64-bit: full, with a bitmap of pages, with a list of
 * page ranges; and 64-bit triage dumps.
 *
 * <p>What a dump's writer noted of its Windows is in {@link io.nestwalk.image.SystemHints}, of any
 * dump: {@code directoryTableBase}, {@code pfnDatabase}, {@code psLoadedModuleList}, {@code
 * psActiveProcessHead}, {@code kdDebuggerDataBlock}, {@code machineImageType}, {@code
 * numberProcessors}, {@code minorVersion} (the build), {@code bugCheckCode}, {@code
 * bugCheckParameter1} to {@code 4}, {@code systemTime} (FILETIME) and {@code systemUpTime} (100
 * ns). A field that the writer left unset is absent. The directory table base is also {@code cr3}
 * of CPU 0, low bits included.
 *
 * <p>A triage dump has no physical memory: its {@code memory()} is empty. Its hints have the
 * drivers ({@code modules}), {@code kernelBase}, the kernel's virtual memory in pieces ({@code
 * virtual}: the data blocks, the call stack, the debugger's data block, which is plain here), and
 * copies of structures whose address the dump does not tell ({@code parts}): {@code process} (the
 * EPROCESS that was current, the System process at a crash of a driver's thread), {@code thread}
 * (ETHREAD), {@code prcb}, {@code mmInformation}. The copies have no addresses of their own; that
 * of the process is in its lists' neighbours.
 *
 * <p>Minidumps of a process hold no machine and are refused. Layouts as in kdmp-parser's
 * kdmp-parser-structs.h, LeechCore's device_file.c and Volatility's symbols for crash dumps; the
 * 64-bit header and the triage dump were checked on real ones. CONTEXT is that of the Windows SDK.
 */
package io.nestwalk.image.windows;
