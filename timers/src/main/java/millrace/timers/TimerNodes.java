package millrace.timers;

/**
 * Circular doubly linked lists of timers, linked by numbers in an array: a node for each timer that
 * is in one, and one for each list.
 *
 * <p>References from timer to timer would need no array, but their stores have a price: with G1
 * each of the six for an unlink and an append is a memory fence when the objects are old, and a
 * fence makes the next cache miss wait for those before it. Numbers have no barriers, and nodes are
 * a third of a timer's size, so that they stay in a cache in which the timers do not.
 *
 * <p>The node of the timer that ended last is remembered for it, until another timer starts or ends
 * or {@link #forget} is called: a timer that ends and starts again at once finds its node as it
 * was, and no reference is stored at all.
 */
final class TimerNodes {
  private static final int SIZE_BITS = 2;
  private static final int NEXT = 0;
  private static final int PREVIOUS = 1;
  private static final int TICK = 2;

  /** No timer's node: it is a list's. */
  private static final int NONE = 0;

  private final AbstractTimerQueue owner;

  /** A node is a quarter of a cache line, and never in two. */
  private final int[] nodes;

  private final Timer[] timers;
  private int free = NONE; // a stack, linked by NEXT
  private int fresh; // the first that was never used
  private int remembered = NONE;

  /** Makes empty lists 0 to {@code lists - 1}, and room for a number of timers. */
  TimerNodes(AbstractTimerQueue owner, int lists, int maxTimers) {
    int count = lists + maxTimers;
    this.owner = owner;
    this.nodes = new int[count << SIZE_BITS];
    this.timers = new Timer[count];
    for (int list = 0; list < lists; list++) {
      clear(list);
    }
    this.fresh = lists;
  }

  /** Takes a node for a timer of this queue; {@link Timer#index} tells it from now on. */
  int claim(Timer timer) {
    int node;
    if (timer.index == Timer.REMEMBERED) {
      node = remembered;
      remembered = NONE;
    } else {
      forget();
      node = takeFree();
      timers[node] = timer;
    }
    assert node != NONE;
    timer.index = node;
    return node;
  }

  private int takeFree() {
    if (free == NONE) {
      return fresh++;
    }
    int node = free;
    free = next(node);
    return node;
  }

  /** Gives back the node of a timer that is in no list. The timer is not started then. */
  void release(Timer timer) {
    forget();
    remembered = timer.index;
    timer.index = Timer.REMEMBERED;
  }

  /** Lets go of the timer that ended last. */
  @SuppressWarnings("ReferenceEquality") // Queues have identity, no value.
  void forget() {
    if (remembered == NONE) {
      return;
    }
    Timer timer = timers[remembered];
    // It may have been started elsewhere since.
    if (timer.queue == owner && timer.index == Timer.REMEMBERED) {
      timer.index = Timer.NOT_STARTED;
    }
    timers[remembered] = null;
    setNext(remembered, free);
    free = remembered;
    remembered = NONE;
  }

  Timer timer(int node) {
    return timers[node];
  }

  /** The low 32 bits of the tick noted for a node. */
  long tickLow(int node) {
    return nodes[(node << SIZE_BITS) + TICK] & 0xFFFF_FFFFL;
  }

  void setTick(int node, long tick) {
    nodes[(node << SIZE_BITS) + TICK] = (int) tick;
  }

  boolean isEmpty(int list) {
    return next(list) == list;
  }

  /** The first node of a list, or the one behind another: the list itself at its end. */
  int next(int node) {
    return nodes[(node << SIZE_BITS) + NEXT];
  }

  private void setNext(int node, int next) {
    nodes[(node << SIZE_BITS) + NEXT] = next;
  }

  private int previous(int node) {
    return nodes[(node << SIZE_BITS) + PREVIOUS];
  }

  private void setPrevious(int node, int previous) {
    nodes[(node << SIZE_BITS) + PREVIOUS] = previous;
  }

  private void link(int before, int after) {
    setNext(before, after);
    setPrevious(after, before);
  }

  void clear(int list) {
    link(list, list);
  }

  void append(int list, int node) {
    link(previous(list), node);
    link(node, list);
  }

  /** Takes a node out of its list. */
  void unlink(int node) {
    link(previous(node), next(node));
  }

  /** Moves all nodes of one list behind those of another. */
  void appendAll(int list, int source) {
    if (!isEmpty(source)) {
      link(previous(list), next(source));
      link(previous(source), list);
      clear(source);
    }
  }
}
