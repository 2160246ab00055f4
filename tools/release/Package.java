import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;

/**
 * Makes what users install from what was built.
 *
 * <p>{@code java Package.java ROOT VERSION}: needs {@code cli/target/app} and writes to {@code
 * target/release} an archive and a Debian package with a Java run time of their own, a zip for
 * those who have one, the list of parts and the checksums.
 */
public final class Package {

  /** What the program and its libraries use; optional parts of libraries want more. */
  private static final String MODULES =
      "java.base,java.logging,java.management,java.sql,java.xml,jdk.httpserver,jdk.security.auth,jdk.unsupported,jdk.zipfs";

  /** The time of every file: two packages of one build differ in their caches alone. */
  private static final FileTime TIME = FileTime.from(Instant.parse("2026-11-26T00:00:00Z"));

  /**
   * The kinds of commands that start from a cache of their own, and one for all others: the package
   * would be twice as large with one for each.
   */
  private static final List<String> CACHES = List.of("start", "question", "all");

  private static final int EXECUTABLE = 0755;
  private static final int PLAIN = 0644;

  private final Path root;
  private final String version;
  private final Path out;

  private Package(Path root, String version) {
    this.root = root;
    this.version = version;
    out = root.resolve("target/release");
  }

  public static void main(String[] args) throws Exception {
    new Package(Path.of(args[0]).toRealPath(), args[1]).make();
  }

  private void make() throws Exception {
    deleteTree(out);
    Path common = out.resolve("common");
    layOut(common);
    writeTexts(common);
    String name = "nestwalk-" + version;
    Path whole = out.resolve("whole").resolve(name);
    copyTree(common, whole);
    link(whole.resolve("runtime"));
    copyTree(common, out.resolve("plain").resolve(name));
    // The jars are to be to a JVM that makes a cache what they are in the archive.
    setTimes(whole);
    for (String kind : CACHES) {
      train(whole, kind);
    }
    tarGz(out.resolve("whole"), out.resolve(name + "-linux-x64.tar.gz"), "");
    deb(whole, out.resolve("nestwalk_" + version + "_amd64.deb"));
    zip(out.resolve("plain"), out.resolve(name + ".zip"));
    Path parts = root.resolve("target/bom.json");
    if (Files.exists(parts)) {
      Files.copy(parts, out.resolve(name + "-sbom.json"));
    }
    for (String folder : List.of("common", "whole", "plain")) {
      deleteTree(out.resolve(folder));
    }
    checksums();
  }

  /** What every package holds: launchers, jars, texts. */
  private void layOut(Path folder) throws IOException {
    Path files = root.resolve("tools/release/files");
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path lib = Files.createDirectories(folder.resolve("lib"));
    Files.copy(files.resolve("nestwalk"), bin.resolve("nestwalk"));
    Files.copy(files.resolve("nestwalk.cmd"), bin.resolve("nestwalk.cmd"));
    bin.resolve("nestwalk").toFile().setExecutable(true, false);
    Files.copy(files.resolve("jvm.options"), lib.resolve("jvm.options"));
    copyTree(root.resolve("tools/launcher"), lib.resolve("launcher"));
    try (Stream<Path> jars = Files.list(root.resolve("cli/target/app"))) {
      for (Path jar : jars.filter(file -> file.toString().endsWith(".jar")).toList()) {
        String name = jar.getFileName().toString();
        // The program's own jar names the others in its manifest.
        copyUnsealed(jar, lib.resolve(name.startsWith("nestwalk-cli-") ? "nestwalk.jar" : name));
      }
    }
    copyTree(files.resolve("licenses"), folder.resolve("licenses"));
    for (String text : List.of("README.md", "CHANGELOG.md", "LICENSE")) {
      Files.copy(root.resolve(text), folder.resolve(text));
    }
    Files.copy(files.resolve("NOTICE"), folder.resolve("NOTICE"));
    Path parts = root.resolve("target/bom.json");
    if (Files.exists(parts)) {
      Files.copy(parts, folder.resolve("sbom.json"));
    }
  }

