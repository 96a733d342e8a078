/** Programs that show how to use Millrace: a static file server, an echo server, a doctor. */
module millrace.examples {
  requires info.picocli;
  // Signals: there is no supported API to end a process orderly on SIGTERM with status 0.
  requires jdk.unsupported;
  requires millrace.proactor;

  opens millrace.examples to
      info.picocli;
  opens millrace.examples.doctor to
      info.picocli;
  opens millrace.examples.echo to
      info.picocli;
  opens millrace.examples.http to
      info.picocli;
  opens millrace.examples.simulate to
      info.picocli;
}
