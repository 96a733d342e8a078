package millrace.examples.http;

/**
 * One line of a directory listing.
 *
 * @param name the file name, any characters
 * @param linked whether a request can name it
 * @param directory whether it is a directory
 * @param sizeBytes the size of a file, {@link #UNKNOWN_SIZE} for what is none
 * @param modifiedSeconds the last modification, in epoch seconds
 */
record ListingEntry(
    String name, boolean linked, boolean directory, long sizeBytes, long modifiedSeconds) {
  static final long UNKNOWN_SIZE = -1;

  ListingEntry(String name, boolean directory, long sizeBytes, long modifiedSeconds) {
    this(name, true, directory, sizeBytes, modifiedSeconds);
  }
}
