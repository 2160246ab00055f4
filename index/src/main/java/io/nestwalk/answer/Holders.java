package io.nestwalk.answer;

import io.nestwalk.answer.SocketAnswer.Holder;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSocket;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.OpenFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Who has what open in a machine, so that the other end of a pipe or socket is found. */
public final class Holders {

  /** So many of one thing are listed; a pipe of a shell may be inherited by thousands. */
  private static final int LISTED = 64;

  private final Map<GuestProcess, List<OpenFile>> files = new LinkedHashMap<>();
  private final Map<Long, List<Holder>> byInode = new HashMap<>();
  private final Map<Long, List<Holder>> bySocket = new HashMap<>();
  private final Map<Long, GuestSocket> sockets = new LinkedHashMap<>();

  private Holders() {}

  /** Asks every process of a system what it has open. */
  public static Holders in(GuestSystem system) {
    Holders holders = new Holders();
    for (GuestProcess process : system.processes()) {
      holders.add(process, system.openFiles(process));
    }
    return holders;
  }

  private void add(GuestProcess process, List<OpenFile> open) {
    files.put(process, open);
    for (OpenFile file : open) {
      Holder holder = new Holder(process.pid(), process.name(), file.descriptor());
      if (file.inode().isPresent()) {
        byInode.computeIfAbsent(file.inode().getAsLong(), _ -> new ArrayList<>()).add(holder);
      }
      file.socket()
          .ifPresent(
              socket -> {
                bySocket.computeIfAbsent(socket.object(), _ -> new ArrayList<>()).add(holder);
                sockets.put(socket.object(), socket);
              });
    }
  }

  /** What a process has open. */
  public List<OpenFile> filesOf(GuestProcess process) {
    return files.getOrDefault(process, List.of());
  }

  /** The sockets that processes have, by their kernel addresses. */
  public Map<Long, GuestSocket> sockets() {
    return sockets;
  }

  /** Who has a socket open. */
  public List<Holder> of(GuestSocket socket) {
    return bySocket.getOrDefault(socket.object(), List.of());
  }

  /** Who else has a pipe or socket, or the socket at its other end. */
  public List<Holder> others(GuestProcess process, OpenFile file) {
    if (file.kind() != OpenFile.Kind.PIPE && file.kind() != OpenFile.Kind.SOCKET) {
      return List.of();
    }
    Set<Holder> others = new LinkedHashSet<>();
    if (file.inode().isPresent()) {
      others.addAll(byInode.getOrDefault(file.inode().getAsLong(), List.of()));
    }
    if (file.socket().isPresent() && file.socket().get().peer().isPresent()) {
      others.addAll(bySocket.getOrDefault(file.socket().get().peer().getAsLong(), List.of()));
    }
    others.remove(new Holder(process.pid(), process.name(), file.descriptor()));
    return others.stream().limit(LISTED).toList();
  }
}
