package millrace.proactor.engine;

import java.util.function.Consumer;

/** The resources of a loop: a linked list through the resources themselves. Loop thread only. */
public final class LoopResources {

  private LoopResource first;
  private int size;
  private int holding;

  /** Adds a resource. */
  public void add(LoopResource resource) {
    assert !resource.registered : "registered twice: " + resource;
    resource.registered = true;
    resource.previous = null;
    resource.next = first;
    if (first != null) {
      first.previous = resource;
    }
    first = resource;
    size++;
    if (resource.holdsDrain()) {
      holding++;
    }
  }

  /** Takes a resource out; it has ended. */
  public void remove(LoopResource resource) {
    assert resource.registered : "not registered: " + resource;
    resource.registered = false;
    if (resource.previous == null) {
      first = resource.next;
    } else {
      resource.previous.next = resource.next;
    }
    if (resource.next != null) {
      resource.next.previous = resource.previous;
    }
    resource.previous = null;
    resource.next = null;
    size--;
    if (resource.holdsDrain()) {
      holding--;
    }
  }

  /** Calls {@code action} with each resource; the action may remove any. */
  public void forEach(Consumer<LoopResource> action) {
    LoopResource[] all = new LoopResource[size];
    int count = 0;
    for (LoopResource resource = first; resource != null; resource = resource.next) {
      all[count++] = resource;
    }
    for (LoopResource resource : all) {
      if (resource.registered) {
        action.accept(resource);
      }
    }
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /** How many the drain phase waits for. */
  public int holding() {
    return holding;
  }
}
