package millrace.examples.http;

/**
 * What is known of a file that is to be sent.
 *
 * @param sizeBytes its size
 * @param modifiedSeconds its last modification, in epoch seconds
 * @param entityTag its strong entity tag
 * @param contentType its media type
 */
record Representation(long sizeBytes, long modifiedSeconds, String entityTag, String contentType) {}
