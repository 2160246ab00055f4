import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Gives old libraries' classes the form of a later Java: those older than Java 6 have no maps of
 * their stacks, are verified slowly, and the JVM keeps none of them in its cache.
 *
 * <p>{@code java --class-path 'FOLDER/*' Restamp.java FOLDER}: jars with such classes are replaced,
 * all others left alone. The path is where a class's ancestors are looked up.
 */
public final class Restamp {

  /** The last version without maps of stacks. */
  private static final int OLD = ClassFile.JAVA_5_VERSION;

  /** Java 8: the maps are demanded, and nothing else is that older code may lack. */
  private static final int NEW = ClassFile.JAVA_8_VERSION;

  private Restamp() {}

  public static void main(String[] args) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(args[0]))) {
      for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
        if (isOld(jar)) {
          restamp(jar);
        }
      }
    }
  }

  private static boolean isOld(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : file.stream().toList()) {
        if (isClass(entry) && version(file.getInputStream(entry).readNBytes(8)) <= OLD) {
          return true;
        }
      }
    }
    return false;
  }

  private static void restamp(Path jar) throws IOException {
    Path made = jar.resolveSibling(jar.getFileName() + ".new");
    try (JarFile from = new JarFile(jar.toFile());
        ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(made))) {
      for (JarEntry entry : from.stream().toList()) {
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setLastModifiedTime(entry.getLastModifiedTime());
        to.putNextEntry(copy);
        byte[] bytes = from.getInputStream(entry).readAllBytes();
        to.write(isClass(entry) && version(bytes) <= OLD ? mapped(bytes) : bytes);
        to.closeEntry();
      }
    }
    Files.setLastModifiedTime(made, Files.getLastModifiedTime(jar));
    Files.move(made, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static byte[] mapped(byte[] bytes) {
    ClassFile files = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS);
    return files.transformClass(
        files.parse(bytes),
        ClassTransform.dropping(ClassFileVersion.class::isInstance)
            .andThen(ClassTransform.transformingMethodBodies(CodeBuilder::with))
            .andThen(ClassTransform.endHandler(out -> out.with(ClassFileVersion.of(NEW, 0)))));
  }

  private static boolean isClass(ZipEntry entry) {
    return entry.getName().endsWith(".class");
  }

  private static int version(byte[] head) {
    return (head[6] & 0xff) << 8 | head[7] & 0xff;
  }
}
