/** A completion-based I/O runtime on io_uring: loops, connections, pipes, files, buffers. */
module millrace.proactor {
  requires transitive millrace.timers;
  requires transitive millrace.uring;

  exports millrace.proactor;
  exports millrace.proactor.buffer;
  exports millrace.proactor.fault;
  exports millrace.proactor.file;
  exports millrace.proactor.metrics;
  exports millrace.proactor.net;
  exports millrace.proactor.pipe;
  exports millrace.proactor.simulation;
  exports millrace.proactor.simulation.scenario;
}
