package millrace.proactor.backend.simulated;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import millrace.proactor.backend.OperationKind;

/**
 * The requests that were submitted and whose last completion was not delivered, and what must not
 * happen to their slots, descriptors and memory until then.
 */
final class RequestsInFlight {

  private final World world;
  private final Map<Long, Request> requests = new LinkedHashMap<>();
  private final Set<Long> usedTokens = new HashSet<>();

  RequestsInFlight(World world) {
    this.world = world;
  }

  int size() {
    return requests.size();
  }

  boolean isEmpty() {
    return requests.isEmpty();
  }

  /** Null when it was never submitted or its last completion was delivered. */
  Request find(long token) {
    return requests.get(token);
  }

  /** In the order of their submission; a copy. */
  Request[] all() {
    return requests.values().toArray(Request[]::new);
  }

  /** Whether it may be submitted; then it is one of these. */
  boolean admit(Request request) {
    world.trace().line("submit").add(request);
    if (!usedTokens.add(request.token)) {
      world.violated(request + ": this slot and generation were used before");
      return false;
    }
    Request user = request.kind == OperationKind.CLOSE ? userBeside(request) : null;
    if (user != null) {
      world.violated(request + ": closed under " + user);
    }
    requests.put(request.token, request);
    return true;
  }

  /** Its last completion is delivered. */
  void remove(Request request) {
    requests.remove(request.token);
  }

  /** What uses the descriptor of {@code close}, and has not ended before that begins. */
  private Request userBeside(Request close) {
    for (Request request : requests.values()) {
      boolean before = request.chain != null && request.chain == close.chain;
      if (!before && uses(request, close.descriptor)) {
        return request;
      }
    }
    return null;
  }

  /** Not a close that is done: the number may be another file's already. */
  private static boolean uses(Request request, int descriptor) {
    boolean closed = request.kind == OperationKind.CLOSE && request.state == Request.State.DONE;
    return request.descriptor == descriptor && !closed;
  }

  /** Whether one of them is on {@code descriptor}. */
  boolean use(int descriptor) {
    for (Request request : requests.values()) {
      if (uses(request, descriptor)) {
        return true;
      }
    }
    return false;
  }

  /** Memory came back to its pool: no operation may have it, and nobody reads it any more. */
  void memoryGivenBack(MemorySegment memory) {
    for (Request request : requests.values()) {
      if (request.touches(memory)) {
        world.violated(request + ": its memory was given back before the last completion");
      }
    }
    KernelMemory.poison(memory);
  }

  @Override
  public String toString() {
    return requests.values().toString();
  }
}
