package millrace.examples.http;

/** The request fields this server reads. */
enum FieldName {
  HOST("host"),
  CONNECTION("connection"),
  CONTENT_LENGTH("content-length"),
  TRANSFER_ENCODING("transfer-encoding"),
  EXPECT("expect"),
  RANGE("range"),
  IF_RANGE("if-range"),
  IF_MATCH("if-match"),
  IF_NONE_MATCH("if-none-match"),
  IF_MODIFIED_SINCE("if-modified-since"),
  IF_UNMODIFIED_SINCE("if-unmodified-since"),
  OTHER("");

  private static final FieldName[] ALL = values();

  private final String lowerCase;

  FieldName(String lowerCase) {
    this.lowerCase = lowerCase;
  }

  static FieldName of(byte[] bytes, int from, int to) {
    for (FieldName name : ALL) {
      if (Ascii.equalsIgnoreCase(bytes, from, to, name.lowerCase)) {
        return name;
      }
    }
    return OTHER;
  }
}
