package millrace.proactor.simulation;

import java.nio.file.Path;
import millrace.proactor.backend.simulated.SimulatedDisk;

/** The disk of a simulation, seen from outside: nothing here takes time or fails. */
public final class SimulatedFiles {

  private final SimulatedDisk disk;

  SimulatedFiles(SimulatedDisk disk) {
    this.disk = disk;
  }

  /**
   * Makes a directory and those above it.
   *
   * @param path an absolute path
   */
  public void makeDirectory(Path path) {
    disk.makeDirectory(path.toString());
  }

  /**
   * Makes or replaces a file; it is durable.
   *
   * @param path an absolute path
   * @param content what it holds
   */
  public void write(Path path, byte[] content) {
    disk.write(path.toString(), content);
  }

  /**
   * What a file holds.
   *
   * @param path an absolute path
   * @return null when there is no such file
   */
  public byte[] read(Path path) {
    return disk.read(path.toString());
  }

  /**
   * Limits the disk: beyond it writes get ENOSPC.
   *
   * @param bytes most bytes of all files
   */
  public void setCapacity(long bytes) {
    disk.setCapacity(bytes);
  }

  /**
   * The power fails: each sector that was not synced is kept or lost, in any combination. The loop
   * does not end by that: see {@link Simulation#breakOff}.
   */
  public void crash() {
    disk.crash();
  }
}
