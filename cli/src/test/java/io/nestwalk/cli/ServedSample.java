package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nestwalk.serve.Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** An image that is served, and ways to ask. */
final class ServedSample implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ServedImage image;
  private final Server server;
  private final HttpClient client = HttpClient.newHttpClient();

  ServedSample(Path named) throws Exception {
    image =
        ServedImage.open(
            named,
            Optional.empty(),
            new OpeningOptions(),
            new PrintWriter(new StringWriter()),
            Runnable::run);
    server =
        new Server(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            List.of(image.served()),
            "test");
  }

  URI address() {
    return server.address();
  }

  String token() {
    return address().getQuery().substring("token=".length());
  }

  /** An answer by its path, with the token. */
  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(address().resolve(path))
            .header("Authorization", "Bearer " + token())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  JsonNode json(String path) throws IOException, InterruptedException {
    HttpResponse<String> response = get(path);
    if (response.statusCode() != 200) {
      throw new AssertionError(path + ": " + response.statusCode() + " " + response.body());
    }
    return JSON.readTree(response.body());
  }

  int status(String path) throws IOException, InterruptedException {
    return get(path).statusCode();
  }

  /** The first line and headers of the answer to a request as it is sent. */
  String raw(String request) throws IOException {
    return raw(address().getPort(), request);
  }

  static String raw(int port, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      StringBuilder head = new StringBuilder();
      int c = socket.getInputStream().read();
      while (c >= 0 && head.indexOf("\r\n\r\n") < 0) {
        head.append((char) c);
        c = socket.getInputStream().read();
      }
      return head.toString();
    }
  }

  @Override
  public void close() {
    client.close();
    server.close();
    image.close();
  }
}
