package io.nestwalk.gdb;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Waits for GDB on this machine's own address, one client at a time: while one is there another is
 * turned away. It only reads; whoever else works on this computer can read too, as with any port.
 */
public final class GdbServer implements AutoCloseable {

  private final Target target;
  private final ServerSocket socket;
  private final AtomicReference<Socket> client = new AtomicReference<>();

  /**
   * Starts to listen.
   *
   * @param port 0 for any that is free
   * @throws IOException when the port can't be had
   */
  public GdbServer(Target target, int port) throws IOException {
    this.target = target;
    socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Where it listens. */
  public int port() {
    return socket.getLocalPort();
  }

  /** Answers clients, until it is closed. */
  public void run() {
    while (!socket.isClosed()) {
      try {
        Socket next = socket.accept();
        if (client.compareAndSet(null, next)) {
          Thread.ofPlatform().daemon().name("gdb").start(() -> talk(next));
        } else {
          next.close();
        }
      } catch (IOException e) {
        // Closed, or the one who came has gone already.
      }
    }
  }

  private void talk(Socket with) {
    try (with) {
      with.setTcpNoDelay(true);
      new Conversation(
              target,
              new PacketStream(
                  new BufferedInputStream(with.getInputStream()),
                  new BufferedOutputStream(with.getOutputStream())))
          .run();
    } catch (IOException e) {
      // It has gone, or was no GDB: the next may come.
    } finally {
      client.set(null);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    Socket there = client.get();
    if (there != null) {
      there.close();
    }
  }
}
