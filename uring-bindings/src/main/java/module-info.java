/**
 * io_uring for Java: the kernel's interface, one to one, without policy and without threads.
 *
 * <p>Needs {@code --enable-native-access=millrace.uring}.
 */
module millrace.uring {
  exports millrace.uring;
}
