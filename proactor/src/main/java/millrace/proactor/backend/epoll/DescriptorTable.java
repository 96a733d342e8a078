package millrace.proactor.backend.epoll;

import java.util.Arrays;

/**
 * The states of descriptors by their number: the kernel gives the smallest that is free, so an
 * array is dense. States are kept, so that a number in use again allocates nothing.
 */
final class DescriptorTable {

  private DescriptorState[] states = new DescriptorState[64];

  /** The state of {@code descriptor}; null when it never had one. */
  DescriptorState find(int descriptor) {
    return descriptor >= 0 && descriptor < states.length ? states[descriptor] : null;
  }

  /** The state of {@code descriptor}, which the kernel knows: so the number is a small one. */
  DescriptorState get(int descriptor) {
    if (descriptor >= states.length) {
      int length = Math.max(descriptor + 1, states.length * 2);
      states = Arrays.copyOf(states, length);
    }
    DescriptorState state = states[descriptor];
    if (state == null) {
      state = new DescriptorState(descriptor);
      states[descriptor] = state;
    }
    return state;
  }
}
