package millrace.examples.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A client that sends exactly the bytes it is told to, and reads responses strictly. */
final class RawClient implements AutoCloseable {
  private final Socket socket = new Socket();
  private final InputStream in;
  private final OutputStream out;

  RawClient(InetSocketAddress address) throws IOException {
    this(address, 0);
  }

  /** With a small receive buffer, so that the server soon cannot send any more. */
  RawClient(InetSocketAddress address, int receiveBufferBytes) throws IOException {
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.setTcpNoDelay(true);
    socket.setSoTimeout((int) ServerFixture.LIMIT.toMillis());
    socket.connect(address, (int) ServerFixture.LIMIT.toMillis());
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  static final class Reply {
    private final int status;
    private final Map<String, String> fields;
    private final byte[] body;

    private Reply(int status, Map<String, String> fields, byte[] body) {
      this.status = status;
      this.fields = fields;
      this.body = body;
    }

    int status() {
      return status;
    }

    byte[] body() {
      return body;
    }

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    String field(String name) {
      return fields.get(name.toLowerCase(Locale.ROOT));
    }
  }

  Socket socket() {
    return socket;
  }

  InputStream in() {
    return in;
  }

  void send(String text) throws IOException {
    send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void send(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  Reply get(String target, String... fields) throws IOException {
    return request("GET", target, fields);
  }

  Reply request(String method, String target, String... fields) throws IOException {
    send(text(method, target, fields));
    return reply(method);
  }

  static String text(String method, String target, String... fields) {
    StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: h\r\n");
    for (String field : fields) {
      text.append(field).append("\r\n");
    }
    return text.append("\r\n").toString();
  }

  Reply reply() throws IOException {
    return reply("GET");
  }

  /** Reads one response, whose framing must fit a request with {@code method}. */
  Reply reply(String method) throws IOException {
    Reply head = head();
    boolean bodiless = method.equals("HEAD") || head.status == 304;
    long length = bodiless ? 0 : Long.parseLong(head.field("Content-Length"));
    byte[] body = in.readNBytes((int) length);
    if (body.length < length) {
      throw new EOFException("body ended after " + body.length + " of " + length + " bytes");
    }
    return new Reply(head.status, head.fields, body);
  }

  /** Reads one response head and leaves its body. */
  Reply head() throws IOException {
    String statusLine = line();
    if (!statusLine.matches("HTTP/1\\.1 [1-5][0-9][0-9] [A-Za-z ]+")) {
      throw new IOException("no status line: " + statusLine);
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(": ");
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      if (fields.put(name, line.substring(colon + 2)) != null) {
        throw new IOException("twice: " + line);
      }
    }
    return new Reply(Integer.parseInt(statusLine.substring(9, 12)), fields, new byte[0]);
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("end of stream after \"" + line + "\"");
      }
      line.write(b);
    }
    String text = line.toString(StandardCharsets.ISO_8859_1);
    if (!text.endsWith("\r")) {
      throw new IOException("no CR LF: " + text);
    }
    return text.substring(0, text.length() - 1);
  }

  /** Whether the server has closed the connection in order: no byte more, no reset. */
  boolean atEnd() throws IOException {
    return in.read() < 0;
  }

  void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  /** Closes with a reset instead of FIN. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
