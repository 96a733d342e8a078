package millrace.uring;

/** A completion, as an object that tests can compare. */
record Completion(long userData, int result, int flags) {}
