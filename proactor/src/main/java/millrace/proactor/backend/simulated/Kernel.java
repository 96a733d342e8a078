package millrace.proactor.backend.simulated;

import millrace.proactor.fault.Fault;
import millrace.uring.Errno;

/** What sockets and files need of the simulated kernel. */
final class Kernel {

  private static final long LONGEST_SHORTAGE_NANOS = 50_000_000;

  final World world;
  final SimulatedNetwork network;
  final DatagramNetwork datagrams;
  final LocalNames local;
  final SimulatedDisk disk;
  final Descriptors descriptors = new Descriptors();
  final Completions completions;
  SimulatedBufferGroup buffers;
  boolean workersMayGetStuck;
  private long tableFullUntilNanos;

  Kernel(World world, SimulatedNetwork network, SimulatedDisk disk, Completions completions) {
    this.world = world;
    this.network = network;
    this.datagrams = new DatagramNetwork(world, network);
    this.local = new LocalNames(world, disk);
    this.disk = disk;
    this.completions = completions;
  }

  /** Before the kernel reads or writes the memory of {@code request}; false: it must not. */
  boolean mayTouch(Request request) {
    String damage = request.damage();
    if (damage != null) {
      world.violated(request + ": " + damage);
    }
    return damage == null;
  }

  /** A new descriptor, or -EMFILE: others have the whole table, and keep it for a while. */
  int open(Descriptors.OpenFile file) {
    if (world.faults().strikes(Fault.OUT_OF_DESCRIPTORS)) {
      tableFullUntilNanos = world.nowNanos() + world.faults().nanos(1, LONGEST_SHORTAGE_NANOS);
    }
    return world.nowNanos() < tableFullUntilNanos ? -Errno.EMFILE : descriptors.add(file);
  }

  /** A new descriptor for an end of {@code pipe}, or -EMFILE. */
  int openPipe(Pipe pipe, boolean writes, boolean nonBlocking) {
    Pipe.End end = pipe.end(writes);
    if (nonBlocking) {
      end.setNonBlocking();
    }
    int descriptor = open(end);
    world.trace().line("pipe").add("fd", descriptor);
    if (descriptor >= 0) {
      // Not before: nobody is to see a writer that there never was.
      pipe.join(end);
    }
    return descriptor;
  }

  void complete(Request request, int result) {
    completions.complete(request, result, 0);
  }
}