  /**
   * Copies a jar, without the word that its packages are sealed: classes that a cache holds linked
   * belong to the folder of the training run, and one of a sealed package that was moved since ends
   * the JVM.
   */
  private static void copyUnsealed(Path jar, Path target) throws IOException {
    try (JarInputStream in = new JarInputStream(Files.newInputStream(jar))) {
      Manifest manifest = in.getManifest();
      if (manifest == null || manifest.getMainAttributes().remove(Attributes.Name.SEALED) == null) {
        Files.copy(jar, target);
        return;
      }
      try (JarOutputStream made = new JarOutputStream(Files.newOutputStream(target))) {
        ZipEntry first = new ZipEntry(JarFile.MANIFEST_NAME);
        first.setLastModifiedTime(TIME);
        made.putNextEntry(first);
        manifest.write(made);
        for (JarEntry entry = in.getNextJarEntry(); entry != null; entry = in.getNextJarEntry()) {
          ZipEntry same = new ZipEntry(entry.getName());
          same.setLastModifiedTime(TIME);
          made.putNextEntry(same);
          in.transferTo(made);
        }
      }
    }
  }

  /** Manual pages and completions, which the program itself writes. */
  private void writeTexts(Path program) throws IOException, InterruptedException {
    Path log = out.resolve("texts.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home")).resolve("bin/java").toString(),
                "-cp",
                program.resolve("lib/nestwalk.jar").toString(),
                "io.nestwalk.cli.ManPages",
                program.resolve("share").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (process.waitFor() != 0) {
      throw new IllegalStateException("no manual pages: " + Files.readString(log));
    }
    Files.delete(log);
  }

  /** Manual pages and completions, where a Debian system looks for them. */
  private static void installTexts(Path share, Path tree) throws IOException {
    copyTree(share.resolve("man"), tree.resolve("usr/share/man"));
    Path bash = Files.createDirectories(tree.resolve("usr/share/bash-completion/completions"));
    Files.copy(share.resolve("completions/nestwalk.bash"), bash.resolve("nestwalk"));
    Path fish = Files.createDirectories(tree.resolve("usr/share/fish/vendor_completions.d"));
    Files.copy(share.resolve("completions/nestwalk.fish"), fish.resolve("nestwalk.fish"));
  }

  private static void link(Path runtime) {
    ToolProvider jlink = ToolProvider.findFirst("jlink").orElseThrow();
    int status =
        jlink.run(
            System.out,
            System.err,
            "--add-modules",
            MODULES,
            "--strip-java-debug-attributes",
            "--no-header-files",
            "--no-man-pages",
            "--compress=zip-6",
            "--output",
            runtime.toString());
    if (status != 0) {
      throw new IllegalStateException("jlink failed");
    }
  }

  /**
   * Records which classes commands of a kind need, loaded and linked, with the packaged run time
   * itself.
   */
  private void train(Path program, String kind) throws IOException, InterruptedException {
    Path cache = Files.createDirectories(program.resolve("lib/caches")).resolve(kind + ".aot");
    Path made = out.resolve("training");
    List<String> command = new ArrayList<>();
    command.add(program.resolve("runtime/bin/java").toString());
    command.add("@" + program.resolve("lib/jvm.options"));
    command.add("-XX:AOTCacheOutput=" + cache);
    command.add("-Dnestwalk.cache=" + made.resolve("cache"));
    command.addAll(
        List.of(
            "-cp",
            program.resolve("lib/nestwalk.jar").toString(),
            "io.nestwalk.cli.Rehearsal",
            made.toString(),
            kind,
            root.resolve("samples/kvm-npt.elf.zst").toString(),
            root.resolve("samples/win19041.elf.zst").toString()));
    Files.createDirectories(made);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(out.resolve("training.log").toFile())
            .start();
    if (process.waitFor() != 0 || !Files.exists(cache)) {
      throw new IllegalStateException(
          "the training run failed: " + Files.readString(out.resolve("training.log")));
    }
    deleteTree(made);
    Files.delete(out.resolve("training.log"));
    Files.deleteIfExists(cache.resolveSibling(cache.getFileName() + ".config"));
    setTimes(program.resolve("lib"));
  }

  private void deb(Path program, Path target) throws IOException {
    long kib = 0;
    for (Path file : tree(program)) {
      kib += Files.isRegularFile(file) ? Files.size(file) / 1024 + 1 : 0;
    }
    String control =
        """
        Package: nestwalk
        Version: %s
        Section: admin
        Priority: optional
        Architecture: amd64
        Depends: libc6
        Installed-Size: %d
        Maintainer: The Nestwalk developers <nestwalk@localhost>
        Description: memory forensics of machines that run virtual machines
         Opens a memory dump, finds the page-table roots of every layer, rebuilds both
         translation layers offline and lists what runs in every guest.
        """
            .formatted(version, kib);
    Path tree = out.resolve("deb");
    Path home = tree.resolve("usr/lib/nestwalk");
    copyTree(program, home);
    installTexts(home.resolve("share"), tree);
    setTimes(home);
    Path data = out.resolve("data.tar.gz");
    tarGz(tree, data, "./");
    deleteTree(tree);
    Path description = Files.createDirectories(out.resolve("control"));
    Files.writeString(description.resolve("control"), control);
    Path controlTar = out.resolve("control.tar.gz");
    tarGz(description, controlTar, "./");
    deleteTree(description);
    try (ArArchiveOutputStream ar =
        new ArArchiveOutputStream(new BufferedOutputStream(Files.newOutputStream(target)))) {
      arEntry(ar, "debian-binary", "2.0\n".getBytes(StandardCharsets.US_ASCII));
      arEntry(ar, "control.tar.gz", Files.readAllBytes(controlTar));
      arEntry(ar, "data.tar.gz", Files.readAllBytes(data));
    }
    Files.delete(data);
    Files.delete(controlTar);
  }

  private static void arEntry(ArArchiveOutputStream ar, String name, byte[] bytes)
      throws IOException {
    ar.putArchiveEntry(
        new ArArchiveEntry(name, bytes.length, 0, 0, 0100644, TIME.toMillis() / 1000));
    ar.write(bytes);
    ar.closeArchiveEntry();
  }

  private void tarGz(Path tree, Path target, String prefix) throws IOException {
    try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(target));
        GZIPOutputStream gzip = new GZIPOutputStream(file);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      for (Path file1 : tree(tree)) {
        String name = prefix + tree.relativize(file1);
        boolean folder = Files.isDirectory(file1);
        TarArchiveEntry entry = new TarArchiveEntry(folder ? name + "/" : name);
        entry.setMode(folder || Files.isExecutable(file1) ? EXECUTABLE : PLAIN);
        entry.setIds(0, 0);
        entry.setNames("root", "root");
        entry.setLastModifiedTime(TIME);
        entry.setSize(folder ? 0 : Files.size(file1));
        tar.putArchiveEntry(entry);
        if (!folder) {
          Files.copy(file1, tar);
        }
        tar.closeArchiveEntry();
      }
      if (Files.exists(tree.resolve("usr/lib/nestwalk"))) {
        link(tar, prefix + "usr/bin/nestwalk", "../lib/nestwalk/bin/nestwalk");
      }
    }
  }

  private static void link(TarArchiveOutputStream tar, String name, String to) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name, TarArchiveEntry.LF_SYMLINK);
    entry.setLinkName(to);
    entry.setIds(0, 0);
    entry.setNames("root", "root");
    entry.setLastModifiedTime(TIME);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private static void zip(Path tree, Path target) throws IOException {
    try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(target)) {
      for (Path file : tree(tree)) {
        boolean folder = Files.isDirectory(file);
        ZipArchiveEntry entry = new ZipArchiveEntry(tree.relativize(file) + (folder ? "/" : ""));
        entry.setUnixMode(
            folder ? 040000 | EXECUTABLE : Files.isExecutable(file) ? EXECUTABLE : PLAIN);
        entry.setTime(TIME);
        zip.putArchiveEntry(entry);
        if (!folder) {
          Files.copy(file, zip);
        }
        zip.closeArchiveEntry();
      }
    }
  }

  private void checksums() throws Exception {
    Map<String, String> sums = new TreeMap<>();
    try (Stream<Path> files = Files.list(out)) {
      for (Path file : files.toList()) {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
          in.transferTo(OutputStream.nullOutputStream());
        }
        sums.put(file.getFileName().toString(), HexFormat.of().formatHex(digest.digest()));
        System.out.printf("%,14d  %s%n", Files.size(file), file.getFileName());
      }
    }
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    sums.forEach(
        (name, sum) ->
            text.writeBytes((sum + "  " + name + "\n").getBytes(StandardCharsets.UTF_8)));
    Files.write(out.resolve("SHA256SUMS"), text.toByteArray());
  }

  /** Everything below a folder, in one order on every machine. */
  private static List<Path> tree(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> !path.equals(folder)).sorted().toList();
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (Path path : tree(from)) {
      Path target = to.resolve(from.relativize(path).toString());
      if (Files.isDirectory(path)) {
        Files.createDirectories(target);
      } else {
        Files.copy(path, target);
        if (Files.isExecutable(path)) {
          target.toFile().setExecutable(true, false);
        }
      }
    }
  }

  private static void setTimes(Path folder) throws IOException {
    for (Path path : tree(folder)) {
      Files.setLastModifiedTime(path, TIME);
    }
  }

  private static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted((a, b) -> b.compareTo(a)).forEach(Package::delete);
    }
  }

  private static void delete(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
